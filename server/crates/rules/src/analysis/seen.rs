//! What is known of a pickle when all of it was seen.

use std::ops::Range;

use pickle_machine::Fault;
use pickle_machine::stream::Summary;

use super::Ledger;
use super::expansion::Extent;
use crate::lint::Options;

/// Places that are remembered of a kind.
const MOST_PLACES: usize = 8;

/// A pickle, when all of it was seen.
#[derive(Debug)]
pub(crate) struct Seen<'s, 'a> {
    /// The stream.
    pub(crate) bytes: &'a [u8],
    pub(crate) summary: &'s Summary,
    pub(crate) tally: &'s Tally,
    /// How large it is when it is written out, where that is worth to be measured.
    pub(crate) extent: Option<Extent>,
    pub(crate) ledger: &'s Ledger<'a>,
    pub(crate) options: &'s Options,
}

impl Seen<'_, '_> {
    /// The op that declares the protocol; the first byte where none does.
    pub(crate) fn head(&self) -> Range<usize> {
        let start = self.summary.start;
        start..self.summary.end.min(start + if self.summary.declared.is_some() { 2 } else { 1 })
    }

    /// The op `STOP`; nothing where a fault ends the pickle.
    pub(crate) fn stop(&self) -> Range<usize> {
        let end = self.summary.end;
        end.saturating_sub(usize::from(self.summary.stopped)).max(self.summary.start)..end
    }
}

/// What is counted in a pickle.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) buffers: Places,
    pub(crate) persistent: Places,
    /// Persistent objects that are storages of torch.
    pub(crate) storages: usize,
    /// Persistent objects that are classes of torch's modules.
    pub(crate) module_classes: usize,
    /// Persistent objects that are modules of TorchScript.
    pub(crate) script_modules: usize,
    /// Code objects, as functions and classes are stored by value.
    pub(crate) code: usize,
    /// Pairs of states that were looked at.
    pub(crate) pairs: usize,
    /// Objects that were looked at because others hold them.
    pub(crate) held: usize,
    /// Bytes of buffers that were read because arrays refer to them.
    pub(crate) read: usize,
    /// The first fault.
    pub(crate) fault: Option<Fault>,
}

/// Places of a kind: the first, and how many.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) count: usize,
    pub(crate) first: Vec<Range<usize>>,
}

impl Places {
    pub(crate) fn add(&mut self, place: Range<usize>) {
        self.count += 1;
        if self.first.len() < MOST_PLACES {
            self.first.push(place);
        }
    }
}
