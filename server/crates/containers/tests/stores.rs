//! Databases and caches that their own libraries wrote (`fixtures/make.py`), and hostile ones.
#![allow(clippy::unwrap_used)]

mod common;

use common::beside::{Folder, open_in, unpacked};
use common::{OLD_PICKLE, PICKLE, bytes, gzip, kinds, open, paths, zlib};
use pickle_containers::{Fault, FaultKind, Kind, Limits, Member, Opened};

const DUMB: &[u8] = include_bytes!("fixtures/dumb.dat.gz");
const DUMB_INDEX: &[u8] = include_bytes!("fixtures/dumb.dir.gz");
const NDBM: &[u8] = include_bytes!("fixtures/ndbm.db.gz");
const GDBM: &[u8] = include_bytes!("fixtures/gnu.gdbm.gz");
const SHELF: &[u8] = include_bytes!("fixtures/shelf.sqlite.gz");
const TABLES: &[u8] = include_bytes!("fixtures/tables.sqlite.gz");
const COMPUTED: &[u8] = include_bytes!("fixtures/computed.sqlite.gz");
const STORAGE: &[u8] = include_bytes!("fixtures/Data.fs.gz");
const PYTABLES: &[u8] = include_bytes!("fixtures/pytables.h5.gz");
const OPERANDS: &[u8] = include_bytes!("fixtures/operands.h5.gz");
const FILTERS: &[u8] = include_bytes!("fixtures/filters.h5.gz");
const CHUNKS: [&[u8]; 2] =
    [include_bytes!("fixtures/chunks-earliest.h5.gz"), include_bytes!("fixtures/chunks-latest.h5.gz")];
const DATASETS: &[u8] = include_bytes!("fixtures/datasets.h5.gz");
const EXPORT: &[u8] = include_bytes!("fixtures/export.zexp.gz");
const PAGES: &[u8] = include_bytes!("fixtures/data.mdb.gz");
const ATTRIBUTES: &[u8] = include_bytes!("fixtures/attributes.h5.gz");

/// `OrderedDict(b=2)` and `None` in protocol 4.
const ORDERED: &[u8] =
    b"\x80\x04\x95)\x00\x00\x00\x00\x00\x00\x00\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94\x8c\x01b\x94K\x02s.";
const NONE: &[u8] = b"\x80\x04N.";

fn sorted<'a>(opened: &'a Opened<'_>) -> Vec<&'a str> {
    let mut paths = paths(opened);
    paths.sort_unstable();
    paths
}

#[test]
fn shelves_of_every_back_end() {
    let dumb = unpacked(DUMB);
    let index = Folder("dumb.dir", unpacked(DUMB_INDEX));
    let files = [("Berkeley DB", unpacked(NDBM)), ("gdbm", unpacked(GDBM)), ("SQLite", unpacked(SHELF))];
    let mut all = vec![open_in(&index, "dumb.dat", &dumb)];
    all.extend(files.iter().map(|(_, bytes)| open(bytes)));
    let formats: Vec<_> = all.iter().map(|opened| opened.format).collect();
    assert_eq!(formats, ["dbm.dumb", "Berkeley DB", "gdbm", "SQLite"]);
    let long = bytes(&all[0], "long").unwrap();
    assert!(long.starts_with(b"\x80\x04\x95\x86\x0c") && long.len() == 0xc86 + 11);
    for opened in &all {
        assert_eq!(
            (kinds(opened), sorted(opened)),
            (vec![], vec!["long", "none", "one", "two"]),
            "{}",
            opened.format
        );
        let values = ["one", "two", "none", "long"].map(|key| bytes(opened, key).unwrap());
        assert_eq!(values, [PICKLE, ORDERED, NONE, long], "{}", opened.format);
    }
}

