//! Containers that are filled when something has them already, by way of the memo.
//!
//! Picklers fill a container as soon as it is made, before anything else can have it; only what holds itself is filled later. Plain data
//! is not kept but read again, from the op that made its container on: of one that is filled later, that is not all.

use rustc_hash::FxHashMap;

use super::{Arena, Value};

/// Offsets of a stream, in no more memory than a part of its bytes.
#[derive(Clone, Debug, Default)]
pub struct Offsets(FxHashMap<usize, u64>);

impl Offsets {
    /// Adds an offset; whether it was there.
    pub fn insert(&mut self, offset: usize) -> bool {
        let bits = self.0.entry(offset / 64).or_default();
        let had = *bits >> (offset % 64) & 1 == 1;
        *bits |= 1 << (offset % 64);
        had
    }

    /// Whether an offset was added.
    #[must_use]
    pub fn contains(&self, offset: usize) -> bool {
        !self.0.is_empty() && self.0.get(&(offset / 64)).is_some_and(|bits| bits >> (offset % 64) & 1 == 1)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn weight(&self) -> usize {
        self.0.capacity() * (size_of::<(usize, u64)>() + 1)
    }
}

/// Containers by the offsets of the ops that made them.
#[derive(Clone, Debug, Default)]
pub(super) struct Late {
    /// Offset from which on it is noted: where keys were asked for.
    from: usize,
    /// Those that the memo gave, so that something may have them.
    loaded: Offsets,
    filled: Offsets,
}

impl Late {
    pub(super) fn clear(&mut self) {
        self.from = 0;
        self.loaded.clear();
        self.filled.clear();
    }

    /// Notes from here on.
    pub(super) fn begin(&mut self, from: usize) {
        self.from = from;
    }

    /// Bytes that it takes.
    pub(super) fn weight(&self) -> usize {
        self.loaded.weight() + self.filled.weight()
    }
}

impl Arena<'_> {
    /// Whether the container that was made at an offset was given items when something may have had it already, as far as keys were
    /// asked for by then. What is read of it again is not all, then.
    #[must_use]
    pub fn is_filled_late(&self, made: usize) -> bool {
        self.late.filled.contains(made)
    }

    /// Whether the memo gave the container that was made at an offset, or it was taken twice: something may have it that is filled now.
    #[must_use]
    pub fn is_loaded(&self, made: usize) -> bool {
        self.late.loaded.contains(made)
    }

    /// Notes that the memo gives a value, or that it is taken twice.
    #[inline(always)]
    pub(crate) fn note_loaded(&mut self, value: Value) {
        if let Some(made) = value.container() {
            self.late.loaded.insert(made);
        }
    }

    /// Notes that a container is given items.
    pub(super) fn note_filled(&mut self, container: Value) {
        let Some(made) = container.container() else { return };
        if made < self.late.from || self.late.loaded.contains(made) {
            self.late.filled.insert(made);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Offsets;

    #[test]
    fn offsets() {
        let mut offsets = Offsets::default();
        assert!(!offsets.contains(0) && !offsets.insert(63) && offsets.insert(63) && !offsets.insert(64));
        assert!(
            offsets.contains(63) && offsets.contains(64) && !offsets.contains(65) && !offsets.contains(127)
        );
        offsets.clear();
        assert!(!offsets.contains(63));
    }
}
