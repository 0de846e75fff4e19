//! The globals of a pickle: each judged once, with what became of it.

use std::hash::BuildHasher;
use std::ops::Range;

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use pickle_machine::Names;
use pickle_ops::Op;
use rustc_hash::{FxHashMap, FxHashSet};

use super::growth::{Growth, growth};
use crate::policy::{
    Category, Counts, Denial, Evaluated, Hashing, Policy, Verdict, codec_of, counts_of, evaluated_of,
    gives_text, hashing, is_looked_at_by_call, kept_size_of, members_of, parses, pattern_of, size_of,
};

/// Number of an [`Entry`].
pub(crate) type EntryId = u32;

/// A distinct global of a pickle.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// As looked up.
    pub(crate) names: Names<'a>,
    pub(crate) verdict: Verdict,
    /// The number of the argument that says how large what it makes is.
    pub(crate) size: Option<usize>,
    /// The number of the argument that it compiles as a regular expression.
    pub(crate) pattern: Option<usize>,
    /// The number of the argument that names a codec.
    pub(crate) codec: Option<usize>,
    /// What it has to do with how keys are hashed.
    pub(crate) hashing: Option<Hashing>,
    /// What is taken for a count in its objects.
    pub(crate) counts: Option<Counts>,
    /// What is evaluated in its objects.
    pub(crate) evaluated: &'static [Evaluated],
    /// What it makes longer, if it does.
    pub(crate) growth: Option<Growth>,
    /// Whether it gives texts that the stream does not show.
    pub(crate) gives_text: bool,
    /// Whether it takes texts apart, the longer the slower.
    pub(crate) parses: bool,
    /// Whether it is harmless whatever constants it is called with: nothing but its verdict is to be looked at.
    pub(crate) takes_data: bool,
    /// The op that loads it first.
    pub(crate) first: Range<usize>,
    pub(crate) loads: u32,
    pub(crate) calls: u32,
    /// Whether it was given to something that may call it out of sight; noted of what is harmless in some calls only.
    pub(crate) strays: bool,
    /// Whether all that is made of it is a name that functions by value can use.
    pub(crate) is_name: bool,
    /// The unlisted global of which it is an attribute, by `getattr`, and which is told in its place.
    pub(crate) part_of_unlisted: Option<EntryId>,
    /// Whether a method of it is called that unpickles, which is told in its place.
    pub(crate) told_by_method: bool,
    /// The protocol in force where it was loaded first; `None` for an attribute that `getattr` gives.
    pub(crate) protocol: Option<u8>,
}

impl Entry<'_> {
    /// Whether it is called where no call is seen, as far as can be told.
    pub(crate) fn goes_unseen(&self) -> bool {
        (self.calls == 0 || self.strays) && !self.is_name
    }

    /// `module.qualname` as loaded, for programs; the beginning of one that is too long to be shown.
    pub(crate) fn as_loaded(&self) -> String {
        let mut dotted = self.names.dotted();
        if let Some((at, _)) = dotted.char_indices().nth(MOST_SHOWN) {
            dotted.truncate(at);
            dotted.push('…');
        }
        dotted
    }

    /// The same for messages: nothing in it can redraw a terminal.
    pub(crate) fn dotted(&self) -> String {
        shown(&self.names.dotted())
    }

    /// Its name, and behind it the one that it stands for.
    pub(crate) fn described(&self) -> String {
        match &self.verdict {
            Verdict::Denied(denial) => match &denial.stands_for {
                Some(other) => format!("`{}` (which is `{other}`)", self.dotted()),
                None => format!("`{}`", self.dotted()),
            },
            _ => format!("`{}`", self.dotted()),
        }
    }
}

/// Characters of a name in a finding.
const MOST_SHOWN: usize = 500;
/// Characters in a message of what is no name, but other bytes that were read as one.
const MOST_SHOWN_OF_BYTES: usize = 60;

/// A name for messages: nothing in it can redraw a terminal. What is no text is shown as far as it takes to see that.
pub(crate) fn shown(name: &str) -> String {
    let is_no_text = |character: char| character.is_control() || character == char::REPLACEMENT_CHARACTER;
    let most = if name.contains(is_no_text) { MOST_SHOWN_OF_BYTES } else { MOST_SHOWN };
    match name.char_indices().nth(most) {
        Some((at, _)) => pickle_machine::render::escape(&name[..at]) + "…",
        None => pickle_machine::render::escape(name),
    }
}

