//! Events of the machine, as they are given to rules.

use std::ops::Range;

use pickle_machine::arena::{Arena, Contents, Shape as Made, Value};
use pickle_machine::hole::Found;
use pickle_machine::stream::{Observer, Scene, Summary};
use pickle_machine::{Collection, Domain, Fault, FaultKind, Inner};
use pickle_ops::{Op, Opcode, Operand};

use super::comparison::MOST_PICKLES;
use super::expansion::{Extent, measure};
use super::{Analysis, Callee, Comparison, EntryId, Gap, Seen, Tally, View};
use crate::pickle::{persistent_id, rule_of};
use crate::policy::{Shape, Verdict};
use crate::rule::{Check, Kind};

/// A `BUILD` that is out of the ordinary.
#[derive(Debug)]
pub(crate) struct BuildSite<'s, 'a> {
    pub(crate) op: &'s Op<'a>,
    pub(crate) target: Value,
    /// The global that the target is, if it is one itself.
    pub(crate) global: Option<EntryId>,
    /// The class of the target, if it is an instance.
    pub(crate) class: Option<EntryId>,
    pub(crate) state: StateKind,
    /// Whether the state is no dict, and surely false.
    pub(crate) is_false: bool,
    /// An attribute that is called later, and what the state sets it to.
    pub(crate) hook: Option<(String, EntryId)>,
    /// Whether the target was a key, or an item of a set, before.
    pub(crate) hashed: bool,
    /// Whether items were put into the target before.
    pub(crate) filled: bool,
}

/// What a state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StateKind {
    /// A dict that is empty.
    Empty,
    /// What an object without `__setstate__` takes, or something that is not known.
    Usual,
    /// Something that only `__setstate__` takes.
    Other,
}

/// Items that are put into a global, or into what an attribute of one is.
#[derive(Debug)]
pub(crate) struct Put<'s, 'a> {
    pub(crate) op: &'s Op<'a>,
    pub(crate) target: Value,
    pub(crate) entry: EntryId,
}

/// Attributes that unpicklers, or what uses the object, call. Sorted.
const HOOKS: &[&str] = &[
    "__class__",
    "__del__",
    "__getattr__",
    "__reduce__",
    "__reduce_ex__",
    "__setitem__",
    "__setstate__",
    "add",
    "append",
    "extend",
    "find_class",
    "persistent_load",
];

/// Objects that are remembered as filled.
const MOST_FILLED: usize = 1 << 16;

/// Bytes of a pickle that is small.
const SMALL: usize = 1 << 16;

/// Pairs of a state that are looked through for hooks.
const MOST_PAIRS: usize = 1 << 12;

impl<'a> Analysis<'_, 'a> {
    /// The global that a value is, by itself or by `getattr`.
    fn global_of(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> Option<EntryId> {
        match arena.shape(value) {
            Made::Global(_) => {}
            Made::Call { callee, .. } => {
                let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return None };
                if self.ledger.entry(id).verdict != Verdict::AllowedAs(Shape::GetAttr) {
                    return None;
                }
            }
            _ => return None,
        }
        match self.resolve(arena, value, op, 0) {
            Callee::Known(id) => Some(id),
            _ => None,
        }
    }

    /// The class of an instance.
    fn class_of(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> Option<EntryId> {
        let Made::Call { callee, .. } = arena.shape(value) else { return None };
        match self.resolve(arena, callee, op, 1) {
            Callee::Known(id) => Some(id),
            _ => None,
        }
    }

    /// An attribute among the pairs of a state that is a hook, if it is set to something that may do harm.
    fn hook(
        &mut self,
        arena: &Arena<'a>,
        contents: Option<&Contents>,
        op: &Op<'a>,
    ) -> Option<(String, EntryId)> {
        for pair in contents?.pairs.chunks_exact(2).take(MOST_PAIRS) {
            let Some(name) = arena.text(pair[0]).filter(|name| HOOKS.binary_search(&name.as_ref()).is_ok())
            else {
                continue;
            };
            if let Callee::Known(id) = self.resolve(arena, pair[1], op, 1)
                && self.ledger.entry(id).verdict != Verdict::Allowed
            {
                return Some((name.into_owned(), id));
            }
        }
        None
    }

    /// What a state is, and which hook it sets.
    fn state(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        state: Value,
    ) -> (StateKind, Option<(String, EntryId)>) {
        match arena.shape(state) {
            Made::Container(Collection::Dict, contents) => {
                let kind = if is_empty_at(arena, state, op) { StateKind::Empty } else { StateKind::Usual };
                (kind, self.hook(arena, contents, op))
            }
            Made::Container(..) => (StateKind::Other, None),
            Made::Literal(literal) if literal.opcode == Opcode::None => (StateKind::Usual, None),
            Made::Literal(_) => (StateKind::Other, None),
            Made::Tuple(&[dict, slots]) => {
                let is_dict = |value| match arena.shape(value) {
                    Made::Container(kind, _) => kind == Collection::Dict,
                    Made::Literal(literal) => literal.opcode == Opcode::None,
                    Made::Tuple(_) => false,
                    _ => true,
                };
                let kind = if is_dict(dict) && is_dict(slots) { StateKind::Usual } else { StateKind::Other };
                let parts = [dict, slots].map(|part| match arena.shape(part) {
                    Made::Container(Collection::Dict, contents) => self.hook(arena, contents, op),
                    _ => None,
                });
                (kind, parts.into_iter().flatten().next())
            }
            Made::Tuple(_) => (StateKind::Other, None),
            _ => (StateKind::Usual, None),
        }
    }

    /// How large the pickle is when it is written out. To measure that is another pass, so it is done only where
    /// containers are referred to so often that it can be out of proportion.
    fn extent(&self, summary: &Summary) -> Option<Extent> {
        let length = summary.end - summary.start;
        let worth = summary.shared >= 16 && (length <= SMALL || summary.shared >= length / 64);
        if worth { measure(self.bytes, summary.start, self.interrupt) } else { None }
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

    fn build_site<'s>(
        &mut self,
        arena: &Arena<'a>,
        op: &'s Op<'a>,
        target: Value,
        state: Value,
    ) -> BuildSite<'s, 'a> {
        let (kind, hook) = self.state(arena, op, state);
        let global = self.global_of(arena, target, op);
        let class = if global.is_some() { None } else { self.class_of(arena, target, op) };
        let filled =
            arena.origin(target).is_some_and(|at| self.filled.as_ref().is_some_and(|all| all.contains(&at)));
        let is_false = kind == StateKind::Other && is_false(arena, state, op);
        BuildSite {
            op,
            target,
            global,
            class,
            state: kind,
            is_false,
            hook,
            hashed: arena.was_hashed(target),
            filled,
        }
    }
}