#[test]
fn dumb_data_without_their_index() {
    let data = unpacked(DUMB);
    let opened = open(&data);
    // What was deleted is no longer in the index, and nothing in the data says so.
    assert_eq!((opened.format, kinds(&opened)), ("dbm.dumb", vec![]));
    assert_eq!(paths(&opened)[..4], ["@0", "@512", "@1024", "@4608"]);
    assert_eq!(opened.members[1].file_offset, Some(512));
    // One value is a pickle like any other.
    assert_eq!(open(&data[..PICKLE.len()]).format, "raw");
    // Values of protocol 0 begin with nothing that says so.
    let mut old = OLD_PICKLE.to_vec();
    old.resize(512, 0);
    old.extend(OLD_PICKLE);
    assert_eq!(paths(&open(&old)), ["@0", "@512"]);
}

#[test]
fn an_index_that_leads_out_of_the_data() {
    let data = unpacked(DUMB);
    let lines = b"'a\\x00', (0, 21)\n'b', (512, 999999)\n'c', (99999999999999999999, 1)\n";
    let index = Folder("dumb.dir", lines.to_vec());
    let opened = open_in(&index, "dumb.dat", &data);
    // What there is of a value is loaded.
    assert_eq!((&paths(&opened)[..2], kinds(&opened)), (&["a\\x00", "b"][..], vec![FaultKind::Truncated; 2]));
}

/// A pickle inside of a constant of another one, which an index leads to that Python reads.
#[test]
fn an_index_that_is_written_in_other_ways() {
    let data = [b"\x80\x04C\x50", &[b'-'; 20][..], OLD_PICKLE, &[b'-'; 60 - OLD_PICKLE.len()], b"."].concat();
    let (at, len) = (24, OLD_PICKLE.len());
    for line in [
        format!("'k', ({at}, {len})"),
        format!("'k', ({at:#x},{len:#o})  # x\r"),
        format!("('k', [{at}, -1])"),
        format!("'' r'k', ({at}, None)\n'other', (0, 0)"),
    ] {
        let opened = open_in(&Folder("x.dir", line.clone().into_bytes()), "x.dat", &data);
        assert_eq!((opened.format, kinds(&opened)), ("dbm.dumb", vec![]), "{line}");
        assert!(bytes(&opened, "k").unwrap().starts_with(OLD_PICKLE), "{line}");
    }
    // What is no index is said, and what can be read of it is; a text that is something else is not.
    let index = format!("'k', ({at}, {len})\n'l', {at}\n");
    let opened = open_in(&Folder("x.dir", index.into_bytes()), "x.dat", &data);
    assert_eq!((paths(&opened), kinds(&opened)), (vec!["k", "@0"], vec![FaultKind::Damaged]));
    let opened = open_in(&Folder("x.dir", b"a folder".to_vec()), "x.dat", &data);
    assert_eq!((opened.format, kinds(&opened)), ("raw", vec![]));
}

#[test]
fn tables() {
    let file = unpacked(TABLES);
    let opened = open(&file);
    assert_eq!(kinds(&opened), []);
    let expected: [(&str, &[u8]); 3] =
        [("results/0/result", PICKLE), ("results/100/result", ORDERED), ("cache/#1/value", PICKLE)];
    for (path, value) in expected {
        assert_eq!(bytes(&opened, path), Some(value), "{path}");
    }
    assert_eq!(opened.members.iter().filter(|member| member.is_candidate()).count(), 9);
    assert_eq!(opened.members[0].file_offset.map(|at| &file[at as usize..][..PICKLE.len()]), Some(PICKLE));
    let log = Folder("a.sqlite-wal", vec![0; 5000]);
    assert_eq!(kinds(&open_in(&log, "a.sqlite", &file)), [FaultKind::Unsupported]);
}

