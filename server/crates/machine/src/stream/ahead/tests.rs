//! Reading ahead changes nothing of what is told: every stream is read with it, in slices of a few bytes, and without.

mod tables;

use super::super::*;
use super::*;
use crate::ahead::read;
use crate::ahead::written::{Dice, Pickler};
use crate::render::{Limits, render};

/// All that an observer is told, in words.
#[derive(Default, PartialEq, Debug)]
struct Log {
    told: Vec<String>,
    /// Whether the nesting is compared: how many marks are open is looked at only now and then.
    nesting: bool,
}

impl Log {
    fn add(&mut self, what: &str, op: &Op<'_>, more: &str) {
        self.told.push(format!("{} {what} {} {more}", op.start, op.opcode.name()));
    }
}

fn shown(scene: Scene<'_, '_>, value: Value) -> String {
    render(scene.arena, value, Limits::LINE)
}

impl<'a> Observer<'a> for Log {
    fn global(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, global: Value) {
        self.add("global", op, &shown(scene, global));
    }
    fn call(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, call: Value) {
        self.add("call", op, &shown(scene, call));
    }
    fn build(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, target: Value, state: Value) {
        let hashed = scene.arena.was_hashed(target);
        self.add("build", op, &format!("{} {} {hashed}", shown(scene, target), shown(scene, state)));
    }
    fn array(&mut self, _: Scene<'_, 'a>, op: &Op<'a>, found: &Found) {
        self.add("array", op, &format!("{found:?}"));
    }
    fn inner(&mut self, _: usize, op: &Op<'a>, inner: Inner) {
        self.add("inner", op, &format!("{inner:?}"));
    }
    fn newer_opcode(&mut self, _: usize, op: &Op<'a>, declared: Option<u8>) {
        self.add("newer", op, &format!("{declared:?}"));
    }
    fn put(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, target: Value, items: &[Value]) {
        // What plain data puts into containers that hold themselves nothing else can have by then; that items of a list are set is told.
        let sets = matches!(op.opcode, pickle_ops::Opcode::SetItem | pickle_ops::Opcode::SetItems);
        let is_own = target.container().is_some_and(|made| !(sets && scene.arena.is_list_at(made)));
        if is_own && items.iter().all(|item| item.is_plain()) {
            return;
        }
        let items: Vec<String> = items.iter().map(|&item| shown(scene, item)).collect();
        self.add("put", op, &format!("{} {items:?}", shown(scene, target)));
    }
    fn discard(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, value: Value) {
        self.add("discard", op, &shown(scene, value));
    }
    fn persistent(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, value: Value) {
        self.add("persistent", op, &shown(scene, value));
    }
    fn overwritten(&mut self, _: usize, op: &Op<'a>, slot: u64) {
        self.add("overwritten", op, &slot.to_string());
    }
    fn no_items(&mut self, _: usize, op: &Op<'a>) {
        self.add("no items", op, "");
    }
    fn byte_string(&mut self, _: usize, op: &Op<'a>) {
        self.add("byte string", op, "");
    }
    fn fault(&mut self, _: usize, fault: &Fault) {
        self.told.push(format!("fault {fault:?}"));
    }
    fn end(&mut self, summary: &Summary) {
        let nesting = if self.nesting { summary.nesting } else { 0 };
        // What keys weigh is not the same: of slots that are read it is not known whether they are keys.
        let summary = Summary { nesting, keys: 0, ..*summary };
        self.told.push(format!("{summary:?}"));
    }
    fn gap(&mut self, bytes: Range<usize>, behind: bool) {
        self.told.push(format!("gap {bytes:?} {behind}"));
    }
}

fn log(bytes: &[u8], sizes: Option<Sizes>) -> Log {
    let mut log = Log { nesting: !bytes.contains(&b'('), ..Log::default() };
    scan_with(State { sizes, ..State::new(bytes) }, &mut log, &crate::never);
    log
}

fn agree(bytes: &[u8], slice: usize, why: &str) {
    let (want, got) =
        (log(bytes, None), log(bytes, Some(Sizes { slice, slices: 3, shortest: 1, meeting: 16, rest: 0 })));
    assert_eq!(want, got, "{why}: {}", bytes.escape_ascii());
}

/// Also when bytes of it are replaced by others.
fn agree_when_damaged(mut bytes: Vec<u8>, slice: usize, seed: u64) {
    agree(&bytes, slice, "as written");
    let mut dice = Dice(seed);
    for _ in 0..3 {
        let at = dice.roll(bytes.len());
        bytes[at] = dice.roll(256) as u8;
        agree(&bytes, slice, "damaged");
    }
}

#[test]
fn what_is_told_is_the_same() {
    for seed in 0..3000 {
        let slice = [48, 100, 333, 1000][seed as usize % 4];
        let odd = [0, 0, 10, 60][(seed / 4) as usize % 4];
        agree_when_damaged(Pickler::pickle(seed, seed % 2 == 0, odd), slice, seed);
    }
}

/// What a stretch takes for granted, in the middle of plain data that is read ahead.
#[test]
fn what_cannot_be_taken_for_granted() {
    let list: (&[u8], &[u8]) = (b"]", b"K\x02a");
    let dict: (&[u8], &[u8]) = (b"}", b"K\x02K\x03s");
    let chain = [b"]".repeat(40), b"K\x01".to_vec(), b"a".repeat(41)].concat();
    let cases: [(_, &[u8], &str); 6] = [
        (list, b"h\0aX\x01\0\0\0aq\0a", "a slot that is filled later"),
        (list, b"]q\0a}h\0K\x01sa", "a key that is a list, from the memo"),
        (dict, b"]K\x01s", "a key that is a list"),
        (list, b"K\x01K\x02s", "pairs for a list"),
        (list, &chain, "a row of ops that close something"),
        (list, b"]q\0a]h\0aa]h\0aa", "what is shared"),
    ];
    for ((begin, item), middle, why) in cases {
        for before in [390, 400, 411, 423] {
            let data = item.repeat(before);
            let bytes = [&[0x80, 2], begin, &data, middle, &data, b"."].concat();
            for slice in [100, 150, 200] {
                agree(&bytes, slice, why);
            }
        }
    }
}

/// That the two are the same would say little if no stretch was ever used.
#[test]
fn plain_data_is_read_ahead() {
    let mut bytes = b"\x80\x02]q\0(".to_vec();
    for number in 0..2000_u32 {
        bytes.extend(b"}r");
        bytes.extend((3 * number + 1).to_le_bytes());
        bytes.extend(b"(X\x01\0\0\0ar");
        bytes.extend((3 * number + 2).to_le_bytes());
        bytes.extend(b"K\x01h\x02K\x02X\x01\0\0\0br");
        bytes.extend((3 * number + 3).to_le_bytes());
        bytes.extend(b"h\x02\x85u");
    }
    bytes.extend(b"e.");
    let sizes = Sizes { slice: 4096, slices: 10, shortest: 200, meeting: 256, rest: 16 };
    let mut state = State { sizes: Some(sizes), ..State::new(&bytes) };
    let mut course = Course::new(&bytes, 0, 0);
    state.window(&mut course, 1000, &[], &mut Log::default(), &crate::never);
    let newest = course.watch.newest;
    let ready =
        read(&bytes, 1000..40_000, sizes, |slice: &_, found: &mut _| stretches(&bytes, slice, newest, found));
    let (_, done) = state.window(&mut course, 40_000, &ready, &mut Log::default(), &crate::never);
    assert!(done > 36_000, "{done} of 39,000 bytes");
    agree(&bytes, sizes.slice, "records");
}