/// Whether a state that is no dict is surely false: zero, False, or empty.
fn is_false(arena: &Arena<'_>, state: Value, op: &Op<'_>) -> bool {
    match arena.shape(state) {
        Made::Tuple(items) => items.is_empty(),
        Made::Container(..) => is_empty_at(arena, state, op),
        Made::Literal(literal) => match literal.operand() {
            Ok(Operand::None) => literal.opcode == Opcode::NewFalse,
            Ok(Operand::Bool(value)) => !value,
            Ok(Operand::Int(value)) => value.to_i64() == Some(0),
            Ok(Operand::Float(value)) => value == 0.0,
            Ok(_) => literal.raw.is_empty() || literal.raw == b"''",
            Err(_) => false,
        },
        _ => false,
    }
}

/// Whether a dict was made just before an op, but for its place in the memo.
fn is_empty_at(arena: &Arena<'_>, dict: Value, op: &Op<'_>) -> bool {
    let Some(made) = arena.origin(dict).and_then(|at| arena.op_at(at)) else { return false };
    let bytes = arena.bytes();
    if made.opcode == Opcode::Dict && (made.start == 0 || bytes[made.start - 1] != Opcode::Mark as u8) {
        return false;
    }
    let mut end = made.end;
    if let Some(next) = arena.op_at(end)
        && matches!(next.opcode, Opcode::Memoize | Opcode::Put | Opcode::BinPut | Opcode::LongBinPut)
    {
        end = next.end;
    }
    end == op.start
}

impl<'a> Observer<'a> for Analysis<'_, 'a> {
    fn global(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, value: Value) {
        self.pickle = scene.pickle;
        let Made::Global(global) = scene.arena.shape(value) else { return };
        self.make_room();
        if let Some(names) = global.resolved() {
            self.ledger.load(names, global.protocol, op, &self.options.policy);
        } else if let Some((module, name)) = scene.arena.names(value)
            && scene.arena.may_be_str(module)
            && scene.arena.may_be_str(name)
        {
            self.dispatch.each(Kind::ComputedGlobal, Some(scene.pickle), |check, report| {
                if let Check::ComputedGlobal(check) = check {
                    check(op, report);
                }
            });
        }
    }

    fn call(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, call: Value) {
        self.pickle = scene.pickle;
        // `getattr` adds globals as well.
        self.make_room();
        self.judge_call(scene.arena, op, call);
    }

    fn build(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, target: Value, state: Value) {
        let site = self.build_site(scene.arena, op, target, state);
        let ordinary = site.global.is_none()
            && site.hook.is_none()
            && site.state == StateKind::Usual
            && !(site.hashed || site.filled);
        if ordinary {
            return;
        }
        let view = View { arena: scene.arena, ledger: &self.ledger };
        self.dispatch.each(Kind::Build, Some(scene.pickle), |check, report| {
            if let Check::Build(check) = check {
                check(&view, &site, report);
            }
        });
    }

    fn put(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, target: Value, _items: &[Value]) {
        if let (Some(filled), Some(at)) = (&mut self.filled, scene.arena.origin(target))
            && filled.len() < MOST_FILLED
        {
            filled.insert(at);
        }
        let Some(entry) = self.global_of(scene.arena, target, op) else { return };
        let view = View { arena: scene.arena, ledger: &self.ledger };
        self.dispatch.each(Kind::Put, Some(scene.pickle), |check, report| {
            if let Check::Put(check) = check {
                check(&view, &Put { op, target, entry }, report);
            }
        });
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
        self.last = Some(*summary);
        let seen = Seen {
            bytes: self.bytes,
            summary,
            tally: &self.tally,
            extent: self.extent(summary),
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
        if let Some(filled) = &mut self.filled {
            filled.clear();
        }
    }

    fn gap(&mut self, bytes: Range<usize>, _behind: bool) {
        self.gap = Some(bytes);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn hooks_are_sorted() {
        assert!(super::HOOKS.is_sorted());
    }
}
