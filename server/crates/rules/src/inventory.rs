//! Every global that a stream asks for: where, what it is worth, and whether it is called.
//!
//! This is a list and no judgement of what happens: the rules are that. Where readers take a stream for different pickles, it
//! has what each of them asks for.

use std::collections::{HashMap, HashSet};

use pickle_machine::arena::{Shape, Value};
use pickle_machine::hole::Found;
pub use pickle_machine::stream::Completion;
use pickle_machine::stream::{As, Memory, Observer, Scene, Summary, scan_as};
use pickle_machine::{Fault, FaultKind, Interrupt, Names};
use pickle_ops::{Op, Opcode, streamed};

use crate::policy::{Policy, Verdict};

/// A global and its worth.
#[derive(Clone, Debug)]
pub struct Listed<'a> {
    /// As the bytes say; `None` where the names are no constants.
    pub written: Option<Names<'a>>,
    /// As an unpickler looks it up.
    pub resolved: Option<Names<'a>>,
    /// What the policy says of it; of one without constant names nothing is known.
    pub verdict: Verdict,
}

/// A place where a global is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Number of the pickle in the stream, from 0.
    pub pickle: usize,
    /// Offset of the op: `GLOBAL`, `STACK_GLOBAL`, `INST`, or one of extension codes.
    pub offset: usize,
    /// Which of [`Inventory::globals`].
    pub global: usize,
    /// Whether what is loaded here is called.
    pub called: bool,
}

/// All globals of a stream.
#[derive(Clone, Debug)]
pub struct Inventory<'a> {
    /// Each distinct one.
    pub globals: Vec<Listed<'a>>,
    /// Each place, by offset.
    pub loads: Vec<Load>,
    /// Whether the stream was read to its end.
    pub completion: Completion,
}

/// How much may be read for other readings of a stream, as a multiple of its length: keeps the list linear.
const BUDGET_FACTOR: usize = 4;
/// What may be read for them of any stream, in bytes.
const BUDGET_BASE: usize = 1 << 16;

/// Lists the globals of all pickles of a stream, of which each may take so much memory.
#[must_use]
pub fn inventory<'a>(
    bytes: &'a [u8],
    policy: &Policy,
    memory: Memory,
    interrupt: Interrupt<'_>,
) -> Inventory<'a> {
    let mut taker = Taker::new(policy, bytes);
    let mut completion = scan_as(As::Each, bytes, memory, &mut taker, interrupt);
    let Taker { mut list, odd, .. } = taker;
    let mut left = bytes.len().saturating_mul(BUDGET_FACTOR).saturating_add(BUDGET_BASE);
    let mut others = Vec::new();
    for &Frames { pickle, start, behind } in &odd.frames {
        let Some(rest) = left.checked_sub(bytes.len() - start) else {
            completion = completion.max(Completion::SearchExhausted);
            break;
        };
        left = rest;
        let taken = streamed(bytes, start);
        let piece = taken.bytes(bytes);
        let other = reading(&piece, policy, memory, interrupt);
        others.push(other.moved(|at| taken.offset(at), pickle));
        if let Some(behind) = behind {
            let rest = bytes.get(behind..).unwrap_or_default();
            others.push(reading(rest, policy, memory, interrupt).moved(|at| behind + at, pickle));
        }
    }
    if odd.misses {
        let mut taker = Taker::new(policy, bytes);
        completion = completion.max(scan_as(As::OneMemo, bytes, memory, &mut taker, interrupt));
        list.forget_unknown(&taker.list);
        others.push(taker.list);
    }
    if let Some(from) = odd.plain_from {
        let mut taker = Taker::new(policy, bytes);
        scan_as(As::WithoutArrays, bytes, memory, &mut taker, interrupt);
        others.push(taker.list.denied_from(from));
    }
    if !others.is_empty() {
        others.into_iter().for_each(|other| list.join(other));
        list.loads.sort_by_key(|load| load.offset);
    }
    Inventory { globals: list.globals, loads: list.loads, completion }
}

/// The list of bytes that another reader takes for a stream.
fn reading(bytes: &[u8], policy: &Policy, memory: Memory, interrupt: Interrupt<'_>) -> List<'static> {
    let mut taker = Taker::new(policy, bytes);
    scan_as(As::Each, bytes, memory, &mut taker, interrupt);
    taker.list.into_owned()
}

/// As written, and as looked up. The map is keyed by data of the stream: it uses the standard hasher, which no input can
/// make slow.
type Key<'a> = (Option<Names<'a>>, Option<Names<'a>>);

/// What one reader asks for.
#[derive(Default)]
struct List<'a> {
    globals: Vec<Listed<'a>>,
    numbers: HashMap<Key<'a>, usize>,
    loads: Vec<Load>,
}

