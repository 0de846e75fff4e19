//! The memo: slots by number, dense where they are and sparse where a stream jumps.

use rustc_hash::FxHashMap;

/// Memo slots. Picklers number them from zero without gaps, so they are kept in a table; a slot far beyond the number of
/// slots in use goes into a map, so that no slot number makes the memo larger than its contents.
#[derive(Clone, Debug)]
pub struct Memo<T> {
    dense: Vec<Option<T>>,
    sparse: FxHashMap<u64, T>,
    filled: u64,
    /// Slots in use that are not held here: those filled before a replay began.
    before: u64,
}

/// How many empty slots a table may have beyond twice those in use.
const SLACK: u64 = 1024;

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self { dense: Vec::new(), sparse: FxHashMap::default(), filled: 0, before: 0 }
    }
}

impl<T: Copy> Memo<T> {
    /// Number of slots in use, which is the slot that `MEMOIZE` takes (`memo_len` in `_pickle.c`).
    #[must_use]
    #[inline]
    pub fn len(&self) -> u64 {
        self.before + self.filled
    }

    /// Whether no slot is in use.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A memo in the middle of a pickle: `before` slots are in use that are not held here.
    pub(crate) fn resume(before: u64) -> Self {
        Self { before, ..Self::default() }
    }

    /// The slot that was filled last had been in use before, though not held here.
    pub(crate) fn was_in_use(&mut self) {
        self.before = self.before.saturating_sub(1);
    }

    /// What a slot holds.
    #[must_use]
    #[inline]
    pub fn get(&self, slot: u64) -> Option<T> {
        match self.dense.get(usize::try_from(slot).ok()?) {
            Some(&Some(value)) => Some(value),
            _ if self.sparse.is_empty() => None,
            _ => self.sparse.get(&slot).copied(),
        }
    }

    /// Fills a slot; gives back what it held.
    #[inline(always)]
    pub fn insert(&mut self, slot: u64, value: T) -> Option<T> {
        if slot == self.dense.len() as u64 && self.sparse.is_empty() {
            self.dense.push(Some(value));
            self.filled += 1;
            return None;
        }
        self.insert_anywhere(slot, value)
    }

    #[inline(never)]
    fn insert_anywhere(&mut self, slot: u64, value: T) -> Option<T> {
        let previous = if slot < self.dense.len() as u64 {
            // A slot below the length of the table is in the table, unless it was filled while it was far away.
            self.sparse.remove(&slot).or_else(|| self.dense[slot as usize].take())
        } else {
            self.sparse.remove(&slot)
        };
        if slot < self.dense.len() as u64 {
            self.dense[slot as usize] = Some(value);
        } else if slot < 2 * self.filled + SLACK {
            self.dense.resize_with(slot as usize, || None);
            self.dense.push(Some(value));
        } else {
            self.sparse.insert(slot, value);
        }
        self.filled += u64::from(previous.is_none());
        previous
    }

    /// Number of slots in use, if they are those from zero on without a gap.
    pub(crate) fn gapless(&self) -> Option<u64> {
        let gapless = self.sparse.is_empty() && self.before == 0 && self.filled == self.dense.len() as u64;
        gapless.then_some(self.filled)
    }

    /// Fills the slots behind those in use of a memo without gaps.
    pub(crate) fn extend(&mut self, values: impl ExactSizeIterator<Item = T>) {
        self.filled += values.len() as u64;
        self.dense.extend(values.map(Some));
    }

    /// All slots in use, those of the table first.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.dense.iter_mut().flatten().chain(self.sparse.values_mut())
    }

    /// Slots in use with what they hold, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, T)> {
        let dense = self.dense.iter().enumerate().filter_map(|(slot, value)| Some((slot as u64, (*value)?)));
        dense.chain(self.sparse.iter().map(|(&slot, &value)| (slot, value)))
    }

    /// Empties it, keeping its memory.
    pub fn clear(&mut self) {
        self.dense.clear();
        self.sparse.clear();
        self.filled = 0;
        self.before = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_and_sparse() {
        let mut memo = Memo::default();
        assert_eq!(memo.insert(0, 'a'), None);
        assert_eq!(memo.insert(1, 'b'), None);
        assert_eq!(memo.insert(1, 'c'), Some('b'));
        assert_eq!(memo.insert(4_000_000_000, 'z'), None);
        assert_eq!(memo.insert(u64::MAX, 'y'), None);
        assert_eq!(memo.len(), 4);
        assert_eq!((memo.get(1), memo.get(2), memo.get(4_000_000_000)), (Some('c'), None, Some('z')));
        assert!(memo.dense.len() < 10);
        assert_eq!(memo.insert(1000, 'x'), None);
        assert_eq!(memo.insert(999, 'w'), None);
        assert_eq!((memo.get(999), memo.get(1000), memo.len()), (Some('w'), Some('x'), 6));
        assert_eq!(memo.iter().count(), 6);
    }

    #[test]
    fn a_far_slot_that_comes_near() {
        let mut memo = Memo::default();
        memo.insert(2000, 1);
        for slot in 0..2500 {
            memo.insert(slot, 2);
        }
        assert_eq!((memo.len(), memo.get(2000)), (2500, Some(2)));
        assert_eq!(memo.insert(2000, 3), Some(2));
    }
}
