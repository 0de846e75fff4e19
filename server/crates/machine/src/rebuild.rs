//! What a pickle leaves behind: its result with all that is in it, and the calls that were made on the way.
//!
//! Everything is kept, so memory grows with the number of ops; whoever asks says how much at most.

use pickle_ops::{Op, Opcode, Reader};
use rustc_hash::FxHashMap;

use crate::arena::{Arena, Keep, Value};
use crate::domain::{Arguments, Collection, Domain, Interrupt};
use crate::fault::{Fault, FaultKind};
use crate::hole::Hole;
use crate::machine::{Machine, Mark};
use crate::run::{Flow, run};
use crate::segments::Segments;

/// Ops between two looks at the interrupt, and at the memory that is taken.
const STRIDE: usize = 4096;

/// How much of a pickle is rebuilt.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// Ops.
    pub ops: usize,
    /// Bytes of memory for what they make, about.
    pub memory: usize,
}

/// A pickle, rebuilt.
#[derive(Clone, Debug)]
pub struct Rebuilt<'a> {
    /// What is known of all values.
    pub arena: Arena<'a>,
    /// What `STOP` gives back; `None` if it was not reached.
    pub result: Option<Value>,
    /// The result. Where the pickle broke off, what lay on top of the stack; where it is rebuilt no further, what lay at its
    /// bottom, which is the object around all others.
    pub last: Option<Value>,
    /// Offset of its first byte.
    pub start: usize,
    /// Offset behind its last byte.
    pub end: usize,
    /// What `PROTO` declared.
    pub protocol: Option<u8>,
    /// The first fault that the C unpickler stops at.
    pub fault: Option<Fault>,
    /// Whether it was run to its end: `false` when interrupted, or longer than was wanted.
    pub complete: bool,
    /// Every call, in the order of the stream.
    pub calls: Vec<Value>,
    /// The bytes that lie behind objects, by the objects ([`crate::hole`]).
    pub holes: FxHashMap<Value, Hole>,
}

/// Rebuilds the pickles of a stream one after another, each no further than `most`.
///
/// The memo that pickles of one stream share ([`Segments`]) is not followed: what comes from it is unknown.
pub fn rebuild<'a>(
    bytes: &'a [u8],
    most: Most,
    interrupt: Interrupt<'a>,
) -> impl Iterator<Item = Rebuilt<'a>> {
    let mut segments = Segments::new(bytes);
    let mut next = segments.first();
    std::iter::from_fn(move || {
        let rebuilt = rebuild_one(bytes, next.take()?, most, interrupt);
        next = if rebuilt.result.is_some() { segments.next(rebuilt.end) } else { None };
        Some(rebuilt)
    })
}

fn rebuild_one<'a>(bytes: &'a [u8], start: usize, most: Most, interrupt: Interrupt<'_>) -> Rebuilt<'a> {
    let mut reader = Reader::new(bytes, start);
    let mut machine = Machine::default();
    let arena = Arena::new(bytes, Keep::Everything);
    let mut keeper = Keeper {
        arena,
        result: None,
        fault: None,
        protocol: None,
        calls: Vec::new(),
        holes: FxHashMap::default(),
    };
    let mut left = most.ops;
    let mut flow = Flow::Next;
    while flow == Flow::Next && left > 0 && weight(&machine, &keeper) <= most.memory && !interrupt() {
        flow = run(&mut reader, bytes.len(), &mut machine, &mut keeper, left.min(STRIDE));
        left = left.saturating_sub(STRIDE);
    }
    let Keeper { arena, result, fault, protocol, calls, holes } = keeper;
    let complete = flow != Flow::Next;
    let on_stack = if complete { machine.stack().last() } else { machine.stack().first() };
    let last = result.or_else(|| on_stack.copied());
    Rebuilt { arena, result, last, start, end: reader.position(), protocol, fault, complete, calls, holes }
}

/// Bytes that are taken, about.
fn weight(machine: &Machine<Value, Value>, keeper: &Keeper<'_>) -> usize {
    let entries = machine.height() + keeper.calls.len();
    let slots = usize::try_from(machine.memo.len()).unwrap_or(usize::MAX);
    let entries = entries.saturating_add(slots).saturating_mul(size_of::<Value>());
    let marks = machine.marks().len().saturating_mul(size_of::<Mark>());
    entries.saturating_add(marks).saturating_add(keeper.arena.weight())
}

/// The arena, and what it takes no note of.
struct Keeper<'a> {
    arena: Arena<'a>,
    result: Option<Value>,
    fault: Option<Fault>,
    protocol: Option<u8>,
    calls: Vec<Value>,
    holes: FxHashMap<Value, Hole>,
}

