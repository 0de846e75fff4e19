//! Records that repeat themselves, and what stands between them.

use super::super::pattern::Pattern;
use super::*;
use crate::ahead::repeat::Records;
use crate::ahead::written::{Field, Table};

#[test]
fn what_is_told_is_the_same() {
    for seed in 0..2000 {
        let slice = [400, 1000, 3000, 10_000][seed as usize % 4];
        let odd = [0, 0, 5, 30][(seed / 4) as usize % 4];
        agree_when_damaged(Table::new(seed, seed % 2 == 0, odd).write(), slice, seed);
    }
}

/// Each is repeated, and one in the middle is like no other.
#[test]
fn one_record_that_is_different() {
    let cases: [(&[u8], &[u8], &str); 11] = [
        (b"}(h\x01K\x01u", b"}(h\x01Ku", "a number for an end"),
        (b"}(h\x01K\x01u", b"}(h\x05K\x01u", "a slot that is not filled"),
        (b"}(h\x01K\x01u", b"}(h\0K\x01u", "a key that is a list"),
        (b"}(h\x01N]u", b"}(h\x01]]u", "a list for a value"),
        (b"}(NK\x01u", b"}(]K\x01u", "a list for a key"),
        (b"X\x01\0\0\0aK\x01", b"X\x01\0\0\0\xffK\x01", "a text that is none"),
        (b"X\x01\0\0\0aK\x01", b"\x8c\x01aK\x01", "an opcode that is newer than the protocol"),
        (b"X\x01\0\0\0aK\x01", b"X\x14\0\0\0Y29zCnN5c3RlbQopUi4=K\x01", "a text that is a pickle"),
        (b"]q\x02(K\x01e", b"]q\x03(K\x01e", "a slot that is passed over"),
        (b"K\x01]K\x02a", b"K\x01]K\x02K\x03a", "an item more"),
        (b"]](K\x01ee", b"]](K\x01ea", "another end"),
    ];
    for (usual, odd, why) in cases {
        for before in 30..50 {
            let mut bytes = b"\x80\x02]q\0(X\x01\0\0\0kq\x01".to_vec();
            bytes.extend(usual.repeat(before));
            bytes.extend(odd);
            bytes.extend(usual.repeat(30));
            bytes.extend(b"e.");
            agree(&bytes, 1000, why);
            agree(&bytes, 300, why);
        }
    }
}

/// A text that is told of as the key of a state: it is among those of a table, and read from the memo there.
#[test]
fn a_name_among_texts() {
    for before in 40..60_u8 {
        let mut bytes = b"\x80\x04".to_vec();
        bytes.extend(b"\x8c\x01a\x94K\x01".repeat(before.into()));
        bytes.extend(b"\x8c\x13__array_interface__\x94K\x01");
        bytes.extend(b"\x8c\x01a\x94K\x01".repeat(60));
        bytes.extend([&b"cm\nC\n)\x81}(h"[..], &[before], b"K\x01ub."].concat());
        agree(&bytes, 100, "a name");
        let told = log(&bytes, None).told;
        assert!(told.iter().any(|line| line.contains("{…: 1}")), "the key is not kept: {told:?}");
    }
}

/// What records leave on the stack and in the memo, which names are made of then.
#[test]
fn what_is_left() {
    for seed in 0..600 {
        let mut table = Table::new(seed, seed % 2 == 0, 0);
        let dice = &mut table.pickler.dice;
        let fields = (0..=dice.roll(5)).map(|_| match dice.roll(5) {
            0 => Field::Same(dice.roll(3)),
            1 => Field::Other,
            2 => Field::Again,
            _ => Field::Text,
        });
        table.fields = fields.collect();
        let (records, names) = (40 + table.pickler.dice.roll(40), 1 + table.pickler.dice.roll(6));
        for _ in 0..records {
            table.record(false);
        }
        table.pickler.out.extend(b"\x930".repeat(names));
        for _ in 0..10 {
            table.field(Field::Other);
            table.field(Field::Other);
            table.pickler.out.extend(b"\x930");
        }
        table.pickler.out.push(b'.');
        agree(&table.pickler.out, [300, 700][seed as usize % 2], "names");
    }
}

