//! Says what a byte string is, from its beginning. Never decodes, and never claims more than the bytes show: a
//! string that may be anything is [`Kind::Unknown`], and a decoder has to be asked.

mod inside;
mod magic;
mod npy;
mod pickle;
mod text;

pub use inside::{carried, carries_behind_header, may_carry};
pub(crate) use magic::{is_bzip2, is_lzma, is_zlib};
pub use npy::NPY;
pub use text::TextKind;

use std::cell::LazyCell;

use crate::bytes::Order;
use crate::encoding::Encoding;
use crate::formats::text::seems_to_hold_pickle_as;
use crate::formats::{cache_entry, documents, json, leveldb, stack, weights};
use crate::limits;

/// What macOS keeps beside a file on volumes that have no place for it, and in archives (RFC 1740).
pub const APPLE_DOUBLE: &str = "AppleDouble";

/// How many bytes from the start are looked at for text and signatures.
pub const SNIFF_BYTES: usize = 64 << 10;

/// What kind of content a byte string is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A pickle of any protocol.
    Pickle,
    /// Something that holds byte strings; the name of the format, whether it is read or not.
    Container(&'static str),
    /// Text for people or programs; a text file called `.pkl` is left to the editor's own handling.
    Text(TextKind),
    /// A format that is recognised and is none of the above; its name.
    Other(&'static str),
    /// Nothing at all.
    Empty,
    /// Data that nothing is recognised in.
    Unknown,
}

/// Whether `bytes`, one value of many in a table, a text or another place where anything may stand, are a pickle.
/// Stricter than [`sniff`].
pub(crate) fn is_pickle_value(bytes: &[u8]) -> bool {
    pickle::is_value(bytes, bytes.len() as u64)
}

/// The same of bytes that were unpacked from a value.
pub(crate) fn is_unpacked_pickle(bytes: &[u8]) -> bool {
    pickle::is_unpacked_value(bytes)
}

/// The same of a value of `whole_len` bytes that begins with `head`.
pub(crate) fn begins_pickle_value(head: &[u8], whole_len: u64) -> bool {
    pickle::is_value(head, whole_len)
}

/// Whether `head` is too little of a value of `whole_len` bytes to say whether it is a pickle, as [`needs_more`] has it.
pub(crate) fn is_undecided_pickle(head: &[u8], whole_len: u64) -> bool {
    pickle::is_undecided(head, whole_len)
}

/// Whether nothing speaks against `head` being the beginning of a pickle or of a container. Says too often yes.
pub(crate) fn may_be_of_interest(head: &[u8]) -> bool {
    may_begin_within(head, u64::MAX) || begins_container(head)
}

/// Whether nothing speaks against `head` being the beginning of a pickle in a string of `whole_len` bytes. Says too often yes.
pub(crate) fn may_begin_within(head: &[u8], whole_len: u64) -> bool {
    pickle::may_begin(head, whole_len)
}

/// Whether `head` begins with the signature of a container.
pub(crate) fn begins_container(head: &[u8]) -> bool {
    matches!(magic::recognise(head, u64::MAX), Some(Kind::Container(_)))
}

/// Where the pickle ends that `bytes` begin with; an error: there is none, or it is broken at this offset. Reads all of it.
pub(crate) fn pickle_end(bytes: &[u8]) -> Result<usize, usize> {
    pickle::end(bytes)
}

/// The same of a pickle of few ops, whose operands are passed over; `None`: it has more, or is none.
pub(crate) fn short_pickle_end(bytes: &[u8]) -> Option<usize> {
    pickle::short_end(bytes)
}

/// The name of the container that `bytes` are by their signature, or as text that stands for other bytes.
pub(crate) fn container(bytes: &[u8]) -> Option<&'static str> {
    if let Some(Kind::Container(name)) = magic::recognise(bytes, bytes.len() as u64) {
        return Some(name);
    }
    let head = &bytes[..bytes.len().min(SNIFF_BYTES)];
    text::decode(head, head.len() == bytes.len())?;
    encoded(head, bytes.len() as u64, limits::DEPTH).map(Encoding::name)
}

