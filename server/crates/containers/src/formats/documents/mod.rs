//! Documents of values inside each other, without a signature: MessagePack, CBOR, BSON, records of TensorFlow. Programs keep pickles in their
//! byte strings, and some libraries unpickle those as they read (msgpack-numpy arrays of objects). As anything may look like the beginning of such
//! a document, bytes are one only if a value in it is a pickle or holds some; what is wrong with them otherwise is nothing to tell.

mod bson;
mod cbor;
mod checkpoint;
mod msgpack;
mod protobuf;
mod tfrecord;

use std::borrow::Cow;

pub(crate) use checkpoint::{is_one as is_checkpoint, mentions as checkpoint};

use super::Format;
use crate::budget::Budget;
use crate::bytes::span;
use crate::code::{Code, Loader};
use crate::member::Opened;
use crate::sniff::Kind;
use crate::unwrap::Input;
use crate::values::{Value, Values, is_wanted};

/// Values inside each other that are followed: readers of MessagePack in C stop there, others sooner.
const DEEPEST: usize = 1024;

/// Shown where a value begins, and its bytes; `false` ends the walk.
type Take<'t> = &'t mut dyn FnMut(usize, &[u8]) -> bool;

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// At the end of a document, which is that of the bytes.
    Whole,
    /// Nothing was wrong up to where the bytes that are shown end.
    Cut,
    /// Because nobody wanted more.
    Enough,
    /// At something that is in no such document.
    Wrong,
}

/// Walks the documents in the beginning of a string that is so many bytes long.
type Walk = fn(&[u8], u64, Take<'_>) -> Ended;

/// One of the formats.
pub(crate) struct Documents {
    name: &'static str,
    extensions: &'static [&'static str],
    walk: Walk,
}

/// MessagePack (its specification, `spec.md`).
pub(crate) static MSGPACK: Documents =
    Documents { name: "MessagePack", extensions: &[], walk: msgpack::walk };

/// CBOR (RFC 8949), one item or several (RFC 8742).
pub(crate) static CBOR: Documents = Documents { name: "CBOR", extensions: &[], walk: cbor::walk };

/// BSON (bsonspec.org), one document or several, as `mongodump` writes them.
pub(crate) static BSON: Documents = Documents { name: "BSON", extensions: &[], walk: bson::walk };

/// Records of TensorFlow (`record_writer.cc`), whose bytes are messages of protobuf.
pub(crate) static TFRECORD: Documents = Documents { name: "TFRecord", extensions: &[], walk: tfrecord::walk };

/// A message of protobuf by itself.
pub(crate) static PROTOBUF: Documents = Documents { name: "protobuf", extensions: &[], walk: protobuf::walk };

/// Those that are asked, the ones that are harder to mistake first.
static ALL: [&Documents; 5] = [&TFRECORD, &BSON, &MSGPACK, &CBOR, &PROTOBUF];

impl Format for Documents {
    fn name(&self) -> &'static str {
        self.name
    }

    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        input.kind() == Kind::Container(self.name)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(self.name);
        if self.name == MSGPACK.name && is_checkpoint(input.bytes) {
            let bytes = Cow::Borrowed(input.bytes);
            budget.code(Code { member: None, offset: Some(0), loader: Loader::Checkpoint, bytes });
        }
        let mut values = Values::new(input.bytes.len(), &mut opened, budget);
        (self.walk)(input.bytes, input.bytes.len() as u64, &mut |start, found| {
            if !is_wanted(found) {
                return values.spend(0);
            }
            // What comes in chunks is nowhere in one piece.
            let in_place = Value::at(input.bytes, start, found.len()).filter(|value| *value.bytes == *found);
            let value = in_place.unwrap_or_else(|| Value::made(found.to_vec()));
            values.take(|| format!("@{start}"), value)
        });
        opened
    }
}

/// Which of the formats `bytes` are, all of them, with a pickle in it or the name of what is called.
pub(crate) fn recognise(bytes: &[u8]) -> Option<&'static str> {
    let holds_some = |documents: &&&Documents| {
        let mut found = false;
        (documents.walk)(bytes, bytes.len() as u64, &mut |_, value| {
            found = is_wanted(value);
            !found
        });
        found
    };
    let found = ALL.iter().find(holds_some).map(|documents| documents.name);
    found.or_else(|| is_checkpoint(bytes).then_some(MSGPACK.name))
}

/// Whether a container of this name is told from other data by nothing but a pickle in it: most bytes are a document of one of these.
pub(crate) fn is_guess(name: &str) -> bool {
    [&MSGPACK, &CBOR, &PROTOBUF].iter().any(|documents| documents.name == name)
}

/// Whether `head`, of a string of `whole_len` bytes that is longer, begins as one of the formats does: only all of it tells more.
pub(crate) fn may_begin(head: &[u8], whole_len: u64) -> bool {
    // Most of what is asked is text, which could be a message by its letters.
    let is_binary = || head.iter().take(LETTERS).any(|byte| matches!(byte, 0..=8 | 14..=31 | 0x80..));
    (head.len() as u64) < whole_len
        && is_binary()
        && ALL.iter().any(|documents| {
            let mut values = 0;
            let ended = (documents.walk)(head, whole_len, &mut |_, _| {
                values += 1;
                true
            });
            ended == Ended::Cut && values > 0
        })
}

/// Bytes of a text that are looked at to see that it is one.
const LETTERS: usize = 64;

/// Items that are left in the lists and maps that are open, the innermost last; numbers and the like that came before the first of them.
struct Open {
    left: Vec<u64>,
    loose: usize,
}

/// Numbers in a row that belong to nothing are some other kind of data.
const LOOSE: usize = 64;

impl Open {
    fn new() -> Self {
        Self { left: Vec::new(), loose: 0 }
    }

    /// Takes note of an item that is not made of others. `None`: it does not belong to anything, as many before.
    fn item(&mut self, is_number: bool) -> Option<()> {
        if self.left.is_empty() && is_number {
            self.loose += 1;
        }
        while let Some(left) = self.left.last_mut() {
            *left = left.saturating_sub(1);
            if *left > 0 {
                break;
            }
            self.left.pop();
        }
        (self.loose <= LOOSE).then_some(())
    }

    /// Opens an item that is made of `count` others. `None`: it is too deep.
    fn open(&mut self, count: u64) -> Option<()> {
        if count == 0 {
            return self.item(false);
        }
        self.left.push(count);
        (self.left.len() <= DEEPEST).then_some(())
    }
}

/// The value of `len` bytes at `at`, as [`payload`]; what is there of one that is cut off is shown.
fn value<'a>(
    bytes: &'a [u8],
    at: usize,
    len: u64,
    whole_len: u64,
    take: Take<'_>,
) -> Result<&'a [u8], Ended> {
    let value = payload(bytes, at, len, whole_len);
    if value == Err(Ended::Cut) {
        take(at, bytes.get(at..).unwrap_or_default());
    }
    value
}

/// The `len` bytes at `at` of the beginning of a string of `whole_len` bytes: an error says how the walk ends if they are not there.
fn payload(bytes: &[u8], at: usize, len: u64, whole_len: u64) -> Result<&[u8], Ended> {
    let here = usize::try_from(len).ok().and_then(|len| span(bytes, at, len));
    let is_there = (at as u64).checked_add(len).is_some_and(|end| end <= whole_len);
    here.ok_or(if is_there { Ended::Cut } else { Ended::Wrong })
}

/// How a walk ends for want of bytes.
fn at_end(bytes: &[u8], whole_len: u64) -> Ended {
    if (bytes.len() as u64) < whole_len { Ended::Cut } else { Ended::Wrong }
}