impl<'a> List<'a> {
    fn number(&mut self, listed: Listed<'a>) -> usize {
        let key = (listed.written.clone(), listed.resolved.clone());
        *self.numbers.entry(key).or_insert_with(|| {
            self.globals.push(listed);
            self.globals.len() - 1
        })
    }

    fn load_at(&mut self, offset: usize) -> Option<&mut Load> {
        let found = self.loads.binary_search_by_key(&offset, |load| load.offset).ok()?;
        self.loads.get_mut(found)
    }

    /// Of bytes that may go away.
    fn into_owned(self) -> List<'static> {
        let own = |names: Names<'_>| Names {
            module: names.module.into_owned().into(),
            name: names.name.into_owned().into(),
        };
        let globals = self.globals.into_iter().map(|listed| Listed {
            written: listed.written.map(own),
            resolved: listed.resolved.map(own),
            verdict: listed.verdict,
        });
        List { globals: globals.collect(), numbers: HashMap::new(), loads: self.loads }
    }

    /// As it stands in a stream, in a pickle of it.
    fn moved(mut self, offset: impl Fn(usize) -> usize, pickle: usize) -> Self {
        for load in &mut self.loads {
            (load.offset, load.pickle) = (offset(load.offset), pickle);
        }
        self
    }

    /// Only what is denied, from an offset on: that numbers ask for a name that nobody knows happens.
    fn denied_from(mut self, from: usize) -> Self {
        let is_denied = |number: usize| {
            self.globals.get(number).is_some_and(|listed| matches!(listed.verdict, Verdict::Denied(_)))
        };
        self.loads.retain(|load| load.offset >= from && is_denied(load.global));
        self
    }

    /// Forgets places where nothing is known of what is loaded, and another reader knows it.
    fn forget_unknown(&mut self, other: &List<'_>) {
        let unknown = |listed: Option<&Listed<'_>>| listed.is_some_and(|listed| listed.resolved.is_none());
        let known: HashSet<usize> = other
            .loads
            .iter()
            .filter(|load| !unknown(other.globals.get(load.global)))
            .map(|load| load.offset)
            .collect();
        let Self { loads, globals, .. } = self;
        loads.retain(|load| !(unknown(globals.get(load.global)) && known.contains(&load.offset)));
    }

    /// Adds what another reader asks for besides.
    fn join(&mut self, other: List<'a>) {
        let List { globals, loads, .. } = other;
        let numbers: Vec<usize> = globals.into_iter().map(|listed| self.number(listed)).collect();
        let mut known: HashMap<(usize, usize), usize> = HashMap::new();
        for (place, load) in self.loads.iter().enumerate() {
            known.insert((load.offset, load.global), place);
        }
        for load in loads {
            let Some(&global) = numbers.get(load.global) else { continue };
            match known.get(&(load.offset, global)).and_then(|&place| self.loads.get_mut(place)) {
                Some(same) => same.called |= load.called,
                None => {
                    known.insert((load.offset, global), self.loads.len());
                    self.loads.push(Load { global, ..load });
                }
            }
        }
    }
}

/// A pickle whose frames readers do not agree about.
#[derive(Clone, Copy)]
struct Frames {
    pickle: usize,
    start: usize,
    /// Where some readers go on, if it is not behind its `STOP`.
    behind: Option<usize>,
}

/// What makes readers take a stream for different pickles.
#[derive(Default)]
struct Odd {
    frames: Vec<Frames>,
    /// Whether memo slots are read that no op of the same pickle has filled.
    misses: bool,
    /// The first array whose bytes could be opcodes to an unpickler that knows nothing of arrays.
    plain_from: Option<usize>,
}

struct Taker<'p, 'a> {
    policy: &'p Policy,
    bytes: &'a [u8],
    list: List<'a>,
    odd: Odd,
}

impl<'p, 'a> Taker<'p, 'a> {
    fn new(policy: &'p Policy, bytes: &'a [u8]) -> Self {
        Self { policy, bytes, list: List::default(), odd: Odd::default() }
    }

    fn load(&mut self, pickle: usize, offset: usize, key: Key<'a>) {
        let global = match self.list.numbers.get(&key) {
            Some(&number) => number,
            None => {
                let (written, resolved) = key;
                let judged = resolved.as_ref().map(|names| self.policy.judge(&names.module, &names.name));
                let verdict = judged.unwrap_or(Verdict::Unlisted);
                self.list.number(Listed { written, resolved, verdict })
            }
        };
        self.list.loads.push(Load { pickle, offset, global, called: false });
    }
}

