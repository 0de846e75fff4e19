//! Values in four bytes, as a memo keeps them: there may be one for each few bytes of a stream.

use std::num::NonZeroU32;

use super::{Arena, Value};

/// A value in a memo, valid in the [`Arena`] that made it.
///
/// With the highest bit, the other bits are those of the value; without it they are a number in [`Arena::wide`], counted from 1, or
/// [`UNKNOWN`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Kept(NonZeroU32);

const INLINE: NonZeroU32 = NonZeroU32::MIN.saturating_add((1 << 31) - 1);

/// What stands for a value for which there is no room: of a memo that no unpickler fills.
const UNKNOWN: NonZeroU32 = NonZeroU32::MIN.saturating_add((1 << 31) - 2);

impl Kept {
    /// The value, made by an op of a stream before [`Kept::REACH`], that is no node.
    #[inline(always)]
    pub(crate) fn of_near(value: Value) -> Self {
        Self(INLINE | value.bits() as u32)
    }

    /// Offset from which on not every value fits. In tests most streams get there.
    pub(crate) const REACH: usize = if cfg!(test) { 1 << 9 } else { 1 << 29 };
}

impl Arena<'_> {
    /// A value as a memo keeps it.
    #[inline(always)]
    pub(crate) fn kept(&mut self, value: Value) -> Kept {
        if value.bits() < (Kept::REACH as u64) << 2 { Kept::of_near(value) } else { self.kept_wide(value) }
    }

    #[inline(never)]
    fn kept_wide(&mut self, value: Value) -> Kept {
        if value == Value::UNKNOWN {
            return Kept(UNKNOWN);
        }
        self.wide.push(value);
        let number = u32::try_from(self.wide.len()).ok().and_then(NonZeroU32::new);
        Kept(number.unwrap_or(UNKNOWN).min(UNKNOWN))
    }

    /// What a memo keeps.
    #[inline(always)]
    pub(crate) fn value_of(&self, Kept(bits): Kept) -> Value {
        if bits >= INLINE {
            return Value::from_bits((bits.get() ^ INLINE.get()).into());
        }
        let number = bits.get() as usize - 1;
        if bits == UNKNOWN {
            Value::UNKNOWN
        } else {
            self.wide.get(number).copied().unwrap_or(Value::UNKNOWN)
        }
    }

    /// Forgets all that was kept: the memo is filled anew.
    pub(crate) fn forget_kept(&mut self) {
        self.wide.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::{Keep, Tag};

    #[test]
    fn near_and_far() {
        let mut arena = Arena::new(b"", Keep::Notable);
        for payload in [0, 1, Kept::REACH - 1, Kept::REACH, 1 << 40] {
            for tag in [Tag::Op, Tag::Container, Tag::PlainTuple, Tag::Node] {
                let value = Value::new(tag, payload);
                let kept = arena.kept(value);
                assert_eq!(arena.value_of(kept), value);
                assert_eq!(kept == Kept::of_near(value), payload < Kept::REACH);
            }
        }
        let kept = arena.kept(Value::UNKNOWN);
        assert_eq!(arena.value_of(kept), Value::UNKNOWN);
        assert_eq!(arena.value_of(Kept(UNKNOWN)), Value::UNKNOWN);
    }
}
