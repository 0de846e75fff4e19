//! The arena of streaming mode, which tells an observer what happens. It keeps no more than what is said once a pickle.

use pickle_ops::{ByteString, Op, Opcode, Operand};

use super::{Frames, Observer, Scene};
use crate::arena::{Arena, Hook, Kept, Value};
use crate::domain::{Arguments, Collection, Domain};
use crate::fault::{Fault, FaultKind};
use crate::hole::Found;
use crate::inner::Inner;
use crate::machine::Machine;

/// The highest protocol whose picklers write no `PROTO`.
const UNDECLARED: u8 = 1;

/// The protocol that opcodes of a pickle may be of, as far as its first op tells.
pub(super) fn newest_of(pickle: &[u8]) -> u8 {
    match *pickle {
        [opcode, declared, ..] if opcode == Opcode::Proto as u8 => declared,
        _ => UNDECLARED,
    }
}

/// `TUPLE2 REDUCE POP`: picklers write the call of a state setter so at every protocol (`save_reduce`).
#[cold]
fn is_state_setter(op: &Op<'_>, bytes: &[u8]) -> bool {
    op.opcode == Opcode::Tuple2 && bytes[op.end..].starts_with(b"R0")
}

/// Whether an opcode puts what was built last into what is around it, or completes an object.
#[inline(always)]
pub(super) fn closes(opcode: Opcode) -> bool {
    use Opcode as O;
    matches!(opcode, O::Append | O::Appends | O::SetItem | O::SetItems | O::AddItems | O::Build)
}

/// What is reported once a pickle.
#[derive(Clone, Copy)]
pub(super) struct Watch {
    /// What the last `PROTO` declared.
    pub(super) declared: Option<u8>,
    /// An op that is newer than this is reported; the highest number, once one was.
    pub(super) newest: u8,
    /// The protocol of the first opcode that is newer than declared.
    pub(super) newer: Option<u8>,
    /// Whether the C unpickler has stopped.
    pub(super) refused: bool,
    /// Whether a Python 2 string that is not ASCII was reported.
    pub(super) foreign: bool,
    /// Marks that were open, at most.
    pub(super) open: usize,
    /// Ops in a row that complete a container or object, which is how a chain of such ends; counted from the second on.
    pub(super) closing: usize,
    pub(super) closing_most: usize,
    /// Where the last such op ended.
    pub(super) closed_at: usize,
    /// Where the row that is counted ended.
    pub(super) row_at: usize,
    pub(super) shared: usize,
    /// Keys that may meet in a table, each by its weight (`Arena::weight_of_key`).
    pub(super) keys: usize,
    /// Where the last frame ends.
    pub(super) frame_end: u64,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            declared: None,
            newest: UNDECLARED,
            newer: None,
            refused: false,
            foreign: false,
            open: 0,
            closing: 0,
            closing_most: 0,
            closed_at: 0,
            row_at: 0,
            shared: 0,
            keys: 0,
            frame_end: 0,
        }
    }
}

/// The arena, with events.
pub(super) struct Live<'l, 'a, O> {
    pub(super) arena: &'l mut Arena<'a>,
    pub(super) observer: &'l mut O,
    pub(super) pickle: usize,
    /// Offset of its first byte.
    pub(super) start: usize,
    pub(super) watch: Watch,
    pub(super) frames: &'l mut Frames,
    pub(super) late_proto: &'l mut Option<(usize, usize)>,
}

impl<'a, O: Observer<'a>> Live<'_, 'a, O> {
    /// Tells of an array. `joblib` reads frames as `pickle.py` does, and the array from behind the frame.
    #[cold]
    fn array(&mut self, op: &Op<'a>) {
        let scene = Scene { arena: self.arena, pickle: self.pickle };
        if let Some(found) = self.arena.found() {
            self.observer.array(scene, op, found);
            if !matches!(found, Found::Beside(_)) && self.watch.frame_end > op.end as u64 {
                let why = "the frame goes on behind it, and the array is read from behind the frame";
                self.observer.array(scene, op, &Found::Unclear(why));
            }
        }
    }

    #[cold]
    fn newer(&mut self, op: &Op<'a>) {
        if !is_state_setter(op, self.arena.bytes()) {
            self.watch.newest = u8::MAX;
            self.watch.newer = Some(op.opcode.protocol());
            self.observer.newer_opcode(self.pickle, op, self.watch.declared);
        }
    }

    /// A chain of containers ends in a row of ops that put each into the one around it. In data, something stands between
    /// them: no more is done about the first of a row than to remember where it ends.
    #[inline(always)]
    fn close(&mut self, op: &Op<'a>) {
        if self.watch.closed_at == op.start {
            self.close_next(op);
        }
        self.watch.closed_at = op.end;
    }