/// Whether calls of an allowed global may be looked at more closely than its verdict says: what makes arrays, tensors and
/// exceptions, and what Cython writes, is told by its name where that is done.
fn is_looked_at(names: &Names<'_>) -> bool {
    is_looked_at_by_call(&names.module) || names.name.starts_with('_') || names.name.ends_with("rebuild_exc")
}

/// Callees that are remembered by the offsets of the ops that loaded them.
const MOST_CALLEES: usize = 4096;

/// The globals of a pickle.
///
/// The table is searched for data of the stream, so its hasher has a random key: a file that is written before the key is
/// drawn cannot make it slow. Callees are mostly one of few globals: those are found by the offset of the op that loaded them.
#[derive(Debug, Default)]
pub(crate) struct Ledger<'a> {
    entries: Vec<Entry<'a>>,
    /// By their names, which stand in the entries.
    by_names: HashTable<EntryId>,
    hasher: RandomState,
    callees: FxHashMap<usize, EntryId>,
    /// Offsets of calls that are harmless though their callee is not always.
    settled: FxHashSet<usize>,
    /// Whether there was a global of whose numbers something is believed.
    has_members: bool,
    /// Whether that is about members of states.
    asks_for_keys: bool,
    /// Whether that is about what is plain in short lists and dicts.
    asks_for_short: bool,
    /// Where the global was loaded from which on members are kept that are plain data.
    asked_from: usize,
    /// The same of what is plain in short lists and dicts.
    short_from: usize,
}

