//! HDF5, for the pickles that libraries keep in it: PyTables (and with it pandas) writes objects into attributes, which it unpickles
//! when a file is opened, and into arrays of variable length; h5py stores what it is given. Of other arrays, only the beginning is
//! looked at.
//!
//! Nothing is followed from the root: what is looked for has marks of its own, wherever it stands, so that nothing can be hidden by a
//! link that is missing. Values of variable length lie in global heaps (`GCOL`); attributes with one text or byte string are its type
//! and a dataspace without dimensions, and behind these the bytes (HDF5 File Format Specification, III.E, IV.A.2.d and IV.A.2.m).

use std::collections::HashSet;

use memchr::memmem;

use super::Format;
use crate::budget::Budget;
use crate::bytes::{span, u16_at, u32_at, u64_at};
use crate::member::Opened;
use crate::sniff::{SNIFF_BYTES, is_pickle_value};
use crate::unwrap::Input;
use crate::values::{Value, Values};

/// The name of the format.
pub(crate) const NAME: &str = "HDF5";

/// What a file begins with.
pub(crate) const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

/// What a global heap begins with.
const HEAP: &[u8] = b"GCOL";

/// Length of the header of a global heap, and of one of an object in it.
const HEADER: usize = 16;

/// Types of one text of a fixed length (by padding and character set), and of bytes that mean nothing to HDF5.
const TEXT: [&[u8]; 5] = [b"\x13\0\0\0", b"\x13\x01\0\0", b"\x13\x02\0\0", b"\x13\x10\0\0", b"\x13\x11\0\0"];
const OPAQUE: u8 = 0x15;

/// Dataspaces without dimensions: those of version 1 and of version 2.
const ONE: [&[u8]; 2] = [b"\x01\0\0\0\0\0\0\0", b"\x02\0\0\0"];

/// What the layout of data begins with that are stored in one piece.
const CONTIGUOUS: [&[u8]; 2] = [b"\x03\x01", b"\x04\x01"];

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
        if heaps(input.bytes, &mut values) && attributes(input.bytes, &mut values) {
            contents(input.bytes, &mut values);
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
fn heaps<'a>(bytes: &'a [u8], values: &mut Values<'_, 'a, '_>) -> bool {
    // A heap that claims to hold the next one is read as far as that.
    memmem::find_iter(bytes, HEAP).all(|heap| {
        let stated = u64_at(bytes, heap + 8).and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
        let end = heap.saturating_add(stated).min(bytes.len());
        let mut at = heap + HEADER;
        // Index zero is what is left of the heap.
        while at + HEADER <= end && u16_at(bytes, at) != Some(0) {
            let size = u64_at(bytes, at + 8).and_then(|size| usize::try_from(size).ok());
            let start = at + HEADER;
            let Some(size) = size.filter(|&size| span(bytes, start, size).is_some()) else { break };
            if let Some(value) = Value::at(bytes, start, size)
                && !values.take(|| format!("value@{start}"), value)
            {
                return false;
            }
            at = start + size.div_ceil(8) * 8;
        }
        true
    })
}

/// Takes what data sets hold that are stored in one piece and begin with a pickle: h5py is given bytes as an array of bytes, or as one
/// item that means nothing to HDF5. What they are said to be is of no interest. (Data layout messages of versions 3 and 4, IV.A.2.i.)
fn contents<'a>(bytes: &'a [u8], values: &mut Values<'_, 'a, '_>) {
    let mut seen = HashSet::new();
    // Addresses count from the signature.
    let Some(base) = begin(bytes) else { return };
    for layout in CONTIGUOUS {
        for at in memmem::find_iter(bytes, layout) {
            let number = |at| u64_at(bytes, at).and_then(|number| usize::try_from(number).ok());
            let (Some(address), Some(size)) = (number(at + 2), number(at + 10)) else { continue };
            let start = base.saturating_add(address);
            let is_one = || span(bytes, start, size).is_some_and(is_pickle_value);
            let is_new = size > 0 && span(bytes, start, size).is_some() && seen.insert(start);
            if is_new && !values.spend(size) {
                return;
            }
            if is_new && is_one() {
                let Some(value) = Value::at(bytes, start, size) else { continue };
                if !values.take(|| format!("data@{start}"), value) {
                    return;
                }
            }
        }
    }
}

/// Takes what attributes hold that are one text or byte string; whether to go on.
fn attributes<'a>(bytes: &'a [u8], values: &mut Values<'_, 'a, '_>) -> bool {
    let mut take = |at: usize, behind_type: usize| {
        let Some(space) =
            ONE.iter().find(|space| bytes.get(behind_type..).is_some_and(|rest| rest.starts_with(space)))
        else {
            return true;
        };
        let (start, size) =
            (behind_type + space.len(), u32_at(bytes, at + 4).map_or(0, |size| size as usize));
        let Some(value) = Value::at(bytes, start, size) else { return true };
        values.take(|| format!("attribute@{start}"), value)
    };
    for text in TEXT {
        if !memmem::find_iter(bytes, text).all(|at| take(at, at + 8)) {
            return false;
        }
    }
    // Behind the first byte stands the length of a tag, which precedes the dataspace.
    for at in memchr::memchr_iter(OPAQUE, bytes) {
        let Some(&[tag, 0, 0]) = span(bytes, at + 1, 3) else { continue };
        if !take(at, at + 8 + usize::from(tag).div_ceil(8) * 8) {
            return false;
        }
    }
    true
}
