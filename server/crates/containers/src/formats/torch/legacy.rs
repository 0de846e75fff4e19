//! The format of torch before 1.6 (`torch/serialization.py`, `_legacy_load`): five pickles (a magic number, the version of the
//! protocol, properties of the system, the object, the keys of its storages), and behind them for each key the number of its
//! elements, eight bytes, and the elements.
//!
//! The pickles are one stream, the file's own; the storages are members that nobody decodes.

use std::borrow::Cow;

use super::{add_storage, elements};
use crate::budget::Budget;
use crate::bytes::u64_at;
use crate::fault::{Fault, FaultKind};
use crate::formats::{Format, raw};
use crate::member::{Member, Opened, is_pickle_name};
use crate::sniff::{Kind, opcodes};
use crate::unwrap::{Found, Input, add};

/// `pickle.dumps(0x1950a86a20f9469cfc6c, protocol=2)`; later protocols differ in the second byte, and 4 and up in a frame.
const MAGIC: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// How far the magic number may be from the start: PROTO, and FRAME.
const REACH: usize = 2 + 9;

/// Pickles before the storages.
const PICKLES: usize = 5;

/// See the module.
pub(crate) struct Legacy;

impl Format for Legacy {
    fn name(&self) -> &'static str {
        "torch legacy"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["pth", "pth.tar", "pt"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        let bytes = input.bytes;
        let rest = bytes.get(2..).unwrap_or_default();
        bytes.first() == Some(&0x80)
            && (rest.starts_with(MAGIC)
                || bytes.get(2) == Some(&0x95) && bytes.get(REACH..).is_some_and(|at| at.starts_with(MAGIC)))
    }

    fn begins_with_pickle(&self) -> bool {
        true
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(self.name());
        let bytes = input.bytes;
        let Some(pickles) = pickles(bytes) else {
            // Cut or damaged before the storages: then all of it is the stream, and a decoder says what is wrong.
            let mut whole = raw::Raw.open(input, budget);
            whole.format = self.name();
            return whole;
        };
        let stream = pickles[PICKLES - 1];
        opened.members.push(Member {
            path: None,
            kind: Kind::Pickle,
            bytes: Some(Cow::Borrowed(&bytes[..stream])),
            file_offset: Some(0),
            size: stream as u64,
            named_pickle: input.name.as_deref().is_some_and(is_pickle_name),
            beside: false,
        });
        let sizes = elements::of_storages(&bytes[pickles[PICKLES - 3]..pickles[PICKLES - 2]]);
        let keys = keys(&bytes[pickles[PICKLES - 2]..stream]);
        let mut at = stream;
        for key in keys {
            if budget.is_interrupted() {
                return opened;
            }
            if let Err(limit) = budget.add_member() {
                opened.faults.push(Fault::new(FaultKind::LimitReached, at, raw::members_message(limit)));
                return opened;
            }
            let Some(next) = storage(bytes, at, key, sizes.get(key).copied(), &mut opened) else {
                break;
            };
            at = next;
        }
        behind(bytes, at, &mut opened, budget);
        opened
    }
}

/// Where each of the five pickles ends; `None`: there are not as many.
fn pickles(bytes: &[u8]) -> Option<[usize; PICKLES]> {
    let mut ends = [0; PICKLES];
    let mut at = 0;
    for end in &mut ends {
        at += pickle_len(bytes.get(at..)?)?;
        *end = at;
    }
    Some(ends)
}

/// Length of the pickle that `bytes` begin with.
pub(super) fn pickle_len(bytes: &[u8]) -> Option<usize> {
    let mut len = 0;
    for (code, operand) in opcodes(bytes) {
        len += 1 + operand.len();
        if code == b'.' {
            return Some(len);
        }
    }
    None
}

/// The texts of a list.
fn keys(pickle: &[u8]) -> impl Iterator<Item = &[u8]> {
    elements::constants(pickle).filter_map(|(code, value)| match value {
        elements::Value::Text(key) if !elements::is_put(code) => Some(key),
        _ => None,
    })
}

/// Adds the storage `key`, of elements of `size` bytes, that is at `at`. Gives where the next one is; `None`: that cannot be told.
fn storage<'a>(
    bytes: &'a [u8],
    at: usize,
    key: &[u8],
    size: Option<u64>,
    opened: &mut Opened<'a>,
) -> Option<usize> {
    let name = format!("storages/{}", String::from_utf8_lossy(key));
    let count = u64_at(bytes, at);
    let (Some(size), Some(count)) = (size, count) else {
        let (kind, message) = match count {
            None => (FaultKind::Truncated, "expected the length of a storage, found the end of the file"),
            Some(_) => (FaultKind::Damaged, "no tensor says what the elements of this storage are"),
        };
        opened.faults.push(Fault::new(kind, at, message).of(&name));
        return None;
    };
    let (start, len) = (at + 8, count.saturating_mul(size));
    let data = crate::bytes::clamped(bytes, start, len);
    let short = (data.len() as u64) < len;
    if short {
        let message = format!(
            "expected {} of {}, found {}",
            pickle_ops::counted(count, "element"),
            pickle_ops::counted(size, "byte"),
            pickle_ops::counted(data.len(), "byte")
        );
        opened.faults.push(Fault::new(FaultKind::Truncated, at, message).of(&name));
    }
    add_storage(name, data, start, opened);
    (!short).then_some(start + data.len())
}

/// What stands behind the last storage, where no loader looks.
fn behind<'a>(bytes: &'a [u8], at: usize, opened: &mut Opened<'a>, budget: &mut Budget<'_>) {
    let rest = bytes.get(at..).unwrap_or_default();
    if rest.is_empty() || opened.faults.iter().any(|fault| fault.kind == FaultKind::Truncated) {
        return;
    }
    let message = format!("{} after the last storage", pickle_ops::counted(rest.len(), "byte"));
    opened.faults.push(Fault::new(FaultKind::TrailingBytes, at, message));
    let name = Some("bytes after the storages".to_owned());
    add(opened, Found { name, bytes: Cow::Borrowed(rest), offset: Some(at), alias: None }, budget);
}
