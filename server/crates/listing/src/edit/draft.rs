//! A program that is being rewritten: which rows stay, go and come, and the text that follows from it, with memo slots
//! numbered, frames as long as they are and offsets where they were.

use std::borrow::Cow;

use pickle_ops::Opcode;

use super::memo::{MemoUse, Role};
use super::program::{Line, Program};
use super::{Edited, LineEdit, Reason, Refusal};
use crate::text::OperandKind;

/// A row that comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum New {
    /// Mnemonic and operand, and the bytes that they make.
    Row(Cow<'static, str>, usize),
    /// A memo op and the store that it does or reads; the label that it had.
    Memo(Opcode, usize, Option<String>),
}

impl New {
    /// A row that makes `size` bytes.
    pub(super) fn row(text: String, size: usize) -> Self {
        Self::Row(text.into(), size)
    }

    /// A row that is an opcode and nothing else.
    pub(super) fn op(opcode: Opcode) -> Self {
        Self::Row(opcode.name().into(), 1)
    }
}

/// What becomes of a line.
#[derive(Clone, Debug, Default)]
struct Change {
    /// What comes before it, the last first: much of it may be put before what is there already.
    before: Vec<New>,
    /// `None`: it stays.
    instead: Option<Vec<New>>,
}

/// Bytes of new rows that a text of any length may get. Strings that many rows name by the memo are written out where
/// the protocol wants it so, and a few of them make a text that nobody can hold.
const MAX_NEW: usize = 4 << 20;
/// The same, by the length of the text, in which long texts may become longer.
const MAX_GROWTH: usize = 8;

/// Bytes of a `FRAME`, its length included.
pub(super) const FRAME_BYTES: usize = 9;

/// See the module.
pub(super) struct Draft<'p, 't> {
    program: &'p Program<'t>,
    changes: Vec<Change>,
    /// Memo ops whose slots are numbered anew.
    memo: Option<&'p MemoUse>,
    /// Bytes of rows that come, and how many there may be.
    new: usize,
    most: usize,
}

/// A row of the result.
struct Out {
    source: usize,
    /// Whether it was there before.
    stays: bool,
    /// Opcode, store and label of a memo op that is to be numbered.
    memo: Option<(Opcode, usize, Option<String>)>,
    /// Its text from the mnemonic on, when it is known that it changes.
    text: Option<Cow<'static, str>>,
    /// Bytes that it makes.
    size: usize,
}

impl Out {
    fn new(source: usize, new: New) -> Self {
        let out = Self { source, stays: false, memo: None, text: None, size: 0 };
        match new {
            New::Row(text, size) => Self { text: Some(text), size, ..out },
            New::Memo(opcode, store, label) => Self { memo: Some((opcode, store, label)), ..out },
        }
    }
}

impl<'p, 't> Draft<'p, 't> {
    /// Nothing changes yet. With `memo`, slots are numbered in the order in which they are filled.
    pub(super) fn new(program: &'p Program<'t>, memo: Option<&'p MemoUse>) -> Self {
        let length: usize = program.lines.iter().map(|line| line.row.text.len() + 1).sum();
        let most = MAX_NEW.max(length.saturating_mul(MAX_GROWTH));
        Self { program, changes: vec![Change::default(); program.lines.len()], memo, new: 0, most }
    }

    /// Puts rows before a line, and before what was put there already.
    pub(super) fn insert(&mut self, line: usize, rows: Vec<New>) {
        self.count(&rows);
        self.changes[line].before.extend(rows.into_iter().rev());
    }

    /// Puts rows in the place of a line.
    pub(super) fn replace(&mut self, line: usize, rows: Vec<New>) {
        self.count(&rows);
        self.changes[line].instead = Some(rows);
    }

    fn count(&mut self, rows: &[New]) {
        let length = |row: &New| if let New::Row(text, _) = row { text.len() + 1 } else { 1 };
        self.new += rows.iter().map(length).sum::<usize>();
    }

    /// Why there are to be no more rows.
    pub(super) fn is_too_long(&self) -> Option<String> {
        (self.new > self.most)
            .then(|| format!("the text would get more than {} bytes of new rows", self.most))
    }

