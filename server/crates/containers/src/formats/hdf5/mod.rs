//! HDF5, for the pickles that libraries keep in it: PyTables (and with it pandas) writes objects into attributes, which it unpickles
//! when a file is opened, and into arrays of variable length; h5py stores what it is given, in chunks and packed if that is asked for.
//! Of arrays of numbers, only the beginning is looked at.
//!
//! Keras writes models into attributes, as JSON.
//!
//! Nothing is followed from the root: what is looked for has marks of its own, wherever it stands, so that nothing can be hidden by a
//! link that is missing. Values of variable length lie in global heaps (`GCOL`); attributes are a type and a dataspace, and behind
//! these the bytes; data sets are headers of objects with a message of where the data are (HDF5 File Format Specification, III.E, IV.A).

pub(crate) mod blosc;
mod chunks;
mod data;
mod file;
mod filters;
mod types;

use std::borrow::Cow;

use memchr::memmem;

use self::data::data_sets;
use self::file::File;
use self::types::Space;
use super::{Format, keras};
use crate::budget::Budget;
use crate::bytes::{span, u16_at, u32_at};
use crate::code::{Code, Loader};
use crate::member::Opened;
use crate::sniff::SNIFF_BYTES;
use crate::unwrap::Input;
use crate::values::{Value, Values};

/// The name of the format.
pub(crate) const NAME: &str = "HDF5";

/// What a file begins with.
pub(crate) const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

/// What a global heap begins with.
const HEAP: &[u8] = b"GCOL";

/// Types of one text of a fixed length (by padding and character set), and of bytes that mean nothing to HDF5.
const TEXT: [&[u8]; 5] = [b"\x13\0\0\0", b"\x13\x01\0\0", b"\x13\x02\0\0", b"\x13\x10\0\0", b"\x13\x11\0\0"];
const OPAQUE: u8 = 0x15;

/// Types of numbers of one byte, without and with a sign; all of its bits are used.
const BYTES: [&[u8]; 2] = [b"\x10\0\0\0\x01\0\0\0\0\0\x08\0", b"\x10\x08\0\0\x01\0\0\0\0\0\x08\0"];

/// See the module.
pub(crate) struct Hdf5;

impl Format for Hdf5 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["h5", "hdf5", "hdf"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        input.bytes.starts_with(MAGIC) || is_behind_others(input)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let mut values = Values::new(input.bytes.len(), &mut opened, budget);
        let Some(file) = File::new(input.bytes) else { return opened };
        if heaps(&file, &mut values) && attributes(&file, &mut values) {
            data_sets(&file, &mut values);
        }
        opened
    }
}

/// Whether it begins behind bytes of somebody else's. The first pages of a file are looked at in any case; where else, its name
/// decides.
fn is_behind_others(input: &Input<'_>) -> bool {
    let name = input.name.as_deref().unwrap_or_default();
    let called = |end: &str| Hdf5.extensions().iter().any(|known| end.eq_ignore_ascii_case(known));
    let is_called = name.rsplit_once('.').is_some_and(|(_, end)| called(end));
    let reach = if is_called { input.bytes.len() } else { input.bytes.len().min(SNIFF_BYTES) };
    begin(&input.bytes[..reach]).is_some()
}

/// Where HDF5 begins: at the first byte, or at a power of two from 512 on (II.A).
fn begin(bytes: &[u8]) -> Option<usize> {
    let places = std::iter::successors(Some(512usize), |at| at.checked_mul(2));
    let mut places = std::iter::once(0).chain(places.take_while(|at| *at < bytes.len()));
    places.find(|at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(MAGIC)))
}

/// Takes the objects of all global heaps; whether to go on.
fn heaps<'a>(file: &File<'a>, values: &mut Values<'_, 'a, '_>) -> bool {
    let bytes = file.bytes;
    let header = (8 + file.length).next_multiple_of(8);
    // A heap that claims to hold the next one is read as far as that.
    memmem::find_iter(bytes, HEAP).all(|heap| {
        let stated = file.len(bytes, heap + 8).unwrap_or(0);
        let end = heap.saturating_add(stated).min(bytes.len());
        let mut at = heap + header;
        // Index zero is what is left of the heap.
        while at + header <= end && u16_at(bytes, at) != Some(0) {
            let start = at + header;
            let size = file.len(bytes, at + 8).filter(|&size| span(bytes, start, size).is_some());
            let Some(size) = size else { break };
            if let Some(value) = Value::at(bytes, start, size)
                && !take(values, "value", start, value)
            {
                return false;
            }
            at = start + size.div_ceil(8) * 8;
        }
        true
    })
}

