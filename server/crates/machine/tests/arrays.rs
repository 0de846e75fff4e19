//! Arrays between opcodes: what joblib wrote is read as joblib reads it, in every mode.
// A test may fail by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ops::Range;
use std::path::Path;

use pickle_machine::arena::Value;
use pickle_machine::hole::{Content, Found};
use pickle_machine::record::{Explorer, Row, Segment, Walk, record};
use pickle_machine::stream::{As, Memory, Observer, Scene, Summary, holes, scan, scan_as};
use pickle_machine::{Fault, never};
use pickle_ops::{Op, Opcode};

/// The recorded files: bytes, and what joblib takes between opcodes.
fn recorded() -> Vec<(String, Vec<u8>, Vec<Range<usize>>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arrays");
    let list = std::fs::read_to_string(folder.join("holes.txt")).unwrap();
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap().to_owned();
        let range = |word: &str| {
            let (start, end) = word.split_once('-').unwrap();
            start.parse().unwrap()..end.parse().unwrap()
        };
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        (name, bytes, words.map(range).collect())
    };
    list.lines().filter(|line| !line.starts_with('#')).map(line).collect()
}

/// What a pass tells.
#[derive(Default)]
struct Log {
    arrays: Vec<Found>,
    faults: Vec<Fault>,
    calls: usize,
    ends: Vec<(usize, bool)>,
}

impl<'a> Observer<'a> for Log {
    fn array(&mut self, _: Scene<'_, 'a>, _: &Op<'a>, found: &Found) {
        self.arrays.push(found.clone());
    }
    fn call(&mut self, _: Scene<'_, 'a>, _: &Op<'a>, _: Value) {
        self.calls += 1;
    }
    fn fault(&mut self, _: usize, fault: &Fault) {
        self.faults.push(*fault);
    }
    fn end(&mut self, summary: &Summary) {
        self.ends.push((summary.end, summary.stopped));
    }
}

fn log(bytes: &[u8]) -> Log {
    let mut log = Log::default();
    scan(bytes, &mut log, &never);
    log
}

#[test]
fn as_joblib_reads_them() {
    let files = recorded();
    assert!(files.len() > 10);
    for (name, bytes, expected) in files {
        let log = log(&bytes);
        assert_eq!((log.faults, log.ends), (vec![], vec![(bytes.len(), true)]), "{name}");
        let found: Vec<_> =
            holes(&bytes, 0, Memory::default(), &never).into_iter().map(|hole| hole.bytes).collect();
        assert_eq!(found, expected, "{name}");
    }
}

/// Rows cover every byte once, numbers of rows and offsets lead to each other, and windows know each op.
#[test]
fn recorded_rows() {
    for (name, bytes, expected) in recorded() {
        let recording = record(&bytes, &never);
        let [Segment::Pickle(pickle)] = recording.segments.as_slice() else { panic!("{name}") };
        let filled = expected.iter().filter(|range| !range.is_empty()).count();
        assert_eq!(pickle.rows(), pickle.ops + filled as u64, "{name}");
        let explorer = Explorer::new(&bytes, &recording);
        let mut next = 0;
        for (number, row) in (0..).zip(Walk::new(&bytes, &recording, pickle, 0).unwrap()) {
            let covered = match row {
                Row::Op(nested) => nested.op.start..nested.op.end,
                Row::Hole(hole) => hole.bytes.clone(),
            };
            assert_eq!(covered.start, next, "{name}");
            next = covered.end;
            assert_eq!(recording.row_number(&bytes, pickle, covered.end - 1), Some(number), "{name}");
            assert_eq!(recording.row_offset(&bytes, pickle, number), Some(covered.start), "{name}");
            assert_eq!(explorer.step(covered.start).is_some(), matches!(row, Row::Op(_)), "{name}");
        }
        assert_eq!(next, bytes.len(), "{name}");
    }
}

const WRAPPER: &[u8] = b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n";

/// A wrapper whose state is `state`, and what follows.
fn wrapper(state: &[u8], rest: &[u8]) -> Vec<u8> {
    [b"\x80\x02", WRAPPER, b")\x81}(", state, b"ub", rest].concat()
}

const U1: &[u8] = b"U\x05dtypecnumpy\ndtype\nU\x02u1\x85R";

