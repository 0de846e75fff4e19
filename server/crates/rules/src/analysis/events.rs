//! Events of the machine, as they are given to rules.

use std::ops::Range;

use pickle_machine::arena::{Arena, KeyFilter, Shape as Made, Value};
use pickle_machine::hole::Found;
use pickle_machine::stream::{Beside, KEY_WEIGHT, Observer, Scene, Summary};
use pickle_machine::{Domain, Fault, FaultKind, Global, Inner, Names};
use pickle_ops::{Op, Opcode};

use super::callee::is_importer;
use super::comparison::MOST_PICKLES;
use super::expansion::{Extent, measure};
use super::iteration::{is_endless, is_lazy};
use super::keys::{Meeting, Memory, meeting};
use super::puts::{Put, address_in, replaces};
use super::{Analysis, CallSite, Callee, Comparison, Entry, EntryId, Fit, Gap, Seen, Tally, View};
use crate::lint::MOST_BESIDE;
use crate::pickle::{colliding_keys, persistent_id, rule_of};
use crate::policy::{Category, Denial, Shape, Verdict, is_member, passes_on};
use crate::rule::{Check, Kind};

/// Objects that are remembered as filled.
const MOST_FILLED: usize = 1 << 16;

/// Keys below which it does not matter whether they meet.
const KEYS: usize = 64;
/// Nanoseconds that are enough to know.
const ENOUGH: u64 = 10_000_000_000;
/// Nanoseconds that slow tables take together from which on it is worth to be told.
const MEETING: u64 = 2_000_000;

/// Bytes of a pickle that is small.
const SMALL: usize = 1 << 16;

