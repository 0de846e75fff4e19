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
        ("nested", "parquet") => ("Parquet", &["list.list.element[2]", "struct.value[1]", "fixed[1]"]),
        (_, "parquet") => ("Parquet", &["value[3]"]),
        ("version-1", _) => ("Feather", &["value[3]"]),
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
        assert_eq!(opened.faults, [], "{name}");
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

/// What is wrong with a file.
fn faults(file: &[u8]) -> Vec<FaultKind> {
    open(file).faults.iter().map(|fault| fault.kind).collect()
}

/// A number of Avro.
fn avro_number(number: i64) -> Vec<u8> {
    let mut left = (number << 1 ^ number >> 63).cast_unsigned();
    let mut bytes = Vec::new();
    while left > 127 {
        bytes.push((left & 127 | 128) as u8);
        left >>= 7;
    }
    bytes.push(left as u8);
    bytes
}

/// Bytes behind their length, as Avro has them.
fn counted(bytes: &[u8]) -> Vec<u8> {
    [&avro_number(bytes.len() as i64), bytes].concat()
}

/// A file of Avro with blocks, each of so many records.
fn avro(schema: &[u8], blocks: &[(i64, &[u8])]) -> Vec<u8> {
    let mut file = [b"Obj\x01\x02", &counted(b"avro.schema")[..], &counted(schema), &[0; 17]].concat();
    for (count, block) in blocks {
        file.extend([avro_number(*count), counted(block), vec![0; 16]].concat());
    }
    file
}