#[test]
fn arrays_that_lie() {
    let unclear = |state: &[u8]| match &log(&wrapper(state, b".")).arrays[..] {
        [Found::Unclear(why)] => (*why).to_owned(),
        other => panic!("{other:?}"),
    };
    assert!(unclear(b"").contains("no dict"));
    assert!(unclear(b"U\x05shape)").contains("dtype"));
    assert!(unclear(U1).contains("shape"));
    assert!(unclear(&[U1, b"U\x05shapeJ\xff\xff\xff\xff\x85"].concat()).contains("shape"));
    assert!(unclear(&[U1, b"U\x05shapecm\nf\n)R"].concat()).contains("shape"));
    assert!(unclear(b"U\x05dtypecnumpy\ndtype\nU\x02q9\x85RU\x05shape)").contains("dtype"));
    let huge =
        b"U\x05shape\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x86";
    assert!(unclear(&[U1, huge].concat()).contains("larger"));
}

#[test]
fn an_array_that_is_cut() {
    let bytes = wrapper(&[U1, b"U\x05shapeM\xff\xff\x85"].concat(), b"abc");
    let log = log(&bytes);
    assert!(
        log.faults[0].kind.to_string().contains("expected 65535 bytes of an array, found 3"),
        "{:?}",
        log.faults
    );
    assert_eq!(log.ends, [(bytes.len(), false)]);
    let recording = record(&bytes, &never);
    assert_eq!(recording.segments.iter().map(|segment| segment.bytes().len()).sum::<usize>(), bytes.len());
}

/// The last of several values of a key counts, and a second `BUILD` of an object takes another array.
#[test]
fn states_that_repeat_themselves() {
    let state = [U1, b"U\x05shapeK\x63\x85U\x05shapeK\x02\x85"].concat();
    let bytes = wrapper(&state, b"ab.");
    assert_eq!(holes(&bytes, 0, Memory::default(), &never)[0].bytes.len(), 2);
    let again = wrapper(&state, &[b"ab}(".as_slice(), &state, b"ubcd."].concat());
    assert_eq!(holes(&again, 0, Memory::default(), &never).len(), 2);
}

/// Two readings of the same bytes: what joblib takes for an array is a call to others, and the other way round.
#[test]
fn both_readings() {
    let bytes = wrapper(&[U1, b"U\x05shapeK\x0e\x85"].concat(), b"cos\nsystem\n)R..");
    let Content::Items { shape, .. } = &holes(&bytes, 0, Memory::default(), &never)[0].content else {
        panic!()
    };
    assert_eq!(shape, &[14]);
    let calls = log(&bytes).calls;
    let mut plain = Log::default();
    scan_as(As::WithoutArrays, &bytes, Memory::default(), &mut plain, &never);
    assert_eq!((plain.arrays.len(), plain.calls), (0, calls + 1));
}

/// joblib takes an array from behind the frame, not from behind the `BUILD`.
#[test]
fn a_frame_that_goes_on() {
    let body = wrapper(&[U1, b"U\x05shapeK\x02\x85"].concat(), b"ab.");
    let length = u64::try_from(body.len() - 2).unwrap();
    let framed = |length: u64| [b"\x80\x04\x95", length.to_le_bytes().as_slice(), &body[2..]].concat();
    assert_eq!(log(&framed(length - 3)).arrays.len(), 1);
    assert!(matches!(log(&framed(length)).arrays[1], Found::Unclear(why) if why.contains("frame")));
}

/// Arrays, and ops around them, across many checkpoints.
#[test]
fn across_windows() {
    let one = [WRAPPER, b")\x81}(", U1, b"U\x05shapeK\x03\x85", b"ubabc"].concat();
    let bytes = [b"\x80\x02](".as_slice(), &one.repeat(3000), b"e."].concat();
    let recording = record(&bytes, &never);
    let pickle = recording.pickles().next().unwrap().1;
    assert!(recording.chunks.len() > 5);
    assert_eq!((pickle.holes.len(), pickle.bytes.clone()), (3000, 0..bytes.len()));
    for row in [0, 1, 5000, 20_000, pickle.rows() - 1] {
        let offset = recording.row_offset(&bytes, pickle, row).unwrap();
        assert_eq!(recording.row_number(&bytes, pickle, offset), Some(row));
    }
    let explorer = Explorer::new(&bytes, &recording);
    let (_, appends) = explorer.step(bytes.len() - 2).unwrap();
    assert_eq!((appends.op.opcode, appends.height, appends.depth), (Opcode::Appends, 3001, 1));
}