    /// An op that stands right behind another of its kind.
    #[inline(never)]
    fn close_next(&mut self, op: &Op<'a>) {
        let watch = &mut self.watch;
        watch.closing = if watch.row_at == op.start { watch.closing + 1 } else { 2 };
        watch.closing_most = watch.closing_most.max(watch.closing);
        watch.row_at = op.end;
    }

    /// Notes keys of a dict, or items of a set, that may meet in its table.
    #[inline(always)]
    fn note_keys(&mut self, keys: impl Iterator<Item = Value>) {
        self.watch.keys += keys.map(|key| self.arena.weight_of_key(key)).sum::<usize>();
    }

    /// What an observer does about it is not to be compiled into every copy of the loop; nor are the two below.
    #[inline(never)]
    fn tell_put(&mut self, op: &Op<'a>, target: Value, items: &[Value]) {
        self.observer.put(Scene { arena: self.arena, pickle: self.pickle }, op, target, items);
    }

    #[cold]
    fn tell_refilled(&mut self, op: &Op<'a>, target: Value) {
        self.observer.refilled(Scene { arena: self.arena, pickle: self.pickle }, op, target);
    }

    #[cold]
    fn tell_held(&mut self, op: &Op<'a>, items: &[Value]) {
        for &item in items.iter().filter(|&&item| self.arena.is_global(item)) {
            self.observer.held(Scene { arena: self.arena, pickle: self.pickle }, op, item);
        }
        let step = match op.opcode {
            Opcode::Dict | Opcode::SetItem | Opcode::SetItems => 2,
            Opcode::FrozenSet | Opcode::AddItems => 1,
            _ => return,
        };
        for &key in items.iter().step_by(step).filter(|key| key.is_object() && !self.arena.is_global(**key)) {
            self.observer.hashed(Scene { arena: self.arena, pickle: self.pickle }, op, key);
        }
    }

    fn tell_global(&mut self, op: &Op<'a>, global: Value) {
        self.observer.global(Scene { arena: self.arena, pickle: self.pickle }, op, global);
        if let Some(asked) = self.observer.keeps_keys() {
            self.arena.keep_keys(op.start, asked, self.observer.keeps_short());
        }
    }

    #[inline(never)]
    fn tell_build(&mut self, op: &Op<'a>, target: Value, state: Value) {
        self.observer.build(Scene { arena: self.arena, pickle: self.pickle }, op, target, state);
    }

    #[inline(never)]
    fn tell_call(&mut self, op: &Op<'a>, call: Value) {
        self.observer.call(Scene { arena: self.arena, pickle: self.pickle }, op, call);
    }

    /// Tells of the calls of attributes of an object itself by the op that puts items into it. `SETITEMS` asks the class.
    #[inline(never)]
    fn put_by_hooks(&mut self, op: &Op<'a>, target: Value, items: &[Value]) {
        let (at_once, each) = match op.opcode {
            Opcode::Append | Opcode::Appends => (Hook::Extend, Hook::Append),
            Opcode::AddItems => (Hook::Update, Hook::Add),
            _ => return,
        };
        if self.arena.has_hooks(target) {
            let list = self.arena.collect(op, Collection::Tuple, items);
            self.call_hooks(op, target, at_once, &[list]);
            self.call_hooks(op, target, each, items);
        }
    }

    /// Tells of the calls of an attribute of an object itself with each of some values.
    #[inline]
    fn call_hooks(&mut self, op: &Op<'a>, target: Value, hook: Hook, values: &[Value]) {
        if !self.arena.has_hooks(target) {
            return;
        }
        for function in self.arena.hooked(target, hook) {
            for &value in values.iter().take(MOST_CALLED) {
                let call = self.arena.call(op, function, Arguments::Items(&[value]));
                self.tell_call(op, call);
            }
            // Nobody writes that many; what is called with all of them is judged by all.
            if let Some(others) = values.get(MOST_CALLED..).filter(|others| !others.is_empty()) {
                let call = self.arena.call(op, function, Arguments::Items(others));
                self.tell_call(op, call);
            }
        }
    }

