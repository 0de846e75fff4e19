//! Stack, marks and memo.

use crate::Memo;
use crate::fault::FaultKind;

/// A mark on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Items below it on the stack.
    pub height: usize,
    /// Offset of the `MARK` op.
    pub at: usize,
}

/// The state of an unpickler: a stack, marks that fence it, and a memo.
///
/// As in `_pickle.c`, marks are kept beside the stack, and nothing but an opcode that takes the topmost mark reaches
/// below it. A machine may begin in the middle of a stream: then it holds the upper part of the stack and of the marks only,
/// and [`Machine::resume`] says how much lies below.
#[derive(Clone, Debug)]
pub struct Machine<V, S> {
    pub(crate) stack: Vec<V>,
    pub(crate) marks: Vec<Mark>,
    /// What the memo holds.
    pub memo: Memo<S>,
    /// Items of the stack, and marks, that lie below those held here.
    base: usize,
    base_marks: usize,
    pub(crate) protocol: u8,
}

impl<V, S> Default for Machine<V, S> {
    fn default() -> Self {
        Self {
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Memo::default(),
            base: 0,
            base_marks: 0,
            protocol: 0,
        }
    }
}

impl<V: Copy, S: Copy> Machine<V, S> {
    /// A machine in the middle of a pickle: `base` items and `base_marks` marks lie below `stack` and `marks`, whose
    /// heights count from the bottom of the whole stack; `memo` slots are in use that it does not hold.
    #[must_use]
    pub fn resume(
        base: usize,
        stack: Vec<V>,
        base_marks: usize,
        marks: Vec<Mark>,
        protocol: u8,
        memo: u64,
    ) -> Self {
        Self { stack, marks, base, base_marks, protocol, memo: Memo::resume(memo) }
    }

    /// Makes it new for the next pickle, keeping its memory.
    pub fn reset(&mut self) {
        self.memo.clear();
        self.reset_but_memo();
    }

    /// The same as `load` does that is called again: its unpickler goes on with its memo.
    pub fn reset_but_memo(&mut self) {
        self.stack.clear();
        self.marks.clear();
        self.base = 0;
        self.base_marks = 0;
        self.protocol = 0;
    }

    /// Items on the stack.
    #[must_use]
    #[inline]
    pub fn height(&self) -> usize {
        self.base + self.stack.len()
    }

    /// Marks on the stack: how deep the op to come is nested.
    #[must_use]
    #[inline]
    pub fn depth(&self) -> usize {
        self.base_marks + self.marks.len()
    }

    /// The protocol of the last `PROTO`; 0 if there was none.
    #[must_use]
    #[inline]
    pub fn protocol(&self) -> u8 {
        self.protocol
    }

    /// The items that are held here, bottom first.
    #[must_use]
    pub fn stack(&self) -> &[V] {
        &self.stack
    }

    /// The marks that are held here, bottom first.
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Index in `stack` of the lowest item that lies above the topmost mark.
    #[inline]
    pub(crate) fn fence(&self) -> usize {
        self.marks.last().map_or(0, |mark| mark.height.saturating_sub(self.base))
    }

    #[inline]
    pub(crate) fn push(&mut self, value: V) {
        self.stack.push(value);
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<V> {
        if self.stack.len() > self.fence() { self.stack.pop() } else { None }
    }

    #[inline]
    pub(crate) fn top(&self) -> Option<V> {
        if self.stack.len() > self.fence() { self.stack.last().copied() } else { None }
    }

    /// Items above the topmost mark.
    #[inline]
    pub(crate) fn available(&self) -> usize {
        self.stack.len() - self.fence().min(self.stack.len())
    }

    #[cold]
    pub(crate) fn underflow(&self, needed: usize) -> FaultKind {
        FaultKind::Underflow { needed, found: self.available(), mark: self.depth() > 0 }
    }

    #[inline]
    pub(crate) fn mark(&mut self, at: usize) {
        self.marks.push(Mark { height: self.height(), at });
    }

    /// Takes the topmost mark: gives its offset, and the index in `stack` of the first item that lay above it.
    #[inline]
    pub(crate) fn take_mark(&mut self) -> Option<(usize, usize)> {
        let mark = self.marks.pop()?;
        Some((mark.at, mark.height.saturating_sub(self.base).min(self.stack.len())))
    }
}
