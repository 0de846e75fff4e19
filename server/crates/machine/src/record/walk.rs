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
    length: usize,
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
            length: bytes.len(),
            rows: Rows::new(bytes, from.start, &pickle.holes),
            reader: Reader::new(bytes, from.start),
            holes: &pickle.holes,
            machine,
            left: pickle.rows().saturating_sub(from.first_row),
        };
        for _ in from.first_row..first {
            walk.next();
        }
        Some(walk)
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
        let flow = run(&mut self.reader, self.length, &mut self.machine, &mut Known(self.holes), 1);
        if flow == Flow::Stop {
            self.left = 0;
        }
        Some(Row::Op(Nested { op, depth: before.min(self.machine.depth()) }))
    }
}
