//! Depth and lies: nothing recurses over the data, and no length is believed.

// A test may fail by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use pickle_machine::record::{Explorer, record};
use pickle_machine::render::Limits;
use pickle_machine::stream::{Completion, Observer, scan};
use pickle_machine::{Fault, FaultKind, never};

struct Nobody;
impl Observer<'_> for Nobody {}

/// 100,000 levels of every kind of nesting.
fn towers() -> Vec<(&'static str, Vec<u8>)> {
    let n = 100_000;
    let tower = |head: &[u8], first: &[u8], second: &[u8], tail: &[u8]| {
        [head, &first.repeat(n), &second.repeat(n), tail].concat()
    };
    vec![
        ("lists", tower(b"\x80\x04]", b"]", b"a", b".")),
        ("tuples", tower(b"\x80\x04)", b"\x85", b"", b".")),
        ("marks and tuples", tower(b"\x80\x04", b"(", b"t", b".")),
        ("dicts", tower(b"\x80\x04}", b"K\x00}", b"s", b".")),
        ("dicts by marks", tower(b"\x80\x04}", b"(K\x00}", b"u", b".")),
        (
            "calls",
            tower(b"\x80\x02cbuiltins\nlist\nq\x000", b"h\x00", b"", b")")
                .into_iter()
                .chain(b"R\x85".repeat(n))
                .chain(*b".")
                .collect(),
        ),
        ("open marks", tower(b"", b"(", b"", b"N.")),
        ("frozensets", tower(b"\x80\x04", b"(", b"\x91", b".")),
        ("states", tower(b"\x80\x02cm\nC\nq\x000", b"h\x00)\x81", b"b", b".")),
        ("persistent ids", tower(b"\x80\x02N", b"Q", b"", b".")),
        ("names of globals", tower(b"\x80\x04", b"\x8c\x01a", b"\x93", b".")),
        ("modules of globals", tower(b"\x80\x04\x8c\x01a", b"\x8c\x01a\x93", b"", b".")),
    ]
}

#[test]
fn nesting_of_100_000_levels() {
    for (name, bytes) in towers() {
        assert_eq!(scan(&bytes, &mut Nobody, &never), Completion::Whole, "{name}");
        let recording = record(&bytes, &never);
        let explorer = Explorer::new(&bytes, &recording);
        for offset in [bytes.len() / 3, bytes.len() / 2, bytes.len() - 2, bytes.len() - 1] {
            let (window, step) = explorer.step(offset).expect(name);
            let _ = explorer.consumer(step.op.start);
            let _ = explorer.mark_partner(step.op.start);
            if let Some(value) = step.value {
                let text = explorer.render(&window, value, Limits::BLOCK);
                assert!(text.len() < 10_000, "{name}");
            }
        }
    }
}

#[test]
fn lying_lengths_and_slots() {
    let lies: [&[u8]; 6] = [
        b"X\xff\xff\xff\xff",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"\x96\xff\xff\xff\xff\xff\xff\xff\xff",
        b"Nr\xff\xff\xff\xff.",
        b"Np9223372036854775807\n.",
        b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xffN.",
    ];
    for bytes in lies {
        assert_eq!(scan(bytes, &mut Nobody, &never), Completion::Whole);
        assert!(record(bytes, &never).complete);
    }
}

/// A slot is far beyond those in use if there are fewer bytes before it; the C unpickler makes a table of 16 bytes a slot.
#[test]
fn slots_out_of_proportion() {
    struct Faults(Vec<FaultKind>);
    impl Observer<'_> for Faults {
        fn fault(&mut self, _pickle: usize, fault: &Fault) {
            self.0.push(fault.kind);
        }
    }
    let faults = |bytes: &[u8]| {
        let mut faults = Faults(Vec::new());
        scan(bytes, &mut faults, &never);
        faults.0
    };
    assert_eq!(faults(b"Nr\x01\x00\x00\x01."), [FaultKind::HugeSlot((1 << 24) + 1)]);
    assert_eq!(faults(b"Nr\x00\x00\x00\x01."), []);
    let filled = |length: u32| {
        [b"\x80\x04B", &length.to_le_bytes()[..], &vec![b'a'; length as usize], b"r\x01\x00\x00\x01."]
            .concat()
    };
    assert_eq!(faults(&filled(1 << 24)), []);
    assert_eq!(faults(&filled(1 << 23)), [FaultKind::HugeSlot((1 << 24) + 1)]);
}

/// Every prefix, and every change of one byte, of a pickle with all kinds of ops is survived by every reader of ours.
#[test]
fn damaged_streams() {
    let bytes = b"\x80\x04\x95\x50\0\0\0\0\0\0\0(lp0\nI1\naF1.5\naS'a'\naV\\u20ac\na(dp1\nS'k'\nI01\nsacos\nsystem\np2\n(S'x'\ntRq\x05\x8c\x01m\x8c\x01n\x93)\x81}b}(K\x01K\x02u\x8f(K\x03\x90(K\x04\x91Pid\nNQ\x82\x01\x97\x982010(1ee.";
    let probe = |bytes: &[u8]| {
        scan(bytes, &mut Nobody, &never);
        let recording = record(bytes, &never);
        let explorer = Explorer::new(bytes, &recording);
        for offset in 0..=bytes.len() {
            if let Some((window, step)) = explorer.step(offset) {
                let _ = step.value.map(|value| explorer.render(&window, value, Limits::LINE));
                let _ = explorer.consumer(step.op.start);
                let _ = explorer.mark_partner(step.op.start);
                let _ = explorer.memo_store(step.op.start);
            }
        }
        let covered: usize = recording.segments.iter().map(|segment| segment.bytes().len()).sum();
        assert_eq!(covered, bytes.len());
    };
    for end in 0..bytes.len() {
        probe(&bytes[..end]);
    }
    for at in 0..bytes.len() {
        for change in [0x00, 0x28, 0x2e, 0x52, 0x62, 0x71, 0x74, 0x80, 0xff] {
            let mut damaged = bytes.to_vec();
            damaged[at] = change;
            probe(&damaged);
        }
    }
}