    #[inline(never)]
    fn line(&mut self, op: &Op<'a>) {
        let ends_in_return = match op.opcode {
            // These keep what is in the line.
            Opcode::Unicode => false,
            Opcode::Global | Opcode::Inst => {
                op.raw.ends_with(b"\r") || op.global().is_some_and(|(module, _)| module.ends_with(b"\r"))
            }
            _ => op.raw.ends_with(b"\r"),
        };
        if ends_in_return || matches!(op.opcode, Opcode::Int | Opcode::Long) && op.raw.len() > LONG_LINE {
            self.observer.odd_line(self.pickle, op);
        }
        if !op.is_plain_line() {
            self.observer.foreign_line(self.pickle, op);
        }
    }

    #[cold]
    fn no_items(&mut self, op: &Op<'a>, target: Value) {
        let is_asked = matches!(op.opcode, Opcode::Appends | Opcode::AddItems);
        if is_asked && (target.is_object() || !self.arena.may_take(op, target)) {
            self.observer.no_items(self.pickle, op);
        }
    }

    #[inline(never)]
    fn byte_string(&mut self, op: &Op<'a>) {
        let is_ascii = match op.operand() {
            Ok(Operand::ByteString(ByteString::Plain(raw))) => raw.is_ascii(),
            Ok(Operand::ByteString(string)) => string.bytes().is_ok_and(|bytes| bytes.is_ascii()),
            _ => true,
        };
        if !is_ascii {
            self.watch.foreign = true;
            self.observer.byte_string(self.pickle, op);
        }
    }
}

/// Values that a function is called with one by one.
const MOST_CALLED: usize = 1 << 8;

/// Bytes of a number in text above which an observer is told of it.
const LONG_LINE: usize = 1024;

