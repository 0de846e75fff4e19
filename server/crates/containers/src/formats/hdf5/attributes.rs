//! Attributes of objects: messages of a name, a type, a dataspace and the bytes, in the header of the object or, of many or long ones,
//! in a heap (HDF5 File Format Specification, IV.A.2.m and IV.A.2.v). In a file that is damaged, what looks like one counts as well.

use std::borrow::Cow;
use std::collections::HashSet;

use memchr::memmem;

use super::data::DataSet;
use super::file::{File, Message};
use super::heap::Heap;
use super::tree::Tree;
use super::types::{Space, Type};
use crate::bytes::{span, u16_at, u32_at};
use crate::code::{Code, Loader};
use crate::fault::{Fault, FaultKind};
use crate::formats::keras;
use crate::values::{Value, Values};

/// What values of attributes are called.
pub(super) const ATTRIBUTE: &str = "attribute";

/// Types of messages: a type, a dataspace, an attribute, and where many of these are.
const TYPE: u16 = 3;
const SPACE: u16 = 1;
const ONE: u16 = 12;
const MANY: u16 = 21;

/// Records of the trees of attributes, by name and by age: where in them the identifier in the heap is.
const RECORDS: [(u8, usize); 2] = [(8, 0), (9, 0)];

/// Bytes of such an identifier.
const ID: usize = 8;

/// The flag of a message that stands elsewhere.
const SHARED: u8 = 2;

/// Takes what the attributes in these messages hold that are not among those that were `seen`; whether to go on.
pub(super) fn attributes<'a>(
    file: &File<'a>,
    messages: &[Message<'a>],
    seen: &mut HashSet<usize>,
    values: &mut Values<'_, 'a, '_>,
) -> bool {
    for message in messages {
        let goes_on = match message.kind {
            ONE => one(file, message, seen, values),
            MANY => many(file, message, seen, values),
            _ => true,
        };
        if !goes_on {
            return false;
        }
    }
    true
}

/// Takes what one attribute holds.
fn one<'a>(
    file: &File<'a>,
    message: &Message<'a>,
    seen: &mut HashSet<usize>,
    values: &mut Values<'_, 'a, '_>,
) -> bool {
    let Some(message) = file.resolved(message) else { return unread(message.at, values) };
    // Nothing was written to it, or its type is one of no version that is known.
    let Some((set, start, len)) = parse(file, &message) else { return true };
    !seen.insert(start) || set.piece(start, len, values)
}

/// What an attribute says of its data, where they are, and how long.
fn parse<'f, 'a>(file: &'f File<'a>, message: &Message<'a>) -> Option<(DataSet<'f, 'a>, usize, usize)> {
    let body = message.body;
    let [version @ 1..=3, flags, ..] = *body else { return None };
    let mut at = if version == 3 { 9 } else { 8 };
    // In version 1, each part is filled up to a multiple of eight.
    let mut part = |place: usize, kind: u16, shared: u8| {
        let len = usize::from(u16_at(body, place)?);
        let part = span(body, at, len)?;
        let is_shared = version > 1 && flags & shared != 0;
        let message = Message { kind, is_shared, body: part, at: message.at + at };
        at += if version == 1 { len.next_multiple_of(8) } else { len };
        Some(message)
    };
    let (_, kind, space) = (part(2, 0, 0)?, part(4, TYPE, 1)?, part(6, SPACE, 2)?);
    let kind = Type::parse(file.resolved(&kind)?.body)?;
    let space = Space::parse(file.resolved(&space)?.body, file.length)?;
    let len = space.len()?.checked_mul(kind.size).filter(|len| *len > 0)?;
    let set = DataSet {
        file,
        space,
        element: kind.element,
        numbers: kind.numbers,
        size: kind.size,
        what: ATTRIBUTE,
    };
    Some((set, message.at + at, len))
}

/// Takes what the attributes in a heap hold.
fn many<'a>(
    file: &File<'a>,
    message: &Message<'a>,
    seen: &mut HashSet<usize>,
    values: &mut Values<'_, 'a, '_>,
) -> bool {
    let start = 2 + if message.body.get(1).is_some_and(|flags| flags & 1 != 0) { 2 } else { 0 };
    let mut goes_on = true;
    let is_read = dense(file, message.body, start, &RECORDS, ID, &mut |record, at, len| {
        // Behind the identifier stand the flags of the message.
        let is_shared = record.get(ID).is_some_and(|flags| flags & SHARED != 0);
        if let Some(body) = span(file.bytes, at, len).filter(|_| goes_on && !is_shared) {
            goes_on = one(file, &Message { kind: ONE, is_shared: false, body, at }, seen, values);
        }
    });
    goes_on && (is_read || unread(message.at, values))
}

