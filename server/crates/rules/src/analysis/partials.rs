//! What a `partial` passes on to the function that it wraps.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::Op;

use super::growth::MOST_ITEMS;
use super::shapes::Fit;
use super::{Analysis, CallSite, Callee, Entry, EntryId};
use crate::policy::{Shape, Verdict};

impl<'a> Analysis<'_, 'a> {
    /// The arguments of a call with those that what is called has already: those of a `partial` come first, or the object whose method
    /// `getattr` gives. `None`: it has none.
    pub(super) fn with_held(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        items: &[Value],
    ) -> Option<Vec<Value>> {
        let (called, _) = arena.call_of(call)?;
        let (maker, made_of) = arena.call_of(called)?;
        let made_of = arena.tuple(made_of)?;
        let maker = self.resolve(arena, maker, op, 1);
        let held = if matches!(maker, Callee::Known(id)
            if self.ledger.entry(id).verdict == Verdict::AllowedAs(Shape::GetAttr))
        {
            let object = made_of.get(..1)?;
            // That of a class is given the object like any other argument.
            if matches!(self.resolve(arena, object[0], op, 1), Callee::Known(_)) { &[] } else { object }
        } else {
            let state = arena.contents_of_call(called).and_then(|contents| contents.state);
            match state.and_then(|state| arena.tuple(state)) {
                Some(&[_, given, ..]) => arena.tuple(given)?,
                _ => made_of.get(1..)?,
            }
        };
        Some(held.iter().chain(items).take(MOST_ITEMS).copied().collect())
    }

    /// Judges the functions that a `partial` passes on as keywords, as `key` of `sorted`: what is called may call them.
    pub(super) fn judge_keywords(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value, callee: Value) {
        let contents = arena.contents_of_call(callee);
        let state = contents.and_then(|contents| arena.tuple(contents.state?));
        let keywords = match state {
            Some(&[_, _, keywords, _]) => keywords,
            _ => match self.rebuilt_partial(arena, callee, op) {
                Some(&[_, _, keywords]) => keywords,
                _ => return,
            },
        };
        let Made::Container(_, Some(keywords)) = arena.shape(keywords) else { return };
        for &value in keywords.pairs.iter().skip(1).step_by(2) {
            if !self.may_look(op) {
                return;
            }
            if let Callee::Known(wrapped) = self.resolve(arena, callee, op, 1) {
                self.judge_given(arena, op, &[value], wrapped);
            }
            let callee = self.resolve(arena, value, op, 1);
            if let Callee::Known(id) = callee
                && matches!(self.ledger.entry(id).verdict, Verdict::Denied(_))
            {
                self.ledger.called(id);
                self.site(arena, &CallSite { op, call, callee, fit: Fit::Harmless });
            }
        }
    }

    /// The function, arguments and keywords of a `partial` that multiprocessing makes: `_rebuild_partial(function, (…), {…})`.
    pub(super) fn rebuilt_partial<'s>(
        &mut self,
        arena: &'s Arena<'a>,
        partial: Value,
        op: &Op<'a>,
    ) -> Option<&'s [Value]> {
        let (callee, arguments) = arena.call_of(partial)?;
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return None };
        let Entry { names, verdict, .. } = self.ledger.entry(id);
        let rebuilds = *verdict == Verdict::AllowedAs(Shape::Partial) && names.name.starts_with("_rebuild_");
        rebuilds.then(|| arena.tuple(arguments)).flatten()
    }

    /// Whether a method is bound to an object of its own class, as cloudpickle and dill do it: that is what `getattr` gives of it.
    pub(super) fn is_own_method(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        method: EntryId,
        bound: &[Value],
    ) -> bool {
        let &[object] = bound else { return false };
        let Some(class) = self.owner(arena, object, op, 0) else { return false };
        let (method, class) = (&self.ledger.entry(method).names, &self.ledger.entry(class).names);
        let of = method.name.rsplit_once('.').map(|(of, _)| of);
        method.module == class.module && of == Some(class.name.as_ref())
    }

    /// Tells of a `partial` that passes an object on as `file`: `print` calls whatever method of it is called `write`.
    pub(super) fn judge_file(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        partial: Value,
        function: Value,
        keywords: Value,
    ) {
        let Made::Container(Collection::Dict, contents) = arena.shape(keywords) else { return };
        let pairs = contents.map(|contents| contents.pairs.as_slice()).unwrap_or_default();
        let writes = pairs.chunks_exact(2).any(|pair| {
            arena.call_of(pair[1]).is_some() && arena.text(pair[0]).is_some_and(|name| name == "file")
        });
        let Some((wrapper, _)) = arena.call_of(partial) else { return };
        let reported = match self.resolve(arena, function, op, 1) {
            Callee::Known(id) => {
                matches!(self.ledger.entry(id).verdict, Verdict::Unlisted | Verdict::Denied(_))
            }
            callee => callee == Callee::Reported,
        };
        let callee = self.resolve(arena, wrapper, op, 1);
        if writes && !reported && matches!(callee, Callee::Known(_)) {
            let fit = Fit::Unusual("what it prints goes to a method of an object");
            self.site(arena, &CallSite { op, call: partial, callee, fit });
        }
    }
}
