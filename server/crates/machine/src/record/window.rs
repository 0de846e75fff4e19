//! A part of a pickle replayed in full.

use pickle_ops::{Op, Opcode, Reader};
use rustc_hash::FxHashMap;

use super::index::{CHUNK, PickleRecord, Recording};
use crate::arena::{Arena, Keep, Value};
use crate::domain::{Arguments, Collection, Domain};
use crate::hole::resume_at;
use crate::machine::Machine;
use crate::run::run;

/// Ops of a window at the least, from the beginning of the chunk on with the op that is asked about.
const OPS: u64 = 3 * CHUNK;

/// What an op takes: a value, and the op that pushed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operand {
    /// The value.
    pub value: Value,
    /// Offset of the op that pushed it, or copied it onto the stack.
    pub pushed_by: usize,
}

/// What is known of one op.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The op.
    pub op: Op<'a>,
    /// Items on the stack before it.
    pub height: usize,
    /// Items on the stack behind it.
    pub height_after: usize,
    /// Marks on the stack before it.
    pub depth: usize,
    /// What it pushes, stores, or works on (`APPENDS`: the list; `BUILD`: the object); for `POP`, what it drops.
    pub value: Option<Value>,
    /// In the operands of the window.
    first_operand: usize,
    operands: usize,
    /// The memo slot that it reads or fills.
    pub slot: Option<u64>,
}

/// A part of a pickle with all that is to be known of its ops.
#[derive(Debug)]
pub struct Window<'a> {
    /// What its values are.
    pub arena: Arena<'a>,
    steps: Vec<Step<'a>>,
    operands: Vec<Operand>,
    /// Op → the op that takes what it pushed.
    consumers: FxHashMap<usize, usize>,
    /// `MARK` → the op that takes it, and back.
    marks: FxHashMap<usize, usize>,
}

impl<'a> Window<'a> {
    /// Replays the chunk of `pickle` that covers `offset`, and some behind it.
    #[must_use]
    pub fn replay(
        bytes: &'a [u8],
        recording: &Recording,
        pickle: &PickleRecord,
        offset: usize,
    ) -> Option<Self> {
        let first = recording.chunk_at(pickle, offset)?;
        let end = recording.chunks_with(pickle, first, OPS);
        let inherited = recording.inherited(pickle, first, end)?;
        let start = recording.chunks.get(first)?.start;
        let mut recorder = Recorder::new(bytes, pickle, start, inherited.memo_len);
        let arena = &recorder.window.arena;
        let slots =
            inherited.stack.iter().map(|&at| Operand { value: arena.inherit(at), pushed_by: at }).collect();
        let mut machine = Machine::resume(
            inherited.base,
            slots,
            inherited.base_marks,
            inherited.marks,
            inherited.protocol,
            inherited.memo_len,
        );
        let mut reader = Reader::new(bytes, start);
        let limit = usize::try_from(recording.ops_of(first..end)).unwrap_or(usize::MAX);
        (recorder.height, recorder.depth) = (machine.height(), machine.depth());
        run(&mut reader, bytes.len(), &mut machine, &mut recorder, limit);
        Some(recorder.window)
    }

    /// Its ops, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step<'a>] {
        &self.steps
    }

    /// The op that covers a byte.
    #[must_use]
    pub fn step_at(&self, offset: usize) -> Option<&Step<'a>> {
        let index = self.steps.partition_point(|step| step.op.start <= offset).checked_sub(1)?;
        self.steps.get(index).filter(|step| offset < step.op.end)
    }

    /// What an op takes from the stack, bottom first; for an op that fills a container, the container comes first.
    #[must_use]
    pub fn operands(&self, step: &Step<'_>) -> &[Operand] {
        self.operands.get(step.first_operand..step.first_operand + step.operands).unwrap_or(&[])
    }

    /// Offset of the op that takes what the op at `offset` pushed, if it lies in the window.
    #[must_use]
    pub fn consumer(&self, offset: usize) -> Option<usize> {
        self.consumers.get(&offset).copied()
    }

    /// For a `MARK` the op that takes it, for such an op its `MARK`; if it lies in the window.
    #[must_use]
    pub fn mark_partner(&self, offset: usize) -> Option<usize> {
        self.marks.get(&offset).copied()
    }
}

/// The domain of a window.
struct Recorder<'r, 'a> {
    window: Window<'a>,
    pickle: &'r PickleRecord,
    /// Memo slots in use before the window.
    filled: u64,
    /// Which op filled a slot, of those that were read.
    filled_by: FxHashMap<u64, Option<usize>>,
    /// What the op at work did.
    first_operand: usize,
    value: Option<Value>,
    slot: Option<u64>,
    /// Items and marks on the stack before it.
    height: usize,
    depth: usize,
}

impl<'r, 'a> Recorder<'r, 'a> {
    fn new(bytes: &'a [u8], pickle: &'r PickleRecord, start: usize, filled: u64) -> Self {
        let mut arena = Arena::since(bytes, Keep::Everything, start);
        // The index knows them, and the window may have missed what tells where they end.
        arena.ignore_arrays();
        let window = Window {
            arena,
            steps: Vec::new(),
            operands: Vec::new(),
            consumers: FxHashMap::default(),
            marks: FxHashMap::default(),
        };
        let filled_by = FxHashMap::default();
        Self {
            window,
            pickle,
            filled,
            filled_by,
            first_operand: 0,
            value: None,
            slot: None,
            height: 0,
            depth: 0,
        }
    }

    fn take(&mut self, op: &Op<'a>, operand: Operand) -> Value {
        self.window.consumers.insert(operand.pushed_by, op.start);
        self.window.operands.push(operand);
        operand.value
    }

