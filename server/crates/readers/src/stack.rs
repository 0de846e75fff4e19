//! The stack of an unpickler, with marks beside it.
//!
//! Both unpicklers keep one: `_pickle.c` as a stack with a fence, `pickle.py` as a stack of stacks. What differs is what they
//! raise, so that every request says how it is worded.

use crate::exception::{Done, Raised};
use crate::object::Id;

/// How a reader words what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wording {
    C,
    Python,
}

/// Items and marks.
#[derive(Debug)]
pub(crate) struct Stack {
    items: Vec<Id>,
    marks: Vec<usize>,
    wording: Wording,
}

impl Stack {
    pub(crate) fn new(wording: Wording) -> Self {
        Self { items: Vec::new(), marks: Vec::new(), wording }
    }

    fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    /// Items above the topmost mark.
    pub(crate) fn available(&self) -> usize {
        self.items.len().saturating_sub(self.fence())
    }

    /// `Pdata_stack_underflow`.
    #[cold]
    fn underflow(&self) -> Box<Raised> {
        let marks = !self.marks.is_empty();
        Raised::unpickling(if marks { "unexpected MARK found" } else { "unpickling stack underflow" })
    }

    /// What the C unpickler raises where an object is expected above a mark that was taken.
    pub(crate) fn nothing_above_mark(&self) -> Box<Raised> {
        self.underflow()
    }

    pub(crate) fn push(&mut self, id: Id) {
        self.items.push(id);
    }

    /// `stack.pop()`.
    pub(crate) fn pop(&mut self) -> Done<Id> {
        if self.available() == 0 {
            return Err(match self.wording {
                Wording::C => self.underflow(),
                Wording::Python => Raised::index("pop from empty list"),
            });
        }
        Ok(self.items.pop().unwrap_or_default())
    }

    /// `stack[-depth]`, from 1.
    pub(crate) fn peek(&self, depth: usize) -> Done<Id> {
        let found = if depth <= self.available() { self.items.len().checked_sub(depth) } else { None };
        match found.and_then(|at| self.items.get(at)) {
            Some(&id) => Ok(id),
            None => Err(match self.wording {
                Wording::C => self.underflow(),
                Wording::Python => Raised::index("list index out of range"),
            }),
        }
    }

    /// Puts an object in the place of the topmost one.
    pub(crate) fn replace(&mut self, id: Id) {
        if let Some(top) = self.items.last_mut() {
            *top = id;
        }
    }

    pub(crate) fn mark(&mut self) {
        self.marks.push(self.items.len());
    }

    /// Whether the topmost thing is a mark.
    pub(crate) fn ends_in_mark(&self) -> bool {
        self.marks.last() == Some(&self.items.len())
    }

    /// Takes the topmost mark, and gives the items above it.
    pub(crate) fn take_marked(&mut self) -> Done<Vec<Id>> {
        let Some(mark) = self.marks.pop() else {
            return Err(match self.wording {
                Wording::C => Raised::unpickling("could not find MARK"),
                Wording::Python => Raised::index("pop from empty list"),
            });
        };
        Ok(self.items.split_off(mark.min(self.items.len())))
    }

    /// The topmost `count` items.
    pub(crate) fn take(&mut self, count: usize) -> Done<Vec<Id>> {
        if count > 0 {
            self.peek(count)?;
        }
        Ok(self.items.split_off(self.items.len().saturating_sub(count)))
    }
}