/// Takes what attributes hold that are text, bytes, or numbers of one byte: one, or a row of them; whether to go on.
fn attributes<'a>(file: &File<'a>, values: &mut Values<'_, 'a, '_>) -> bool {
    for (kind, is_row) in TEXT.map(|text| (text, false)).into_iter().chain(BYTES.map(|byte| (byte, true))) {
        if !memmem::find_iter(file.bytes, kind)
            .all(|at| attribute(file, at, at + kind.len().max(8), is_row, values))
        {
            return false;
        }
    }
    // Behind the first byte stands the length of a tag, which precedes the dataspace.
    for at in memchr::memchr_iter(OPAQUE, file.bytes) {
        let Some(&[tag, 0, 0]) = span(file.bytes, at + 1, 3) else { continue };
        let behind_type = at + 8 + usize::from(tag).div_ceil(8) * 8;
        if !attribute(file, at, behind_type, false, values) {
            return false;
        }
    }
    true
}

/// Takes the values of the attribute whose type is at `at`: what is in all elements together if `is_row`, else each of them.
fn attribute<'a>(
    file: &File<'a>,
    at: usize,
    behind_type: usize,
    is_row: bool,
    values: &mut Values<'_, 'a, '_>,
) -> bool {
    // Old attributes are filled up to multiples of eight.
    let places = [behind_type, at + (behind_type - at).next_multiple_of(8)];
    let space =
        |start: &usize| Space::parse(file.bytes.get(*start..)?, file.length).map(|space| (*start, space));
    let Some((start, space)) = places.iter().find_map(space) else { return true };
    let (Some(mut size), Some(mut count)) = (u32_at(file.bytes, at + 4), space.len()) else { return true };
    if is_row {
        (size, count) = (u32::try_from(count).unwrap_or(0), 1);
    }
    let (size, start) = (size as usize, start + space.end);
    let len = size.saturating_mul(count);
    if size == 0 || span(file.bytes, start, len).is_none() {
        return true;
    }
    (start..start + len).step_by(size).all(|start| {
        let value = Value::at(file.bytes, start, size);
        value.is_none_or(|value| take(values, "attribute", start, value))
    })
}

