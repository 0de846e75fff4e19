//! The pass that makes the index: how far down each chunk reaches, which memo slots are filled, where arrays lie.

use pickle_ops::{Op, Opcode, Reader};

use super::fills::Fills;
use crate::domain::{Arguments, Collection, Domain, Interrupt};
use crate::fault::Fault;
use crate::hole::{Hole, announces_arrays};
use crate::machine::Machine;
use crate::stream::{Memory, holes};

/// The domain of the index: a value is the offset of the op that pushed it.
pub(super) struct Index<P> {
    pub(super) lows: Lows,
    pub(super) past: P,
}

/// Counts ops, and how far down they reach.
#[derive(Clone, Copy, Default)]
pub(super) struct Lows {
    pub(super) ops: u64,
    /// No item below this height, and no mark below this number, was touched since somebody set it.
    pub(super) height: usize,
    pub(super) marks: usize,
}

/// What the index knows of what came before, and keeps for what comes.
pub(super) trait Past {
    /// A global of this name is loaded; `None`: of any.
    fn global(&mut self, name: Option<&[u8]>);
    /// The same, the name being what the op at an offset has pushed.
    fn global_named_at(&mut self, offset: usize);
    /// Where the op behind a `BUILD` begins.
    fn resume_at(&mut self, op: &Op<'_>) -> usize;
    /// A slot is filled.
    fn fill(&mut self, op: &Op<'_>, slot: u64);
    /// It was filled before.
    fn filled_again(&mut self, op: &Op<'_>, slot: u64);
    /// A fault.
    fn fault(&mut self, fault: &Fault);
    /// `PROTO`.
    fn proto(&mut self, op: &Op<'_>);
}

/// All of it, from the beginning of a pickle on.
pub(super) struct Whole<'r> {
    bytes: &'r [u8],
    start: usize,
    memory: Memory,
    interrupt: Interrupt<'r>,
    pub(super) protocol: Option<u8>,
    pub(super) refused: Option<Fault>,
    pub(super) fills: Fills,
    /// The holes of the pickle, once there may be any, and how many with bytes in them were passed.
    pub(super) holes: Vec<Hole>,
    looked: bool,
    pub(super) passed: u64,
}

impl<'r> Whole<'r> {
    pub(super) fn new(bytes: &'r [u8], start: usize, memory: Memory, interrupt: Interrupt<'r>) -> Self {
        Self {
            bytes,
            start,
            memory,
            interrupt,
            protocol: None,
            refused: None,
            fills: Fills::default(),
            holes: Vec::new(),
            looked: false,
            passed: 0,
        }
    }
}

impl Past for Whole<'_> {
    fn global(&mut self, name: Option<&[u8]>) {
        // If arrays may follow, all holes are looked for, by a pass that knows values.
        if !self.looked && name.is_none_or(announces_arrays) {
            self.looked = true;
            self.holes = holes(self.bytes, self.start, self.memory, self.interrupt);
        }
    }

    fn global_named_at(&mut self, offset: usize) {
        // A name that comes from the memo may be any.
        let pushed_by = Reader::new(self.bytes, offset).next_op();
        self.global(pushed_by.ok().filter(|by| by.opcode.is_literal()).map(|by| by.raw));
    }

    #[inline]
    fn resume_at(&mut self, op: &Op<'_>) -> usize {
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

    #[inline(always)]
    fn fill(&mut self, op: &Op<'_>, slot: u64) {
        self.fills.fill(op, slot);
    }

    fn filled_again(&mut self, op: &Op<'_>, slot: u64) {
        self.fills.filled_again(op, slot);
    }

    fn fault(&mut self, fault: &Fault) {
        self.fills.failed();
        // What cannot be read is told by the gap behind the pickle.
        if !fault.kind.ends_stream() {
            self.refused.get_or_insert(*fault);
        }
    }

    fn proto(&mut self, op: &Op<'_>) {
        self.protocol = self.protocol.or(op.raw.first().copied());
    }
}

impl<'a, P: Past> Domain<'a> for Index<P> {
    type Value = usize;
    type Stored = ();
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
        self.past.global(Some(op.raw));
        op.start
    }
    fn stack_global(&mut self, op: &Op<'a>, _: u8, _: usize, name: usize) -> usize {
        self.past.global_named_at(name);
        op.start
    }
    fn call(&mut self, op: &Op<'a>, _: usize, _: Arguments<'_, usize>) -> usize {
        op.start
    }
    fn build(&mut self, _: &Op<'a>, _: usize, _: usize) {}
    #[inline]
    fn resume_at(&mut self, op: &Op<'a>) -> usize {
        self.past.resume_at(op)
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
    #[inline(always)]
    fn store(&mut self, op: &Op<'a>, slot: u64, _: usize) {
        self.past.fill(op, slot);
    }
    #[inline]
    fn load(&mut self, op: &Op<'a>, _: u64, (): ()) -> usize {
        op.start
    }
    fn overwritten(&mut self, op: &Op<'a>, slot: u64, (): ()) {
        self.past.filled_again(op, slot);
    }
    fn fault(&mut self, fault: &Fault) {
        self.past.fault(fault);
    }
    #[inline(always)]
    fn after(&mut self, opcode: Opcode, op: &Op<'a>, machine: &Machine<usize, ()>) {
        self.lows.ops += 1;
        // Only what takes items can lower the stack, and only what takes a mark the marks.
        if !opcode.info().before.is_empty() {
            self.lows.height = self.lows.height.min(machine.height().saturating_sub(1));
            self.lows.marks = self.lows.marks.min(machine.depth());
        }
        if opcode == Opcode::Proto {
            self.past.proto(op);
        }
    }
}
