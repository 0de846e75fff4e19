//! Memo slots of a text: which are in use, and which have a name. It knows numbers and labels, not what is stored.

use std::collections::HashMap;
use std::ops::Range;

use pickle_machine::Memo;

use super::problem::Problem;
use super::suggest::{MAX_SUGGESTIONS, nearest};
use super::syntax::shown;

/// The definition of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name, without `$`.
    pub name: String,
    /// The slot that it stands for.
    pub slot: u64,
    /// The line of the definition, from 0.
    pub line: usize,
    /// Where its name stands there, with `$`.
    pub columns: Range<usize>,
    /// The pickle it is in, from 0: `STOP`s above it.
    pub pickle: usize,
}

/// What a slot without a label holds in the table.
const UNNAMED: u32 = u32::MAX;

/// The memo at a row of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots {
    /// Slot → number of its label.
    used: Memo<u32>,
    /// Name → number of its last definition.
    by_name: HashMap<String, u32>,
    /// All definitions.
    pub(super) labels: Vec<Label>,
    pickle: usize,
    /// No slot from the number of slots in use up to this one is free.
    free: u64,
    /// Labels that nobody defines, and for which one of about that name was looked for.
    looked_for: usize,
}

impl Slots {
    /// The slot that a label gives to an op that stores: the number of slots in use, or for `PUT` the next one that is
    /// free.
    pub(super) fn next(&mut self, memoize: bool) -> u64 {
        if memoize {
            return self.used.len();
        }
        // Slots become free only behind `STOP`, so the search goes on where the last one ended.
        self.free = self.free.max(self.used.len());
        while self.used.get(self.free).is_some() {
            self.free += 1;
        }
        self.free
    }

    /// Stores in a slot by number. What is wrong with that, if a label stands for the slot.
    pub(super) fn store(&mut self, slot: u64, columns: &Range<usize>) -> Option<Problem> {
        let before = self.used.insert(slot, UNNAMED).filter(|&label| label != UNNAMED)?;
        let label = self.labels.get(before as usize)?;
        let message =
            format!("expected a slot without a label, found slot {slot}, which is ${}", shown(&label.name));
        Some(Problem::warning(columns.clone(), message).advise("give it a label of its own"))
    }

    /// `MEMOIZE` without a label.
    pub(super) fn memoize(&mut self, columns: &Range<usize>) -> Option<Problem> {
        self.store(self.used.len(), columns)
    }

    /// Defines a label as `slot`.
    pub(super) fn define(
        &mut self,
        name: &str,
        slot: u64,
        line: usize,
        columns: &Range<usize>,
    ) -> Result<Option<Problem>, Problem> {
        if let Some(first) = self.last(name).filter(|label| label.pickle == self.pickle) {
            let message = format!(
                "expected a new label, found ${}, which line {} defines",
                shown(name),
                first.line + 1
            );
            return Err(
                Problem::error(columns.clone(), message).advise("a label is defined once in a pickle")
            );
        }
        let warning = self.store(slot, columns);
        let number = u32::try_from(self.labels.len()).unwrap_or(UNNAMED);
        self.used.insert(slot, number);
        self.by_name.insert(name.to_owned(), number);
        let (name, columns) = (name.to_owned(), columns.clone());
        self.labels.push(Label { name, slot, line, columns, pickle: self.pickle });
        Ok(warning)
    }

    /// The slot of a label that is used.
    pub(super) fn find(&mut self, name: &str, columns: &Range<usize>) -> Result<u64, Problem> {
        if let Some(label) = self.last(name) {
            return Ok(label.slot);
        }
        let message = format!("expected a label that is defined above, found ${}", shown(name));
        let problem = Problem::error(columns.clone(), message);
        self.looked_for += 1;
        // The last of many are the likely ones.
        let candidates = if self.looked_for > MAX_SUGGESTIONS { 0 } else { 100 };
        let recent = self.labels.iter().rev().take(candidates).map(|label| label.name.as_str());
        Err(match nearest(name, recent) {
            Some(near) => problem.replace(format!("did you mean ${near}?"), format!("${near}")),
            None => problem.advise("PUT, BINPUT, LONG_BINPUT and MEMOIZE define labels"),
        })
    }

    fn last(&self, name: &str) -> Option<&Label> {
        self.labels.get(*self.by_name.get(name)? as usize)
    }

    /// Behind `STOP` the memo is empty.
    pub(super) fn stop(&mut self) {
        self.used.clear();
        self.free = 0;
        self.pickle += 1;
    }
}