/// How the text `head`, of `whole_len` bytes, writes down a pickle or a container: inside each other `levels` times at most.
fn encoded(head: &[u8], whole_len: u64, levels: usize) -> Option<Encoding> {
    let is_whole = head.len() as u64 >= whole_len;
    Encoding::ALL.into_iter().find(|encoding| {
        let Some(bytes) = encoding.decode(head) else { return false };
        let len = if is_whole { bytes.len() as u64 } else { whole_len };
        pickle::is_value(&bytes, len)
            || matches!(magic::recognise(&bytes, len), Some(Kind::Container(_)))
            || (levels > 0
                && text::decode(&bytes, is_whole).is_some()
                && encoded(&bytes, len, levels - 1).is_some())
    })
}

/// Whether `bytes`, the numbers of a tensor by all that is known, begin with a pickle that does something when it is loaded.
pub(crate) fn hides_pickle(bytes: &[u8]) -> bool {
    pickle::calls_something(&bytes[..bytes.len().min(SNIFF_BYTES)], bytes.len() as u64)
}

/// The opcodes that `bytes` begin with, each with its operand, up to the first that is none or is cut off.
pub(crate) fn opcodes(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    pickle::opcodes(bytes)
}

/// Whether `head` is too little of a string of `whole_len` bytes to say what it is: what [`sniff`] makes of it is not what it would
/// make of more. An operand of a pickle may be of any length, and so may the header of an array; a stack is known by its end,
/// and of a text with a pickle in it, all is of interest, as of documents of values.
#[must_use]
pub fn needs_more(head: &[u8], whole_len: u64) -> bool {
    needs_more_as(None, head, whole_len)
}

/// The same of what has a name.
fn needs_more_as(name: Option<&str>, head: &[u8], whole_len: u64) -> bool {
    pickle::is_undecided(head, whole_len)
        || npy::is_undecided(head, whole_len)
        || stack::may_begin(head, whole_len)
        || seems_to_hold_pickle_as(name, head)
        || may_be_unsigned(head, whole_len) && magic::recognise(head, whole_len).is_none()
}

/// Whether `head` begins as one of the formats that have no signature at their beginning.
fn may_be_unsigned(head: &[u8], whole_len: u64) -> bool {
    documents::may_begin(head, whole_len) || leveldb::may_be_table(head) || leveldb::may_be_log(head)
}

/// What the byte string is that begins with `head` and is `whole_len` bytes long. `head` may as well be all
/// of a memory-mapped file: of the first opcodes, operands are skipped unseen, and nothing else behind the first
/// [`SNIFF_BYTES`] is touched.
///
/// A pickle goes before a signature: `GGUF` is the signature of a format and the beginning of a BINFLOAT, and what
/// an unpickler can run is a pickle whatever else it looks like.
#[must_use]
pub fn sniff(head: &[u8], whole_len: u64) -> Kind {
    kind(head, whole_len, text::kind)
}

/// What a look at the beginning of a file says, whatever the file is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glance {
    /// It is a pickle or a container, or may be one.
    Wanted,
    /// It is a text, in which pickles may be written down behind what was shown.
    Text,
    /// Nothing is recognised in it: what a library puts in front of a pickle may be of any kind ([`may_carry`]).
    Unknown,
    /// None of these.
    Nothing,
}

