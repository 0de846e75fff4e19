//! The memo that `dis` emulates, as far as it can be seen: which keys are defined.

use std::collections::HashSet;

use super::Argument;

/// A set of keys. Those in sequence, which is what picklers write, take a bit; others an entry.
#[derive(Debug, Default)]
pub(super) struct Memo {
    count: u64,
    dense: Vec<u64>,
    sparse: HashSet<Key>,
}

/// A key: any integer, and Python takes False and True as 0 and 1.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Number(u64),
    /// Below zero or above 2^63, in decimal.
    Other(String),
}

impl Key {
    /// The key that an argument of GET or PUT is.
    pub(super) fn of(argument: &Argument<'_>) -> Self {
        match *argument {
            Argument::Bool(value) => Self::Number(u64::from(value)),
            Argument::Int(value) if value >= 0 => Self::Number(value.unsigned_abs()),
            _ => Self::Other(argument.repr()),
        }
    }
}

impl Memo {
    /// How many keys there are: what MEMOIZE takes as its key.
    pub(super) fn len(&self) -> u64 {
        self.count
    }

    pub(super) fn contains(&self, key: &Key) -> bool {
        let in_sequence = match *key {
            Key::Number(key) => self.dense.get(word(key)).is_some_and(|word| word & bit(key) != 0),
            Key::Other(_) => false,
        };
        in_sequence || (!self.sparse.is_empty() && self.sparse.contains(key))
    }

    /// Adds a key that it does not contain.
    pub(super) fn insert(&mut self, key: Key) {
        self.count += 1;
        match key {
            // The bits never take more than a byte an entry.
            Key::Number(key) if key < 8 * (self.count + 64) => {
                let word = word(key);
                if word >= self.dense.len() {
                    self.dense.resize(word + 1, 0);
                }
                self.dense[word] |= bit(key);
            }
            key => {
                self.sparse.insert(key);
            }
        }
    }
}

fn word(key: u64) -> usize {
    usize::try_from(key / 64).unwrap_or(usize::MAX)
}

fn bit(key: u64) -> u64 {
    1 << (key % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_near_and_far() {
        let mut memo = Memo::default();
        for key in (0..1000).chain([u64::MAX, 1 << 40]) {
            assert!(!memo.contains(&Key::Number(key)));
            memo.insert(Key::Number(key));
            assert!(memo.contains(&Key::Number(key)));
        }
        memo.insert(Key::Other("-1".to_owned()));
        assert!(memo.contains(&Key::Other("-1".to_owned())));
        assert_eq!(memo.len(), 1003);
        assert!(memo.dense.len() < 32);
    }

    #[test]
    fn bools_are_numbers() {
        assert_eq!(Key::of(&Argument::Bool(true)), Key::Number(1));
        assert_eq!(Key::of(&Argument::Int(-1)), Key::Other("-1".to_owned()));
    }
}
