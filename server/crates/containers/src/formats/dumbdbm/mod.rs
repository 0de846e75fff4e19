//! The data file of Python's `dbm.dumb`, which `shelve` falls back on: values one behind the other, each at a multiple of 512
//! bytes, with zeros between them. Which value is where stands in a text file beside it, `NAME.dir`, with a line
//! `'key', (offset, size)` for each; without it the values are found in the data. What was deleted is not looked for.

mod index;

use std::collections::HashSet;

use self::index::{Entry, entry};
use super::Format;
use crate::budget::Budget;
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::sniff::{Kind, pickle_end};
use crate::unwrap::Input;
use crate::values::{Value, Values, key_name};

/// `_BLOCKSIZE` of `Lib/dbm/dumb.py`.
const BLOCK: usize = 512;

/// Bytes in which the first value has to end, for a file without an index to be recognised: every pickle is looked at like
/// this, and large ones are no shelves.
const FIRST: usize = 1 << 20;

/// See the module.
pub(crate) struct DumbDbm;

impl Format for DumbDbm {
    fn name(&self) -> &'static str {
        "dbm.dumb"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["dat"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        second_value(input).is_some()
    }

    fn sniff_beside(&self, input: &Input<'_>, budget: &Budget<'_>) -> bool {
        index(input, budget).is_some_and(|index| !index.entries.is_empty()) || self.sniff(input)
    }

    fn begins_with_pickle(&self) -> bool {
        true
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(self.name());
        let index = index(input, budget);
        let mut values = Values::of_shelf(input.bytes.len(), &mut opened, budget);
        let mut known = HashSet::new();
        if let Some(Index { entries, fault }) = index {
            let is_all = fault.is_none() && !entries.is_empty();
            fault.into_iter().for_each(|fault| values.fault(fault));
            if !indexed(input.bytes, &entries, &mut values) || is_all {
                return opened;
            }
            known.extend(entries.iter().map(|entry| entry.at));
        }
        found(input.bytes, &known, &mut values);
        opened
    }
}

/// The index beside the data.
struct Index {
    entries: Vec<Entry>,
    /// Why that are not all.
    fault: Option<Fault>,
}

/// The index beside the data, if there is something that may be one.
fn index(input: &Input<'_>, budget: &Budget<'_>) -> Option<Index> {
    let stem = input.name.as_deref()?.strip_suffix(".dat")?;
    let (siblings, name) = (budget.siblings()?, format!("{stem}.dir"));
    let Some(text) = siblings.read(&name) else {
        siblings.size(&name)?;
        let message =
            "the index cannot be read, or is longer than any; values are looked for where they may begin";
        let fault = Some(Fault::new(FaultKind::LimitReached, 0, message));
        return Some(Index { entries: Vec::new(), fault });
    };
    let (mut entries, mut bad) = (Vec::new(), None);
    for (number, line) in index::lines(&text).enumerate() {
        match entry(line) {
            Some(entry) => entries.push(entry),
            None => bad = bad.or(Some(number + 1)),
        }
    }
    // Without a quote at its beginning, it is no index to Python, and may be anything.
    if entries.is_empty() && !text.starts_with(b"'") && !text.starts_with(b"\"") {
        return None;
    }
    let fault = bad.map(|number| {
        let message = format!(
            "expected a key and the place of its value in each line of the index, found none in line {number}"
        );
        Fault::new(FaultKind::Damaged, 0, message)
    });
    Some(Index { entries, fault })
}

/// Whether a line is one of an index.
pub(crate) fn is_index_line(line: &[u8]) -> bool {
    matches!(line, [b'\'' | b'"', ..]) && entry(line).is_some()
}

/// Takes the values of these entries; whether to go on.
fn indexed<'a>(bytes: &'a [u8], entries: &[Entry], values: &mut Values<'_, 'a, '_>) -> bool {
    entries.iter().all(|entry| {
        let name = || key_name(&entry.key);
        let room = bytes.len().saturating_sub(entry.at);
        if let Some(len) = entry.len.filter(|len| *len > room) {
            let message = format!(
                "the index says {} at {}, the file has {}",
                pickle_ops::counted(len, "byte"),
                entry.at,
                bytes.len()
            );
            values.fault(Fault::new(FaultKind::Truncated, bytes.len(), message).of(&name()));
        }
        // What there is of it is loaded.
        let value = Value::at(bytes, entry.at, entry.len.map_or(room, |len| len.min(room)));
        value.is_none_or(|value| values.take(name, value))
    })
}

/// Takes the values that begin where one may, but for those that are `known`.
fn found<'a>(bytes: &'a [u8], known: &HashSet<usize>, values: &mut Values<'_, 'a, '_>) {
    let mut at = 0;
    while at < bytes.len() {
        let (len, is_value) = match pickle_end(&bytes[at..]) {
            Ok(len) => (len, true),
            Err(len) => (len, false),
        };
        let taken = match Value::at(bytes, at, len).filter(|_| is_value && !known.contains(&at)) {
            Some(value) => values.take(|| format!("@{at}"), value),
            None => values.spend(len),
        };
        if !taken {
            break;
        }
        // Behind what is no value, the next block may be one.
        at += if is_value { len } else { 1 }.next_multiple_of(BLOCK);
    }
}

/// Whether a pickle may end in a block, and zeros fill the rest.
fn may_be_last(block: &[u8]) -> bool {
    block.last() == Some(&0) && block.iter().rfind(|byte| **byte != 0) == Some(&b'.')
}

/// Where the second value begins, if the first one is padded and a second one follows.
fn second_value(input: &Input<'_>) -> Option<usize> {
    let bytes = input.bytes;
    if bytes.len() <= BLOCK || input.kind() != Kind::Pickle {
        return None;
    }
    let first = &bytes[..bytes.len().min(FIRST)];
    // A look at the end of each block says of nearly every pickle that it is followed by no zeros.
    if !first.chunks_exact(BLOCK).any(may_be_last) {
        return None;
    }
    let end = pickle_end(first).ok()?;
    let next = end.next_multiple_of(BLOCK);
    let padding = bytes.get(end..next)?;
    (!padding.is_empty() && padding.iter().all(|byte| *byte == 0) && pickle_end(&bytes[next..]).is_ok())
        .then_some(next)
}
