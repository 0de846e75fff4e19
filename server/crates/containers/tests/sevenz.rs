//! 7z archives, honest and not.
#![allow(clippy::unwrap_used)]

mod common;

use common::sevenz::{BCJ2, BZIP2, COPY, DEFAULT, DEFLATE, DELTA, LZMA, PPMD, ZSTD};
use common::{OLD_PICKLE, PICKLE, bytes, kinds, open, paths};
use pickle_containers::{FaultKind, Limits};

const ALL: &[&[u8]] = &[DEFAULT, COPY, BZIP2, DEFLATE, ZSTD, DELTA, LZMA];

#[test]
fn files_by_every_method() {
    for (index, file) in ALL.iter().enumerate() {
        let opened = open(file);
        assert_eq!((opened.format, kinds(&opened)), ("7z", vec![]), "{index}");
        assert_eq!(paths(&opened), ["d/a.pkl", "b", "empty.pkl"], "{index}");
        assert_eq!((bytes(&opened, "d/a.pkl"), bytes(&opened, "b")), (Some(PICKLE), Some(OLD_PICKLE)));
    }
}

/// Methods that `py7zr` does not write, in the order of 7-Zip.
#[test]
fn files_by_the_methods_of_7zip() {
    for file in [PPMD, BCJ2] {
        let opened = open(file);
        assert_eq!((kinds(&opened), paths(&opened)), (vec![], vec!["empty.pkl", "b", "d/a.pkl"]));
        assert_eq!((bytes(&opened, "d/a.pkl"), bytes(&opened, "b")), (Some(PICKLE), Some(OLD_PICKLE)));
    }
}

#[test]
fn memory_is_not_taken_because_a_header_says_so() {
    let mut file = PPMD.to_vec();
    // The method, the length of its properties, the order; then how much memory its model takes.
    let at = memchr::memmem::find(&file, b"\x23\x03\x04\x01\x05").unwrap() + 6;
    file[at..at + 4].copy_from_slice(&0xf000_0000u32.to_le_bytes());
    let found = kinds(&open(&file));
    assert!(found.contains(&FaultKind::Unsupported), "{found:?}");
}

#[test]
fn damage_hides_nothing_before_it() {
    let mut file = COPY.to_vec();
    file[32] ^= 0x40;
    let opened = open(&file);
    assert_eq!((kinds(&opened), bytes(&opened, "b")), (vec![FaultKind::BadChecksum], Some(OLD_PICKLE)));
    assert!(bytes(&opened, "d/a.pkl").is_some());
    for end in 0..DEFAULT.len() {
        assert!(end < 6 || !kinds(&open(&DEFAULT[..end])).is_empty(), "{end}");
    }
}

#[test]
fn any_byte_may_be_wrong() {
    let limits = Limits { total_bytes: 1 << 20, ratio_floor: 1 << 16, ..Limits::default() };
    for file in ALL.iter().chain(&[PPMD, BCJ2]) {
        for at in 6..file.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut file = file.to_vec();
                file[at] ^= change;
                drop(pickle_containers::open(None, &file, &limits));
            }
        }
    }
}

#[test]
fn limits_hold() {
    let opened = pickle_containers::open(None, COPY, &Limits { members: 1, ..Limits::default() });
    assert_eq!((paths(&opened), kinds(&opened)), (vec!["d/a.pkl"], vec![FaultKind::LimitReached]));
    let none = Limits { total_bytes: 0, ..Limits::default() };
    assert!(kinds(&pickle_containers::open(None, LZMA, &none)).contains(&FaultKind::LimitReached));
}
