//! Files of HDF5 that h5py wrote (`fixtures/make.py`): attributes and data sets in all ways to keep them, and changed ones that its
//! library reads as well.
#![allow(clippy::unwrap_used)]

mod common;

use common::beside::unpacked;
use common::{OLD_PICKLE, STORED, kinds, open, patched, zip};
use pickle_containers::{FaultKind, Opened, begins_behind};

const ATTRIBUTES: &[u8] = include_bytes!("fixtures/attributes.h5.gz");
const OLD: &[u8] = include_bytes!("fixtures/old.h5.gz");
const WIDE: &[u8] = include_bytes!("fixtures/wide.h5.gz");
const EARLIEST: &[u8] = include_bytes!("fixtures/objects-earliest.h5.gz");
const LATEST: &[u8] = include_bytes!("fixtures/objects-latest.h5.gz");

const ODD: &[u8] = include_bytes!("fixtures/odd.h5.gz");
const USUAL: &[u8] = include_bytes!("fixtures/usual.h5.gz");
const OTHERS: &[u8] = include_bytes!("fixtures/others.h5.gz");

/// How many attributes, and values of data sets, are pickles.
fn found(opened: &Opened<'_>) -> (usize, usize) {
    let count = |what: &str| {
        opened
            .members
            .iter()
            .filter(|member| member.path.as_deref().is_some_and(|path| path.starts_with(what)))
            .count()
    };
    (count("attribute@"), count("data@"))
}

#[test]
fn attributes_and_arrays() {
    let file = unpacked(EARLIEST);
    let opened = open(&file);
    assert_eq!((opened.format, found(&opened), opened.members.len()), ("HDF5", (4, 12), 16));
    assert_eq!(kinds(&opened), [FaultKind::Unsupported]);
    assert!(opened.faults[0].message.contains("lies in other files"), "{:?}", opened.faults);
    let file = unpacked(LATEST);
    let opened = open(&file);
    assert_eq!((found(&opened), opened.members.len()), ((5, 12), 17));
    assert!(opened.members.iter().any(|member| member.size > 70_000));
    assert_eq!(kinds(&opened), [FaultKind::Unsupported; 2]);
    let is_said = |text: &str| opened.faults.iter().any(|fault| fault.message.contains(text));
    assert!(is_said("is made of parts of others") && is_said("lies in other files"), "{:?}", opened.faults);
    for file in [OLD, WIDE].map(unpacked) {
        assert_eq!((found(&open(&file)), kinds(&open(&file))), ((1, 0), vec![]));
    }
}

/// A library reads types of all versions, and does not look at what is reserved.
#[test]
fn types_and_headers_that_look_different() {
    let file = unpacked(EARLIEST);
    for changed in [b"\x23\x01\0\0", b"\x33\x01\0\0", b"\x13\x01\x01\0", b"\x23\x01\0\x80"] {
        let changed = patched(&file, b"\x13\x01\0\0", changed, 0);
        assert!(changed != file);
        assert_eq!(found(&open(&changed)), (4, 12), "{changed:?}");
    }
    // Nothing in these headers says that they are some, but that a group names them.
    let file = unpacked(OLD);
    let mut changed = file.clone();
    let is_header = |at: &usize| matches!(file[*at..*at + 8], [1, 0, _, 0, 1 | 2, 0, 0, 0]);
    let headers: Vec<_> = (0..file.len() - 8).step_by(8).filter(is_header).collect();
    assert_eq!(headers.len(), 3);
    for at in headers {
        (changed[at + 1], changed[at + 16 + 5]) = (1, 1);
    }
    assert_eq!(found(&open(&changed)), (1, 0));
}

#[test]
fn behind_anything() {
    let file = unpacked(ATTRIBUTES);
    let archive = zip(&[("a.pkl", OLD_PICKLE, STORED)]);
    let tar = {
        let mut tar = vec![0; 10_240];
        tar[..5].copy_from_slice(b"x.txt");
        tar[124..136].copy_from_slice(b"00000000000\0");
        tar[156] = b'0';
        tar[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = tar[..512].iter().map(|byte| u32::from(*byte)).sum::<u32>() + 8 * 32;
        tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        tar
    };
    for (front, format) in [(Vec::new(), "HDF5"), (archive, "zip"), (tar, "tar")] {
        for place in [16 << 10, 128 << 10, 1 << 20] {
            let mut bytes = front.clone();
            bytes.resize(place, 0);
            bytes.extend(&file);
            let opened = open(&bytes);
            assert_eq!((opened.format, found(&opened).0), (format, 1), "{place}");
            let len = bytes.len() as u64;
            assert!(begins_behind(len, |at, signature| bytes[at as usize..].starts_with(signature)));
            // Anywhere else, its library does not find it.
            bytes.insert(0, 0);
            assert_eq!(found(&open(&bytes)).0, 0);
        }
    }
}

/// What a library converts, or puts together from other data sets of the file, is not what is stored; what is usual is silent.
#[test]
fn numbers_that_are_converted() {
    let file = unpacked(ODD);
    let opened = open(&file);
    assert_eq!(kinds(&opened), [FaultKind::Unsupported; 6]);
    let count = |text: &str| opened.faults.iter().filter(|fault| fault.message.contains(text)).count();
    let said = ["laid out as in no machine", "n-bit", "fewer bits", "made of parts"].map(count);
    assert_eq!(said, [3, 1, 1, 1], "{:?}", opened.faults);
    assert_eq!(kinds(&open(&unpacked(USUAL))), []);
}

/// Files of other data sets are usual, but not where a loader of models reads all of them.
#[test]
fn files_that_loaders_read() {
    let file = unpacked(OTHERS);
    assert_eq!(kinds(&open(&file)), []);
    for (mark, is_large) in [(&b"keras_version"[..], 1), (b"layers\0vars\0", 1), (b"HICKLE_VERSION", 0)] {
        let mut found = kinds(&open(&[&file, mark].concat()));
        found.sort_unstable();
        let said = [&[FaultKind::Unsupported; 3][..], &[FaultKind::LimitReached][..is_large]].concat();
        assert_eq!(found, said, "{mark:?}");
    }
    // Numbers of twelve bits are stored with all sixteen in one data set; in the other, once the filter is left out of its chunk.
    let mut file = [&unpacked(USUAL), &b"keras_version"[..]].concat();
    assert_eq!(kinds(&open(&file)), [FaultKind::Unsupported]);
    let tree = (0..file.len()).find(|at| file[*at..].starts_with(b"TREE\x01")).unwrap();
    file[tree + 24 + 4] = 1;
    assert_eq!(kinds(&open(&file)), [FaultKind::Unsupported; 2]);
}

#[test]
fn damaged_in_every_place() {
    for (file, step) in [(EARLIEST, 2003), (LATEST, 7001), (OLD, 61), (WIDE, 61), (ODD, 61), (OTHERS, 61)] {
        let file = unpacked(file);
        for at in (0..file.len()).step_by(step) {
            let mut damaged = file.clone();
            let end = (at + 7).min(file.len());
            damaged[at..end].fill([0xff, 0, 1][at % 3]);
            open(&damaged);
            open(&file[..at]);
        }
    }
}

/// The superblock says how wide numbers are.
#[test]
fn what_cannot_be_read_is_said() {
    let mut file = unpacked(ATTRIBUTES);
    let widths = if file[8] < 2 { 13 } else { 9 };
    file[widths] = 99;
    assert_eq!(kinds(&open(&file)), [FaultKind::Damaged]);
}
