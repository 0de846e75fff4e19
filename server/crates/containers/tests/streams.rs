//! gzip and zlib streams, honest and not.
#![allow(clippy::unwrap_used)]

mod common;

use common::{PICKLE, STORED, bytes, gzip, kinds, open, zip, zlib};
use pickle_containers::{FaultKind, Kind, Limits};

#[test]
fn members_are_one_stream() {
    let file = [gzip(&PICKLE[..10]), gzip(&PICKLE[10..]), vec![0; 8]].concat();
    let opened = open(&file);
    // To all but joblib.
    let said = vec![FaultKind::TrailingBytes];
    assert_eq!((opened.format, kinds(&opened), bytes(&opened, "")), ("gzip", said, Some(PICKLE)));
    assert_eq!((opened.members[0].path.as_deref(), opened.members[0].file_offset), (None, None));
}

#[test]
fn bytes_after_the_stream() {
    // What is zlib data by itself is for joblib.
    for (stream, kind) in [(gzip(PICKLE), FaultKind::TrailingBytes), (zlib(PICKLE), FaultKind::Endless)] {
        let file = [&stream[..], b"after"].concat();
        let opened = open(&file);
        assert_eq!((kinds(&opened), bytes(&opened, "")), (vec![kind], Some(PICKLE)));
    }
}

#[test]
fn a_cut_stream_is_shown_as_far_as_it_goes() {
    let long = [PICKLE, &[0x5a; 5000], PICKLE].concat();
    let file = gzip(&long);
    let opened = open(&file[..file.len() - 8]);
    assert_eq!((kinds(&opened), bytes(&opened, "")), (vec![FaultKind::Truncated], Some(&*long)));
    let opened = open(&file[..file.len() - 14]);
    assert_eq!(
        (kinds(&opened), &bytes(&opened, "").unwrap()[..20]),
        (vec![FaultKind::Truncated], &PICKLE[..20])
    );
    assert_eq!(kinds(&open(&file[..9])), [FaultKind::Truncated]);
    let opened_file = zlib(PICKLE);
    assert_eq!(kinds(&open(&opened_file[..opened_file.len() - 1])), [FaultKind::Truncated]);
}

#[test]
fn wrong_checksums_and_sizes() {
    for (from_end, fault) in [(8, FaultKind::BadChecksum), (1, FaultKind::Mismatch)] {
        let mut file = gzip(PICKLE);
        let at = file.len() - from_end;
        file[at] ^= 0x55;
        let opened = open(&file);
        assert_eq!((kinds(&opened), bytes(&opened, "")), (vec![fault], Some(PICKLE)));
    }
    let mut file = zlib(PICKLE);
    *file.last_mut().unwrap() ^= 1;
    assert_eq!(kinds(&open(&file)), [FaultKind::BadChecksum]);
}

#[test]
fn a_bomb_is_stopped() {
    let file = gzip(&vec![b'N'; 4 << 20]);
    let limits = Limits { member_bytes: 1 << 20, ..Limits::default() };
    let opened = pickle_containers::open(Some("n.pkl.gz"), &file, &limits);
    assert_eq!((kinds(&opened), bytes(&opened, "").unwrap().len()), (vec![FaultKind::LimitReached], 1 << 20));
}

#[test]
fn what_is_no_pickle_is_not_decompressed() {
    let file = gzip("some words, and more words\n".repeat(10_000).as_bytes());
    let opened = open(&file);
    assert!(matches!(opened.members[0].kind, Kind::Text(_)) && opened.members[0].bytes.is_none());
    assert_eq!(opened.members[0].size, 270_000);
}

#[test]
fn a_zip_in_a_gzip() {
    let file = gzip(&zip(&[("data.pkl", PICKLE, STORED)]));
    assert_eq!(bytes(&open(&file), "data.pkl"), Some(PICKLE));
}

#[test]
fn containers_that_are_not_read_are_named() {
    let opened = open(b"Rar!\x1a\x07\x01\x00");
    assert_eq!(
        (opened.members[0].kind, kinds(&opened)),
        (Kind::Container("rar"), vec![FaultKind::Unsupported])
    );
}