impl<'a> Ledger<'a> {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets the globals at the end of a pickle. No value of another one is made by an op of this one, so the table by
    /// offsets may stay.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.by_names.clear();
        self.settled.clear();
        self.has_members = false;
        self.asks_for_keys = false;
        self.asks_for_short = false;
        self.asked_from = 0;
        self.short_from = 0;
    }

    /// Whether there is a global of whose numbers something is believed.
    pub(crate) fn has_members(&self) -> bool {
        self.has_members
    }

    /// Whether it is about members of states.
    pub(crate) fn asks_for_keys(&self) -> bool {
        self.asks_for_keys
    }

    /// Whether it is about what is plain in short lists and dicts.
    pub(crate) fn asks_for_short(&self) -> bool {
        self.asks_for_short
    }

    /// Whether a dict was made before members were kept that are plain data, so that some of it is not known.
    pub(crate) fn is_before_asked(&self, made: usize) -> bool {
        made < self.asked_from
    }

    /// Whether a list or a dict was made before what is plain in short ones was kept.
    pub(crate) fn is_before_short(&self, made: usize) -> bool {
        made < self.short_from
    }

    /// Forgets the globals while values that they made live on: within a pickle, or in a memo that is kept.
    pub(crate) fn clear_with_callees(&mut self) {
        let asks = (self.has_members, self.asks_for_keys, self.asks_for_short);
        let from = (self.asked_from, self.short_from);
        self.clear();
        self.callees.clear();
        (self.has_members, self.asks_for_keys, self.asks_for_short) = asks;
        (self.asked_from, self.short_from) = from;
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter()
    }

    pub(crate) fn entry(&self, id: EntryId) -> &Entry<'a> {
        &self.entries[id as usize]
    }

    /// Notes a load.
    pub(crate) fn load(&mut self, names: Names<'a>, protocol: u8, op: &Op<'a>, policy: &Policy) -> EntryId {
        let id = self.find_or_add(names, op, policy);
        let entry = &mut self.entries[id as usize];
        if entry.loads == 0 {
            entry.protocol = Some(protocol);
        }
        entry.loads = entry.loads.saturating_add(1);
        id
    }

    /// The entry of a global, which is judged if it is new.
    pub(crate) fn find_or_add(&mut self, names: Names<'a>, op: &Op<'a>, policy: &Policy) -> EntryId {
        let hash = self.hasher.hash_one(&names);
        if let Some(&id) = self.by_names.find(hash, |&id| self.entry(id).names == names) {
            return id;
        }
        let id = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let (asked, asked_short) = (self.asks_for_keys, self.asks_for_short);
        let members = members_of(&names.module, &names.name);
        if let Some(members) = members {
            self.has_members = true;
            self.asks_for_keys |= members.asks_for_keys();
            self.asks_for_short |= members.asks_for_short();
        }
        let counts = counts_of(&names.module, &names.name);
        self.asks_for_short |= counts.is_some_and(Counts::asks_for_short);
        let evaluated = evaluated_of(&names.module);
        self.has_members |= counts.is_some();
        // Dicts of keywords are kept as they are, and filled at any time.
        let is_kept = kept_size_of(&names.module, &names.name).is_some();
        self.asks_for_keys |= counts.is_some() || !evaluated.is_empty() || is_kept;
        if self.asks_for_keys && !asked {
            self.asked_from = op.start;
        }
        if self.asks_for_short && !asked_short {
            self.short_from = op.start;
        }
        let verdict = policy.judge(&names.module, &names.name);
        let (size, growth) = (size_of(&names.module, &names.name), growth(&names));
        let pattern = pattern_of(&names.module, &names.name);
        let codec = codec_of(&names.module, &names.name);
        let is_believed = counts.is_some() || !evaluated.is_empty() || members.is_some();
        let gives_text = gives_text(&names.module, &names.name);
        let parses = parses(&names.module);
        let has_numbers =
            size.is_some() || growth.is_some() || pattern.is_some() || codec.is_some() || is_believed;
        self.entries.push(Entry {
            takes_data: verdict == Verdict::Allowed
                && !(has_numbers || gives_text || parses || is_looked_at(&names)),
            hashing: hashing(&names.module, &names.name),
            verdict,
            size,
            pattern,
            codec,
            counts,
            evaluated,
            growth,
            gives_text,
            parses,
            names,
            first: op.start..op.end,
            loads: 0,
            calls: 0,
            strays: false,
            is_name: false,
            part_of_unlisted: None,
            told_by_method: false,
            protocol: None,
        });
        let Self { entries, by_names, hasher, .. } = self;
        by_names.insert_unique(hash, id, |&id| hasher.hash_one(&entries[id as usize].names));
        id
    }

    pub(crate) fn find(&self, names: &Names<'_>) -> Option<EntryId> {
        let hash = self.hasher.hash_one(names);
        self.by_names.find(hash, |&id| self.entry(id).names == *names).copied()
    }

    pub(crate) fn mark_part_of_unlisted(&mut self, id: EntryId, base: EntryId) {
        self.entries[id as usize].part_of_unlisted = Some(base);
    }

    /// Notes that `getattr` gives it.
    pub(crate) fn loaded_by_getattr(&mut self, id: EntryId) {
        let loads = &mut self.entries[id as usize].loads;
        *loads = loads.saturating_add(1);
    }

    pub(crate) fn called(&mut self, id: EntryId) {
        let entry = &mut self.entries[id as usize];
        entry.calls = entry.calls.saturating_add(1);
        let unpickles = |denial: &Denial| denial.category == Category::NestedUnpickling;
        let is_told = matches!(&entry.verdict, Verdict::Denied(denial) if unpickles(denial));
        if let Some(base) = entry.part_of_unlisted.filter(|_| is_told) {
            self.entries[base as usize].told_by_method = true;
        }
    }

    /// Notes that it is given to something that may call it out of sight.
    pub(crate) fn stray(&mut self, id: EntryId) {
        if let Some(entry) = self.entries.get_mut(id as usize) {
            entry.strays = true;
        }
    }

    /// Notes how many of its loads are names of functions by value, and nothing else.
    pub(crate) fn named(&mut self, id: EntryId, loads: u32) {
        if let Some(entry) = self.entries.get_mut(id as usize) {
            entry.is_name = entry.loads == loads && entry.calls == 0;
        }
    }

    /// Notes that a call, by the op at an offset, is harmless though the callee is not always.
    pub(crate) fn settle(&mut self, offset: usize) {
        if self.settled.len() < MOST_CALLEES {
            self.settled.insert(offset);
        }
    }

    /// Whether a call, by the op at an offset, is known to be harmless though the callee is not always.
    pub(crate) fn is_settled(&self, offset: usize) -> bool {
        self.settled.contains(&offset)
    }

    /// The entry of the global that the op at an offset loaded, if that is remembered.
    #[inline]
    pub(crate) fn loaded_at(&self, offset: usize) -> Option<EntryId> {
        self.callees.get(&offset).copied()
    }

    /// Notes which entry the op at an offset loaded.
    pub(crate) fn remember(&mut self, offset: usize, id: EntryId) {
        if self.callees.len() >= MOST_CALLEES {
            self.callees.clear();
        }
        self.callees.insert(offset, id);
    }
}