impl<'a> Analysis<'_, 'a> {
    /// The global that a value is, by itself, by `getattr` or by `type`, or that gives it out of what the program has or of what
    /// it is given.
    pub(super) fn global_of(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> Option<EntryId> {
        let mut reader = None;
        match arena.shape(value) {
            Made::Global(_) => {}
            Made::Call { op: made, callee, arguments, .. } => {
                let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return None };
                let is_new =
                    made.opcode == Opcode::NewObj && arena.tuple(arguments).is_some_and(<[Value]>::is_empty);
                let Entry { names, verdict, .. } = self.ledger.entry(id);
                if passes_on(&names.module, &names.name) {
                    return Some(id);
                }
                let is_by_value =
                    matches!(verdict, Verdict::Denied(Denial { category: Category::ByValue, .. }));
                if is_by_value && is_importer(names) {
                    return Some(id);
                }
                match *verdict {
                    Verdict::AllowedAs(Shape::TypeNamed) => {}
                    Verdict::AllowedAs(Shape::GetAttr)
                    | Verdict::Denied(Denial { unless: Some(Shape::Lookup), .. }) => reader = Some(id),
                    Verdict::AllowedAs(Shape::Shared | Shape::Registered) => return Some(id),
                    Verdict::AllowedAs(Shape::Cached) if !is_new => return Some(id),
                    Verdict::AllowedAs(Shape::Makes(number) | Shape::Calls(number)) => {
                        return self.gives_shared(arena, arguments, number, op);
                    }
                    // The class of an object, or one that the stream builds.
                    Verdict::AllowedAs(Shape::TypeOf) if self.is_type(id) => {
                        let object = arena.tuple(arguments).and_then(|items| items.first().copied());
                        return object.and_then(|object| self.class_of(arena, object, op)).or(Some(id));
                    }
                    _ => return None,
                }
            }
            _ => return None,
        }
        match self.resolve(arena, value, op, 0) {
            Callee::Known(id) => Some(id),
            // What an object holds can be one of the program.
            _ => reader,
        }
    }

    /// The class among the arguments of a helper that makes an instance of it, if that may be an object of the program, or hands on what is done
    /// with it.
    fn gives_shared(
        &mut self,
        arena: &Arena<'a>,
        arguments: Value,
        number: usize,
        op: &Op<'a>,
    ) -> Option<EntryId> {
        let items = arena.tuple(arguments)?;
        let Callee::Known(id) = self.resolve(arena, *items.get(number)?, op, 1) else { return None };
        let Entry { names, verdict, .. } = self.ledger.entry(id);
        let is_cached = *verdict == Verdict::AllowedAs(Shape::Cached) && items.len() > number + 1;
        (is_cached || passes_on(&names.module, &names.name)).then_some(id)
    }

    /// Notes that a global is loaded.
    fn loaded(&mut self, names: Names<'a>, protocol: u8, op: &Op<'a>) -> EntryId {
        let id = self.ledger.load(names, protocol, op, &self.options.policy);
        self.empty_class |= self.is_made_empty(id);
        self.note_maker(id);
        self.watches |= self.stored.is_on();
        self.note_denied(op, id);
        self.watches |= self.must_be_called(id) || self.is_made_empty(id) || self.is_watched(id);
        let names = &self.ledger.entry(id).names;
        self.lazy |= is_lazy(names);
        self.endless |= is_endless(names);
        id
    }

    /// Whether a global is harmless only because each of its calls is judged, so that nothing else may call it.
    pub(super) fn must_be_called(&self, id: EntryId) -> bool {
        let Verdict::AllowedAs(shape) = self.ledger.entry(id).verdict else { return false };
        matches!(
            shape,
            Shape::GetAttr
                | Shape::UfuncOf
                | Shape::Registered
                | Shape::Nested
                | Shape::TensorOf
                | Shape::ArrayState
                | Shape::ArrayFilled
                | Shape::TypeNamed
                | Shape::Reconstructor
                | Shape::Called
                | Shape::Sets
        )
    }

    /// Whether a global is a class whose instances are harmless, and whose constructor is not.
    pub(super) fn is_made_empty(&self, id: EntryId) -> bool {
        matches!(self.ledger.entry(id).verdict, Verdict::AllowedAs(Shape::Instance | Shape::Hook))
    }

    /// Whether a global is the class of classes, or one of those: what it makes is a class.
    fn is_type(&self, id: EntryId) -> bool {
        let name = self.ledger.entry(id).names.name.as_ref();
        ["type", "ABCMeta", "EnumMeta", "EnumType"].contains(&name)
    }

    /// How large the pickle is when it is written out. To measure that is another pass, so it is done only where
    /// containers are referred to so often that it can be out of proportion.
    fn extent(&self, summary: &Summary) -> Option<Extent> {
        let length = summary.end - summary.start;
        let worth = summary.shared >= 16 && (length <= SMALL || summary.shared >= length / 64);
        if worth { measure(self.bytes, summary.start, self.interrupt) } else { None }
    }

    /// What keys take that are made to meet. That is another pass as well, made only where there are enough keys that can.
    fn meeting(&mut self, summary: &Summary) -> Option<Meeting> {
        let worth = summary.keys >= KEYS * KEY_WEIGHT || self.tally.gives_keys || self.one_memo;
        if !worth || self.met >= ENOUGH || !self.options.selection.includes(&colliding_keys::RULE.meta) {
            return None;
        }
        if !self.one_memo {
            self.memory = Memory::default();
        }
        let Self { bytes, memory, interrupt, .. } = self;
        let mut meeting = meeting(bytes, summary.start, self.tally.gives_keys, memory, *interrupt)?;
        meeting.nanos = meeting.nanos.saturating_add(self.met);
        let told = self.told_met;
        self.met = meeting.nanos;
        meeting.nanos -= told;
        if meeting.nanos < MEETING {
            return None;
        }
        self.told_met = self.met;
        Some(meeting)
    }

    /// Has other readers read a pickle that the C unpickler refuses. They begin with an empty memo.
    fn compare(&mut self, summary: &Summary) {
        let wanted = self.compared < MOST_PICKLES && !self.one_memo;
        let Some(fault) = self.tally.fault.filter(|_| wanted) else { return };
        self.compared += 1;
        let Some(comparison) = Comparison::new(self.bytes, summary, &fault) else { return };
        self.dispatch.each(Kind::Comparison, Some(summary.pickle), |check, report| {
            if let Check::Comparison(check) = check {
                check(&comparison, report);
            }
        });
    }

    /// Judges the bytes that belong to no pickle, now that it is known what follows them.
    pub(super) fn judge_gap(&mut self, behind: Option<Summary>) {
        let Some(span) = self.gap.take() else { return };
        let bytes = self.bytes.get(span.clone()).unwrap_or_default();
        let gap = Gap { bytes, span, before: self.last, behind };
        self.dispatch.each(Kind::Gap, None, |check, report| {
            if let Check::Gap(check) = check {
                check(&gap, report);
            }
        });
    }
}

impl<'a> Observer<'a> for Analysis<'_, 'a> {
    fn global(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, value: Value) {
        self.pickle = scene.pickle;
        let Made::Global(global) = scene.arena.shape(value) else { return };
        self.make_room();
        if let Some(names) = global.resolved() {
            self.loaded(names, global.protocol, op);
        } else if let Some((module, name)) = scene.arena.names(value)
            && scene.arena.may_be_str(module)
            && scene.arena.may_be_str(name)
        {
            if let Some(module) = self.name_of(scene.arena, module, op)
                && let Some(name) = self.name_of(scene.arena, name, op)
                && let Some(names) =
                    (Global { written: Some(Names { module: module.into(), name: name.into() }), ..global })
                        .resolved()
            {
                let id = self.loaded(names, global.protocol, op);
                self.ledger.remember(global.at, id);
            }
            self.dispatch.each(Kind::ComputedGlobal, Some(scene.pickle), |check, report| {
                if let Check::ComputedGlobal(check) = check {
                    check(op, report);
                }
            });
        }
    }

