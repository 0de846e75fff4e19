//! Whether there is a pickle in a text, or in bytes that nothing is recognised in, that are compressed: it is unpacked piece by piece, and
//! no more of it is kept than is looked at.

use std::cell::{Cell, RefCell};

use super::seems_to_hold_pickle;
use crate::budget::Budget;
use crate::pull::{End, Inflated, Room};
use crate::sniff::{Kind, may_carry};

/// Bytes that are looked at at a time.
const WINDOW: usize = 8 << 20;

/// Bytes that are looked at twice, so that what lies across an end is seen as a whole.
const OVERLAP: usize = 1 << 20;

/// Looks at bytes as they come.
pub(crate) struct Watch {
    holds: fn(&[u8]) -> bool,
    window: RefCell<Vec<u8>>,
    seen: Cell<u64>,
    found: Cell<bool>,
}

impl Watch {
    /// For data of this kind, if any of it can be told only so.
    pub(crate) fn of(kind: Kind) -> Option<Self> {
        let holds = match kind {
            Kind::Text(_) => seems_to_hold_pickle,
            Kind::Unknown => may_carry,
            _ => return None,
        };
        Some(Self { holds, window: RefCell::default(), seen: Cell::default(), found: Cell::default() })
    }

    /// What `decode` makes of a stream of the text, without its bytes. What is left of the budget for looks ends it with a limit.
    pub(crate) fn stream(
        &self,
        decode: impl FnOnce(Room<'_>) -> Inflated,
        budget: &mut Budget<'_>,
    ) -> Inflated {
        let before = self.seen.get();
        let watch = |piece: &[u8]| self.take(piece);
        let room =
            Room { limit: budget.look_allowance(), interrupt: budget.interrupt(), watch: Some(&watch) };
        let mut stream = decode(room);
        let kept = std::mem::take(&mut stream.bytes);
        if self.take(&kept) {
            stream.end = End::Limit;
        }
        budget.spend_look(self.seen.get() - before);
        stream
    }

    /// Takes a piece; whether there is a pickle.
    fn take(&self, piece: &[u8]) -> bool {
        let mut window = self.window.borrow_mut();
        window.extend_from_slice(piece);
        self.seen.set(self.seen.get() + piece.len() as u64);
        if window.len() >= WINDOW {
            self.found.set(self.found.get() || (self.holds)(&window));
            let looked = window.len() - OVERLAP;
            window.drain(..looked);
        }
        self.found.get()
    }

    /// Whether there is one in all that came.
    pub(crate) fn found(&self) -> bool {
        self.found.get() || (self.holds)(&self.window.borrow())
    }
}
