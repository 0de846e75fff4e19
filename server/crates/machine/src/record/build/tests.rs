//! Reading ahead changes nothing of what the index says: every stream is indexed with it, in slices of a few bytes, and without.

use super::*;
use crate::ahead::written::{Dice, Pickler, Table};
use crate::record::{Explorer, Row, Walk};

/// All that an editor can ask of an op, of every one.
fn answers(bytes: &[u8], sizes: Option<Sizes>) -> Vec<String> {
    let recording = record_with(bytes, sizes, Memory::default(), &crate::never);
    let explorer = Explorer::new(bytes, &recording);
    let mut said = Vec::new();
    for segment in &recording.segments {
        let Segment::Pickle(pickle) = segment else {
            said.push(format!("{segment:?}"));
            continue;
        };
        let (protocol, slots) = (pickle.protocol, pickle.memo_len());
        said.push(format!("{:?} {} {protocol:?} {slots} {:?}", pickle.bytes, pickle.rows(), pickle.fault));
        for (number, row) in Walk::new(bytes, &recording, pickle, 0).into_iter().flatten().enumerate() {
            let Row::Op(nested) = row else { continue };
            let at = nested.op.start;
            let place = recording.row_offset(bytes, pickle, number as u64);
            let Some((window, step)) = explorer.step(at) else { continue };
            let taken: Vec<usize> = window.operands(&step).iter().map(|operand| operand.pushed_by).collect();
            let around = (explorer.consumer(at), explorer.mark_partner(at), explorer.memo_store(at));
            said.push(format!(
                "{at} {place:?} {} {} {} {} {taken:?} {around:?}",
                nested.depth, step.height, step.height_after, step.depth
            ));
        }
    }
    said
}

fn agree(bytes: &[u8], slice: usize) {
    let (want, got) = (
        answers(bytes, None),
        answers(bytes, Some(Sizes { slice, slices: 3, shortest: 1, meeting: 16, rest: 0 })),
    );
    let first = want.iter().zip(&got).find(|(want, got)| want != got);
    assert_eq!((first, want.len()), (None, got.len()), "slices of {slice}: {}", bytes.escape_ascii());
}

fn agree_when_damaged(mut bytes: Vec<u8>, slice: usize, seed: u64) {
    agree(&bytes, slice);
    let mut dice = Dice(seed);
    for _ in 0..2 {
        let at = dice.roll(bytes.len());
        bytes[at] = dice.roll(256) as u8;
        agree(&bytes, slice);
    }
}

#[test]
fn it_says_the_same_of_any_data() {
    for seed in 0..160 {
        let slice = [48, 100, 333, 1000][seed as usize % 4];
        let odd = [0, 0, 10, 60][(seed / 4) as usize % 4];
        agree_when_damaged(Pickler::pickle(seed, seed % 2 == 0, odd), slice, seed);
    }
}

#[test]
fn it_says_the_same_of_tables() {
    for seed in 0..80 {
        let slice = [400, 1000, 3000, 10_000][seed as usize % 4];
        let odd = [0, 0, 5, 30][(seed / 4) as usize % 4];
        agree_when_damaged(Table::new(seed, seed % 2 == 0, odd).write(), slice, seed);
    }
}

/// Slots that are filled in another order, more than once, or by ops that fail.
#[test]
fn who_filled_a_slot() {
    let record = b"]q\x01(h\0K\x01e".repeat(40);
    let cases: [&[u8]; 6] = [b"q\x01", b"q\x05", b"q\xff", b"p3\n", b"(q\x020", b"r\0\0\0\x90"];
    for odd in cases {
        for memoize in [&b""[..], b"K\x05\x94K\x06\x94"] {
            let bytes =
                [b"\x80\x04]\x94(", &record[..], odd, memoize, &record, odd, memoize, b"h\x01h\x02h\x05."];
            agree(&bytes.concat(), 100);
        }
    }
}

/// It names what lies on the stack, and takes nothing of it.
#[test]
fn a_slot_that_is_filled_first_thing_in_a_chunk() {
    let before = CHUNK as usize - 2;
    let bytes = [b"](".to_vec(), b"N".repeat(before), b"q\x00e.".to_vec()].concat();
    let recording = record_with(&bytes, None, Memory::default(), &crate::never);
    let (put, starts) = (before + 2, recording.chunks.iter().map(|chunk| chunk.start).collect::<Vec<_>>());
    assert_eq!(starts, [0, put]);
    assert_eq!(Explorer::new(&bytes, &recording).memo_store(put), Some(put));
}

/// That the two are the same would say little if nothing was ever read ahead.
#[test]
fn data_is_read_ahead() {
    let bytes = [
        b"\x80\x04]\x94(",
        &b"}\x94(\x8c\x01a\x94K\x01\x8c\x01b\x94]\x94(K\x02h\0eu".repeat(3000)[..],
        b"e.",
    ]
    .concat();
    let mut found = Vec::new();
    let range = 5..bytes.len();
    strips(&bytes, &crate::ahead::Slice { range, shortest: 1 }, &mut found);
    assert_eq!(found.len(), 1);
    let mut recording = Recording::default();
    let mut machine = Machine::default();
    let mut course = Course {
        recording: &mut recording,
        machine: std::mem::take(&mut machine),
        index: Index { lows: Lows::default(), past: Whole::new(&bytes, 0, Memory::default(), &crate::never) },
        reader: Reader::new(&bytes, 0),
        length: bytes.len(),
        memory: Memory::default(),
        chunk: None,
    };
    let (flow, done) = course.window(bytes.len(), &found, &crate::never);
    assert_eq!((flow, done), (Some(Flow::Stop), bytes.len() - 5 - 2));
}

/// What does not fit into memory is not divided into ops, and nothing of it is lost; what is popped again takes none.
#[test]
fn within_memory() {
    let memory = Memory(1 << 20);
    // The slot that is out of order makes that all stores behind it are written down.
    let cases: [(&[u8], bool); 6] = [
        (b"(", false),
        (b"N", false),
        (b"q\x05", false),
        (b"\x94", false),
        (b"](K\x01e0", true),
        (b"(0", true),
    ];
    for (unit, fits) in cases {
        let bytes = [b"\x80\x04Nq\x05", &unit.repeat(200_000)[..], b"."].concat();
        for sizes in [None, Sizes::of(&bytes)] {
            let recording = record_with(&bytes, sizes, memory, &crate::never);
            assert!(recording.complete && recording.weight() <= 2 * memory.bytes());
            let covered = recording.segments.iter().map(|segment| segment.bytes().len());
            assert_eq!(covered.sum::<usize>(), bytes.len());
            let Some(Segment::Gap(rest, fault)) = recording.segments.get(1) else {
                assert!(fits, "{}", unit.escape_ascii());
                continue;
            };
            assert!(!fits && rest.end == bytes.len(), "{}", unit.escape_ascii());
            assert_eq!(fault.map(|fault| (fault.start, fault.kind)), Some((rest.start, FaultKind::TooLarge)));
        }
    }
}