#[test]
fn object_storage() {
    let file = unpacked(STORAGE);
    let opened = open(&file);
    assert_eq!((opened.format, kinds(&opened), opened.members.len()), ("ZODB FileStorage", vec![], 5));
    assert!(opened.members.iter().all(|member| member.kind == Kind::Pickle && member.file_offset.is_some()));
    let cut = open(&file[..file.len() - 40]);
    assert_eq!((kinds(&cut), cut.members.len()), (vec![FaultKind::Truncated], 4));
    let object = opened.members.last().unwrap().path.as_deref().unwrap();
    assert!(object.starts_with("0000000000000001/"), "{object}");
}

#[test]
fn stacks() {
    let record = |data: &[u8]| [data, &u32::try_from(data.len()).unwrap().to_be_bytes()].concat();
    let file = [&[0, 0, 0, 3], &record(PICKLE)[..], &record(ORDERED), &record(NONE)].concat();
    let opened = open(&file);
    assert_eq!((opened.format, kinds(&opened)), ("queuelib stack", vec![]));
    assert_eq!((opened.members.len(), bytes(&opened, "@4")), (3, Some(PICKLE)));
    assert!(pickle_containers::needs_more(&file[..30], file.len() as u64));
    assert_ne!(open(&file[..file.len() - 1]).format, "queuelib stack");
}

#[test]
fn exports_of_object_storage() {
    let exported = unpacked(EXPORT);
    let opened = open(&exported);
    assert_eq!((opened.format, kinds(&opened)), ("ZODB export", vec![]));
    assert_eq!(sorted(&opened), ["0000000000000001", "0000000000000002"]);
    let record = |object: u8, data: &[u8]| {
        let len = u64::try_from(data.len()).unwrap().to_be_bytes();
        [&[0, 0, 0, 0, 0, 0, 0, object], &len[..], data].concat()
    };
    let file = [b"ZEXP".as_slice(), &record(1, PICKLE), &record(2, ORDERED), &[0xff; 16]].concat();
    let opened = open(&file);
    assert_eq!((opened.format, kinds(&opened)), ("ZODB export", vec![]));
    assert_eq!(bytes(&opened, "0000000000000002"), Some(ORDERED));
    for end in 4..file.len() - 16 {
        assert_eq!(kinds(&open(&file[..end])), [FaultKind::Truncated]);
    }
}

#[test]
fn hdf5() {
    for (file, expected) in [(PYTABLES, 3), (ATTRIBUTES, 2), (DATASETS, 2)] {
        let file = unpacked(file);
        let opened = open(&file);
        assert_eq!((opened.format, kinds(&opened), opened.members.len()), ("HDF5", vec![], expected));
        assert!(
            opened.members.iter().all(|member| member.kind == Kind::Pickle && member.file_offset.is_some())
        );
    }
    // What is stated to be longer than the file is left.
    let file = unpacked(ATTRIBUTES);
    for end in (0..file.len()).step_by(7) {
        open(&file[..end]);
    }
}

#[test]
fn hdf5_in_chunks() {
    for file in CHUNKS {
        let file = unpacked(file);
        let opened = open(&file);
        assert_eq!((opened.format, kinds(&opened)), ("HDF5", vec![]));
        assert_eq!(opened.members.len(), 12, "{:?}", paths(&opened));
        // What is put together from chunks is in order to its end.
        let long = opened.members.iter().filter(|member| member.size > 1_000);
        let digits = |bytes: &[u8]| bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
        let mut digits: Vec<_> = long.map(|member| digits(member.bytes.as_deref().unwrap())).collect();
        digits.sort_unstable();
        // A byte of a length is a digit as well.
        assert_eq!(digits, [3000, 3000, 3000, 9001]);
        for end in (0..file.len()).step_by(file.len() / 40) {
            open(&file[..end]);
        }
        // An index that leads anywhere, or into itself.
        for at in (0..file.len()).step_by(file.len() / 40) {
            let mut damaged = file.clone();
            let end = (at + 9).min(file.len());
            damaged[at..end].fill(if at % 2 == 0 { 0xff } else { 1 });
            open(&damaged);
        }
    }
}