impl<'a> Observer<'a> for Taker<'_, 'a> {
    fn global(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, value: Value) {
        let Shape::Global(global) = scene.arena.shape(value) else { return };
        self.load(scene.pickle, op.start, (global.written.clone(), global.resolved()));
    }

    fn extension(&mut self, pickle: usize, op: &Op<'a>) {
        self.load(pickle, op.start, (None, None));
    }

    fn call(&mut self, scene: Scene<'_, 'a>, _: &Op<'a>, call: Value) {
        let Shape::Call { callee, .. } = scene.arena.shape(call) else { return };
        let Some(at) = scene.arena.origin(callee) else { return };
        if let Some(load) = self.list.load_at(at) {
            load.called = true;
        }
    }

    fn array(&mut self, _: Scene<'_, 'a>, _: &Op<'a>, found: &Found) {
        if let Found::Hole(hole) = found
            && self.odd.plain_from.is_none()
            && self.bytes.get(hole.bytes.start).is_some_and(|&first| Opcode::from_byte(first).is_some())
        {
            self.odd.plain_from = Some(hole.bytes.start);
        }
    }

    fn fault(&mut self, pickle: usize, fault: &Fault) {
        self.odd.misses |= pickle > 0 && matches!(fault.kind, FaultKind::MemoMiss(_));
    }

    fn end(&mut self, summary: &Summary) {
        let frames = summary.frames;
        let behind = frames.outlives.map(|(_, end)| end);
        if frames.split.is_some() || frames.nested.is_some() || behind.is_some() {
            self.odd.frames.push(Frames { pickle: summary.pickle, start: summary.start, behind });
        }
    }
}

#[cfg(test)]
mod tests {
    use pickle_machine::never;

    use super::*;

    /// `offset written resolved called verdict`, a line a load.
    fn lines(bytes: &[u8]) -> Vec<String> {
        let found = inventory(bytes, &Policy::default(), Memory::default(), &never);
        assert_eq!(found.completion, Completion::Whole);
        let name = |names: &Option<Names<'_>>| names.as_ref().map_or("?".to_owned(), Names::dotted);
        let line = |load: &Load| {
            let listed = &found.globals[load.global];
            let (written, resolved) = (name(&listed.written), name(&listed.resolved));
            let called = if load.called { "called" } else { "loaded" };
            format!("{}:{} {written} {resolved} {called} {}", load.pickle, load.offset, listed.verdict.name())
        };
        found.loads.iter().map(line).collect()
    }

    #[test]
    fn every_place() {
        assert_eq!(
            lines(b"c__builtin__\neval\nq\0(S'1'\ntR0h\0.cos\nsystem\n."),
            ["0:0 __builtin__.eval builtins.eval called denied", "1:32 os.system os.system loaded denied"]
        );
        assert_eq!(
            lines(b"(S'a'\nios\nsystem\n0ccollections\nOrderedDict\n."),
            [
                "0:6 os.system os.system called denied",
                "0:18 collections.OrderedDict collections.OrderedDict loaded allowed",
            ]
        );
    }

    #[test]
    fn what_another_reader_asks_for() {
        // An argument that goes on behind its frame: from bytes, and from a stream.
        assert_eq!(
            lines(b"\x80\x04\x95\x06\0\0\0\0\0\0\0csafe_os\ngetpid\n."),
            [
                "0:11 safe_os.getpid safe_os.getpid loaded unlisted",
                "0:11 os.getpid os.getpid loaded unlisted"
            ]
        );
        // A frame that takes in the pickle behind its own.
        assert_eq!(
            lines(b"\x80\x04\x95\x07\0\0\0\0\0\0\0N.\x80\x04C\x0d.cos\nsystem\n.."),
            ["0:18 os.system os.system loaded denied"]
        );
        // A name in the memo of the pickle before.
        assert_eq!(
            lines(b"\x80\x04\x8c\x02os\x94.\x80\x04h\0\x8c\x06system\x93."),
            ["1:20 os.system os.system loaded denied"]
        );
    }

    #[test]
    fn without_constant_names() {
        assert_eq!(lines(b"\x80\x04]]\x93."), ["0:4 ? ? loaded unlisted"]);
        assert_eq!(lines(b"\x80\x02\x82\x01)R."), ["0:2 ? ? called unlisted"]);
    }
}
