//! The rows of a recorded pickle from any row on, ops with their nesting.

use pickle_ops::Op;

use super::index::{PickleRecord, Recording};
use super::rows::{RawRow, Rows};
use crate::hole::{Hole, Known};
use crate::machine::Machine;
use crate::run::{Flow, run};
use pickle_ops::Reader;

/// An op and how deep it is nested: inside how many marks that are not its own.
#[derive(Clone, Copy, Debug)]
pub struct Nested<'a> {
    /// The op.
    pub op: Op<'a>,
    /// Marks on the stack that it neither sets nor takes.
    pub depth: usize,
}

/// A row of a pickle.
#[derive(Clone, Copy, Debug)]
pub enum Row<'r, 'a> {
    /// An op.
    Op(Nested<'a>),
    /// Bytes that its reader takes for itself.
    Hole(&'r Hole),
}

/// Iterates over rows.
#[derive(Debug)]
pub struct Walk<'r, 'a> {
    bytes: &'a [u8],
    rows: Rows<'r, 'a>,
    reader: Reader<'a>,
    holes: &'r [Hole],
    machine: Machine<(), ()>,
    left: u64,
}

impl<'r, 'a> Walk<'r, 'a> {
    /// The rows of `pickle` from its row number `first` on.
    #[must_use]
    pub fn new(bytes: &'a [u8], recording: &Recording, pickle: &'r PickleRecord, first: u64) -> Option<Self> {
        let chunk = recording.chunk_of_row(pickle, first)?;
        let from = *recording.chunks.get(chunk)?;
        let inherited = recording.inherited(pickle, chunk, pickle.chunks.end)?;
        let machine = Machine::resume(
            inherited.base,
            vec![(); inherited.stack.len()],
            inherited.base_marks,
            inherited.marks,
            inherited.protocol,
            inherited.memo_len,
        );
        let mut walk = Self {
            bytes,
            rows: Rows::new(bytes, from.start, &pickle.holes),
            reader: Reader::new(bytes, from.start),
            holes: &pickle.holes,
            machine,
            left: pickle.rows().saturating_sub(from.first_row),
        };
        walk.pass_over(first - from.first_row);
        Some(walk)
    }

    /// Goes on behind so many rows.
    fn pass_over(&mut self, rows: u64) {
        let ops = usize::try_from(rows.min(self.left)).ok().filter(|_| self.holes.is_empty());
        let Some(ops) = ops else {
            self.by_ref().take(usize::try_from(rows).unwrap_or(usize::MAX)).for_each(|_| {});
            return;
        };
        // Every row is an op: the machine finds them as well.
        let flow = run(&mut self.reader, self.bytes.len(), &mut self.machine, &mut Known(self.holes), ops);
        self.left = if flow == Flow::Next { self.left - ops as u64 } else { 0 };
        self.rows = Rows::new(self.bytes, self.reader.position(), self.holes);
    }
}

impl<'r, 'a> Iterator for Walk<'r, 'a> {
    type Item = Row<'r, 'a>;

    fn next(&mut self) -> Option<Row<'r, 'a>> {
        self.left = self.left.checked_sub(1)?;
        let op = match self.rows.next()? {
            RawRow::Hole(hole) => return Some(Row::Hole(hole)),
            RawRow::Op(op) => op,
        };
        let before = self.machine.depth();
        let flow = run(&mut self.reader, self.bytes.len(), &mut self.machine, &mut Known(self.holes), 1);
        if flow == Flow::Stop {
            self.left = 0;
        }
        Some(Row::Op(Nested { op, depth: before.min(self.machine.depth()) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::never;
    use crate::record::{Segment, record};

    /// Offset and depth of each row from `first` on.
    fn rows(bytes: &[u8], first: u64) -> Vec<(usize, usize)> {
        let recording = record(bytes, &never);
        let Some(Segment::Pickle(pickle)) = recording.segments.first() else { panic!("no pickle") };
        let walk = Walk::new(bytes, &recording, pickle, first).unwrap();
        walk.map(|row| match row {
            Row::Op(nested) => (nested.op.start, nested.depth),
            Row::Hole(hole) => (hole.bytes.start, usize::MAX),
        })
        .collect()
    }

    #[test]
    fn from_any_row_on_they_are_the_same() {
        let deep = [&b"(I1\n".repeat(5000)[..], &b"t".repeat(5000), b"."].concat();
        for bytes in [&b"\x80\x02](K\x01(K\x02tp0\n0K\x03e."[..], b"](((N", &deep] {
            let all = rows(bytes, 0);
            let some = (0..all.len()).filter(|first| all.len() < 100 || first % 997 == 0);
            for first in some {
                assert_eq!(rows(bytes, first as u64), all[first..], "{first}");
            }
        }
    }
}