/// Takes a value, and hands out what else a loader may make of it; whether to go on.
fn take<'a>(values: &mut Values<'_, 'a, '_>, what: &str, start: usize, value: Value<'a>) -> bool {
    if keras::begins(&value.bytes) {
        let bytes = Cow::Borrowed(&*value.bytes);
        values.code(Code { member: None, offset: Some(start as u64), loader: Loader::Keras, bytes });
    }
    values.take(|| format!("{what}@{start}"), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Called;
    use crate::fault::FaultKind;
    use crate::limits::Limits;
    use crate::member::Item;
    use crate::unwrap::{open, visit};

    /// A message of a header of version 2.
    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let len = u16::try_from(body.len()).unwrap().to_le_bytes();
        [&[kind, len[0], len[1], 0], body].concat()
    }

    /// A file with the data, and behind them an object of one dimension of so many elements, of this type; `layout` gives the messages
    /// of where the data are, from where they begin.
    fn file(data: &[u8], elements: u64, of_type: &[u8], layout: impl Fn(u64) -> Vec<u8>) -> Vec<u8> {
        let mut bytes = [MAGIC, &[2, 8, 8, 0]].concat();
        let place = bytes.len() as u64;
        bytes.extend_from_slice(data);
        let space = [&[2, 1, 0, 1][..], &elements.to_le_bytes()].concat();
        let messages = [message(1, &space), message(3, of_type), layout(place)].concat();
        bytes.extend_from_slice(b"OHDR\x02\x02");
        bytes.extend_from_slice(&u32::try_from(messages.len()).unwrap().to_le_bytes());
        bytes.extend(messages);
        bytes
    }

    fn kinds(bytes: &[u8], limits: &Limits) -> Vec<FaultKind> {
        open(None, bytes, limits).faults.into_iter().map(|fault| fault.kind).collect()
    }

    /// A record of so many strings, all of them the whole of it.
    fn overlapping(fields: u16, size: u32) -> Vec<u8> {
        let [low, high] = fields.to_le_bytes();
        let string = [&[0x13, 0, 0, 0][..], &size.to_le_bytes()].concat();
        let width = size.ilog2() as usize / 8 + 1;
        let member = [b"a\0", &vec![0; width][..], &string].concat();
        [&[0x36, low, high, 0][..], &size.to_le_bytes(), &member.repeat(usize::from(fields))].concat()
    }

    #[test]
    fn fields_in_each_other_are_work() {
        let zeros = vec![0; 1 << 20];
        let in_one_piece = |place: u64| {
            message(8, &[&[3, 1][..], &place.to_le_bytes(), &(1u64 << 20).to_le_bytes()].concat())
        };
        let of = |fields| file(&zeros, 1 << 18, &overlapping(fields, 4), in_one_piece);
        assert_eq!(kinds(&of(1), &Limits::default()), []);
        assert_eq!(kinds(&of(4000), &Limits::default()), [FaultKind::LimitReached]);
    }

    /// A tree that leads to the same chunk over and over.
    #[test]
    fn chunks_that_are_named_again_are_unpacked_within_limits() {
        let many = 200u16;
        let chunk = flate(&vec![0; 1 << 16]);
        let mut data = chunk.clone();
        let tree = data.len() as u64;
        data.extend_from_slice(&[&b"TREE\x01\0"[..], &many.to_le_bytes(), &[0xff; 16]].concat());
        let (len, place) = (u32::try_from(chunk.len()).unwrap(), 12u64);
        for _ in 0..many {
            let key = [&len.to_le_bytes()[..], &[0; 4], &[0; 16], &place.to_le_bytes()].concat();
            data.extend(key);
        }
        let in_chunks = |place: u64| {
            let layout =
                [&[3, 2, 2][..], &(place + tree).to_le_bytes(), &(1u32 << 16).to_le_bytes(), &[1, 0, 0, 0]];
            let filters = message(11, &[2, 1, 1, 0, 0, 0, 0, 0]);
            [message(8, &layout.concat()), filters].concat()
        };
        let bytes = |class: u8| file(&data, 1 << 16, &[class, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0], in_chunks);
        let limits = Limits { total_bytes: 8 << 20, ..Limits::default() };
        for class in [0x10, 0x13] {
            assert_eq!(kinds(&bytes(class), &Limits::default()), [], "{class}");
            assert_eq!(kinds(&bytes(class), &limits), [FaultKind::LimitReached], "{class}");
        }
    }

    /// The description of a model is a text of variable length.
    #[test]
    fn descriptions_of_models() {
        let of = |text: &str| {
            let object = [&[1, 0, 1, 0, 0, 0, 0, 0], &(text.len() as u64).to_le_bytes()[..], text.as_bytes()];
            let stated = (16 + object.concat().len() as u64).to_le_bytes();
            let file = [MAGIC, &[2, 8, 8, 0], HEAP, &[1, 0, 0, 0], &stated, &object.concat()].concat();
            let mut found = Vec::new();
            visit(&Input::new(None, &file), &Limits::default(), &|| false, &mut |item| {
                if let Item::Code(code) = item {
                    code.mentions(&mut |mention| {
                        found.push((code.offset, code.loader, mention.what == Called::Bytecode));
                        false
                    });
                }
            });
            found
        };
        let lambda = r#"{"class_name": "Lambda", "config": {"function": {"class_name": "__lambda__"}}}"#;
        assert_eq!(of(lambda), [(Some(44), Loader::Keras, true)]);
        assert_eq!(of(r#"{"class_name": "Dense"}"#), []);
    }

    fn flate(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }
}
