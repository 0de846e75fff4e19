//! Data sets whose data lie elsewhere: in other data sets, of the same file or of others (HDF5 File Format Specification, IV.A.2.i, and
//! the objects of global heaps that virtual data sets refer to). Which files are read for them, the file decides.

use memchr::memmem;

use super::file::{File, number};
use crate::bytes::{span, u32_at};

/// The class of data sets whose data are those of others.
const VIRTUAL: u8 = 3;

/// Who reads every value of a file as it comes, and writes none that lies elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loader {
    Keras,
    Hickle,
}

/// Names in their files: whole models of Keras, and weights of it. Of each row, all are there.
const LOADERS: [(Loader, &[&[u8]]); 5] = [
    (Loader::Keras, &[b"model_config"]),
    (Loader::Keras, &[b"keras_version"]),
    (Loader::Keras, &[b"weight_names"]),
    (Loader::Keras, &[b"layers\0", b"vars\0"]),
    (Loader::Hickle, &[b"HICKLE_VERSION"]),
];

/// Bytes of the longest name of a file or data set that is read.
const LONGEST_NAME: usize = 1 << 12;

/// Bytes of a selection that is all or nothing, and of the header of one that says how long it is, in its versions.
const PLAIN: usize = 16;
const HEADER: usize = 8;

impl Loader {
    /// The one that the file was written for.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let is_there = |name: &&[u8]| memmem::find(bytes, name).is_some();
        LOADERS.iter().find(|(_, names)| names.iter().all(is_there)).map(|(loader, _)| *loader)
    }
}

/// Why the data are nowhere, by the message of where they are.
pub(super) fn elsewhere(body: &[u8]) -> Option<&'static str> {
    match body {
        [4 | 5, VIRTUAL, ..] => Some("is made of parts of others"),
        [1 | 2, _, 0..=2, ..] | [3..=5, 0..=2, ..] => None,
        _ => Some("has a layout that is not known"),
    }
}

/// Whether the message says of data that they are made of others in the same file, or of which nothing is known.
pub(super) fn is_of_same_file(file: &File<'_>, body: &[u8]) -> bool {
    matches!(body, [4 | 5, VIRTUAL, ..])
        && sources(file, body).is_none_or(|sources| sources.contains(&&b"."[..]))
}

/// The names of the files that a virtual data set is made of; `None`: they could not be read.
fn sources<'a>(file: &File<'a>, body: &[u8]) -> Option<Vec<&'a [u8]>> {
    let (heap, index) = (file.place(body, 2)?, u32_at(body, 2 + file.address)?);
    let object = object(file, heap, index)?;
    let count = (*object.first()? == 0).then(|| file.len(object, 1)).flatten()?;
    let (mut at, mut found) = (1 + file.length, Vec::new());
    for _ in 0..count {
        file.step()?;
        let end = name_end(object, at)?;
        found.push(&object[at..end]);
        let behind_name = name_end(object, end + 1)? + 1;
        at = selection(object, selection(object, behind_name)?)?;
    }
    Some(found)
}

/// Where the name ends that begins at `at`.
fn name_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    memchr::memchr(0, &rest[..rest.len().min(LONGEST_NAME)]).map(|len| at + len)
}

/// The object of this number in the global heap at `heap`.
fn object<'a>(file: &File<'a>, heap: usize, index: u32) -> Option<&'a [u8]> {
    let header = (8 + file.length).next_multiple_of(8);
    let stated = file.len(file.bytes, heap + 8)?;
    let heap = span(file.bytes, heap, stated).filter(|heap| heap.starts_with(b"GCOL"))?;
    let mut at = header;
    loop {
        file.step()?;
        let number = number(heap, at, 2)?;
        let size = file.len(heap, at + 8)?;
        if number == u64::from(index) {
            return span(heap, at + header, size);
        }
        // What is free has no number, and counts its header.
        let len = if number == 0 { size } else { header.checked_add(size.checked_next_multiple_of(8)?)? };
        at = at.checked_add(len).filter(|next| *next > at)?;
    }
}

/// Where the selection ends that begins at `at`.
fn selection(bytes: &[u8], at: usize) -> Option<usize> {
    let (kind, version, inside) = (u32_at(bytes, at)?, u32_at(bytes, at + 4)?, at + HEADER);
    let wide =
        |at: usize, width: usize| number(bytes, at, width).and_then(|value| usize::try_from(value).ok());
    match (kind, version) {
        (0 | 3, _) => Some(at + PLAIN),
        // Points and blocks of old versions, and how long they are.
        (1 | 2, 1) => (inside + 8).checked_add(wide(inside + 4, 4)?),
        (2, 2) => (inside + 5).checked_add(wide(inside + 1, 4)?),
        (1, 2) => {
            let (width, rank) = (wide(inside, 1)?, wide(inside + 1, 4)?);
            let points = wide(inside + 5, width)?;
            (inside + 5 + width).checked_add(points.checked_mul(rank)?.checked_mul(width)?)
        }
        (2, 3) => {
            let (flags, width, rank) = (wide(inside, 1)?, wide(inside + 1, 1)?, wide(inside + 2, 4)?);
            let (start, per_dimension) =
                if flags & 1 != 0 { (0, 4) } else { (width, wide(inside + 6, width)?.checked_mul(2)?) };
            let len = per_dimension.checked_mul(rank)?.checked_mul(width)?;
            (inside + 6 + start).checked_add(len)
        }
        _ => None,
    }
}
