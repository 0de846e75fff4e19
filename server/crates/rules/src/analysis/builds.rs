//! `BUILD`, and calls that set attributes as it does.

use pickle_machine::arena::{Arena, Hook as SetState, Shape as Made, Value};
use pickle_ops::Op;

use super::shapes::Fit;
use super::state::{Hook, StateKind, is_false};
use super::{Analysis, Callee, EntryId, View};
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
    /// An attribute that the state sets, and that is more than data.
    pub(crate) hook: Option<Hook>,
    /// Why a state does not fit a dtype, so that its arrays reach memory beyond their own.
    pub(crate) lie: Option<&'static str>,
    /// Whether the target was a key, or an item of a set, before.
    pub(crate) hashed: bool,
    /// Whether items were put into the target before.
    pub(crate) filled: bool,
    /// Whether the target had a state before.
    pub(crate) again: bool,
}

impl<'s, 'a> BuildSite<'s, 'a> {
    /// Attributes that a call, and no `BUILD`, sets of what it gives.
    fn of_call(op: &'s Op<'a>, call: Value, hook: Option<Hook>) -> Self {
        Self {
            op,
            target: call,
            global: None,
            class: None,
            state: StateKind::Usual,
            is_false: false,
            hook,
            lie: None,
            hashed: false,
            filled: false,
            again: false,
        }
    }
}

impl<'a> Analysis<'_, 'a> {
    /// Whether an object can be the one `NaT` of pandas: a period is given a state of three items, `NaT` takes others.
    fn may_be_nat(&self, arena: &Arena<'a>, class: EntryId, state: Value) -> bool {
        let names = &self.ledger.entry(class).names;
        names.name == "Period"
            && names.module.starts_with("pandas")
            && arena.tuple(state).is_none_or(|items| items.len() != 3)
    }

    /// Whether an object had a state before, and no function of its own in place of what takes one: that is called, and judged as that.
    fn is_built_again(&self, arena: &Arena<'a>, target: Value) -> bool {
        arena.contents_of_call(target).is_some_and(|contents| contents.rebuilt)
            && arena.hooked(target, SetState::SetState).is_empty()
    }

    /// The class of an instance.
    pub(super) fn class_of(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> Option<EntryId> {
        let Made::Call { callee, .. } = arena.shape(value) else { return None };
        match self.resolve(arena, callee, op, 1) {
            Callee::Known(id) => Some(id),
            _ => None,
        }
    }

    /// Notes the class of the array that a wrapper of joblib stands for: joblib makes one as `_reconstruct` does, if at all.
    pub(super) fn class_of_array(&mut self, arena: &Arena<'a>, op: &Op<'a>, state: Value) {
        let Made::Container(_, Some(contents)) = arena.shape(state) else { return };
        let is_class = |pair: &&[Value]| arena.text(pair[0]).is_some_and(|name| name == "subclass");
        let Some(pair) = contents.pairs.chunks_exact(2).find(is_class) else { return };
        self.fit_array(arena, op, Some(pair[1]));
    }

    /// `_reconstruct(class, …)` allocates an array of the class: neither its `__new__` nor its `__init__` is called.
    pub(super) fn fit_array(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        class: Option<Value>,
    ) -> (Fit, Option<Value>) {
        if let Some(Callee::Known(id)) = class.map(|class| self.resolve(arena, class, op, 1)) {
            let is_array = match &self.ledger.entry(id).verdict {
                Verdict::Denied(denial) => denial.unless == Some(Shape::Array),
                verdict => *verdict == Verdict::AllowedAs(Shape::Array),
            };
            if is_array {
                self.ledger.called(id);
                return (Fit::Harmless, None);
            }
        }
        self.fit_calls(arena, op, class)
    }

    /// Tells that a class is built, if it gets an attribute that is more than data.
    pub(super) fn class_built(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value, namespace: Value) {
        let hook = match self.state(arena, op, namespace).1 {
            // A class may get any function as a method; what its name is worth is said of the function.
            Some(Hook::Replaced(_, id)) if !matches!(self.ledger.entry(id).verdict, Verdict::Denied(_)) => {
                return;
            }
            Some(Hook::Computed) | None => return,
            hook => hook,
        };
        self.tell_build(arena, &BuildSite::of_call(op, call, hook));
    }

    /// Tells that a call sets attributes of what it gives, if one of them is more than data.
    pub(super) fn attributes_set(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value, state: Value) {
        let hook = self.state(arena, op, state).1;
        let hook = hook.or_else(|| self.hook_of_dict(arena, op, state, true));
        if hook.is_some() {
            self.tell_build(arena, &BuildSite::of_call(op, call, hook));
        }
    }

    /// Tells that a call sets an attribute of a global.
    pub(super) fn changed_by_call(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value, global: EntryId) {
        let site = BuildSite { global: Some(global), ..BuildSite::of_call(op, call, None) };
        self.tell_build(arena, &site);
    }

    /// Has the rules look at it.
    pub(super) fn tell_build(&mut self, arena: &Arena<'a>, site: &BuildSite<'_, 'a>) {
        let view = View { arena, ledger: &self.ledger };
        self.dispatch.each(Kind::Build, Some(self.pickle), |check, report| {
            if let Check::Build(check) = check {
                check(&view, site, report);
            }
        });
    }

    /// Judges what is given a state, by `BUILD` or by a function that does the same.
    pub(super) fn judge_build(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value, state: Value) {
        let site = self.build_site(arena, op, target, state);
        let ordinary = site.global.is_none()
            && site.hook.is_none()
            && site.lie.is_none()
            && site.state == StateKind::Usual
            && !(site.hashed || site.filled || site.again);
        if !ordinary {
            self.tell_build(arena, &site);
        }
        self.judge_stored_state(arena, op, target, state);
        self.judge_change(arena, op, target, state);
        self.judge_later_state(arena, op, target);
        self.judge_unfinished(arena, op, target, state);
        self.judge_members(arena, op, target, state);
        self.judge_empty(arena, op, target, state);
    }

    /// What a `BUILD` does.
    pub(super) fn build_site<'s>(
        &mut self,
        arena: &Arena<'a>,
        op: &'s Op<'a>,
        target: Value,
        state: Value,
    ) -> BuildSite<'s, 'a> {
        let (kind, mut hook) = self.state(arena, op, state);
        if hook.is_none() && self.runs_untold_state(arena, op, target, state) {
            hook = Some(Hook::Untold);
        }
        if hook.is_none() {
            hook = self.hook_of_class(arena, op, target, state);
        }
        let global = self.global_of(arena, target, op);
        // Its state is to be what it has.
        let global =
            global.filter(|&id| self.ledger.entry(id).verdict != Verdict::AllowedAs(Shape::Registered));
        let class = if global.is_some() { None } else { self.class_of(arena, target, op) };
        let global = global.or_else(|| class.filter(|&class| self.may_be_nat(arena, class, state)));
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
            lie: self.lie(arena, op, target, state),
            hashed: arena.was_hashed(target),
            filled,
            again: self.is_built_again(arena, target),
        }
    }
}
