//! A program that is being rewritten: which rows stay, go and come, and the text that follows from it, with memo slots
//! numbered, frames as long as they are and offsets where they were.

use pickle_ops::{Framing, Opcode};

use super::memo::{MemoUse, Role};
use super::program::Program;
use super::{Edited, LineEdit, Reason};
use crate::text::{OperandKind, assemble};

/// A row that comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum New {
    /// Mnemonic and operand.
    Row(String),
    /// A memo op and the store that it does or reads; the label that it had.
    Memo(Opcode, usize, Option<String>),
}

impl New {
    /// A row that is an opcode and nothing else.
    pub(super) fn op(opcode: Opcode) -> Self {
        Self::Row(opcode.name().to_owned())
    }
}

/// What becomes of a line.
#[derive(Clone, Debug, Default)]
struct Change {
    before: Vec<New>,
    /// `None`: it stays.
    instead: Option<Vec<New>>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Draft<'p, 't> {
    program: &'p Program<'t>,
    changes: Vec<Change>,
    /// Memo ops whose slots are numbered anew.
    memo: Option<&'p MemoUse>,
}

/// A row of the result.
struct Out {
    source: usize,
    /// `None`: as it was.
    new: Option<New>,
    /// Its text from the mnemonic on, when it is known that it changes.
    text: Option<String>,
    /// Bytes that it makes.
    size: usize,
}

impl<'p, 't> Draft<'p, 't> {
    /// Nothing changes yet. With `memo`, slots are numbered in the order in which they are filled.
    pub(super) fn new(program: &'p Program<'t>, memo: Option<&'p MemoUse>) -> Self {
        Self { program, changes: vec![Change::default(); program.lines.len()], memo }
    }

    /// Puts rows before a line, and before what was put there already.
    pub(super) fn insert(&mut self, line: usize, rows: Vec<New>) {
        self.changes[line].before.splice(0..0, rows);
    }

    /// Puts rows in the place of a line.
    pub(super) fn replace(&mut self, line: usize, rows: Vec<New>) {
        self.changes[line].instead = Some(rows);
    }

    /// Puts a row behind those that stand in the place of a line, or behind it.
    pub(super) fn append(&mut self, line: usize, row: New) {
        let kept = match self.memo.and_then(|memo| memo.roles[line]) {
            Some(role) => self.memo_row(line, role),
            None => {
                let row = &self.program.lines[line].row;
                let from = row.mnemonic.as_ref().map_or(0, |mnemonic| mnemonic.columns.start);
                let to = row.comment.as_ref().map_or(row.text.len(), |comment| comment.start);
                New::Row(row.slice(&(from..to)).trim_end().to_owned())
            }
        };
        self.changes[line].instead.get_or_insert_with(|| vec![kept]).push(row);
    }

    /// The memo op of a line, as a row that comes.
    pub(super) fn memo_row(&self, line: usize, role: Role) -> New {
        let (Role::Store(store) | Role::Load(store)) = role;
        New::Memo(self.program.opcode(line).unwrap_or(Opcode::Memoize), store, self.label(line))
    }

    /// The label of a memo op, with its `$`.
    pub(super) fn label(&self, line: usize) -> Option<String> {
        let row = &self.program.lines[line].row;
        let operand = row.operands.first().filter(|operand| operand.kind == OperandKind::Label)?;
        Some(row.slice(&operand.columns).to_owned())
    }

    /// The lines that change.
    ///
    /// # Errors
    /// Frames that end inside a row.
    pub(super) fn finish(mut self) -> Edited {
        let mut rows = self.rows();
        self.number(&mut rows);
        self.measure(&mut rows)?;
        Ok(self.edits(&rows))
    }

    fn rows(&mut self) -> Vec<Out> {
        let mut rows = Vec::with_capacity(self.changes.len());
        for (source, change) in std::mem::take(&mut self.changes).into_iter().enumerate() {
            let out = |new| Out { source, new, text: None, size: 0 };
            rows.extend(change.before.into_iter().map(|new| out(Some(new))));
            match change.instead {
                Some(instead) => rows.extend(instead.into_iter().map(|new| out(Some(new)))),
                None => rows.push(out(None)),
            }
        }
        rows
    }

    /// Gives memo ops their slots, and rows that come their text.
    fn number(&self, rows: &mut [Out]) {
        let mut slots: Vec<usize> = vec![0; self.memo.map_or(0, |memo| memo.reads.len())];
        let (mut next, mut pickle) = (0, 0);
        for row in rows {
            let here = self.program.lines[row.source].pickle;
            if here != pickle {
                (next, pickle) = (0, here);
            }
            let role = self.memo.and_then(|memo| memo.roles[row.source]);
            let (opcode, store, label) = match (&row.new, role) {
                (Some(New::Row(text)), _) => {
                    row.text = Some(text.clone());
                    continue;
                }
                (Some(New::Memo(opcode, store, label)), _) => (*opcode, *store, label.clone()),
                (None, Some(Role::Store(store) | Role::Load(store))) => (
                    self.program.opcode(row.source).unwrap_or(Opcode::Memoize),
                    store,
                    self.label(row.source),
                ),
                (None, None) => continue,
            };
            let stores =
                matches!(opcode, Opcode::Memoize | Opcode::Put | Opcode::BinPut | Opcode::LongBinPut);
            if stores {
                slots[store] = next;
                next += 1;
            }
            row.text = Some(memo_text(opcode, slots[store], label.as_deref()));
        }
    }