/// An operand of any length stands before what the pickle does.
#[test]
fn hdf5_with_a_long_operand() {
    let file = unpacked(OPERANDS);
    let opened = open(&file);
    assert_eq!((kinds(&opened), opened.members.len()), (vec![], 1), "{:?}", paths(&opened));
    let found = opened.members[0].bytes.as_deref().unwrap();
    assert!(found.len() > 70_000 && found.ends_with(b"."));
}

#[test]
fn hdf5_packed_by_others() {
    let file = unpacked(FILTERS);
    let opened = open(&file);
    assert_eq!((opened.members.len(), kinds(&opened)), (11, vec![FaultKind::Unsupported; 2]), "{opened:?}");
    assert!(opened.faults[0].message.contains("the filter szip"), "{:?}", opened.faults);
    assert!(opened.faults[1].message.contains("the filter Blosc2"), "{:?}", opened.faults);
    let text: String = (0..5000u16).map(|number| char::from(b'0' + (number % 7) as u8)).collect();
    let holds = |member: &Member<'_>| {
        member.bytes.as_deref().unwrap().windows(text.len()).any(|part| part == text.as_bytes())
    };
    assert!(opened.members.iter().all(holds));
    for at in (1000..file.len()).step_by(101) {
        let mut damaged = file.clone();
        damaged[at] ^= 0x55;
        open(&damaged);
    }
}

#[test]
fn lmdb() {
    let file = unpacked(PAGES);
    let opened = open(&file);
    assert_eq!((opened.format, kinds(&opened)), ("LMDB", vec![]));
    assert_eq!(sorted(&opened), ["blob", "key", "key#2", "long", "none", "one", "two"]);
    assert_eq!((bytes(&opened, "one"), bytes(&opened, "two")), (Some(PICKLE), Some(ORDERED)));
    assert_eq!((bytes(&opened, "key"), bytes(&opened, "key#2")), (Some(NONE), Some(PICKLE)));
    assert!(opened.members.iter().all(|member| member.kind == Kind::Pickle && member.file_offset.is_some()));
    // Every page leads to every other: nothing is read twice.
    let mut cyclic = file.clone();
    for page in cyclic.chunks_mut(4096).skip(2) {
        page[10..12].copy_from_slice(b"\x01\0");
    }
    assert!(open(&cyclic).members.is_empty());
    for end in (0..file.len()).step_by(501) {
        open(&file[..end]);
    }
    assert_eq!(kinds(&open(&file[..4096 * 3])), [FaultKind::Truncated]);
}

#[test]
fn behind_its_length() {
    for length in [&[0, 0, 0, 21][..], &[21, 0, 0, 0], &[0, 0, 0, 0, 0, 0, 0, 21]] {
        let file = [length, PICKLE, length, PICKLE].concat();
        assert_eq!(open(&file).members[0].kind, Kind::Pickle);
    }
    // Neither any number nor any bytes.
    assert_eq!(open(&[b"\0\0\0\x09".as_slice(), PICKLE].concat()).members[0].kind, Kind::Unknown);
    assert_eq!(open(b"\0\0\0\x06\x80\x04\xff\xff\xff\xff").members[0].kind, Kind::Unknown);
}

