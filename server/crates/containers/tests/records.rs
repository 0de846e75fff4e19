//! Columns, documents and stores whose values may be pickles, as the libraries that own the formats write them (`fixtures/make_records.py`).
#![allow(clippy::unwrap_used)]

mod common;

use std::io::{Cursor, Read};

use common::{PICKLE, open, paths};
use pickle_containers::{FaultKind, Kind, Limits, needs_more, sniff};

/// Names and bytes of the fixtures.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(include_bytes!("fixtures/records.zip"))).unwrap();
    let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let read = |name: String| {
        let mut bytes = Vec::new();
        archive.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
        (name, bytes)
    };
    names.into_iter().map(read).collect()
}

/// The format of a file of this name, and what the values are called that are pickles.
fn expected(name: &str) -> (&'static str, &'static [&'static str]) {
    let avro = &["value[3]", "more[3]"];
    let columns = &["named[1]", "item[2]", "value[1]", "fixed[1]", "large[1]", "views[1]"];
    let (stem, ending) = name.rsplit_once('.').unwrap();
    match (stem, ending) {
        ("brotli", "parquet") => ("Parquet", &[]),
        ("nested", "parquet") => ("Parquet", &["list.list.element[2]", "struct.value[1]", "fixed[1]"]),
        (_, "parquet") => ("Parquet", &["value[3]"]),
        (_, "feather") => ("Arrow", &["value[3]"]),
        (_, "arrow") => ("Arrow", columns),
        (_, "arrows") => ("Arrow stream", columns),
        (_, "avro") => ("Avro", avro),
        (_, "log") => ("LevelDB log", &["key"]),
        ("leveldb", "ldb") => ("LevelDB table", &["key"]),
        ("objects", _) => ("LevelDB table", &["\\x02key"]),
        (_, "sst") => ("LevelDB table", &["key 070"]),
        ("value", "msgpack") => ("MessagePack", &["@395"]),
        ("old", "msgpack") => ("MessagePack", &["@394"]),
        ("extension", "msgpack") => ("MessagePack", &["@5"]),
        ("stream", "msgpack") => ("MessagePack", &["@7"]),
        (_, "msgpack") => ("MessagePack", &["@126"]),
        ("value", "cbor") => ("CBOR", &["@393"]),
        (_, "cbor") => ("CBOR", &["@4"]),
        (_, "bson") => ("BSON", &["@428"]),
        _ => ("TFRecord", &["@136"]),
    }
}

#[test]
fn values_that_are_pickles() {
    for (name, bytes) in files() {
        let opened = open(&bytes);
        let (format, values) = expected(&name);
        assert_eq!((opened.format, paths(&opened)), (format, values.to_vec()), "{name}");
        for member in &opened.members {
            assert_eq!(member.kind, Kind::Pickle, "{name}");
            let found = member.bytes.as_deref().unwrap();
            assert!(found == PICKLE || name == "arrays.msgpack" || name == "objects.sst", "{name}");
            let at = member.file_offset.and_then(|at| usize::try_from(at).ok());
            assert!(at.is_none_or(|at| bytes[at..].starts_with(found)), "{name}");
        }
        let faults: Vec<_> = opened.faults.iter().map(|fault| fault.kind).collect();
        let unread: &[_] = if name == "brotli.parquet" { &[FaultKind::Unsupported] } else { &[] };
        assert_eq!(faults, unread, "{name}");
    }
}

#[test]
fn the_beginning_tells_that_all_of_it_is_of_interest() {
    for (name, bytes) in files() {
        let head = &bytes[..bytes.len().min(60)];
        let len = bytes.len() as u64;
        let is_wanted = matches!(sniff(head, len), Kind::Container(_)) || needs_more(head, len);
        // How blocks are packed is seen only in some of them: others go by the name.
        assert!(is_wanted || name.ends_with(".sst"), "{name}");
    }
}

#[test]
fn other_values_are_nothing() {
    let as_they_are =
        ["null.avro", "plain.arrow", "plain.arrows", "nested.parquet", "none.sst", "leveldb.log"];
    let is_plain = |name: &str| {
        let endings = [".msgpack", ".cbor", ".bson", ".tfrecord"];
        as_they_are.contains(&name) || endings.iter().any(|ending| name.ends_with(ending))
    };
    for (name, mut bytes) in files().into_iter().filter(|(name, _)| is_plain(name)) {
        for at in 0..bytes.len() - 2 {
            if bytes[at] == 0x80 && (2..=5).contains(&bytes[at + 1]) {
                bytes[at] = b'-';
            }
        }
        let opened = open(&bytes);
        assert!(opened.members.iter().all(|member| member.kind != Kind::Pickle), "{name}");
        assert!(opened.faults.is_empty(), "{name}");
    }
}

/// An example of TensorFlow without what a file has around it.
#[test]
fn a_message_by_itself() {
    let (_, file) = files().into_iter().find(|(name, _)| name == "examples.tfrecord").unwrap();
    let second = 12 + usize::from(file[0]) + 4;
    let message = &file[second + 12..file.len() - 4];
    let opened = open(message);
    assert_eq!((opened.format, common::bytes(&opened, "@40")), ("protobuf", Some(PICKLE)));
    // What breaks off is no message.
    assert_eq!(open(&message[..message.len() - 1]).format, "raw");
}

/// What is inside each other without an end, and says that there is more than there is.
#[test]
fn bombs() {
    let (deep, long) = (1 << 20, 1 << 22);
    let documents: [&dyn Fn() -> Vec<u8>; 9] = [
        &|| vec![0x91; deep],
        &|| [&[0x81; 1][..], b"\xa1a"].concat().repeat(deep),
        &|| [&[0xdd, 0xff, 0xff, 0xff, 0xff][..], &vec![0xc0; long]].concat(),
        &|| vec![0x81; deep],
        &|| vec![0x9f; deep],
        &|| [&[0x5f][..], &[0x41, 0x80].repeat(deep)].concat(),
        &|| [&[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff][..], &vec![0xf6; long]].concat(),
        &|| [&(8u32 + 7 * (1 << 20)).to_le_bytes()[..], &b"\x03a\0\x05\0\0\0".repeat(deep)].concat(),
        &|| vec![0x0a; long],
    ];
    for document in documents {
        assert!(open(&document()).members.iter().all(|member| member.kind != Kind::Pickle));
    }
    // Records of Avro that take no byte.
    let schema = br#"{"type": "array", "items": "null"}"#;
    let head =
        [b"Obj\x01\x02\x16avro.schema", &[(2 * schema.len()) as u8][..], schema, &[0; 17][..]].concat();
    let block = [
        &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f][..],
        &[0x14],
        &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f],
        &[0; 18],
    ];
    let opened =
        open(&[head, block.concat()].concat()).faults.iter().map(|fault| fault.kind).collect::<Vec<_>>();
    assert!(!opened.is_empty());
}

