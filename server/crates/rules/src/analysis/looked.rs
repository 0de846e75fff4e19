//! How much is looked through for the sake of calls that are given it: a bound of a pickle, not of a call, so that nothing hides behind
//! padding; where it is reached, that is told.

use std::hash::Hash;

use pickle_machine::arena::Value;
use pickle_ops::Op;
use rustc_hash::FxHashSet;

use super::Analysis;

/// Values for each byte of a file, and in any file. Values that many calls are given count for each of them.
const FACTOR: usize = 4;
const MOST: usize = 1 << 24;

impl<'a> Analysis<'_, 'a> {
    /// Whether one more value may be looked at. If not, the rule about calls says so, and where that was first.
    pub(super) fn may_look(&mut self, op: &Op<'a>) -> bool {
        self.tally.looked = self.tally.looked.saturating_add(1);
        let may = self.tally.looked <= self.bytes.len().saturating_mul(FACTOR).saturating_add(MOST);
        if !may {
            self.tally.unlooked.get_or_insert(op.start..op.end);
        }
        may
    }

    /// The next value of some that are to be looked at; `None`: there is none, or too many were looked at.
    pub(super) fn next_of<T: Copy + Eq + Hash>(
        &mut self,
        waiting: &mut Waiting<T>,
        op: &Op<'a>,
    ) -> Option<(Value, T)> {
        while let Some(next) = waiting.values.pop().filter(|_| self.may_look(op)) {
            if waiting.seen.insert(next) {
                return Some(next);
            }
        }
        None
    }
}

/// Values that are to be looked at, each once for each of what is asked of it.
pub(super) struct Waiting<T> {
    values: Vec<(Value, T)>,
    seen: FxHashSet<(Value, T)>,
}

impl<T: Copy + Eq + Hash> Waiting<T> {
    pub(super) fn new(values: impl IntoIterator<Item = Value>, of: T) -> Self {
        Self { values: values.into_iter().map(|value| (value, of)).collect(), seen: FxHashSet::default() }
    }

    pub(super) fn extend(&mut self, values: impl IntoIterator<Item = Value>, of: T) {
        self.values.extend(values.into_iter().map(|value| (value, of)));
    }
}
