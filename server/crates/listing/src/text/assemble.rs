//! From text to bytes, row by row.

use std::ops::Range;

use pickle_machine::{Interrupt, never};
use pickle_ops::Opcode;

use super::encode::{Effect, Scratch, encode};
use super::memo::{Label, Slots};
use super::problem::{Diagnostic, Problem};
use super::suggest::{MAX_SUGGESTIONS, advise};
use super::syntax::{Row, parse};

/// Diagnostics that [`assemble`] keeps; a text in which every row is wrong has no use for more.
pub const MAX_DIAGNOSTICS: usize = 10_000;

/// Lines after which work on a text asks whether to end.
pub(crate) const STRIDE: usize = 4096;

/// What became of a text.
#[derive(Clone, Debug, Default)]
pub struct Assembled {
    /// The bytes of all rows that are right.
    pub bytes: Vec<u8>,
    /// What is wrong, by line, at most [`MAX_DIAGNOSTICS`].
    pub diagnostics: Vec<Diagnostic>,
    /// Diagnostics that are not kept.
    pub omitted: usize,
    /// Whether there is an error: the bytes are not those of the text then.
    pub faulty: bool,
    /// Labels where they are defined, in order.
    pub labels: Vec<Label>,
    /// Offset of the first byte of each line.
    starts: Vec<usize>,
}

impl Assembled {
    /// Number of lines: one more than there are newlines, unless nothing follows the last one.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The bytes that a line made; behind the last one those behind the last byte.
    #[must_use]
    pub fn line_bytes(&self, line: usize) -> Range<usize> {
        let end = self.bytes.len();
        let start = self.starts.get(line).copied().unwrap_or(end);
        start..self.starts.get(line + 1).copied().unwrap_or(end)
    }

    /// The line that made a byte. For an offset at the end the last line that made any; `None`: no line did.
    #[must_use]
    pub fn line_at(&self, offset: usize) -> Option<usize> {
        let offset = offset.min(self.bytes.len().checked_sub(1)?);
        // Of several lines with the same offset the last one has the bytes.
        self.starts.partition_point(|&start| start <= offset).checked_sub(1)
    }
}

/// Assembles a whole text.
#[must_use]
pub fn assemble(text: &str) -> Assembled {
    assemble_unless(text, &never).unwrap_or_default()
}

/// Assembles a whole text. `None` if it was interrupted.
#[must_use]
pub fn assemble_unless(text: &str, interrupt: Interrupt<'_>) -> Option<Assembled> {
    let mut assembler = Assembler::new();
    let mut starts = Vec::new();
    let mut diagnostics = Vec::new();
    let mut omitted = 0;
    let lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
    for line in lines.take(if text.is_empty() { 0 } else { usize::MAX }) {
        if starts.len() % STRIDE == STRIDE - 1 && interrupt() {
            return None;
        }
        starts.push(assembler.position());
        assembler.line(line);
        let kept = MAX_DIAGNOSTICS - diagnostics.len();
        omitted += assembler.diagnostics.len().saturating_sub(kept);
        diagnostics.extend(assembler.diagnostics.drain(..).take(kept));
    }
    assembler.finish();
    Some(Assembled {
        bytes: std::mem::take(&mut assembler.out),
        diagnostics,
        omitted,
        faulty: assembler.faulty,
        labels: assembler.slots.labels,
        starts,
    })
}

/// Assembles a text line by line: give it each line, take what is ready, and [`finish`](Self::finish).
#[derive(Debug, Default)]
pub struct Assembler {
    /// Bytes that were not taken yet.
    out: Vec<u8>,
    /// Bytes that were taken.
    taken: usize,
    /// Where in `out` the length of a `FRAME auto` is to be written.
    frame: Option<usize>,
    /// What is wrong with the lines so far; whoever reads it empties it.
    pub diagnostics: Vec<Diagnostic>,
    faulty: bool,
    slots: Slots,
    scratch: Scratch,
    line: usize,
    /// Written offset less the real one, at the last row that had an offset. `None`: the next row sets it.
    drift: Option<i128>,
    problems: Vec<Problem>,
    /// Words that are no mnemonics, and for which one was looked for.
    advised: usize,
}

impl Assembler {
    /// At the beginning of a text.
    #[must_use]
    pub fn new() -> Self {
        Self { drift: Some(0), ..Self::default() }
    }

    /// Bytes so far.
    #[must_use]
    pub fn position(&self) -> usize {
        self.taken + self.out.len()
    }

    /// Whether there was an error.
    #[must_use]
    pub fn faulty(&self) -> bool {
        self.faulty
    }

    /// Takes the next line, without its newline.
    pub fn line(&mut self, line: &str) {
        let mut row = parse(line);
        if self.advised < MAX_SUGGESTIONS && advise(&mut row) {
            self.advised += 1;
        }
        self.check_offset(&row);
        self.problems.extend(row.problems.iter().cloned());
        let effect =
            encode(&row, self.line, &mut self.slots, &mut self.scratch, &mut self.out, &mut self.problems);
        match effect {
            Effect::Nothing | Effect::Bytes => {}
            Effect::Op(Opcode::Stop) => self.end_frame(0),
            Effect::Op(Opcode::Frame) => self.end_frame(FRAME_BYTES),
            Effect::Op(_) => {}
            Effect::AutoFrame => {
                self.end_frame(0);
                self.out.push(Opcode::Frame as u8);
                self.frame = Some(self.out.len());
                self.out.extend_from_slice(&[0; 8]);
            }
            Effect::Wrong => {
                self.faulty = true;
                // Offsets behind a row without bytes are off by what is missing, which nobody knows.
                self.drift = None;
            }
        }
        let line = self.line;
        self.diagnostics.extend(self.problems.drain(..).map(|problem| Diagnostic { line, problem }));
        self.line += 1;
    }

    /// Ends the text.
    pub fn finish(&mut self) {
        self.end_frame(0);
    }

    /// The bytes that are final, for whoever writes them; [`take`](Self::take) them then.
    #[must_use]
    pub fn ready(&self) -> &[u8] {
        match self.frame {
            // The frame's own opcode stands before its length.
            Some(at) => &self.out[..at.saturating_sub(1)],
            None => &self.out,
        }
    }

    /// Forgets the bytes that were [`ready`](Self::ready).
    pub fn take(&mut self) {
        let ready = self.ready().len();
        self.out.drain(..ready);
        self.taken += ready;
        self.frame = self.frame.map(|at| at - ready);
    }

    /// Writes the length of the `FRAME auto` that is open, whose last byte stands `behind` bytes before the end.
    fn end_frame(&mut self, behind: usize) {
        let Some(at) = self.frame.take() else { return };
        let length = (self.out.len() - behind).saturating_sub(at + 8) as u64;
        if let Some(place) = self.out.get_mut(at..at + 8) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }

    /// Says where the offsets of the text and those of the result part, or come together again.
    fn check_offset(&mut self, row: &Row<'_>) {
        let Some(offset) = &row.offset else { return };
        let position = self.position();
        let written = offset.value.map_or(i128::MAX, i128::from);
        let drift = written - position as i128;
        if self.drift.replace(drift).is_some_and(|before| before != drift) {
            let message = format!(
                "expected offset {position}, found {}",
                row.slice(&offset.columns).trim_end_matches(':')
            );
            let problem = Problem::warning(offset.columns.clone(), message);
            self.problems.push(problem.replace("offsets may be left out", format!("{position}:")));
        }
    }
}

/// Bytes of a `FRAME` with its length.
const FRAME_BYTES: usize = 9;