    fn take_all(&mut self, op: &Op<'a>, operands: &[Operand]) -> Vec<Value> {
        operands.iter().map(|&operand| self.take(op, operand)).collect()
    }

    /// Looks at the object that stays on the stack.
    fn target(&mut self, target: Operand) -> Value {
        self.window.operands.push(target);
        self.value = Some(target.value);
        target.value
    }

    fn pushed(&mut self, op: &Op<'a>, value: Value) -> Operand {
        self.value = Some(value);
        Operand { value, pushed_by: op.start }
    }
}

impl<'a> Domain<'a> for Recorder<'_, 'a> {
    type Value = Operand;
    type Stored = Operand;

    fn missing(&mut self, op: &Op<'a>) -> Operand {
        Operand { value: Value::UNKNOWN, pushed_by: op.start }
    }

    fn constant(&mut self, op: &Op<'a>) -> Operand {
        let value = self.window.arena.constant(op);
        self.pushed(op, value)
    }

    fn collect(&mut self, op: &Op<'a>, collection: Collection, items: &[Operand]) -> Operand {
        let items = self.take_all(op, items);
        let value = self.window.arena.collect(op, collection, &items);
        self.pushed(op, value)
    }

    fn extend(&mut self, op: &Op<'a>, target: Operand, items: &[Operand]) {
        let target = self.target(target);
        let items = self.take_all(op, items);
        self.window.arena.extend(op, target, &items);
    }

    fn global(&mut self, op: &Op<'a>, protocol: u8) -> Operand {
        let value = self.window.arena.global(op, protocol);
        self.pushed(op, value)
    }

    fn stack_global(&mut self, op: &Op<'a>, protocol: u8, module: Operand, name: Operand) -> Operand {
        let (module, name) = (self.take(op, module), self.take(op, name));
        let value = self.window.arena.stack_global(op, protocol, module, name);
        self.pushed(op, value)
    }

    fn call(&mut self, op: &Op<'a>, callee: Operand, arguments: Arguments<'_, Operand>) -> Operand {
        // The class of INST was not on the stack.
        let callee = if callee.pushed_by == op.start { callee.value } else { self.take(op, callee) };
        let value = match arguments {
            Arguments::Tuple(arguments) => {
                let arguments = Arguments::Tuple(self.take(op, arguments));
                self.window.arena.call(op, callee, arguments)
            }
            Arguments::TupleAndDict(arguments, keywords) => {
                let arguments = Arguments::TupleAndDict(self.take(op, arguments), self.take(op, keywords));
                self.window.arena.call(op, callee, arguments)
            }
            Arguments::Items(items) => {
                let items = self.take_all(op, items);
                self.window.arena.call(op, callee, Arguments::Items(&items))
            }
        };
        self.pushed(op, value)
    }

    fn build(&mut self, op: &Op<'a>, target: Operand, state: Operand) {
        let target = self.target(target);
        let state = self.take(op, state);
        self.window.arena.build(op, target, state);
    }

    fn resume_at(&mut self, op: &Op<'a>) -> usize {
        resume_at(&self.pickle.holes, op)
    }

    fn persistent(&mut self, op: &Op<'a>, id: Option<Operand>) -> Operand {
        let id = id.map(|id| self.take(op, id));
        let value = self.window.arena.persistent(op, id);
        self.pushed(op, value)
    }

    fn read_only(&mut self, op: &Op<'a>, buffer: Operand) -> Operand {
        let value = self.take(op, buffer);
        self.pushed(op, value)
    }

    fn duplicate(&mut self, op: &Op<'a>, operand: Operand) -> Operand {
        self.pushed(op, operand.value)
    }

    fn store(&mut self, _op: &Op<'a>, slot: u64, operand: Operand) -> Operand {
        self.slot = Some(slot);
        self.value = Some(operand.value);
        operand
    }

    fn filled_earlier(&self, op: &Op<'a>, slot: u64) -> bool {
        self.pickle.is_filled_before(slot, self.filled, op.start)
    }

    fn load(&mut self, op: &Op<'a>, slot: u64, stored: Operand) -> Operand {
        self.slot = Some(slot);
        self.pushed(op, stored.value)
    }

    fn load_unfilled(&mut self, op: &Op<'a>, slot: u64) -> Option<Operand> {
        self.slot = Some(slot);
        // Only stores before the window count, so that it is the same for all reads of the slot.
        let (pickle, bytes) = (self.pickle, self.window.arena.bytes());
        let filled =
            self.filled_by.entry(slot).or_insert_with(|| pickle.filled_before(bytes, slot, op.start));
        let filled = (*filled)?;
        Some(self.pushed(op, Value::made_at(filled)))
    }

    fn take_mark(&mut self, op: &Op<'a>, mark: usize) {
        self.window.marks.insert(mark, op.start);
        self.window.marks.insert(op.start, mark);
    }

    fn discard(&mut self, op: &Op<'a>, values: &[Operand]) {
        let values = self.take_all(op, values);
        self.value = values.last().copied();
    }

    fn stop(&mut self, op: &Op<'a>, result: Operand) {
        let value = self.take(op, result);
        self.value = Some(value);
    }

    fn after(&mut self, _: Opcode, op: &Op<'a>, machine: &Machine<Operand, Operand>) {
        let operands = self.window.operands.len();
        self.window.steps.push(Step {
            op: *op,
            height: self.height,
            height_after: machine.height(),
            depth: self.depth,
            value: self.value.take(),
            first_operand: self.first_operand,
            operands: operands - self.first_operand,
            slot: self.slot.take(),
        });
        self.first_operand = operands;
        (self.height, self.depth) = (machine.height(), machine.depth());
    }

    fn may_be_str(&self, value: Operand) -> bool {
        self.window.arena.may_be_str(value.value)
    }
}
