//! Dumps and logs of Redis: those that servers wrote (`fixtures/make.py`), types of values that those did not write, and hostile ones.
#![allow(clippy::unwrap_used)]

mod common;

use common::beside::unpacked;
use common::{PICKLE, bytes, kinds, open, patched, paths};
use pickle_containers::{FaultKind, Opened, sniff};

const NEW: &[u8] = include_bytes!("fixtures/redis-7.0.rdb.gz");
const OLD: &[u8] = include_bytes!("fixtures/redis-6.2.rdb.gz");
const LOG: &[u8] = include_bytes!("fixtures/appendonly.aof.gz");
const MIXED: &[u8] = include_bytes!("fixtures/mixed.aof.gz");

fn sorted<'a>(opened: &'a Opened<'_>) -> Vec<&'a str> {
    let mut paths = paths(opened);
    paths.sort_unstable();
    paths
}

/// What is in a dump that a server wrote.
const WRITTEN: [&str; 18] = [
    "0/\\xff",
    "0/hash/4",
    "0/hash/field",
    "0/list/0",
    "0/long hash/field",
    "0/long list/0",
    "0/long list/1",
    "0/long list/2",
    "0/long list/6",
    "0/long sorted/0",
    "0/packed",
    "0/session",
    "0/set/0",
    "0/sorted/0",
    "0/stream/5-1/13",
    "0/stream/5-1/8",
    "0/string",
    "3/string",
];

#[test]
fn dumps_that_servers_wrote() {
    for (fixture, more) in [(NEW, None), (OLD, None), (MIXED, Some("3/behind"))] {
        let file = unpacked(fixture);
        let opened = open(&file);
        let mut expected: Vec<_> = WRITTEN.into_iter().chain(more).collect();
        expected.sort_unstable();
        assert_eq!((opened.format, kinds(&opened), sorted(&opened)), ("Redis dump", vec![], expected));
        for path in opened.members.iter().filter_map(|member| member.path.as_deref()) {
            let packed = path == "0/packed";
            assert_eq!(bytes(&opened, path) == Some(PICKLE), !packed, "{path}");
        }
        let string = opened.members.iter().find(|member| member.path.as_deref() == Some("3/string")).unwrap();
        assert_eq!(string.file_offset.map(|at| &file[at as usize..][..PICKLE.len()]), Some(PICKLE));
        let packed = bytes(&opened, "0/packed").unwrap();
        assert!(packed.len() > 300 && packed.ends_with(b"xxx\x94e."));
    }
}

#[test]
fn a_log_that_a_server_wrote() {
    let file = unpacked(LOG);
    let opened = open(&file);
    assert_eq!((opened.format, kinds(&opened)), ("Redis log", vec![]));
    for path in ["0/string/2", "0/session/2", "0/list/2", "0/hash/field", "0/stream/4#2", "3/string"] {
        assert_eq!(bytes(&opened, path), Some(PICKLE), "{path}");
    }
    assert_eq!(opened.members.len(), WRITTEN.len());
    let stamped = [b"#TS:1700000000\r\n", &file[..]].concat();
    assert_eq!(open(&stamped).members.len(), WRITTEN.len());
    for (bytes, kind) in
        [(&file[..file.len() - 9], FaultKind::Truncated), (b"*1\r\n$2\r\nabc\r\n", FaultKind::Truncated)]
    {
        assert_eq!(kinds(&open(bytes)), [kind]);
    }
    assert_eq!(kinds(&open(b"*1\r\n$1\r\na\r\nab")), [FaultKind::Damaged]);
    assert_eq!(open(b"*1\r\n").format, "raw");
}

#[test]
fn a_checksum_that_does_not_fit() {
    let file = unpacked(NEW);
    let damaged = patched(&file, b"consumer", b"producer", 0);
    let opened = open(&damaged);
    assert_eq!((kinds(&opened), opened.members.len()), (vec![FaultKind::BadChecksum], WRITTEN.len()));
    // Whoever switches checksums off writes zeros.
    let end = file.len() - 8;
    assert_eq!(kinds(&open(&[&file[..end], &[0; 8]].concat())), []);
    assert_eq!(kinds(&open(&file[..end + 3])), [FaultKind::Truncated]);
    assert_eq!(kinds(&open(&[&file[..], b"more"].concat())), [FaultKind::TrailingBytes]);
}

#[test]
fn cut_anywhere() {
    for fixture in [NEW, OLD, LOG] {
        let file = unpacked(fixture);
        let whole = open(&file).members.len();
        for end in (20..file.len()).step_by(5) {
            let opened = open(&file[..end]);
            assert!(opened.members.len() <= whole && kinds(&opened).len() <= 1, "{end}");
        }
    }
}

/// A string of a dump.
fn string(bytes: &[u8]) -> Vec<u8> {
    let len = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&[0x80], &len[..], bytes].concat()
}

/// A dump with the value of type `kind` under the key `k`, and a string behind it. Without a checksum.
fn dump(magic: &[u8], kind: u8, value: &[u8]) -> Vec<u8> {
    let behind = [&[0][..], &string(b"z"), &string(PICKLE)].concat();
    [magic, &[kind], &string(b"k"), value, &behind, &[0xff], &[0; 8]].concat()
}

fn listpack(items: &[&[u8]]) -> Vec<u8> {
    let item = |item: &&[u8]| match *item {
        [number] => vec![*number & 0x7f, 1],
        text => {
            let len = u8::try_from(text.len()).unwrap();
            [&[0x80 | len], text, &[len + 1]].concat()
        }
    };
    string(&[&[0; 6][..], &items.iter().map(item).collect::<Vec<_>>().concat(), &[0xff]].concat())
}

