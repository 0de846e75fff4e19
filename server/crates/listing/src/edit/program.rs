//! A text that is right, as the rows of a program: what each row is, and which bytes it made.

use std::ops::Range;

use pickle_machine::Interrupt;
use pickle_ops::{Op, Opcode, Reader};

use super::{Reason, Refusal};
use crate::text::{Assembled, Row, STRIDE, Severity, assemble_unless, parse};

/// See the module.
pub(super) struct Program<'t> {
    interrupt: Interrupt<'t>,
    pub(super) lines: Vec<Line<'t>>,
    /// All bytes.
    pub(super) bytes: Vec<u8>,
}

/// A row of a program.
#[derive(Debug)]
pub(super) struct Line<'t> {
    pub(super) row: Row<'t>,
    /// The bytes that it made.
    pub(super) bytes: Range<usize>,
    /// The pickle it belongs to: `STOP`s above it.
    pub(super) pickle: usize,
}

impl<'t> Program<'t> {
    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &'t str, interrupt: Interrupt<'t>) -> Result<Self, Refusal> {
        let assembled = assemble_unless(text, interrupt).ok_or(Refusal::Interrupted)?;
        if assembled.faulty {
            return Err(errors(assembled).into());
        }
        let mut program = Self { interrupt, lines: Vec::with_capacity(assembled.lines()), bytes: Vec::new() };
        let mut pickle = 0;
        for (number, line) in text.lines().enumerate() {
            program.pause(number)?;
            let row = parse(line);
            let ends = row.opcode() == Some(Opcode::Stop);
            program.lines.push(Line { bytes: assembled.line_bytes(number), pickle, row });
            pickle += usize::from(ends);
        }
        program.bytes = assembled.bytes;
        Ok(program)
    }

    /// To be called for each line, or whatever else there is as much of: ends the work if nobody wants it any more.
    pub(super) fn pause(&self, number: usize) -> Result<(), Refusal> {
        if number % STRIDE == STRIDE - 1 && (self.interrupt)() { Err(Refusal::Interrupted) } else { Ok(()) }
    }

    /// The op of a line.
    pub(super) fn op(&self, line: usize) -> Option<Op<'_>> {
        let line = self.lines.get(line)?;
        line.row.opcode()?;
        Reader::new(&self.bytes, line.bytes.start).next_op().ok()
    }

    /// The opcode of a line.
    pub(super) fn opcode(&self, line: usize) -> Option<Opcode> {
        self.lines.get(line)?.row.opcode()
    }
}

fn errors(assembled: Assembled) -> Vec<Reason> {
    let errors = assembled.diagnostics.into_iter();
    let errors = errors.filter(|diagnostic| diagnostic.problem.severity == Severity::Error);
    errors.map(|error| Reason::new(error.line, error.problem.message)).collect()
}

impl Line<'_> {
    /// Whether it is a row of `BYTES`.
    pub(super) fn is_bytes(&self) -> bool {
        self.row.mnemonic.is_some() && self.row.opcode().is_none()
    }

    /// Blanks between its offset and its mnemonic.
    pub(super) fn indent(&self) -> &str {
        let from = self.row.offset.as_ref().map_or(0, |offset| offset.columns.end);
        let to = self.row.mnemonic.as_ref().map_or(from, |mnemonic| mnemonic.columns.start);
        let blanks = self.row.slice(&(from..to));
        // Behind an offset one blank belongs to the offset.
        if self.row.offset.is_some() { blanks.strip_prefix(' ').unwrap_or(blanks) } else { blanks }
    }
}
