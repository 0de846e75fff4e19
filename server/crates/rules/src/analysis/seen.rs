//! What is known of a pickle when all of it was seen.

use std::ops::Range;

use memchr::memmem;
use pickle_machine::Fault;
use pickle_machine::stream::Summary;
use pickle_ops::{Operand, Reader};
use rustc_hash::FxHashMap;

use super::expansion::Extent;
use super::keys::Meeting;
use super::pairs::{Resumed, texts_under};
use super::{Entry, Ledger, MadeText};
use crate::lint::Options;

/// Places that are remembered of a kind.
const MOST_PLACES: usize = 8;

/// Bytes of a text that is looked at for what is in it.
const LONGEST_TEXT: usize = 1 << 12;

/// Texts that are told.
const MOST_TEXTS: usize = 1 << 12;

/// A pickle, when all of it was seen.
#[derive(Debug)]
pub(crate) struct Seen<'s, 'a> {
    /// The stream.
    pub(crate) bytes: &'a [u8],
    pub(crate) summary: &'s Summary,
    pub(crate) tally: &'s Tally,
    /// How large it is when it is written out, where that is worth to be measured.
    pub(crate) extent: Option<Extent>,
    /// What its keys take that are made to meet, where that is worth to be told.
    pub(crate) meeting: Option<Meeting>,
    pub(crate) ledger: &'s Ledger<'a>,
    pub(crate) options: &'s Options,
}

impl Seen<'_, '_> {
    /// The op that declares the protocol; the first byte where none does.
    pub(crate) fn head(&self) -> Range<usize> {
        let start = self.summary.start;
        start..self.summary.end.min(start + if self.summary.declared.is_some() { 2 } else { 1 })
    }

    /// Whether anything of a library is loaded.
    pub(crate) fn loads_of(&self, library: &str) -> bool {
        self.ledger.entries().any(|entry| entry.names.module.split('.').next() == Some(library))
    }

    /// What was called that gives texts, of which some are known only when the file is loaded.
    pub(crate) fn untold_texts(&self) -> impl Iterator<Item = &Entry<'_>> {
        self.ledger.entries().filter(|entry| entry.gives_text && entry.calls > 0).filter(|entry| {
            let name = entry.as_loaded();
            let made = || self.tally.texts.iter().filter(|made| made.by == name);
            let calls = usize::try_from(entry.calls).unwrap_or(usize::MAX);
            made().any(|made| made.text.is_none()) || made().count() < calls
        })
    }

    /// Texts that are under a name in a dict, as the value of an attribute is in a state, and where they are.
    pub(crate) fn texts_under(&self, name: &str) -> Vec<(Range<usize>, String)> {
        texts_under(self.bytes, self.summary.start..self.summary.end, &self.tally.holes, name)
    }

    /// The texts of the pickle that have one of some pieces in them, and where they are.
    pub(crate) fn texts_with(&self, pieces: &[&str]) -> Vec<(Range<usize>, String)> {
        let bytes = self.bytes.get(..self.summary.end).unwrap_or_default();
        let range = bytes.get(self.summary.start..).unwrap_or_default();
        if !pieces.iter().any(|piece| memmem::find(range, piece.as_bytes()).is_some()) {
            return Vec::new();
        }
        let mut ops = Reader::new(bytes, self.summary.start);
        let mut found = Vec::new();
        while let Ok(op) = ops.next_op()
            && found.len() < MOST_TEXTS
        {
            if !op.opcode.is_text() || op.raw.len() > LONGEST_TEXT {
                continue;
            }
            let text = match op.operand() {
                Ok(Operand::Text(text)) => text.to_str().map(std::borrow::Cow::into_owned),
                Ok(Operand::ByteString(text)) => {
                    text.bytes().ok().map(|text| String::from_utf8_lossy(&text).into_owned())
                }
                _ => None,
            };
            found.extend(
                text.filter(|text| pieces.iter().any(|piece| text.contains(piece)))
                    .map(|text| (op.start..op.end, text)),
            );
        }
        found
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
    /// Whether something that has to be a dict was told to be none.
    pub(crate) no_dict: bool,
    /// Bytes of buffers that were read because arrays refer to them.
    pub(crate) read: usize,
    /// Ops of containers that were read again.
    pub(crate) again: usize,
    /// Where ops go on behind holes.
    pub(crate) holes: Resumed,
    /// Values that were looked at because calls are given them, and where that was more than any.
    pub(crate) looked: usize,
    pub(crate) unlooked: Option<Range<usize>>,
    /// Texts that calls gave, and values that were looked at to work them out.
    pub(crate) texts: Vec<MadeText>,
    pub(crate) worked_out: usize,
    /// Whether a list was given to something that takes its items for keys.
    pub(crate) gives_keys: bool,
    /// Objects that have to be given a state, and have none so far: by where they were made, where that ends, and their class.
    pub(crate) stateless: FxHashMap<usize, (usize, String)>,
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