    fn watches_globals(&self) -> bool {
        self.watches
    }

    fn keeps_keys(&self) -> Option<KeyFilter> {
        self.ledger.asks_for_keys().then_some(is_member)
    }

    fn keeps_short(&self) -> bool {
        self.ledger.asks_for_short()
    }

    fn held(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, global: Value) {
        let callee = self.resolve(scene.arena, global, op, 0);
        if let Callee::Known(id) = callee
            && self.is_watched(id)
        {
            self.lend(op, id);
            return;
        }
        // Classes are arguments of what makes instances of them.
        let is_argument = matches!(
            op.opcode,
            Opcode::Tuple | Opcode::Tuple1 | Opcode::Tuple2 | Opcode::Tuple3 | Opcode::Obj
        );
        if let Callee::Known(id) = callee
            && (self.must_be_called(id) || !is_argument && self.is_made_empty(id))
        {
            self.pickle = scene.pickle;
            self.site(scene.arena, &CallSite { op, call: global, callee, fit: Fit::HandedOn });
        }
    }

    fn call(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, call: Value) {
        self.pickle = scene.pickle;
        // `getattr` adds globals as well.
        self.make_room();
        self.judge_call(scene.arena, op, call);
    }

    fn build(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, target: Value, state: Value) {
        if self.empty_class {
            self.pickle = scene.pickle;
            self.judge_held_by_state(scene.arena, op, target, state);
        }
        if let Some(&[function, arguments, keywords, _]) = scene.arena.tuple(state) {
            self.pickle = scene.pickle;
            self.judge_file(scene.arena, op, target, function, keywords);
            let arguments = scene.arena.tuple(arguments).unwrap_or_default();
            self.judge_kept_size(scene.arena, op, target, (function, arguments, Some(keywords)));
        }
        if let (Some(hole), Some(at)) = (scene.arena.hole(op), scene.arena.origin(target)) {
            self.behind.insert(at, hole.items());
        }
        self.pickle = scene.pickle;
        self.judge_build(scene.arena, op, target, state);
    }

    fn put(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, target: Value, items: &[Value]) {
        if let (Some(filled), Some(at)) = (&mut self.filled, scene.arena.origin(target))
            && filled.len() < MOST_FILLED
        {
            filled.insert(at);
        }
        self.pickle = scene.pickle;
        self.judge_put(scene.arena, op, target);
        self.judge_stored_put(scene.arena, op, target);
        let entry = self.global_of(scene.arena, target, op);
        let address = address_in(scene.arena, op, items);
        let class = if entry.is_none() { self.no_container(scene.arena, op, target) } else { None };
        let replaces = replaces(scene.arena, op, target);
        let taken = self.fills_taken(scene.arena, op, target, items);
        if entry.is_none() && class.is_none() && !replaces && !taken {
            self.judge_put_behind_state(scene.arena, op, target);
            if address.is_none() {
                return;
            }
        }
        let view = View { arena: scene.arena, ledger: &self.ledger };
        let put = Put { op, target, entry, class, replaces, taken, address };
        self.dispatch.each(Kind::Put, Some(scene.pickle), |check, report| {
            if let Check::Put(check) = check {
                check(&view, &put, report);
            }
        });
    }

    fn relies_on(&self, made: usize) -> bool {
        self.read.contains(made)
    }

    fn refilled(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, target: Value) {
        self.pickle = scene.pickle;
        self.judge_refilled(scene.arena, op, target);
    }

    fn hashed(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, key: Value) {
        self.pickle = scene.pickle;
        self.judge_hashed(scene.arena, op, key);
    }

    fn discard(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, value: Value) {
        let view = View { arena: scene.arena, ledger: &self.ledger };
        self.dispatch.each(Kind::Discard, Some(scene.pickle), |check, report| {
            if let Check::Discard(check) = check {
                check(&view, op, value, report);
            }
        });
    }

    fn persistent(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, value: Value) {
        self.tally.persistent.add(op.start..op.end);
        if persistent_id::is_storage(scene.arena, value) {
            self.tally.storages += 1;
            self.judge_storage(scene.arena, op, value);
        }
        if persistent_id::is_script_module(scene.arena, value) {
            self.tally.script_modules += 1;
        }
        let class = persistent_id::module_class(scene.arena, value);
        if class.is_some_and(|class| matches!(scene.arena.shape(class), Made::Global(_))) {
            self.tally.module_classes += 1;
        }
        let view = View { arena: scene.arena, ledger: &self.ledger };
        self.dispatch.each(Kind::Persistent, Some(scene.pickle), |check, report| {
            if let Check::Persistent(check) = check {
                check(&view, op, value, report);
            }
        });
    }

