//! Databases in which many values have one key, or none (`fixtures/make.py`, `several`): one pickle is among what is none.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::{Cursor, Read};

use common::{kinds, open, paths};
use pickle_containers::FaultKind;

fn files() -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(include_bytes!("fixtures/several.zip"))).unwrap();
    let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let read = |name: String| {
        let mut bytes = Vec::new();
        archive.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
        (name, bytes)
    };
    names.into_iter().map(read).collect()
}

#[test]
fn one_among_many() {
    let files = files();
    assert_eq!(files.len(), 18);
    for (name, bytes) in &files {
        let opened = open(bytes);
        assert_eq!(kinds(&opened), [], "{name}");
        assert_eq!(opened.members.len(), 1, "{name}: {:?}", paths(&opened));
        assert!(opened.members[0].bytes.as_deref().unwrap().starts_with(b"\x80\x04\x95"), "{name}");
        let format = if name.starts_with("lmdb") { "LMDB" } else { "Berkeley DB" };
        assert_eq!(opened.format, format, "{name}");
    }
}

#[test]
fn damaged_in_every_place() {
    for (_, bytes) in files() {
        for at in (0..bytes.len()).step_by(401) {
            let mut damaged = bytes.clone();
            let end = (at + 3).min(bytes.len());
            damaged[at..end].fill([0xff, 0, 1][at % 3]);
            open(&damaged);
            open(&bytes[..at]);
        }
    }
}

/// A heap is recognised, and said not to be read.
#[test]
fn heaps() {
    let (_, mut bytes) = files().into_iter().find(|(name, _)| name == "array-plain.db").unwrap();
    bytes[12..16].copy_from_slice(&0x0007_4582u32.to_le_bytes());
    for page in bytes.chunks_exact_mut(1024).skip(1) {
        page[25] = 15;
    }
    assert_eq!(kinds(&open(&bytes)), [FaultKind::Unsupported]);
}
