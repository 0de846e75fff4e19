//! Handles of values.

use std::num::NonZeroU64;

/// A value: a handle of eight bytes, valid in the [`Arena`] that made it.
///
/// Never zero, so that an empty memo slot takes no more room than a full one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Value(NonZeroU64);

/// What the low two bits of a [`Value`] say. The lowest is set where a container has to take note: of what is notable, and of
/// what cannot be hashed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// Made by the op at an offset; nothing else is kept.
    Op = 0,
    /// A list, dict, set or frozenset made by the op at an offset.
    Container = 1,
    /// A node: a tuple of constants and containers.
    PlainTuple = 2,
    /// A node: global, call, persistent object, or tuple that holds such.
    Node = 3,
}

/// The bit that every value has.
const PRESENT: NonZeroU64 = NonZeroU64::MIN.saturating_add((1 << 63) - 1);

/// The bit of the payload that a stand-in has: no offset reaches it.
const STAND_IN: u64 = 1 << 60;

impl Value {
    /// A value of which nothing is known.
    pub const UNKNOWN: Self = Self(NonZeroU64::MIN.saturating_add(u64::MAX - 2));

    /// Whether none of them is a container or notable.
    #[inline(always)]
    pub(super) fn are_plain(values: &[Self]) -> bool {
        values.iter().fold(0, |bits, value| bits | value.0.get()) & 1 == 0
    }

    /// Whether all of them are constants.
    #[inline(always)]
    pub(super) fn are_constants(values: &[Self]) -> bool {
        values.iter().fold(0, |bits, value| bits | value.0.get()) & 3 == 0
    }

    /// Whether it was made by an op alone: a constant, or what nothing else is known of.
    #[inline(always)]
    pub(crate) fn is_constant(self) -> bool {
        self.0.get() & 3 == 0
    }

    #[inline]
    pub(super) fn new(tag: Tag, payload: usize) -> Self {
        Self(PRESENT | ((payload as u64) << 2 | tag as u64))
    }

    /// All that tells it from others.
    #[inline(always)]
    pub(super) fn bits(self) -> u64 {
        self.0.get() & !PRESENT.get()
    }

    /// The value of [`Value::bits`].
    #[inline(always)]
    pub(super) fn from_bits(bits: u64) -> Self {
        Self(PRESENT | bits)
    }

    #[inline]
    pub(super) fn tag(self) -> Tag {
        match self.0.get() & 3 {
            0 => Tag::Op,
            1 => Tag::Container,
            2 => Tag::PlainTuple,
            _ => Tag::Node,
        }
    }

    #[inline]
    pub(super) fn payload(self) -> usize {
        ((self.0.get() & !PRESENT.get()) >> 2) as usize
    }

    /// Whether it is a global, the result of a call, a persistent object, or a tuple that holds such.
    #[inline(always)]
    pub(crate) fn is_object(self) -> bool {
        self.tag() == Tag::Node
    }

    /// Where the op is that made it, of a list, a dict or a set.
    #[inline]
    pub(crate) fn container(self) -> Option<usize> {
        (self.tag() == Tag::Container).then(|| self.payload())
    }

    /// What stands for a value that is not known yet, by a number: it passes for a constant until then.
    #[inline(always)]
    pub(crate) const fn stand_in(number: u64) -> Self {
        Self(PRESENT.saturating_add((STAND_IN | number) << 2))
    }

    /// The number of a stand-in; `None` for a value.
    #[inline(always)]
    pub(crate) fn stood_in(self) -> Option<u64> {
        let stands_in = self.0.get() & (STAND_IN << 2 | 3) == STAND_IN << 2;
        stands_in.then(|| (self.0.get() & !PRESENT.get()) >> 2 & !STAND_IN)
    }

    /// Offset of the op that made it, if nothing else is kept of it.
    pub(crate) fn made_by(self) -> Option<usize> {
        let is_made = matches!(self.tag(), Tag::Op | Tag::Container) && self.stood_in().is_none();
        is_made.then(|| self.payload())
    }

    /// What the op at another offset makes that is of the same kind.
    #[inline(always)]
    pub(crate) fn made_instead_at(self, offset: usize) -> Self {
        Self(PRESENT | ((offset as u64) << 2 | self.0.get() & 3))
    }

    /// Whether there may be stand-ins among values.
    pub(crate) fn have_stand_ins(values: &[Self]) -> bool {
        values.iter().fold(0, |bits, value| bits | value.0.get()) & STAND_IN << 2 != 0
    }

    /// Whether none of them is a node that is notable.
    pub(super) fn are_not_nodes(values: &[Self]) -> bool {
        values.iter().fold(0, |bits, value| bits | u64::from(value.tag() == Tag::Node)) == 0
    }

    /// Whether it is neither a container nor notable.
    #[inline(always)]
    pub(crate) fn is_plain(self) -> bool {
        Self::are_plain(&[self])
    }

    /// A value made by the op at `offset` of which nothing else is kept.
    #[must_use]
    pub fn made_at(offset: usize) -> Self {
        Self::new(Tag::Op, offset)
    }
}