fn ziplist(items: &[&[u8]]) -> Vec<u8> {
    let item = |item: &&[u8]| [&[0, u8::try_from(item.len()).unwrap()], *item].concat();
    string(&[&[0; 10][..], &items.iter().map(item).collect::<Vec<_>>().concat(), &[0xff]].concat())
}

#[test]
fn types_of_values() {
    let text = string(PICKLE);
    let field = string(b"fd");
    let eight = [7; 8];
    let len = u8::try_from(PICKLE.len()).unwrap();
    let map = [&[1, 2][..], b"fd", &[len, 2], PICKLE, b"??\xff"].concat();
    let triple = listpack(&[b"fd", PICKLE, b"\x07"]);
    let stream = [&[1][..], &string(&[[0; 15].as_slice(), &[5]].concat()), &listpack(&[PICKLE])].concat();
    let group = [&[1][..], &field, &[5, 1, 1, 1], &[1; 24], &[1, 1], &field].concat();
    let pending = [&[1][..], &[1; 16]].concat();
    let cases: &[(u8, Vec<u8>, &str)] = &[
        (0, text.clone(), "0/k"),
        (1, [&[2][..], &field, &text].concat(), "0/k/1"),
        (3, [&[2][..], &field, &[254], &text, b"\x031.5"].concat(), "0/k/1"),
        (4, [&[1][..], &field, &text].concat(), "0/k/fd"),
        (5, [&[1][..], &text, &eight].concat(), "0/k/0"),
        (7, [&[0x81][..], &eight, &[2, 1, 3], &[0; 4], &[4], &eight, &[5], &text, &[0]].concat(), "0/k/3"),
        (9, string(&map), "0/k/fd"),
        (10, ziplist(&[b"fd", PICKLE]), "0/k/1"),
        (12, ziplist(&[PICKLE, b"1.5"]), "0/k/0"),
        (13, ziplist(&[b"fd", PICKLE]), "0/k/fd"),
        (14, [&[2][..], &ziplist(&[b"fd"]), &ziplist(&[PICKLE])].concat(), "0/k/1"),
        (16, listpack(&[b"fd", PICKLE]), "0/k/fd"),
        (17, listpack(&[PICKLE, b"\x05"]), "0/k/0"),
        (18, [&[2, 2][..], &listpack(&[b"fd", b"\x05"]), &[1], &text].concat(), "0/k/2"),
        (20, listpack(&[b"fd", PICKLE]), "0/k/1"),
        (21, [&stream[..], &[2; 8], &group, &[0; 16], &pending].concat(), "0/k/0-5/0"),
        (22, [&[1, 5][..], &field, &text].concat(), "0/k/fd"),
        (23, triple.clone(), "0/k/fd"),
        (24, [&eight[..], &[1, 5], &field, &text].concat(), "0/k/fd"),
        (25, [&eight[..], &triple].concat(), "0/k/fd"),
    ];
    for (kind, value, path) in cases {
        let file = dump(b"REDIS0012", *kind, value);
        let opened = open(&file);
        assert_eq!((paths(&opened), kinds(&opened)), (vec![*path, "0/z"], vec![]), "type {kind}");
        assert_eq!(bytes(&opened, path), Some(PICKLE), "type {kind}");
    }
    let of_valkey = dump(b"VALKEY080", 22, &[&[1][..], &field, &text, &eight].concat());
    assert_eq!(paths(&open(&of_valkey)), ["0/k/fd", "0/z"]);
}

#[test]
fn what_cannot_be_read() {
    let opened = |kind, value: &[u8]| {
        let file = dump(b"REDIS0012", kind, value);
        let opened = open(&file);
        (kinds(&opened), paths(&opened).into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    // What is behind a value of a type that is not known cannot be found.
    assert_eq!(opened(200, b""), (vec![FaultKind::Unsupported], vec![]));
    assert_eq!(opened(10, &string(&[0; 12])), (vec![FaultKind::Damaged], vec!["0/z".to_owned()]));
    let packed = |len: u64| [&[0xc3, 1, 0x81][..], &len.to_be_bytes(), b"x"].concat();
    assert_eq!(opened(0, &packed(9)), (vec![FaultKind::Damaged], vec!["0/z".to_owned()]));
    assert_eq!(opened(0, &packed(1 << 40)), (vec![FaultKind::LimitReached], vec!["0/z".to_owned()]));
    assert_eq!(opened(1, &[0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).0, [FaultKind::Damaged]);
}

#[test]
fn known_by_its_beginning() {
    use pickle_containers::Kind::Container;
    assert_eq!(sniff(b"REDIS0009\xfa", 100), Container("Redis dump"));
    assert_eq!(sniff(b"VALKEY080\xfa", 100), Container("Redis dump"));
    assert_eq!(sniff(b"*2\r\n$6\r\nSELECT\r\n", 100), Container("Redis log"));
    for other in ["REDIS is a database", "VALKEY, too", "* 2\r\n$6\r\n", "*2\r\nSELECT\r\n"] {
        assert!(!matches!(sniff(other.as_bytes(), 100), Container(_)), "{other}");
    }
}

#[test]
fn many_values_under_a_long_key() {
    let word = |bytes: &[u8]| [format!("${}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    let key = word(&[b'k'; 1 << 20]);
    let file = [b"*20002\r\n".as_slice(), &word(b"RPUSH"), &key, &word(PICKLE).repeat(20_000)].concat();
    let opened = open(&file);
    assert_eq!((kinds(&opened), opened.members.len()), (vec![], 20_000));
    assert_eq!(opened.members[1].path.as_deref(), Some(&*format!("0/{}…/3", "k".repeat(200))));
}
