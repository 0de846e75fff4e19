//! Which op filled a memo slot.
//!
//! Picklers fill slots in the order of their numbers, so it is enough to know from time to time how many were filled: the op that
//! filled a slot is found by reading on from there. Only what is out of this order is written down.

use std::num::NonZeroUsize;

use pickle_ops::{Op, Opcode};
use rustc_hash::FxHashMap;

use super::rows::{RawRow, Rows};
use crate::hole::Hole;
use crate::memo::Memo;

/// Ops between two milestones, about.
pub(super) const STRIDE: u64 = 256;

/// Bytes between two milestones at the least.
const APART: usize = 256;

/// Where an op begins, and how many slots are filled before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Milestone {
    pub(super) at: usize,
    pub(super) filled: u64,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Fills {
    /// How many slots, from zero on, were filled one after the other.
    in_order: u64,
    /// Whether that goes on: not behind a gap, nor where an op may have failed to fill its slot.
    goes_on: bool,
    milestones: Vec<Milestone>,
    /// Other slots → offset of the op that filled it first, plus one.
    others: Memo<NonZeroUsize>,
    /// Slots that were filled more than once → offsets of the later ops, in order.
    again: FxHashMap<u64, Vec<usize>>,
    /// How many ops are written down in these two.
    written: usize,
}

impl Default for Fills {
    fn default() -> Self {
        Self {
            in_order: 0,
            goes_on: true,
            milestones: Vec::new(),
            others: Memo::default(),
            again: FxHashMap::default(),
            written: 0,
        }
    }
}

impl Fills {
    /// An op fills a slot, which may have been filled before: then [`Fills::filled_again`] comes as well.
    #[inline(always)]
    pub(super) fn fill(&mut self, op: &Op<'_>, slot: u64) {
        if slot == self.in_order && self.goes_on {
            self.in_order += 1;
        } else if slot >= self.in_order {
            self.fill_other(op, slot);
        }
    }

    #[inline(never)]
    fn fill_other(&mut self, op: &Op<'_>, slot: u64) {
        self.goes_on = false;
        if self.others.get(slot).is_none() {
            self.others.insert(slot, NonZeroUsize::MIN.saturating_add(op.start));
            self.written += 1;
        }
    }

    /// The slot that an op has filled had been filled before.
    pub(super) fn filled_again(&mut self, op: &Op<'_>, slot: u64) {
        self.again.entry(slot).or_default().push(op.start);
        self.written += 1;
    }

    /// How many ops are written down, each in some twenty bytes.
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// An op failed: whether it has filled the slot that it names is not seen from the op alone.
    pub(super) fn failed(&mut self) {
        self.goes_on = false;
    }

    /// How many slots are filled, if all were filled in order.
    pub(super) fn all_in_order(&self) -> Option<u64> {
        self.goes_on.then_some(self.in_order)
    }

    /// A place from which slots that are filled in order can be found.
    pub(super) fn pass(&mut self, at: usize) {
        if self.goes_on && self.milestones.last().is_none_or(|last| last.at + APART <= at) {
            self.milestones.push(Milestone { at, filled: self.in_order });
        }
    }

    /// As many more slots were filled in order, with these milestones on the way, which count from here.
    pub(super) fn go_on(&mut self, filled: u64, milestones: &[Milestone]) {
        let before = self.in_order;
        let moved =
            milestones.iter().map(|&Milestone { at, filled }| Milestone { at, filled: before + filled });
        self.milestones.extend(moved);
        self.in_order += filled;
    }

    /// Offset of the op that filled a slot first.
    fn first(&self, bytes: &[u8], holes: &[Hole], slot: u64) -> Option<usize> {
        if slot >= self.in_order {
            return Some(self.others.get(slot)?.get() - 1);
        }
        let index = self.milestones.partition_point(|milestone| milestone.filled <= slot).checked_sub(1)?;
        let Milestone { at, mut filled } = self.milestones[index];
        for row in Rows::new(bytes, at, holes) {
            let RawRow::Op(op) = row else { continue };
            let fills_next = match op.opcode {
                Opcode::Memoize => true,
                Opcode::Put | Opcode::BinPut | Opcode::LongBinPut => op.memo_slot() == Some(filled),
                _ => false,
            };
            if fills_next && filled == slot {
                return Some(op.start);
            }
            filled += u64::from(fills_next);
        }
        None
    }

    /// Offset of the op that filled a slot last before `offset`.
    pub(super) fn before(&self, bytes: &[u8], holes: &[Hole], slot: u64, offset: usize) -> Option<usize> {
        let again = self.again.get(&slot).map_or(&[][..], Vec::as_slice);
        match again.partition_point(|&at| at < offset).checked_sub(1) {
            Some(index) => Some(again[index]),
            None => self.first(bytes, holes, slot).filter(|&first| first < offset),
        }
    }

    /// Whether a slot was filled before a place at or before `offset` where so many slots are in use, or, if it is none of those that
    /// are filled in order, before `offset`.
    pub(super) fn is_before(&self, slot: u64, in_use: u64, offset: usize) -> bool {
        match slot < self.in_order {
            true => slot < in_use,
            false => self.others.get(slot).is_some_and(|first| first.get() <= offset),
        }
    }

    /// Offset of the first op that fills a slot at or behind `offset`.
    pub(super) fn from(&self, bytes: &[u8], holes: &[Hole], slot: u64, offset: usize) -> Option<usize> {
        let again = self.again.get(&slot).map_or(&[][..], Vec::as_slice);
        let first = self.first(bytes, holes, slot).filter(|&first| first >= offset);
        first.or_else(|| again.get(again.partition_point(|&at| at < offset)).copied())
    }

    /// Number of slots that were filled.
    pub(super) fn slots(&self) -> u64 {
        self.in_order + self.others.len()
    }

    /// Bytes of memory that it takes, about.
    pub(super) fn weight(&self) -> usize {
        let others = usize::try_from(self.others.len()).unwrap_or(usize::MAX / 32);
        let again: usize = self.again.values().map(|later| 48 + later.len() * size_of::<usize>()).sum();
        self.milestones.len() * size_of::<Milestone>() + others * size_of::<usize>() + again
    }
}