impl<'a> Domain<'a> for Keeper<'a> {
    type Value = Value;
    type Stored = Value;

    fn missing(&mut self, op: &Op<'a>) -> Value {
        self.arena.missing(op)
    }

    fn constant(&mut self, op: &Op<'a>) -> Value {
        self.arena.constant(op)
    }

    fn collect(&mut self, op: &Op<'a>, collection: Collection, items: &[Value]) -> Value {
        self.arena.collect(op, collection, items)
    }

    fn extend(&mut self, op: &Op<'a>, target: Value, items: &[Value]) {
        self.arena.extend(op, target, items);
    }

    fn global(&mut self, op: &Op<'a>, protocol: u8) -> Value {
        self.arena.global(op, protocol)
    }

    fn stack_global(&mut self, op: &Op<'a>, protocol: u8, module: Value, name: Value) -> Value {
        self.arena.stack_global(op, protocol, module, name)
    }

    fn call(&mut self, op: &Op<'a>, callee: Value, arguments: Arguments<'_, Value>) -> Value {
        let call = self.arena.call(op, callee, arguments);
        self.calls.push(call);
        call
    }

    fn build(&mut self, op: &Op<'a>, target: Value, state: Value) {
        self.arena.build(op, target, state);
        if let Some(hole) = self.arena.hole(op) {
            self.holes.insert(target, hole.clone());
        }
    }

    fn resume_at(&mut self, op: &Op<'a>) -> usize {
        self.arena.resume_at(op)
    }

    fn persistent(&mut self, op: &Op<'a>, id: Option<Value>) -> Value {
        self.arena.persistent(op, id)
    }

    fn read_only(&mut self, op: &Op<'a>, buffer: Value) -> Value {
        self.arena.read_only(op, buffer)
    }

    fn duplicate(&mut self, op: &Op<'a>, value: Value) -> Value {
        self.arena.duplicate(op, value)
    }

    fn store(&mut self, op: &Op<'a>, slot: u64, value: Value) -> Value {
        self.arena.store(op, slot, value)
    }

    fn load(&mut self, op: &Op<'a>, slot: u64, stored: Value) -> Value {
        self.arena.load(op, slot, stored)
    }

    fn stop(&mut self, _op: &Op<'a>, result: Value) {
        self.result = Some(result);
    }

    fn fault(&mut self, fault: &Fault) {
        let refused = !matches!(fault.kind, FaultKind::FrameTooLong { .. });
        if refused && self.fault.is_none() {
            self.fault = Some(*fault);
        }
    }

    fn after(&mut self, _: Opcode, op: &Op<'a>, _: &Machine<Value, Value>) {
        if op.opcode == Opcode::Proto && self.protocol.is_none() {
            self.protocol = op.raw.first().copied();
        }
    }

    fn may_be_str(&self, value: Value) -> bool {
        self.arena.may_be_str(value)
    }

    fn may_be_tuple(&self, value: Value) -> bool {
        self.arena.may_be_tuple(value)
    }

    fn may_be_called(&self, value: Value) -> bool {
        self.arena.may_be_called(value)
    }

    fn may_be_dict(&self, value: Value) -> bool {
        self.arena.may_be_dict(value)
    }

    fn may_be_buffer(&self, value: Value) -> bool {
        self.arena.may_be_buffer(value)
    }

    fn may_be_built(&self, target: Value, state: Value) -> bool {
        self.arena.may_be_built(target, state)
    }

    fn may_take(&self, op: &Op<'a>, target: Value) -> bool {
        self.arena.may_take(op, target)
    }

    fn may_hold(&self, op: &Op<'a>, target: Option<Value>, items: &[Value]) -> bool {
        self.arena.may_hold(op, target, items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::never;
    use crate::render::{Limits, render};

    fn shown(bytes: &[u8]) -> Vec<String> {
        rebuild(bytes, Most { ops: 1000, memory: 1 << 20 }, &never)
            .map(|one| {
                let result = one.last.map(|value| render(&one.arena, value, Limits::LINE));
                let calls: Vec<_> =
                    one.calls.iter().map(|&call| render(&one.arena, call, Limits::LINE)).collect();
                format!("{:?} {calls:?} {}", result.unwrap_or_default(), one.fault.is_some())
            })
            .collect()
    }

    #[test]
    fn results_and_calls() {
        assert_eq!(
            shown(b"\x80\x04cos\nsystem\n\x8c\x02id\x85R0]K\x01a.N."),
            ["\"[1]\" [\"os.system('id')\"] false", "\"None\" [] false"]
        );
    }

    #[test]
    fn what_was_there_where_it_breaks_off() {
        assert_eq!(shown(b"]K\x01aR\xff"), ["\"…(*[1])\" [\"…(*[1])\"] true"]);
        assert_eq!(shown(b""), Vec::<String>::new());
    }

    #[test]
    fn not_more_than_is_wanted() {
        let bytes = [b"N0".repeat(5000), b"N.".to_vec()].concat();
        let one = rebuild(&bytes, Most { ops: 100, memory: 1 << 20 }, &never).next().unwrap();
        assert!(!one.complete && one.result.is_none());
    }

    #[test]
    fn no_more_memory_than_is_wanted() {
        // Memo, stack, marks, nodes, contents, items and calls.
        let parts: [(&[u8], &[u8]); 7] = [
            (b"]", b"\x94"),
            (b"]", b"N"),
            (b"]", b"("),
            (b"]", b"N\x850"),
            (b"]", b"]Na0"),
            (b"]", b"Na"),
            (b"cos\ngetpid\n", b")R"),
        ];
        for (first, again) in parts {
            let bytes = [b"\x80\x04", first, &again.repeat(100_000)].concat();
            let most = Most { ops: usize::MAX, memory: 1 << 19 };
            let one = rebuild(&bytes, most, &never).next().unwrap();
            assert!(!one.complete && one.end < bytes.len(), "{again:?} {}", one.end);
            let is_mark = again == b"(";
            assert!(!is_mark || one.end <= most.memory / size_of::<Mark>() + 2 * STRIDE, "{}", one.end);
            let bottom = one.last.and_then(|value| one.arena.origin(value));
            assert!(bottom == Some(2) || first != b"]", "{again:?} {bottom:?}");
        }
    }
}