    fn buffer(&mut self, _pickle: usize, op: &Op<'a>) {
        self.tally.buffers.add(op.start..op.end);
    }

    fn odd_line(&mut self, pickle: usize, op: &Op<'a>) {
        self.dispatch.each(Kind::OddLine, Some(pickle), |check, report| {
            if let Check::OddLine(check) = check {
                check(op, report);
            }
        });
    }

    fn foreign_line(&mut self, pickle: usize, op: &Op<'a>) {
        self.dispatch.each(Kind::ForeignLine, Some(pickle), |check, report| {
            if let Check::ForeignLine(check) = check {
                check(op, report);
            }
        });
    }

    fn overwritten(&mut self, pickle: usize, op: &Op<'a>, slot: u64) {
        self.dispatch.each(Kind::Overwritten, Some(pickle), |check, report| {
            if let Check::Overwritten(check) = check {
                check(op, slot, report);
            }
        });
    }

    fn no_items(&mut self, pickle: usize, op: &Op<'a>) {
        self.dispatch.each(Kind::NoItems, Some(pickle), |check, report| {
            if let Check::NoItems(check) = check {
                check(op, report);
            }
        });
    }

    fn byte_string(&mut self, pickle: usize, op: &Op<'a>) {
        self.dispatch.each(Kind::ByteString, Some(pickle), |check, report| {
            if let Check::ByteString(check) = check {
                check(op, report);
            }
        });
    }

    fn extension(&mut self, pickle: usize, op: &Op<'a>) {
        self.dispatch.each(Kind::Extension, Some(pickle), |check, report| {
            if let Check::Extension(check) = check {
                check(op, report);
            }
        });
    }

    fn inner(&mut self, pickle: usize, op: &Op<'a>, inner: Inner) {
        self.embedded.add(pickle, op.start..op.end, inner);
    }

    fn array(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, found: &Found) {
        if let Some(inner) = Inner::of_array(found) {
            self.embedded.add(scene.pickle, op.start..op.end, inner);
        }
        if self.beside.len() <= MOST_BESIDE {
            self.beside.extend(Beside::of_array(op, found));
        }
        if let Found::Hole(hole) = found {
            self.tally.holes.insert(op.start, hole.resume_at());
        }
        let bytes = self.bytes;
        if let Found::Hole(hole) = found
            && self.plain_from.is_none()
            && bytes.get(hole.bytes.start).is_some_and(|&first| Opcode::from_byte(first).is_some())
        {
            self.plain_from = Some(hole.bytes.start);
        }
        self.dispatch.each(Kind::Array, Some(scene.pickle), |check, report| {
            if let Check::Array(check) = check {
                check(bytes, op, found, report);
            }
        });
    }

    fn newer_opcode(&mut self, pickle: usize, op: &Op<'a>, declared: Option<u8>) {
        self.dispatch.each(Kind::NewerOpcode, Some(pickle), |check, report| {
            if let Check::NewerOpcode(check) = check {
                check(op, declared, report);
            }
        });
    }

    fn fault(&mut self, pickle: usize, fault: &Fault) {
        self.refused |= !matches!(fault.kind, FaultKind::FrameTooLong { .. });
        self.misses.note(pickle, fault);
        let rule = rule_of(fault.kind);
        self.dispatch.each(Kind::Fault, Some(pickle), |_, report| {
            if std::ptr::eq(report.rule, rule) {
                crate::pickle::report_fault(fault, report);
            }
        });
        // A frame that is too long stops the C unpickler before anything else does.
        self.tally.fault.get_or_insert(*fault);
    }

    fn end(&mut self, summary: &Summary) {
        self.pickle = summary.pickle;
        self.judge_gap(Some(*summary));
        self.judge_namespaces(summary.start);
        self.last = Some(*summary);
        let meeting = self.meeting(summary);
        let seen = Seen {
            bytes: self.bytes,
            summary,
            tally: &self.tally,
            extent: self.extent(summary),
            meeting,
            ledger: &self.ledger,
            options: self.options,
        };
        self.dispatch.each(Kind::Pickle, Some(summary.pickle), |check, report| {
            if let Check::Pickle(check) = check {
                check(&seen, report);
            }
        });
        self.compare(summary);
        if self.ledger.len() > 0 {
            self.judge_globals();
        }
        self.tally = Tally::default();
        self.parts.clear();
        if let Some(filled) = &mut self.filled {
            filled.clear();
        }
        if !self.one_memo {
            self.forget_numbers();
        }
    }

    fn gap(&mut self, bytes: Range<usize>, _behind: bool) {
        self.gap = Some(bytes);
    }
}