#[test]
fn caches() {
    let moment = b"\x80\x05\x95\x0a\x00\x00\x00\x00\x00\x00\x00GA\xd7\xd7\x84K\x00\x00\x00.";
    let django = [moment.as_slice(), &zlib(ORDERED)].concat();
    let opened = open(&django);
    assert_eq!(
        (opened.format, paths(&opened), kinds(&opened)),
        ("Django cache", vec!["expires", "value"], vec![])
    );
    // Whatever it is that stands for the moment, what follows is loaded.
    let long = |len: usize| [b"V".as_slice(), &vec![b'x'; len], b"\n."].concat();
    for moment in [b"F99999999999\n.".as_slice(), ORDERED, &long(3000), &long(70_000)] {
        let file = [moment, &zlib(ORDERED)].concat();
        assert_eq!(bytes(&open(&file), "value"), Some(ORDERED));
        assert_eq!(open(&file).members[0].kind, Kind::Pickle);
    }
    assert_eq!(
        (bytes(&opened, "expires"), bytes(&opened, "value")),
        (Some(moment.as_slice()), Some(ORDERED))
    );

    let never = [&[0; 4], ORDERED].concat();
    let soon = [&1_700_000_000u32.to_le_bytes(), ORDERED].concat();
    let float = [&1_700_000_000.5f64.to_le_bytes(), ORDERED].concat();
    let result = [b"\0\0\0\x03key".as_slice(), ORDERED].concat();
    for entry in [never, soon, float, result] {
        let opened = open(&entry);
        // The file itself: what stands in front is for whoever reads the stream.
        assert_eq!(
            (opened.format, bytes(&opened, ""), kinds(&opened)),
            ("cache entry", Some(&*entry), vec![])
        );
        assert!(opened.members[0].is_candidate());
        let key = big_endian_gdbm(1, &entry);
        assert_eq!(bytes(&open(&key), "key"), Some(ORDERED));
    }
    let dogpile = [b"{\"ct\": 1700000000.1, \"v\": 1}|", ORDERED].concat();
    let signed = [b"0123456789abcdef0123456789abcdef01234567:", ORDERED].concat();
    let redis = [b"!", ORDERED].concat();
    for value in [dogpile, signed, redis] {
        assert_eq!(bytes(&open(&big_endian_gdbm(1, &value)), "key"), Some(ORDERED));
    }
    // A length in front, and other bytes, are for whoever looks for pickles between other bytes.
    for front in [[0, 0, 0, 52], [1, 2, 3, 4]] {
        assert_eq!(open(&[&front, ORDERED].concat()).format, "raw");
    }
}

/// A gdbm database of the old kind, with offsets of four bytes and the highest byte first, whose entries all lead to `value`.
fn big_endian_gdbm(entries: u32, value: &[u8]) -> Vec<u8> {
    let (directory, bucket, data) = (64u32, 128u32, 128 + 60 + 20 * entries);
    let mut file = Vec::new();
    let mut put = |numbers: &[u32]| file.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    put(&[0x1357_9ACD, 512, directory, 8, 1, data - bucket, entries, data]);
    put(&[0; 8]);
    put(&[bucket, bucket]);
    put(&[0; 14]);
    put(&[0; 13]);
    put(&[0, entries]);
    for _ in 0..entries {
        put(&[7, u32::from_be_bytes(*b"key\0"), data, 3, value.len() as u32]);
    }
    file.extend(b"key");
    file.extend(value);
    file
}

#[test]
fn the_other_order_of_bytes() {
    let file = big_endian_gdbm(1, ORDERED);
    let opened = open(&file);
    assert_eq!((opened.format, paths(&opened), kinds(&opened)), ("gdbm", vec!["key"], vec![]));
    assert_eq!(bytes(&opened, "key"), Some(ORDERED));
}

#[test]
fn the_same_bytes_over_and_over() {
    let long = [b"\x80\x04B\x00\x00\x02\x00".as_slice(), &[b'a'; 0x2_0000], b"."].concat();
    let file = big_endian_gdbm(5_000, &long);
    let opened = open(&file);
    assert_eq!(kinds(&opened), [FaultKind::LimitReached]);
    let looked_at: usize = opened.members.iter().map(|member| member.bytes.as_ref().unwrap().len()).sum();
    assert!(looked_at <= 4 * file.len() + (1 << 20), "{looked_at}");
}