    /// Puts a row behind those that stand in the place of a line, or behind it.
    pub(super) fn append(&mut self, line: usize, row: New) {
        let kept = match self.memo.and_then(|memo| memo.roles[line]) {
            Some(role) => self.memo_row(line, role),
            None => {
                let Line { row, bytes, .. } = &self.program.lines[line];
                let from = row.mnemonic.as_ref().map_or(0, |mnemonic| mnemonic.columns.start);
                let to = row.comment.as_ref().map_or(row.text.len(), |comment| comment.start);
                New::row(row.slice(&(from..to)).trim_end().to_owned(), bytes.len())
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
        let mut rows = self.rows()?;
        self.number(&mut rows)?;
        self.measure(&mut rows)?;
        self.edits(&rows)
    }

    fn rows(&mut self) -> Result<Vec<Out>, Refusal> {
        let mut rows = Vec::with_capacity(self.changes.len());
        for (source, change) in std::mem::take(&mut self.changes).into_iter().enumerate() {
            self.program.pause(source)?;
            rows.extend(change.before.into_iter().rev().map(|new| Out::new(source, new)));
            match change.instead {
                Some(instead) => rows.extend(instead.into_iter().map(|new| Out::new(source, new))),
                None => rows.push(self.stays(source)),
            }
        }
        Ok(rows)
    }

    /// A line that stays, but for the number of its memo slot.
    fn stays(&self, source: usize) -> Out {
        let role = self.memo.and_then(|memo| memo.roles[source]);
        let memo = role.map(|role| {
            let (Role::Store(store) | Role::Load(store)) = role;
            (self.program.opcode(source).unwrap_or(Opcode::Memoize), store, self.label(source))
        });
        Out { source, stays: true, memo, text: None, size: self.program.lines[source].bytes.len() }
    }

    /// Gives memo ops their slots.
    fn number(&self, rows: &mut [Out]) -> Result<(), Refusal> {
        let mut slots: Vec<usize> = vec![0; self.memo.map_or(0, |memo| memo.reads.len())];
        let (mut next, mut pickle) = (0, 0);
        for (index, row) in rows.iter_mut().enumerate() {
            self.program.pause(index)?;
            let here = self.program.lines[row.source].pickle;
            if here != pickle {
                (next, pickle) = (0, here);
            }
            let Some((opcode, store, label)) = row.memo.take() else { continue };
            let stores = opcode.fills_memo();
            if stores {
                slots[store] = next;
                next += 1;
            }
            let (text, size) = memo_text(opcode, slots[store], label.as_deref());
            (row.text, row.size) = (Some(text), size);
        }
        Ok(())
    }

    /// Makes frames as long as what they hold.
    fn measure(&self, rows: &mut [Out]) -> Result<(), Refusal> {
        let mut position = 0;
        let mut starts = Vec::with_capacity(rows.len());
        for row in rows.iter() {
            starts.push(position);
            position += row.size;
        }
        let mut reasons = Vec::new();
        for index in 0..rows.len() {
            self.program.pause(index)?;
            let row = &rows[index];
            let source = &self.program.lines[row.source];
            let auto = source.row.operands.first().is_some_and(|operand| operand.kind == OperandKind::Word);
            if !row.stays || self.program.opcode(row.source) != Some(Opcode::Frame) || auto {
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
                rows[index].text = Some(format!("FRAME {new_length}").into());
            }
        }
        if reasons.is_empty() { Ok(()) } else { Err(reasons.into()) }
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

    fn edits(&self, rows: &[Out]) -> Edited {
        let offsets = self.program.lines.iter().any(|line| line.row.offset.is_some());
        let total: usize = rows.iter().map(|row| row.size).sum();
        let width = total.to_string().len().max(4);
        let mut edits = Vec::new();
        let (mut index, mut position) = (0, 0);
        for (number, line) in self.program.lines.iter().enumerate() {
            self.program.pause(number)?;
            let mut lines = Vec::new();
            let first = index;
            while let Some(row) = rows.get(index).filter(|row| row.source == number) {
                self.program.pause(index)?;
                lines.push(self.line(row, index == first, position, offsets.then_some(width)));
                position += row.size;
                index += 1;
            }
            if lines != [line.row.text] {
                let lines = lines.into_iter().map(Cow::into_owned).collect();
                edits.push(LineEdit { line: number, lines });
            }
        }
        Ok(edits)
    }

    /// A line of the result; `offsets` is their width, if the text has any.
    fn line(&self, row: &Out, first: bool, position: usize, offsets: Option<usize>) -> Cow<'t, str> {
        let line = &self.program.lines[row.source];
        let stays = row.stays;
        let written = line.row.offset.as_ref();
        let right = written.is_none_or(|offset| offset.value == Some(position as u64));
        if stays && right && row.text.is_none() {
            return line.row.text.into();
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
        out.truncate(out.trim_end().len());
        out.into()
    }
}

/// A memo op with its slot, and the bytes that it makes: the shortest opcode of its kind that takes it. A label defines its slot
/// as well as a number does, so it is the number that counts.
fn memo_text(opcode: Opcode, slot: usize, label: Option<&str>) -> (Cow<'static, str>, usize) {
    let (opcode, size) = match (opcode, slot) {
        (Opcode::BinPut | Opcode::LongBinPut, 0..=0xff) => (Opcode::BinPut, 2),
        (Opcode::BinPut | Opcode::LongBinPut, _) => (Opcode::LongBinPut, 5),
        (Opcode::BinGet | Opcode::LongBinGet, 0..=0xff) => (Opcode::BinGet, 2),
        (Opcode::BinGet | Opcode::LongBinGet, _) => (Opcode::LongBinGet, 5),
        (Opcode::Memoize, _) => (opcode, 1),
        // `PUT` and `GET`: a line.
        (other, _) => (other, slot.to_string().len() + 2),
    };
    let text = match label {
        Some(label) => format!("{} {label}", opcode.name()).into(),
        None if opcode == Opcode::Memoize => opcode.name().into(),
        None => format!("{} {slot}", opcode.name()).into(),
    };
    (text, size)
}
