//! The ops of a recorded pickle from any op on, with their nesting.

use pickle_ops::{Op, Reader};

use super::index::{CHUNK, PickleRecord, Recording};
use crate::machine::Machine;
use crate::run::{Flow, run};
use crate::segments::Nothing;

/// An op and how deep it is nested: inside how many marks that are not its own.
#[derive(Clone, Copy, Debug)]
pub struct Nested<'a> {
    /// The op.
    pub op: Op<'a>,
    /// Marks on the stack that it neither sets nor takes.
    pub depth: usize,
}

/// Iterates over ops with their nesting.
#[derive(Debug)]
pub struct Walk<'a> {
    length: usize,
    reader: Reader<'a>,
    machine: Machine<(), ()>,
    left: u64,
}

impl<'a> Walk<'a> {
    /// The ops of `pickle` from its op number `first` on.
    #[must_use]
    pub fn new(bytes: &'a [u8], recording: &Recording, pickle: &PickleRecord, first: u64) -> Option<Self> {
        let chunk = pickle.chunks.start + usize::try_from(first / CHUNK).ok()?;
        let start = recording.chunks.get(chunk)?.start;
        let inherited = recording.inherited(pickle, chunk, pickle.chunks.end)?;
        let machine = Machine::resume(
            inherited.base,
            vec![(); inherited.stack.len()],
            inherited.base_marks,
            inherited.marks,
            inherited.protocol,
            inherited.memo_len,
        );
        let left = pickle.ops.saturating_sub(first - first % CHUNK);
        let mut walk = Self { length: bytes.len(), reader: Reader::new(bytes, start), machine, left };
        for _ in 0..first % CHUNK {
            walk.next();
        }
        Some(walk)
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Nested<'a>;

    fn next(&mut self) -> Option<Nested<'a>> {
        self.left = self.left.checked_sub(1)?;
        let before = self.machine.depth();
        let op = self.reader.clone().next_op().ok()?;
        let flow = run(&mut self.reader, self.length, &mut self.machine, &mut Nothing, 1);
        if flow == Flow::Stop {
            self.left = 0;
        }
        Some(Nested { op, depth: before.min(self.machine.depth()) })
    }
}