impl<'a, O: Observer<'a>> Domain<'a> for Live<'_, 'a, O> {
    type Value = Value;
    type Stored = Kept;
    const HOT: bool = true;

    fn missing(&mut self, op: &Op<'a>) -> Value {
        self.arena.missing(op)
    }

    #[inline(always)]
    fn constant(&mut self, op: &Op<'a>) -> Value {
        match op.opcode {
            Opcode::Ext1 | Opcode::Ext2 | Opcode::Ext4 => self.observer.extension(self.pickle, op),
            Opcode::NextBuffer => self.observer.buffer(self.pickle, op),
            _ => {}
        }
        if let Some(inner) = Inner::of_op(op) {
            self.observer.inner(self.pickle, op, inner);
        }
        self.arena.constant(op)
    }

    #[inline(always)]
    fn collect(&mut self, op: &Op<'a>, collection: Collection, items: &[Value]) -> Value {
        if self.observer.watches_globals() {
            self.tell_held(op, items);
        }
        match collection {
            Collection::Dict => self.note_keys(items.iter().copied().step_by(2)),
            Collection::FrozenSet => self.note_keys(items.iter().copied()),
            Collection::Tuple | Collection::List | Collection::Set => {}
        }
        self.arena.collect(op, collection, items)
    }

    #[inline(always)]
    fn extend(&mut self, op: &Op<'a>, target: Value, items: &[Value]) {
        self.arena.extend(op, target, items);
        match op.opcode {
            Opcode::SetItem | Opcode::SetItems => self.note_keys(items.iter().copied().step_by(2)),
            Opcode::AddItems => self.note_keys(items.iter().copied()),
            _ => {}
        }
        if self.observer.watches_globals() {
            self.tell_held(op, items);
        }
        if items.is_empty() {
            self.no_items(op, target);
        }
        if target.is_object() {
            self.tell_put(op, target, items);
            self.put_by_hooks(op, target, items);
        } else if let Some(made) = target.container() {
            let sets = matches!(op.opcode, Opcode::SetItem | Opcode::SetItems);
            if self.arena.is_loaded(made) || sets && self.arena.is_list_at(made) {
                self.tell_put(op, target, items);
            }
            if self.observer.relies_on(made) {
                self.tell_refilled(op, target);
            }
        }
    }

    fn discard(&mut self, op: &Op<'a>, values: &[Value]) {
        for &value in values.iter().filter(|value| value.is_object()) {
            self.observer.discard(Scene { arena: self.arena, pickle: self.pickle }, op, value);
        }
    }

    fn global(&mut self, op: &Op<'a>, protocol: u8) -> Value {
        let value = self.arena.global(op, protocol);
        self.tell_global(op, value);
        value
    }

    fn stack_global(&mut self, op: &Op<'a>, protocol: u8, module: Value, name: Value) -> Value {
        let value = self.arena.stack_global(op, protocol, module, name);
        self.tell_global(op, value);
        value
    }

    fn call(&mut self, op: &Op<'a>, callee: Value, arguments: Arguments<'_, Value>) -> Value {
        if let Arguments::Items(items) = arguments
            && self.observer.watches_globals()
        {
            self.tell_held(op, items);
        }
        let value = self.arena.call(op, callee, arguments);
        self.tell_call(op, value);
        value
    }

    fn build(&mut self, op: &Op<'a>, target: Value, state: Value) {
        self.call_hooks(op, target, Hook::SetState, &[state]);
        self.arena.build(op, target, state);
        if self.arena.found().is_some() {
            self.array(op);
        }
        self.tell_build(op, target, state);
    }

    #[inline(always)]
    fn resume_at(&mut self, op: &Op<'a>) -> usize {
        self.arena.resume_at(op)
    }

    fn persistent(&mut self, op: &Op<'a>, id: Option<Value>) -> Value {
        let value = self.arena.persistent(op, id);
        self.observer.persistent(Scene { arena: self.arena, pickle: self.pickle }, op, value);
        value
    }

    fn read_only(&mut self, op: &Op<'a>, buffer: Value) -> Value {
        self.arena.read_only(op, buffer)
    }

    #[inline]
    fn duplicate(&mut self, op: &Op<'a>, value: Value) -> Value {
        self.watch.shared += usize::from(self.arena.holds_others(value));
        self.arena.note_loaded(value);
        self.arena.duplicate(op, value)
    }

    #[inline(always)]
    fn store(&mut self, _: &Op<'a>, _: u64, value: Value) -> Kept {
        self.arena.kept(value)
    }

    fn overwritten(&mut self, op: &Op<'a>, slot: u64, _previous: Kept) {
        self.observer.overwritten(self.pickle, op, slot);
    }

    #[inline(always)]
    fn load(&mut self, _: &Op<'a>, _: u64, stored: Kept) -> Value {
        let value = self.arena.value_of(stored);
        if !value.is_constant() {
            self.watch.shared += usize::from(self.arena.holds_others(value));
            self.arena.note_loaded(value);
        }
        value
    }

    /// The C unpickler stops at the first fault; a frame that is too long concerns only some readers.
    fn fault(&mut self, fault: &Fault) {
        if !self.watch.refused {
            self.observer.fault(self.pickle, fault);
        }
        self.watch.refused |= !matches!(fault.kind, FaultKind::FrameTooLong { .. });
    }

    #[inline(always)]
    fn after(&mut self, opcode: Opcode, op: &Op<'a>, _: &Machine<Value, Kept>) {
        if opcode == Opcode::Proto {
            self.watch.declared = op.raw.first().copied();
            if op.start != self.start {
                self.late_proto.get_or_insert((op.start, op.end));
            }
            if self.watch.newest < u8::MAX {
                self.watch.newest = self.watch.declared.unwrap_or(UNDECLARED);
            }
        } else if opcode.protocol() > self.watch.newest {
            self.newer(op);
        }
        // The opcode is known where this is compiled for one: what does not concern it is not there.
        match opcode {
            _ if closes(opcode) => self.close(op),
            Opcode::BinString | Opcode::ShortBinString if !self.watch.foreign => self.byte_string(op),
            Opcode::String => {
                self.line(op);
                if !self.watch.foreign {
                    self.byte_string(op);
                }
            }
            Opcode::Int
            | Opcode::Long
            | Opcode::Float
            | Opcode::PersId
            | Opcode::Get
            | Opcode::Put
            | Opcode::Global
            | Opcode::Inst => self.line(op),
            Opcode::Frame => {
                self.watch.frame_end = (op.end as u64).saturating_add(op.number().unsigned_abs());
                self.frames.open(self.arena.bytes(), op);
            }
            _ => {}
        }
    }

    fn may_be_str(&self, value: Value) -> bool {
        self.arena.may_be_str(value)
    }

    #[inline(always)]
    fn may_be_tuple(&self, value: Value) -> bool {
        self.arena.may_be_tuple(value)
    }

    #[inline(always)]
    fn may_be_called(&self, value: Value) -> bool {
        self.arena.may_be_called(value)
    }

    fn may_be_dict(&self, value: Value) -> bool {
        self.arena.may_be_dict(value)
    }

    fn may_be_buffer(&self, value: Value) -> bool {
        self.arena.may_be_buffer(value)
    }

    #[inline(always)]
    fn may_be_built(&self, target: Value, state: Value) -> bool {
        self.arena.may_be_built(target, state)
    }

    #[inline(always)]
    fn may_take(&self, op: &Op<'a>, target: Value) -> bool {
        self.arena.may_take(op, target)
    }

    #[inline(always)]
    fn may_hold(&self, op: &Op<'a>, target: Option<Value>, items: &[Value]) -> bool {
        self.arena.may_hold(op, target, items)
    }
}
