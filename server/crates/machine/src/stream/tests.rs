//! What a stream tells, event by event.

use super::*;
use crate::arena::Shape;
use crate::domain::never;
use crate::render::{Limits, render};

/// Writes down all events, a line each.
#[derive(Default)]
struct Log(Vec<String>);

impl<'a> Observer<'a> for Log {
    fn global(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, global: Value) {
        self.0.push(format!("{} global {}", op.start, render(scene.arena, global, Limits::LINE)));
    }
    fn call(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, call: Value) {
        self.0.push(format!("{} call {}", op.start, render(scene.arena, call, Limits::LINE)));
    }
    fn build(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, target: Value, _state: Value) {
        self.0.push(format!("{} build {}", op.start, render(scene.arena, target, Limits::LINE)));
    }
    fn newer_opcode(&mut self, _pickle: usize, op: &Op<'a>, declared: Option<u8>) {
        self.0.push(format!("{} newer {} {declared:?}", op.start, op.opcode.name()));
    }
    fn fault(&mut self, _pickle: usize, fault: &Fault) {
        self.0.push(format!("{} fault {}", fault.start, fault.kind));
    }
    fn end(&mut self, summary: &Summary) {
        self.0.push(format!("{} end of pickle {}", summary.end, summary.pickle));
    }
    fn gap(&mut self, bytes: Range<usize>, behind: bool) {
        self.0.push(format!("{} gap of {} {behind}", bytes.start, bytes.len()));
    }
}

fn events(bytes: &[u8]) -> Vec<String> {
    let mut log = Log::default();
    assert_eq!(scan(bytes, &mut log, &never), Completion::Whole);
    log.0
}

#[test]
fn globals_through_memo_and_stack() {
    let bytes = b"\x80\x04\x8c\x02os\x94\x8c\x06system\x940h\0h\x01\x93\x8c\x02id\x85R.";
    assert_eq!(events(bytes), ["21 global os.system", "27 call os.system('id')", "29 end of pickle 0"]);
}

#[test]
fn every_kind_of_call() {
    assert_eq!(events(b"(S'a'\nios\nsystem\n.")[1], "6 call os.system('a')");
    assert_eq!(events(b"(cos\nsystem\nS'a'\no.")[1], "17 call os.system('a')");
    assert_eq!(events(b"\x80\x04cm\nC\n)}\x92.")[1], "9 call m.C.__new__(m.C, **{})");
    assert_eq!(events(b"cm\nC\n)R}b.")[2], "8 build m.C()");
}

