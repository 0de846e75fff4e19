//! Tables of columns: Arrow and Parquet, as pyarrow 14.0.0 writes them (`fixtures/make.py`).
#![allow(clippy::unwrap_used)]

mod common;

use common::beside::unpacked;
use common::{PICKLE, bytes, open, paths};
use pickle_containers::{FaultKind, Kind, Opened};

const FILE: &[u8] = include_bytes!("fixtures/file.arrow.gz");
const STREAM: &[u8] = include_bytes!("fixtures/stream.arrows.gz");
const FEATHER: &[u8] = include_bytes!("fixtures/table.feather.gz");
const PARQUET: &[u8] = include_bytes!("fixtures/table.parquet.gz");

fn sorted(opened: &Opened<'_>) -> Vec<String> {
    let mut names: Vec<_> = paths(opened).into_iter().map(str::to_owned).collect();
    names.sort();
    names
}

#[test]
fn types_and_metadata() {
    let cases = [("Arrow", FILE), ("Arrow stream", STREAM), ("Arrow", FEATHER), ("Parquet", PARQUET)];
    for (format, fixture) in cases {
        let file = unpacked(fixture);
        let opened = open(&file);
        assert_eq!((opened.format, opened.faults.len()), (format, 0));
        let names = ["own", "type: ARROW:extension:metadata", "typed: ARROW:extension:metadata"];
        assert_eq!(sorted(&opened), names, "{format}");
        assert_eq!(bytes(&opened, "own"), Some(PICKLE));
        assert!(opened.members.iter().all(|member| member.kind == Kind::Pickle));
    }
}

#[test]
fn without_a_pickle_there_is_nothing() {
    // The types are no pickles any more, and what the writer kept is a text.
    for fixture in [FILE, STREAM, PARQUET] {
        let mut file = unpacked(fixture);
        let schema = base64_schema(&file);
        for at in 0..file.len() - 2 {
            // Behind a few bytes that are none, a pickle that loads anything is found as well.
            if file[at] == 0x80 && (2..=5).contains(&file[at + 1]) || file[at] == 0x93 {
                file[at] = b'-';
            }
        }
        let opened = open(&file);
        assert_eq!(schema, !opened.members.is_empty());
        assert!(opened.faults.is_empty());
    }
}

/// Whether the schema is there in base64, where no byte of a pickle is seen.
fn base64_schema(file: &[u8]) -> bool {
    file.windows(12).any(|part| part == b"ARROW:schema")
}

#[test]
fn damaged_ones_end() {
    for fixture in [FILE, STREAM, FEATHER, PARQUET] {
        let file = unpacked(fixture);
        for end in (0..file.len()).step_by(7) {
            open(&file[..end]);
        }
        for at in 0..file.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut damaged = file.clone();
                damaged[at] = value;
                open(&damaged);
            }
        }
    }
    assert_eq!(open(b"PAR1 and no more").faults[0].kind, FaultKind::Damaged);
    assert_eq!(open(b"PARE\0\0\0\0PARE").faults[0].kind, FaultKind::Encrypted);
    // Lists in lists without an end.
    let footer = vec![0x19; 100_000];
    let file = [b"PAR1", &footer[..], &100_000u32.to_le_bytes(), b"PAR1"].concat();
    assert_eq!(open(&file).faults[0].kind, FaultKind::Truncated);
}