/// xorshift64: the same bytes in every run.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 16).unwrap()
}

#[test]
fn damaged_ones_end() {
    let limits = Limits { total_bytes: 1 << 20, ratio_floor: 1 << 16, ..Limits::default() };
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for (_, bytes) in files() {
        for _ in 0..300 {
            let mut damaged = bytes.clone();
            for _ in 0..=next(&mut state) % 4 {
                let at = next(&mut state) % damaged.len();
                let value = [0, 1, 0x7f, 0x80, 0xff, u8::try_from(next(&mut state) & 255).unwrap()];
                match next(&mut state) % 8 {
                    0 => damaged.truncate(at.max(1)),
                    1 => drop(damaged.drain(at..(at + 5).min(damaged.len() - 1).max(at))),
                    2 => damaged.extend_from_within(at..),
                    _ => damaged[at] = value[next(&mut state) % 6],
                }
            }
            drop(pickle_containers::open(None, &damaged, &limits));
        }
    }
}

/// Digests, ciphers and compressed measurements begin like a pickle now and then: one in a thousand by an opcode, in a million by PROTO.
#[test]
fn accidents_are_no_pickles() {
    use common::{OLD_PICKLE, gzip};
    let values = |values: &[Vec<u8>]| {
        let mut document = b"\x82\xa4kind\xa6values\xa4rows\xdc".to_vec();
        document.extend((values.len() as u16).to_be_bytes());
        for value in values {
            document.extend([b"\xc4", &[value.len() as u8][..], value].concat());
        }
        open(&document).members.iter().filter(|member| member.kind == Kind::Pickle).count()
    };
    let pickle = PICKLE.to_vec();
    let behind_short = [b"N.", OLD_PICKLE].concat();
    let accidents: [&[u8]; 6] = [
        b"\x80\x04\x84\xdc\xf7\x53\x21\xe0\xa1\x07\x0c\x55\xfe\x13\x9a\xd0",
        b"\x80\x02\x83\x45\x1b\xda\x31\xf0\x0c\x77\x19\xee\x2a\xb0\x6d\x01",
        b"\x80\x1aN.\x1b\xda\x31\xf0\x0c\x77\x19\xee\x2a\xb0\x6d\x01",
        b"\x89]R\xbdN\x91\xf4\xb7\xf8;b\x18\x81Q\x88d\xb1\xee\x18\xba\x0cnGg",
        b"j\xc4\xbcZ\xf3.(\xaa}`\xc8\xbe#\x0f91\xce\x92V\x98\xd9{\x81\xd9",
        b"\x80\x05\x82\x07\xfe\x13\x9a\xd0\x0c\x77\x19\xee\x2a\xb0\x6d\x01",
    ];
    for accident in accidents {
        assert_eq!(values(&[accident.to_vec(), pickle.clone()]), 1, "{}", accident.escape_ascii());
        assert_eq!(values(&[gzip(accident), pickle.clone()]), 1, "{}", accident.escape_ascii());
    }
    // Whatever calls a global is one, also if it breaks off, or one behind a short one that was packed with it.
    let called = b"\x80\x02\x82\x01)R\xff".to_vec();
    let old = OLD_PICKLE.to_vec();
    let cut = OLD_PICKLE[..OLD_PICKLE.len() - 1].to_vec();
    for value in [&called, &old, &cut] {
        assert_eq!(values(&[value.clone(), pickle.clone()]), 2, "{}", value.escape_ascii());
    }
    for value in [&called, &old, &cut, &behind_short] {
        assert_eq!(values(&[gzip(value), pickle.clone()]), 2, "{}", value.escape_ascii());
    }
}