/// What `head` says of a string of `whole_len` bytes that may have a name: [`sniff`] and [`needs_more`] at once, at much less cost for
/// texts, since it does not matter what kind of text one is.
#[must_use]
pub fn glance(name: Option<&str>, head: &[u8], whole_len: u64) -> Glance {
    match kind(head, whole_len, |_| TextKind::Plain) {
        Kind::Pickle | Kind::Container(_) => Glance::Wanted,
        _ if needs_more_as(name, head, whole_len) => Glance::Wanted,
        Kind::Text(_) => Glance::Text,
        // What they say of themselves may be anywhere in their headers, and behind an array there may be another.
        Kind::Other(weights::SAFETENSORS | weights::GGUF | NPY) => Glance::Wanted,
        Kind::Unknown => Glance::Unknown,
        _ => Glance::Nothing,
    }
}

/// As [`sniff`], with the kind of a text by `of_text`.
fn kind(head: &[u8], whole_len: u64, of_text: impl FnOnce(&str) -> TextKind) -> Kind {
    if head.is_empty() {
        return Kind::Empty;
    }
    let all = head;
    let head = &head[..head.len().min(SNIFF_BYTES)];
    let is_whole = head.len() as u64 >= whole_len;
    let text = LazyCell::new(|| text::decode(head, is_whole));
    if pickle::is_pickle(all, whole_len, || text.is_some()) {
        return Kind::Pickle;
    }
    if let Some(kind) = npy::kind(all, whole_len) {
        return kind;
    }
    let text = || {
        (*text).map(|text| match encoded(head, whole_len, limits::DEPTH) {
            Some(encoding) => Kind::Container(encoding.name()),
            None => Kind::Text(of_text(text)),
        })
    };
    let entry = || cache_entry::is_entry(all, whole_len).then_some(Kind::Container(cache_entry::NAME));
    let counted = || is_behind_length(all, whole_len).then_some(Kind::Pickle);
    let store = || {
        let is_whole = all.len() as u64 >= whole_len;
        let name = match is_whole {
            true if leveldb::is_table(all) => leveldb::TABLE,
            true if leveldb::is_log(all) => leveldb::LOG,
            _ => return None,
        };
        Some(Kind::Container(name))
    };
    let document =
        || documents::recognise(all).filter(|_| all.len() as u64 >= whole_len).map(Kind::Container);
    magic::recognise(head, whole_len)
        .or_else(text)
        .or_else(entry)
        .or_else(counted)
        .or_else(store)
        .or_else(document)
        .or_else(|| is_utf16(head).then_some(Kind::Text(TextKind::Plain)))
        .unwrap_or(Kind::Unknown)
}

/// Whether bytes begin with a text in UTF-16, which its mark says: readers of YAML and JSON take it.
fn is_utf16(head: &[u8]) -> bool {
    if !matches!(head, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) {
        return false;
    }
    let text = json::utf8(head);
    let text = String::from_utf8_lossy(&text);
    // What was cut off at the end is none.
    let mut letters = text.trim_end_matches(char::REPLACEMENT_CHARACTER).chars();
    letters.all(|letter| {
        letter != char::REPLACEMENT_CHARACTER && (!letter.is_control() || letter.is_ascii_whitespace())
    })
}

/// Whether a pickle follows a number that is its length, as queues on disk and in pipes have it: the pickle must be of a protocol that
/// says so.
fn is_behind_length(bytes: &[u8], whole_len: u64) -> bool {
    [4, 8].into_iter().any(|width| {
        let rest = bytes.get(width..).filter(|rest| matches!(rest, [0x80, 2..=5, ..]));
        let Some(rest) = rest else { return false };
        let left = whole_len.saturating_sub(width as u64);
        let is_length = |order: Order| {
            let number = match width {
                4 => order.u32_at(bytes, 0).map(u64::from),
                _ => order.u64_at(bytes, 0),
            };
            let Some(number) = number.filter(|number| (4..=left).contains(number)) else { return false };
            match usize::try_from(number).ok().and_then(|len| rest.get(..len)) {
                Some(pickle) => pickle_end(pickle) == Ok(pickle.len()),
                None => pickle::is_undecided(rest, number),
            }
        };
        is_length(Order::Big) || is_length(Order::Little)
    })
}