/// A table in which one `PUT` has another slot than that behind the last one.
#[test]
fn slots_that_do_not_follow_each_other() {
    for (odd, why) in [(2, "one that is filled"), (40, "one that is not"), (200, "one that is far away")] {
        for number in 20..40_u8 {
            let mut bytes = b"\x80\x02]q\0(X\x01\0\0\0kq\x01".to_vec();
            for record in 0..60 {
                let slot = if record == number { odd } else { 2 + record };
                bytes.extend([b'}', b'q', slot, b'(', b'h', 1, b'h', slot, b'u']);
            }
            bytes.extend(b"h\x28e.");
            agree(&bytes, 300, why);
        }
    }
}

/// Ops in a row that close something: within a record, and behind the last one.
#[test]
fn how_deep_it_is() {
    for record in [&b"]K\x01a"[..], b"]]K\x01aa", b"]]]K\x01aaK\x01a", b"}K\x01}K\x02Nss", b"]]K\x01aaK\x01"]
    {
        for behind in 0..5 {
            for odd in [&b""[..], b"]]]]K\x01aaaa", b"N"] {
                for before in 40..50 {
                    // Some are not seen but by reading ahead.
                    let mut bytes = b"\x80\x02".to_vec();
                    bytes.extend(b"N".repeat(before % 2 * 300));
                    bytes.extend(b"]]]]");
                    bytes.extend(record.repeat(before));
                    bytes.extend(odd);
                    bytes.extend(record.repeat(45));
                    bytes.extend(b"a".repeat(behind));
                    bytes.extend(record.repeat(45));
                    bytes.extend(b".");
                    agree(&bytes, 200, "rows");
                }
            }
        }
    }
}

/// That all is the same would say little if no pattern was ever found.
#[test]
fn a_pattern_is_found() {
    let records: [(&[u8], usize); 5] = [
        (b"}\x94(h\x01K\x01h\x02\x8c\x02ab\x94u", 9),
        (b"K\x01", 1),
        (b"\x8c\x01a\x94", 2),
        (b"}\x94(h\x01]\x94(K\x01K\x02eh\x02}\x94(h\x01Nuu", 18),
        (b"]\x94(h\x01j\x02\0\0\0Ne", 7),
    ];
    for (record, ops) in records {
        let bytes = record.repeat(200);
        for start in [0, record.len()] {
            let found = Pattern::find(&bytes, start, 4).map(|pattern| pattern.ops() % ops);
            assert_eq!(found, Some(0), "{}", record.escape_ascii());
        }
    }
    let numbered: Vec<u8> = (5..200)
        .step_by(2)
        .flat_map(|slot| [b'}', b'q', slot, b'(', b'h', 1, b'X', 0, 0, 0, 0, b'q', slot + 1, b'u'])
        .collect();
    assert_eq!(Pattern::find(&numbered, 0, 2).map(|pattern| pattern.ops() % 7), Some(0));
}

#[test]
fn no_pattern_is_found() {
    let records: [(&[u8], &str); 8] = [
        (b"K\x01K\x02\x86", "a tuple"),
        (b"cm\nf\n", "a global"),
        (b"K\x01a", "items for what is below"),
        (b"}\x94(h\x01K\x01h\x02C\x01bu", "bytes"),
        (b"}q\x05(h\x01K\x01u", "a slot that is filled again"),
        (b"}]K\x01s", "a key that is a list"),
        (b"NNNNNNNNNN}]K\x01s", "the same in a record of its own"),
        (b"(K\x01K\x02", "marks that stay open"),
    ];
    for (record, why) in records {
        assert!(Pattern::find(&record.repeat(200), 0, 4).is_none(), "{why}");
    }
}