/// What a state sets on an object is called by later states and items.
#[test]
fn attributes_of_objects_that_unpicklers_call() {
    let added = |name: &[u8]| events(&[b"cm\nC\n)R}", name, b"cn\nf\nsb(K\x01\x90."].concat());
    assert!(added(b"U\x06update").iter().any(|event| event.ends_with(" call n.f((1,))")));
    assert!(added(b"U\x03add").iter().any(|event| event.ends_with(" call n.f(1)")));
    let set = |name: &str, rest: &str| {
        let stream = format!("cm\nC\n)R}}S'{name}'\ncn\nf\nsb{rest}.");
        let calls: Vec<String> = events(stream.as_bytes()).into_iter().skip(4).collect();
        calls
            .into_iter()
            .filter_map(|event| Some(event.split_once(" call ")?.1.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(set("__setstate__", "I1\nbI2\nb"), ["n.f(1)", "n.f(2)"]);
    assert_eq!(set("extend", "(I1\nI2\ne"), ["n.f((1, 2))"]);
    assert_eq!(set("append", "(I1\nI2\ne"), ["n.f(1)", "n.f(2)"]);
    assert_eq!(set("append", "I1\na"), ["n.f(1)"]);
    assert_eq!(set("__setitem__", "I1\nI2\ns"), [""; 0]);
    assert_eq!(set("other", "I1\nb"), [""; 0]);
}

/// Plain data is not kept, and yet it is there to be shown.
#[test]
fn plain_arguments() {
    let bytes = b"csubprocess\nPopen\n(]q\0(X\x02\0\0\0lsq\x01X\x02\0\0\0-lq\x02etR.";
    assert_eq!(events(bytes)[1].split_once(" call ").unwrap().1, "subprocess.Popen(['ls', '-l'])");
    assert_eq!(events(b"cm\nf\n((lp0\nS'ls'\natR.")[1].split_once(" call ").unwrap().1, "m.f(['ls'])");
    assert_eq!(events(b"cm\nf\n(]}tR.")[1], "9 call m.f([], {})");
}

#[test]
fn the_first_fault_and_what_follows() {
    let events = events(b"RRcos\nsystem\n.\0\0");
    assert_eq!(
        events,
        [
            "0 call …(*…)",
            "0 fault expected 2 items on the stack, found 0",
            "1 call …(*…(*…))",
            "2 global os.system",
            "14 end of pickle 0",
            "14 gap of 2 true",
        ]
    );
}

#[test]
fn a_frame_that_is_too_long_is_not_the_last_fault() {
    let events = events(b"\x80\x04\x95\xff\0\0\0\0\0\0\0h\x05.");
    assert!(events[0].contains("expected a frame of 255 bytes"), "{events:?}");
    assert!(events[1].contains("memo slot 5"), "{events:?}");
}

#[test]
fn opcodes_newer_than_declared() {
    assert_eq!(events(b"\x80\x02\x8c\x01a0\x8c\x01b.")[0], "2 newer SHORT_BINUNICODE Some(2)");
    assert_eq!(events(b"\x88.")[0], "0 newer NEWTRUE None");
    assert_eq!(events(b"]."), ["2 end of pickle 0"]);
}

/// One unpickler for all pickles goes on with its memo, and counts its slots on.
#[test]
fn one_memo_for_all() {
    let bytes = b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94.\x80\x04]\x94h\x02\x8c\x02id\x85R.";
    assert!(events(bytes)[2].contains("memo slot 2"), "{:?}", events(bytes));
    let mut log = Log::default();
    assert_eq!(scan_as(As::OneMemo, bytes, Memory::default(), &mut log, &never), Completion::Whole);
    assert_eq!(log.0[2].split_once(' ').unwrap().1, "call os.system('id')");
    // MEMOIZE has taken slot 3.
    let mut log = Log::default();
    scan_as(As::OneMemo, &[&bytes[..], b"h\x03h\x04\x86."].concat(), Memory::default(), &mut log, &never);
    assert!(log.0.iter().filter(|line| line.contains("fault")).all(|line| line.contains("memo slot 4")));
}

/// Values that nothing refers to are forgotten; those in the memo keep their meaning.
#[test]
fn memory_is_stack_and_memo() {
    let mut bytes = b"\x80\x02cm\nC\n(K\x01K\x02tRq\x050".to_vec();
    for _ in 0..4 * COLLECT_FROM {
        bytes.extend(b"K\x03\x850");
    }
    bytes.extend(b"h\x05)R.");
    let mut state = State::new(&bytes);
    let mut log = Log::default();
    assert!(state.pickle(0, 0, &mut log, &never).is_some());
    assert_eq!(log.0[2].split_once(" call ").unwrap().1, "m.C(1, 2)()");
    assert!(state.arena.len() < 2 * COLLECT_FROM, "{}", state.arena.len());
}

#[test]
fn an_interrupt_ends_it() {
    let bytes = [b"N0".repeat(10_000), b"N.".to_vec()].concat();
    assert_eq!(scan(&bytes, &mut Log::default(), &|| true), Completion::Interrupted);
}

/// A byte is enough for an entry, so a pickle that is well compressed may ask for all memory there is.
#[test]
fn a_pickle_that_needs_too_much_memory() {
    let ops: [&[u8]; 4] = [b"N", b"(", b"\x85", b"\x94"];
    for op in ops {
        let bytes = [b"cos\nsystem\n", op.repeat(40_000).as_slice()].concat();
        let read = |most: usize| {
            let mut state = State::new(&bytes);
            state.most = most;
            let mut log = Log::default();
            (scan_with(state, &mut log, &never), log.0.len())
        };
        let (completion, told) = read(5_000);
        assert_eq!(completion, Completion::TooLarge, "{op:?}");
        assert!(told > 0, "what comes before is told");
        assert_ne!(read(Memory::default().bytes() / ENTRY).0, Completion::TooLarge);
    }
}

/// The containers in the arguments of the last call that are kept, from the outermost in.
#[derive(Default)]
struct Kept(Vec<usize>);

impl<'a> Observer<'a> for Kept {
    fn call(&mut self, scene: Scene<'_, 'a>, _: &Op<'a>, call: Value) {
        let Shape::Call { arguments, .. } = scene.arena.shape(call) else { return };
        self.0.clear();
        let mut next = scene.arena.tuple(arguments).and_then(|items| items.first().copied());
        while let Some(Shape::Container(_, Some(contents))) = next.map(|value| scene.arena.shape(value)) {
            self.0.push(contents.items.len() + contents.pairs.len());
            next = contents.items.last().or(contents.pairs.last()).copied();
        }
    }
}

/// What is notable is kept however deep it is in containers, and a name that is told is kept as a key.
#[test]
fn what_is_notable_in_containers() {
    let cases: [(&[u8], &[usize]); 4] = [
        (b"cm\nf\n(](cm\ng\netR.", &[1]),
        (b"cm\nf\n(](](cm\ng\neetR.", &[1, 1]),
        (b"cm\nf\n(](](]eetR.", &[]),
        (b"cm\nf\n(}(X\x13\0\0\0__array_interface__]utR.", &[2]),
    ];
    for (bytes, kept) in cases {
        let mut seen = Kept::default();
        scan(bytes, &mut seen, &never);
        assert_eq!(seen.0, kept, "{}", bytes.escape_ascii());
    }
}

/// Plain items of short lists and dicts are kept where an observer asks for them, also such as come from the memo.
#[test]
fn short_ones_that_are_asked_for() {
    #[derive(Default)]
    struct Asks(bool, Vec<String>);
    impl<'a> Observer<'a> for Asks {
        fn keeps_keys(&self) -> Option<KeyFilter> {
            Some(|_| false)
        }
        fn keeps_short(&self) -> bool {
            self.0
        }
        fn build(&mut self, scene: Scene<'_, 'a>, _: &Op<'a>, _: Value, state: Value) {
            if let Shape::Container(_, Some(contents)) = scene.arena.shape(state) {
                let text = |item: &Value| scene.arena.text(*item).unwrap_or_default().into_owned();
                self.1.extend(contents.items.iter().chain(&contents.pairs).map(text));
            }
        }
    }
    let long = [b"\x8c\x01ocm\nf\n)\x81](".to_vec(), b"K\x01".repeat(17), b"eb.".to_vec()].concat();
    let cases: [(bool, &[u8], &[&str]); 6] = [
        (true, b"\x80\x04\x8c\x01m\x94cm\nf\n)\x81](h\0\x8c\x01nK\x01eb.", &["m", "n", ""]),
        (true, b"cm\nf\n)\x81]\x8c\x01ma\x8c\x01nab.", &["m", "n"]),
        (false, b"cm\nf\n)\x81](\x8c\x01mK\x01eb.", &[]),
        (true, &long, &[]),
        (true, b"cm\nf\n)\x81}(\x8c\x01mK\x01ub.", &["m", ""]),
        (false, b"cm\nf\n)\x81}(\x8c\x01mK\x01ub.", &[]),
    ];
    for (lists, bytes, items) in cases {
        let mut asks = Asks(lists, Vec::new());
        scan(bytes, &mut asks, &never);
        assert_eq!(asks.1, items, "{}", bytes.escape_ascii());
    }
}

/// Keys that an observer asks for are kept with plain values, from the global on that makes it ask.
#[test]
fn keys_that_are_asked_for() {
    #[derive(Default)]
    struct Asks(Vec<usize>);
    impl<'a> Observer<'a> for Asks {
        fn keeps_keys(&self) -> Option<KeyFilter> {
            Some(|key| key == b"size")
        }
        fn build(&mut self, scene: Scene<'_, 'a>, _: &Op<'a>, _: Value, state: Value) {
            if let Shape::Container(_, Some(contents)) = scene.arena.shape(state) {
                self.0.push(contents.pairs.len());
            }
        }
    }
    let cases: [(&[u8], &[usize]); 3] = [
        (b"\x80\x04cm\nf\n)\x81}(\x8c\x04sizeK\x01\x8c\x04nameK\x01ub.", &[2]),
        (b"\x80\x04}\x8c\x04sizeK\x01s0cm\nf\n)\x81}\x8c\x04nameK\x01sb.", &[]),
        (b"cm\nf\n(tR(dS'size'\nI1\nsb.", &[2]),
    ];
    for (bytes, pairs) in cases {
        let mut asks = Asks::default();
        scan(bytes, &mut asks, &never);
        assert_eq!(asks.0, pairs, "{}", bytes.escape_ascii());
    }
}

/// The largest integers of lists and dicts, from 65,536 on: wherever they were put there, and in what these hold.
#[test]
fn large_integers_that_are_put_somewhere() {
    #[derive(Default)]
    struct Asks(Vec<Option<i64>>);
    impl<'a> Observer<'a> for Asks {
        fn keeps_keys(&self) -> Option<KeyFilter> {
            Some(|key| key == b"size")
        }
        fn build(&mut self, scene: Scene<'_, 'a>, _: &Op<'a>, _: Value, state: Value) {
            let Shape::Container(_, Some(contents)) = scene.arena.shape(state) else { return };
            self.0.push(scene.arena.largest_in(contents.pairs[1]));
        }
    }
    let size = |value: &str| format!("cm\nf\n(tR(dS'size'\n{value}sb.");
    let many = format!("](I70000\n{}e", "](I7\nI70000\ne0".repeat(20_000));
    let long = format!("](I{}1\ne", "0".repeat(80));
    let cases: [(&str, Option<i64>); 14] = [
        ("](I70000\nI70001\nI3\ne", Some(70_001)),
        ("](I70000\ne", Some(70_000)),
        ("](I65535\ne", None),
        ("](I-70000\nF70000\nVx\ne", None),
        ("(I3\nI70000\nl", Some(70_000)),
        ("](I1\n](I2\n(I3\nI70000\ntee", Some(70_000)),
        ("}(Va\nI70000\nu", Some(70_000)),
        ("}(I70000\nVa\nu", None),
        ("](I9999999999999999999999\ne", Some(i64::MAX)),
        // Later, by way of the memo.
        ("](I1\nep0\n0g0\nI70000\na", Some(70_000)),
        ("](I70000\nep0\n0](g0\ne", Some(70_000)),
        // What is not looked at.
        ("](((((((I7\ntttttte", Some(i64::MAX)),
        (&many, Some(70_000)),
        (&long, Some(i64::MAX)),
    ];
    for (value, expected) in cases {
        let mut asks = Asks::default();
        scan(size(value).as_bytes(), &mut asks, &never);
        assert_eq!(asks.0, [expected], "{}", &value[..value.len().min(80)]);
    }
}