    /// Finds out how long rows are, and makes frames as long as what they hold.
    fn measure(&self, rows: &mut [Out]) -> Result<(), Vec<Reason>> {
        for row in rows.iter_mut() {
            row.size = match &row.text {
                Some(text) => assemble(text).bytes.len(),
                None => self.program.lines[row.source].bytes.len(),
            };
        }
        let mut position = 0;
        let mut starts = Vec::with_capacity(rows.len());
        for row in rows.iter() {
            starts.push(position);
            position += row.size;
        }
        let mut reasons = Vec::new();
        for index in 0..rows.len() {
            let row = &rows[index];
            let source = &self.program.lines[row.source];
            let auto = source.row.operands.first().is_some_and(|operand| operand.kind == OperandKind::Word);
            if row.new.is_some() || self.program.opcode(row.source) != Some(Opcode::Frame) || auto {
                continue;
            }
            let little_endian =
                |raw: &[u8]| raw.iter().rev().fold(0, |value: u64, &byte| value << 8 | u64::from(byte));
            let length = self.program.op(row.source).map_or(0, |op| little_endian(op.raw));
            let end = usize::try_from(length).ok().and_then(|length| source.bytes.end.checked_add(length));
            let Some(line) = end.and_then(|end| self.line_at(end)) else {
                reasons.push(Reason::new(row.source, "the frame ends inside a row, or behind the text"));
                continue;
            };
            let behind = rows.partition_point(|row| row.source < line);
            let end = starts.get(behind).copied().unwrap_or(position);
            let new_length = end.saturating_sub(starts[index] + row.size) as u64;
            if new_length != length {
                rows[index].text = Some(format!("FRAME {new_length}"));
            }
        }
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }

    /// The first line whose bytes begin at an offset; behind the last line for the end of the text.
    fn line_at(&self, offset: usize) -> Option<usize> {
        let lines = &self.program.lines;
        let line = lines.partition_point(|line| line.bytes.start < offset);
        match lines.get(line) {
            Some(found) => (found.bytes.start == offset).then_some(line),
            None => (offset == self.program.bytes.len()).then_some(lines.len()),
        }
    }

    fn edits(&self, rows: &[Out]) -> Vec<LineEdit> {
        let offsets = self.program.lines.iter().any(|line| line.row.offset.is_some());
        let total: usize = rows.iter().map(|row| row.size).sum();
        let width = total.to_string().len().max(4);
        let mut edits = Vec::new();
        let (mut index, mut position) = (0, 0);
        for (number, line) in self.program.lines.iter().enumerate() {
            let first = index;
            let mut lines = Vec::new();
            while let Some(row) = rows.get(index).filter(|row| row.source == number) {
                lines.push(self.line(row, index == first, position, offsets.then_some(width)));
                position += row.size;
                index += 1;
            }
            if lines != [line.row.text] {
                edits.push(LineEdit { line: number, lines });
            }
        }
        edits
    }

    /// A line of the result; `offsets` is their width, if the text has any.
    fn line(&self, row: &Out, first: bool, position: usize, offsets: Option<usize>) -> String {
        let line = &self.program.lines[row.source];
        let stays = row.new.is_none();
        let written = line.row.offset.as_ref();
        let right = written.is_none_or(|offset| offset.value == Some(position as u64));
        if stays && right && row.text.is_none() {
            return line.row.text.to_owned();
        }
        let mut out = String::new();
        if let Some(width) = offsets.filter(|_| written.is_some() || !stays) {
            out.push_str(&format!("{position:>width$}: "));
        }
        out.push_str(line.indent());
        let comment = line.row.comment.as_ref().map_or(line.row.text.len(), |comment| comment.start);
        match &row.text {
            Some(text) => out.push_str(text),
            None => {
                let from = line.row.mnemonic.as_ref().map_or(comment, |mnemonic| mnemonic.columns.start);
                out.push_str(line.row.slice(&(from..comment)).trim_end());
            }
        }
        if (stays || first) && comment < line.row.text.len() {
            if row.text.is_some() || line.row.mnemonic.is_some() {
                out.push_str("  ");
            }
            out.push_str(line.row.slice(&(comment..line.row.text.len())));
        }
        out.trim_end().to_owned()
    }
}

/// A memo op with its slot: the shortest opcode of its kind that takes it.
fn memo_text(opcode: Opcode, slot: usize, label: Option<&str>) -> String {
    let opcode = match (opcode, slot) {
        (Opcode::BinPut | Opcode::LongBinPut, 0..=0xff) => Opcode::BinPut,
        (Opcode::BinPut | Opcode::LongBinPut, _) => Opcode::LongBinPut,
        (Opcode::BinGet | Opcode::LongBinGet, 0..=0xff) => Opcode::BinGet,
        (Opcode::BinGet | Opcode::LongBinGet, _) => Opcode::LongBinGet,
        (other, _) => other,
    };
    match label {
        // Nothing but `MEMOIZE` has no operand here, and a label defines its slot as well as a number does.
        Some(label) => format!("{} {label}", opcode.name()),
        None if matches!(opcode.info().operand.framing(), Framing::Fixed(0)) => opcode.name().to_owned(),
        None => format!("{} {slot}", opcode.name()),
    }
}