/// Hands out what the trees of links or attributes lead to: each record, and where in the file that is what it stands for, and how long.
/// `start`: where in the message the addresses of the heap and of the trees are. Whether all of it could be read.
pub(super) fn dense(
    file: &File<'_>,
    message: &[u8],
    start: usize,
    records: &[(u8, usize)],
    id: usize,
    each: &mut dyn FnMut(&[u8], usize, usize),
) -> bool {
    // There is none where few are.
    let Some(heap) = file.place(message, start) else { return true };
    let Some(heap) = Heap::new(file, heap) else { return false };
    let mut is_read = true;
    for place in [start + file.address, start + 2 * file.address] {
        let tree = file.place(message, place).and_then(|at| Tree::new(file, at));
        let Some(tree) = tree else { continue };
        let Some((_, at)) = records.iter().find(|(kind, _)| *kind == tree.kind) else { continue };
        let mut step = || file.step();
        let mut record = |record: usize| {
            let Some(record) = span(file.bytes, record, tree.record) else { return };
            match span(record, *at, id).and_then(|id| heap.object(file, id)) {
                Some((at, len)) => each(record, at, len),
                None => is_read = false,
            }
        };
        let end = tree.records(file, &mut step, &mut record);
        is_read &= end.is_some();
    }
    is_read
}

/// Says that attributes were not read; whether to go on.
fn unread(at: usize, values: &mut Values<'_, '_, '_>) -> bool {
    let message = "attributes of an object lie in a heap that cannot be read; what is in them was not read";
    values.fault(Fault::new(FaultKind::Unsupported, at, message));
    true
}

/// Types of one text of a fixed length (by padding and character set), and of bytes that mean nothing to HDF5.
const TEXT: [&[u8]; 5] = [b"\x13\0\0\0", b"\x13\x01\0\0", b"\x13\x02\0\0", b"\x13\x10\0\0", b"\x13\x11\0\0"];
const OPAQUE: u8 = 0x15;

/// Bytes of the longest attribute that a header has room for.
const LONGEST: usize = 1 << 16;

/// Types of numbers of one byte, without and with a sign; all of its bits are used.
const BYTES: [&[u8]; 2] = [b"\x10\0\0\0\x01\0\0\0\0\0\x08\0", b"\x10\x08\0\0\x01\0\0\0\0\0\x08\0"];

/// Takes what looks like attributes, but for those that were `seen` as such, that are text, bytes, or numbers of one byte: one, or a row
/// of them; whether to go on.
pub(super) fn scattered<'a>(file: &File<'a>, seen: &HashSet<usize>, values: &mut Values<'_, 'a, '_>) -> bool {
    for (kind, is_row) in TEXT.map(|text| (text, false)).into_iter().chain(BYTES.map(|byte| (byte, true))) {
        if !memmem::find_iter(file.bytes, kind)
            .all(|at| likely(file, (at, at + kind.len().max(8)), is_row, seen, values))
        {
            return false;
        }
    }
    // Behind the first byte stands the length of a tag, which precedes the dataspace.
    for at in memchr::memchr_iter(OPAQUE, file.bytes) {
        let Some(&[tag, 0, 0]) = span(file.bytes, at + 1, 3) else { continue };
        let behind_type = at + 8 + usize::from(tag).div_ceil(8) * 8;
        if !likely(file, (at, behind_type), false, seen, values) {
            return false;
        }
    }
    true
}

/// Takes the values of the attribute whose type is at `at`: what is in all elements together if `is_row`, else each of them.
fn likely<'a>(
    file: &File<'a>,
    (at, behind_type): (usize, usize),
    is_row: bool,
    seen: &HashSet<usize>,
    values: &mut Values<'_, 'a, '_>,
) -> bool {
    // Old attributes are filled up to multiples of eight.
    let places = [behind_type, at + (behind_type - at).next_multiple_of(8)];
    let space =
        |start: &usize| Space::likely(file.bytes.get(*start..)?, file.length).map(|space| (*start, space));
    let Some((start, space)) = places.iter().find_map(space) else { return true };
    let (Some(mut size), Some(mut count)) = (u32_at(file.bytes, at + 4), space.len()) else { return true };
    if is_row {
        (size, count) = (u32::try_from(count).unwrap_or(0), 1);
    }
    let (size, start) = (size as usize, start + space.end);
    let len = size.saturating_mul(count);
    if size == 0 || len > LONGEST || seen.contains(&start) || span(file.bytes, start, len).is_none() {
        return true;
    }
    (start..start + len).step_by(size).all(|start| {
        let Some(value) = Value::at(file.bytes, start, size) else { return true };
        code(values, start, &value);
        values.take(|| format!("{ATTRIBUTE}@{start}"), value)
    })
}

/// Hands out what else than a pickle a loader may make of a value.
pub(super) fn code(values: &mut Values<'_, '_, '_>, start: usize, value: &Value<'_>) {
    if keras::begins(&value.bytes) {
        let bytes = Cow::Borrowed(&*value.bytes);
        values.code(Code { member: None, offset: Some(start as u64), loader: Loader::Keras, bytes });
    }
}
