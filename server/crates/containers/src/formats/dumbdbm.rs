//! The data file of Python's `dbm.dumb`, which `shelve` falls back on: values one behind the other, each at a multiple of 512
//! bytes, with zeros between them. Which value is where stands in a text file beside it, `NAME.dir`, with a line
//! `'key', (offset, size)` for each; without it the values are found in the data. What was deleted is not looked for.

use super::Format;
use crate::budget::Budget;
use crate::encoding::unescape;
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
        index(input, budget).is_some() || self.sniff(input)
    }

    fn begins_with_pickle(&self) -> bool {
        true
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(self.name());
        let index = index(input, budget);
        let mut values = Values::of_shelf(input.bytes.len(), &mut opened, budget);
        match index {
            Some(entries) => indexed(input.bytes, &entries, &mut values),
            None => found(input.bytes, &mut values),
        }
        opened
    }
}

/// A line of the index.
struct Entry {
    key: Vec<u8>,
    at: usize,
    len: usize,
}

/// The index beside the data, if there is one and all of it is one.
fn index(input: &Input<'_>, budget: &Budget<'_>) -> Option<Vec<Entry>> {
    let stem = input.name.as_deref()?.strip_suffix(".dat")?;
    let text = budget.siblings()?.read(&format!("{stem}.dir"))?;
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty());
    let entries: Vec<Entry> = lines.map(entry).collect::<Option<_>>()?;
    (!entries.is_empty()).then_some(entries)
}

/// Whether a line is one of an index.
pub(crate) fn is_index_line(line: &[u8]) -> bool {
    entry(line).is_some()
}

/// `'key', (offset, size)`.
fn entry(line: &[u8]) -> Option<Entry> {
    let comma = memchr::memmem::rfind(line, b", (")?;
    let (key, place) = (&line[..comma], line[comma + 3..].strip_suffix(b")")?);
    let (at, len) = std::str::from_utf8(place).ok()?.split_once(", ")?;
    let key = match key {
        [quote @ (b'\'' | b'"'), inner @ .., end] if quote == end => inner,
        _ => return None,
    };
    // Keys are bytes, and written as if they were Latin-1.
    let key = unescape(key).unwrap_or_else(|| key.to_vec());
    Some(Entry { key, at: at.parse().ok()?, len: len.parse().ok()? })
}

fn indexed<'a>(bytes: &'a [u8], entries: &[Entry], values: &mut Values<'_, 'a, '_>) {
    for entry in entries {
        let name = || key_name(&entry.key);
        let Some(value) = Value::at(bytes, entry.at, entry.len) else {
            let message = format!(
                "the index says {} at {}, the file has {}",
                pickle_ops::counted(entry.len, "byte"),
                entry.at,
                bytes.len()
            );
            values.fault(Fault::new(FaultKind::Truncated, bytes.len(), message).of(&name()));
            continue;
        };
        if !values.take(name, value) {
            break;
        }
    }
}

fn found<'a>(bytes: &'a [u8], values: &mut Values<'_, 'a, '_>) {
    let mut at = 0;
    while at < bytes.len() {
        let (len, is_value) = match pickle_end(&bytes[at..]) {
            Ok(len) => (len, true),
            Err(len) => (len, false),
        };
        let taken = match Value::at(bytes, at, len).filter(|_| is_value) {
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
