//! The pass that makes the index: how far down each chunk reaches, which memo slots are filled again, where arrays lie.

use std::num::NonZeroUsize;

use pickle_ops::{Op, Opcode, Reader};
use rustc_hash::FxHashMap;

use crate::domain::{Arguments, Collection, Domain, Interrupt};
use crate::fault::Fault;
use crate::hole::{Hole, announces_arrays};
use crate::machine::Machine;
use crate::stream::holes;

/// The domain of the index: a value is the offset of the op that pushed it.
pub(super) struct Index<'r> {
    bytes: &'r [u8],
    start: usize,
    interrupt: Interrupt<'r>,
    pub(super) ops: u64,
    pub(super) protocol: Option<u8>,
    pub(super) refused: Option<Fault>,
    pub(super) refilled: FxHashMap<u64, Vec<usize>>,
    /// The holes of the pickle, once there may be any, and how many with bytes in them were passed.
    pub(super) holes: Vec<Hole>,
    looked: bool,
    pub(super) passed: u64,
    /// How far down the chunk at work has reached.
    pub(super) low_height: usize,
    pub(super) low_marks: usize,
}

impl<'r> Index<'r> {
    pub(super) fn new(bytes: &'r [u8], start: usize, interrupt: Interrupt<'r>) -> Self {
        Self {
            bytes,
            start,
            interrupt,
            ops: 0,
            protocol: None,
            refused: None,
            refilled: FxHashMap::default(),
            holes: Vec::new(),
            looked: false,
            passed: 0,
            low_height: 0,
            low_marks: 0,
        }
    }

    /// A global of this name is loaded: if arrays may follow, all holes are looked for, by a pass that knows values.
    fn notice_global(&mut self, name: Option<&[u8]>) {
        if !self.looked && name.is_none_or(announces_arrays) {
            self.looked = true;
            self.holes = holes(self.bytes, self.start, self.interrupt);
        }
    }
}

impl<'a> Domain<'a> for Index<'_> {
    type Value = usize;
    type Stored = NonZeroUsize;
    const HOT: bool = true;

    fn missing(&mut self, op: &Op<'a>) -> usize {
        op.start
    }
    #[inline]
    fn constant(&mut self, op: &Op<'a>) -> usize {
        op.start
    }
    #[inline]
    fn collect(&mut self, op: &Op<'a>, _: Collection, _: &[usize]) -> usize {
        op.start
    }
    #[inline]
    fn extend(&mut self, _: &Op<'a>, _: usize, _: &[usize]) {}
    fn global(&mut self, op: &Op<'a>, _: u8) -> usize {
        self.notice_global(Some(op.raw));
        op.start
    }
    fn stack_global(&mut self, op: &Op<'a>, _: u8, _: usize, name: usize) -> usize {
        // A name that comes from the memo may be any.
        let pushed_by = Reader::new(self.bytes, name).next_op();
        self.notice_global(pushed_by.ok().filter(|by| by.opcode.is_literal()).map(|by| by.raw));
        op.start
    }
    fn call(&mut self, op: &Op<'a>, _: usize, _: Arguments<'_, usize>) -> usize {
        op.start
    }
    fn build(&mut self, _: &Op<'a>, _: usize, _: usize) {}
    #[inline]
    fn resume_at(&mut self, op: &Op<'a>) -> usize {
        if self.holes.is_empty() {
            return op.end;
        }
        match self.holes.binary_search_by_key(&op.start, |hole| hole.build) {
            Ok(index) => {
                self.passed += u64::from(!self.holes[index].bytes.is_empty());
                self.holes[index].resume_at()
            }
            Err(_) => op.end,
        }
    }
    fn persistent(&mut self, op: &Op<'a>, _: Option<usize>) -> usize {
        op.start
    }
    fn read_only(&mut self, op: &Op<'a>, _: usize) -> usize {
        op.start
    }
    fn duplicate(&mut self, op: &Op<'a>, _: usize) -> usize {
        op.start
    }
    #[inline]
    fn store(&mut self, op: &Op<'a>, _: u64, _: usize) -> NonZeroUsize {
        NonZeroUsize::MIN.saturating_add(op.start)
    }
    #[inline]
    fn load(&mut self, op: &Op<'a>, _: u64, _: NonZeroUsize) -> usize {
        op.start
    }
    fn overwritten(&mut self, _: &Op<'a>, slot: u64, previous: NonZeroUsize) {
        self.refilled.entry(slot).or_default().push(previous.get() - 1);
    }
    fn fault(&mut self, fault: &Fault) {
        // What cannot be read is told by the gap behind the pickle.
        if !fault.kind.ends_stream() {
            self.refused.get_or_insert(*fault);
        }
    }
    #[inline(always)]
    fn after(&mut self, opcode: Opcode, op: &Op<'a>, machine: &Machine<usize, NonZeroUsize>) {
        self.ops += 1;
        // Only what takes items can lower the stack, and only what takes a mark the marks.
        if !opcode.info().before.is_empty() {
            self.low_height = self.low_height.min(machine.height().saturating_sub(1));
            self.low_marks = self.low_marks.min(machine.depth());
        }
        if opcode == Opcode::Proto {
            self.protocol = self.protocol.or(op.raw.first().copied());
        }
    }
}