/// What readers make of a description and of blocks, whatever else could be made of them.
#[test]
fn avro_as_readers_take_it() {
    let record = counted(PICKLE);
    let bytes = br#""bytes""#;
    assert_eq!(paths(&open(&avro(bytes, &[(1, &record)]))), ["[0]"]);
    for schema in [&br#"{"type": "null", "type": "bytes"}"#[..], br#"{"type": "null", "t\u0079pe": "bytes"}"#]
    {
        assert_eq!(paths(&open(&avro(schema, &[(1, &record)]))), ["[0]"]);
    }
    // A block of less than no records has none; taken for the length of one, its bytes would hide the rest.
    let hides = [avro_number(record.len() as i64 + 17), vec![0]].concat();
    assert_eq!(paths(&open(&avro(bytes, &[(-1, &hides), (1, &record)]))), ["[0]"]);
    // Records that take no byte are no reason to count for minutes.
    assert_eq!(faults(&avro(br#""null""#, &vec![(1 << 20, &b""[..]); 2000])), [FaultKind::LimitReached]);
    assert!(faults(&avro(br#""null""#, &[(50_000, b""), (9_000, b"")])).is_empty());
}

/// The footer of a Parquet file with `more` behind the name of a column in the schema.
fn with_meaning(file: &[u8], column: &str, more: &[u8]) -> Vec<u8> {
    let end = file.len() - 8;
    let footer = end - u32::from_le_bytes(file[end..end + 4].try_into().unwrap()) as usize;
    let name = [&[0x18, column.len() as u8], column.as_bytes()].concat();
    let at = footer + memchr::memmem::find(&file[footer..], &name).unwrap() + name.len();
    let len = (end - footer + more.len()) as u32;
    [&file[..at], more, &file[at..end], &len.to_le_bytes(), b"PAR1"].concat()
}

/// Columns of bytes that are said to be something are given as bytes all the same, but for texts and numbers.
#[test]
fn columns_that_are_said_to_be_something() {
    let (_, file) = files().into_iter().find(|(name, _)| name == "plain.parquet").unwrap();
    let old = |meaning: u8| vec![0x25, 2 * meaning];
    let new = |meaning: u8| vec![0x6c, 0x0c, 2 * meaning, 0, 0];
    let both = |was: u8, is: u8| [&old(was)[..], &[0x4c, 0x0c, 2 * is, 0, 0]].concat();
    for meaning in [old(4), old(20), new(4), new(13), new(16), new(17), new(18), new(40), both(0, 4)] {
        assert_eq!(paths(&open(&with_meaning(&file, "value", &meaning))), ["value[3]"], "{meaning:?}");
    }
    for meaning in [old(0), old(5), old(19), new(1), new(5), new(12), both(20, 1)] {
        assert!(paths(&open(&with_meaning(&file, "value", &meaning))).is_empty(), "{meaning:?}");
    }
}

/// A table whose index names one packed block over and over is no reason to unpack it each time.
#[test]
fn a_block_that_is_named_over_and_over() {
    let block = |entries: &[(Vec<u8>, &[u8])]| {
        let entry = |(key, value): &(Vec<u8>, &[u8])| {
            [&[0, key.len() as u8, value.len() as u8], &key[..], value].concat()
        };
        let entries: Vec<_> = entries.iter().flat_map(entry).collect();
        [&entries[..], &[0, 0, 0, 0, 1, 0, 0, 0]].concat()
    };
    // A byte, and references to it: a megabyte.
    let packed = [&b"\x80\x80\x40\0\0"[..], &[0xfe, 1, 0].repeat(16384)].concat();
    let place =
        [&[0][..], &[(packed.len() & 127 | 128) as u8, (packed.len() >> 7 & 127 | 128) as u8, 3]].concat();
    let names: Vec<_> =
        (0..2000_u16).map(|at| ([&at.to_be_bytes()[..], &[0; 8]].concat(), &place[..])).collect();
    let index = block(&names);
    let mut table = [&packed[..], &[1, 0, 0, 0, 0], &index, &[0; 5]].concat();
    let number =
        |number: usize| [(number & 127 | 128) as u8, (number >> 7 & 127 | 128) as u8, (number >> 14) as u8];
    let mut end = [&[0, 0][..], &number(packed.len() + 5), &number(index.len())].concat();
    end.resize(40, 0);
    table.extend([&end[..], &0xdb47_7524_8b80_fb57_u64.to_le_bytes()].concat());
    assert_eq!(open(&table).format, "LevelDB table");
    assert!(faults(&table).contains(&FaultKind::LimitReached));
}

/// A piece of a log: a record of so many entries, whole.
fn piece(batch: &[u8]) -> Vec<u8> {
    let content = [&[0; 8][..], &[1, 0, 0, 0], batch].concat();
    // CRC-32C, bit by bit, and as logs have it.
    let crc = !std::iter::once(&1).chain(&content).fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 })
    });
    let masked = crc.rotate_right(15).wrapping_add(0xa282_ead8);
    [&masked.to_le_bytes()[..], &[content.len() as u8, 0, 1], &content].concat()
}

/// A piece of a kind that no reader knows is passed over, and not the rest of its block.
#[test]
fn pieces_of_logs_that_are_not_known() {
    let put = [&[1, 1, b'k', PICKLE.len() as u8], PICKLE].concat();
    let log = |between: &[u8]| [&piece(b"\x01\x01a\x01b"), between, &piece(&put)].concat();
    let unknown = log(b"\0\0\0\0\x02\0\x63ab");
    for file in [&log(b""), &unknown] {
        assert_eq!((open(file).format, paths(&open(file)), faults(file)), ("LevelDB log", vec!["k"], vec![]));
    }
    assert_eq!(faults(&log(b"\0\0\0\0\x04\0\x09\x07\0\0\0")), [FaultKind::Unsupported]);
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
        for _ in 0..100 {
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

/// Many bytes are a document to those who do not look for a signature: what is called a pickle is one, and damaged.
#[test]
fn what_is_called_a_pickle_is_no_document() {
    let map = [b"\x81\xa1a\xc4", &[PICKLE.len() as u8][..], PICKLE].concat();
    let kinds = |name| {
        let opened = pickle_containers::open(name, &map, &Limits::default());
        opened.members.iter().map(|member| (member.path.clone(), member.kind)).collect::<Vec<_>>()
    };
    assert_eq!(kinds(Some("a.bin")), [(Some("@5".to_owned()), Kind::Pickle)]);
    assert_eq!(kinds(Some("a.pkl")), [(None, Kind::Unknown)]);
}