#[test]
fn an_old_berkeley_database() {
    let mut file = vec![0; 1024];
    // Magic, version, order, length of a page; pages of the header at 60.
    for (at, number) in [(0, 0x0006_1561u32), (4, 2), (8, 1234), (12, 512), (60, 1)] {
        file[at..at + 4].copy_from_slice(&number.to_le_bytes());
    }
    // A pair: its key and its value stand at the end of the page, the numbers that say where at its beginning.
    let value = 512 - 3 - ORDERED.len();
    for (index, number) in [2, 509, value].into_iter().enumerate() {
        file[512 + 2 * index..514 + 2 * index].copy_from_slice(&(number as u16).to_le_bytes());
    }
    file[1024 - 3..].copy_from_slice(b"key");
    file[512 + value..1024 - 3].copy_from_slice(ORDERED);
    let opened = open(&file);
    assert_eq!((opened.format, paths(&opened), kinds(&opened)), ("Berkeley DB", vec!["key"], vec![]));
    assert_eq!(bytes(&opened, "key"), Some(ORDERED));
}

#[test]
fn trees_without_end() {
    let mut file = unpacked(TABLES);
    // Every leaf becomes a page that leads to itself, and to nothing else.
    for page in 1..file.len() / 512 {
        let at = page * 512;
        if matches!(file[at], 10 | 13) {
            file[at] -= 8;
            file[at + 3..at + 5].fill(0);
            file[at + 8..at + 12].copy_from_slice(&(page as u32 + 1).to_be_bytes());
        }
    }
    let opened = open(&file);
    assert!(kinds(&opened).contains(&FaultKind::Damaged), "{:?}", opened.faults);
}

#[test]
fn databases_inside_containers() {
    let shelf = unpacked(SHELF);
    let opened = open(&gzip(&shelf)).members.len();
    assert_eq!(opened, 4);
    let outer = common::zip(&[
        ("cache/data.db", &shelf, common::STORED),
        ("a.djcache", &caches_entry(), common::STORED),
    ]);
    let opened = open(&outer);
    assert_eq!(bytes(&opened, "cache/data.db!/one"), Some(PICKLE));
    assert_eq!(bytes(&opened, "a.djcache!/value"), Some(ORDERED));
    assert_eq!(kinds(&opened), []);
}

fn caches_entry() -> Vec<u8> {
    [NONE, &zlib(ORDERED)].concat()
}

#[test]
fn damaged_in_every_place() {
    let limits = Limits { total_bytes: 1 << 20, ratio_floor: 1 << 16, ..Limits::default() };
    for fixture in [DUMB, NDBM, GDBM, SHELF, TABLES, COMPUTED, STORAGE, ATTRIBUTES] {
        let file = unpacked(fixture);
        let mut seed = 1u64;
        for round in 0..400 {
            let mut bytes = file.clone();
            for _ in 0..=round % 4 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (seed >> 33) as usize % bytes.len();
                bytes[at] = [0, 1, 0x7f, 0x80, 0xff, bytes[at] ^ 1][(seed >> 20) as usize % 6];
            }
            if round % 5 == 0 {
                bytes.truncate((seed >> 33) as usize % bytes.len());
            }
            let opened = pickle_containers::open(Some("x.db"), &bytes, &limits);
            let taken: usize = opened
                .members
                .iter()
                .filter_map(|member| member.bytes.as_ref())
                .map(|bytes| bytes.len())
                .sum();
            assert!(taken <= 6 << 20);
        }
    }
}

#[test]
fn what_is_recognised_and_cut_off() {
    let cut = |fixture: &[u8], len: usize| {
        let file = unpacked(fixture);
        open(&file[..len]).faults.first().map(|fault: &Fault| fault.kind)
    };
    assert_eq!(cut(GDBM, 70), Some(FaultKind::Truncated));
    assert_eq!(cut(NDBM, 5000), Some(FaultKind::Truncated));
    assert_eq!(cut(TABLES, 1000), Some(FaultKind::Truncated));
    assert_eq!(cut(SHELF, 17), Some(FaultKind::Damaged));
    assert_eq!(cut(STORAGE, 30), Some(FaultKind::Truncated));
}
