//! Calls: each is judged by its callee, and by the one that the callee passes it on to.

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode};

use super::code::shortened;
use super::denied::ByValue;
use super::looked::Waiting;
use super::{Analysis, CallSite, Callee, Entry, EntryId, Fit};
use crate::policy::{Hashing, Shape, Verdict, takes_items, unpickles};

/// A call that is judged.
#[derive(Clone, Copy)]
struct Call<'c, 'a> {
    op: &'c Op<'a>,
    /// What it gives.
    call: Value,
    /// What the op calls; functions that call what they are given lead to other callees.
    called: Value,
    arguments: Value,
}

/// What one of the callees of a call comes to: something to be told of it, and who is next.
struct Judged {
    callee: Callee,
    fit: Fit,
    /// What it calls in turn, and whether that is constructed if it is a class.
    next: Option<(Value, bool)>,
}

impl Judged {
    /// Of a callee that calls nothing else.
    fn last(callee: Callee, fit: Fit) -> Self {
        Self { callee, fit, next: None }
    }
}

impl<'a> Analysis<'_, 'a> {
    /// Judges a call by its callee, and by the one that the callee passes it on to.
    pub(super) fn judge_call(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value) {
        let Some((called, arguments)) = arena.call_of(call) else { return };
        match self.taker_of_data(arena, op, called, arguments) {
            // A build for tests looks at all calls, and holds the shortcut to what that finds.
            Some(callee) if !cfg!(debug_assertions) => {
                self.note_keys(arena, op, arguments, callee);
                self.ledger.called(callee);
            }
            taker => {
                let before = (self.dispatch.findings.count(), self.tally.code);
                self.look_at_call(arena, op, call, called, arguments);
                let after = (self.dispatch.findings.count(), self.tally.code);
                debug_assert!(taker.is_none() || before == after, "a call that is passed over has findings");
            }
        }
    }

    /// What is called, if that is harmless with all that it is given, which is constants. Most calls are such, and cost little then.
    #[inline]
    fn taker_of_data(
        &self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        called: Value,
        arguments: Value,
    ) -> Option<EntryId> {
        // What goes through its arguments, and code that calls run, is looked for where such was loaded.
        let looks_at_all = self.lazy || self.endless || self.stored.is_on();
        if looks_at_all || op.opcode == Opcode::NewObjEx || !arena.is_tuple_of_data(arguments) {
            return None;
        }
        self.known_at(arena, called).filter(|&callee| self.ledger.entry(callee).takes_data)
    }

    /// Notes whether items are taken for keys that are in what a function is given.
    fn note_keys(&mut self, arena: &Arena<'a>, op: &Op<'a>, arguments: Value, entry: EntryId) {
        if gives_many(arena, op, arguments) {
            let names = &self.ledger.entry(entry).names;
            self.tally.gives_keys |= self.takes_keys(entry) || takes_items(&names.module, &names.name);
        }
    }

    /// Whether a function takes items for keys.
    fn takes_keys(&self, entry: EntryId) -> bool {
        matches!(self.ledger.entry(entry).hashing, Some(Hashing::Items | Hashing::FrozenSet))
    }

    /// Whether items that are computed are taken for keys: what they are is not looked at.
    fn takes_computed_keys(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        arguments: Value,
        entry: EntryId,
    ) -> bool {
        if !self.takes_keys(entry) {
            return false;
        }
        let mut waiting = Waiting::new(arena.tuple(arguments).unwrap_or_default().iter().copied(), ());
        while let Some((value, ())) = self.next_of(&mut waiting, op) {
            let (called, given) = arena.call_of(value).unwrap_or((value, Value::UNKNOWN));
            if let Some(known) = self.known_at(arena, called)
                && self.ledger.entry(known).hashing == Some(Hashing::Computed)
            {
                return true;
            }
            waiting.extend(arena.tuple(given).unwrap_or_default().iter().copied(), ());
        }
        false
    }

    fn look_at_call(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value, called: Value, arguments: Value) {
        let before = (self.dispatch.findings.count(), self.tally.code);
        if op.opcode == Opcode::NewObjEx
            && let Made::Call { keywords: Some(keywords), .. } = arena.shape(call)
        {
            self.judge_handed_on(arena, op, keywords, None);
            if let Some(&function) = arena.tuple(arguments).and_then(<[Value]>::first) {
                self.judge_file(arena, op, call, function, keywords);
            }
        }
        self.judge_keywords(arena, op, call, called);
        self.judge_callees(arena, &Call { op, call, called, arguments });
        if before == (self.dispatch.findings.count(), self.tally.code)
            && arena.call_of(arguments).is_some()
            && let Callee::Known(id) = self.resolve(arena, called, op, 1)
        {
            // Readers in Python take them of anything that can be gone through.
            let fit =
                Fit::Unusual("what it is called with is what another call gives, which is not seen here");
            self.site(arena, &CallSite { op, call, callee: Callee::Known(id), fit });
        }
        // What is told of it otherwise says more.
        if before == (self.dispatch.findings.count(), self.tally.code)
            && let Some(id) = self.takes_none_by_name(arena, op, call)
        {
            let fit = Fit::Unusual("it is given arguments by name, as no pickler writes it");
            self.site(arena, &CallSite { op, call, callee: Callee::Known(id), fit });
        }
    }

    /// Judges a call by each of its callees in turn.
    fn judge_callees(&mut self, arena: &Arena<'a>, whole: &Call<'_, 'a>) {
        let &Call { op, call, called, .. } = whole;
        let mut next = Some((called, !matches!(op.opcode, Opcode::NewObj | Opcode::NewObjEx)));
        let mut levels = 0;
        while let Some(one) = next {
            let Some(judged) = self.judge_callee(arena, whole, one, levels) else { return };
            if judged.callee == Callee::Code {
                self.tally.code += 1;
            }
            self.site(arena, &CallSite { op, call, callee: judged.callee, fit: judged.fit });
            next = judged.next;
            levels += 1;
        }
    }

    /// Judges a call by one callee, `levels` calls away from the op: `value`, of which an instance is made by its constructor if it is
    /// a class and `constructs`. `None`: it does no harm, and calls nothing else.
    fn judge_callee(
        &mut self,
        arena: &Arena<'a>,
        call: &Call<'_, 'a>,
        (value, constructs): (Value, bool),
        levels: usize,
    ) -> Option<Judged> {
        let callee = match self.resolve(arena, value, call.op, levels) {
            Callee::Opaque => match self.instance_call(arena, value, call.op) {
                Some(names) => Callee::Known(self.ledger.find_or_add(names, call.op, &self.options.policy)),
                None => Callee::Opaque,
            },
            callee => callee,
        };
        if let Some(fit) = self.stored_call(arena, call.op, value, constructs) {
            return Some(Judged::last(Callee::Reported, fit));
        }
        match callee {
            Callee::Known(entry) => self.judge_known(arena, call, (value, entry), constructs),
            _ => Some(Judged::last(callee, Fit::Harmless)),
        }
    }

    /// The same of a callee that has a name.
    fn judge_known(
        &mut self,
        arena: &Arena<'a>,
        whole: &Call<'_, 'a>,
        (value, entry): (Value, EntryId),
        constructs: bool,
    ) -> Option<Judged> {
        let &Call { op, call, called, arguments } = whole;
        self.ledger.called(entry);
        if self.judge_stored_arguments(arena, op, call, value, entry, arguments) {
            return None;
        }
        self.judge_iteration(arena, op, call, arguments, entry);
        self.note_keys(arena, op, arguments, entry);
        if self.ledger.entry(entry).gives_text {
            self.note_text(arena, op, call, entry, value == called && arena.is_global(called));
        }
        if value == called && self.lies_in_bytes(arena, op, (call, arguments), entry) {
            let fit = Fit::Unusual("it takes bytes, or none, for whatever the type says, also for objects");
            return Some(Judged::last(Callee::Known(entry), fit));
        }
        match self.harm_of_pattern(arena, arguments, entry) {
            Some(fit @ Fit::Slow(_)) => {
                self.site(arena, &CallSite { op, call, callee: Callee::Known(entry), fit });
            }
            Some(fit) => return Some(Judged::last(Callee::Known(entry), fit)),
            None => {}
        }
        if let Some(fit) = self.fit_of_given(arena, op, arguments, entry) {
            return Some(Judged::last(Callee::Known(entry), fit));
        }
        self.judge_numbers(arena, op, call, arguments, entry);
        let Entry { names, verdict, .. } = self.ledger.entry(entry);
        if unpickles(&names.module, &names.name, verdict) {
            self.embedded.unpickled(arena, arguments);
        }
        match *verdict {
            Verdict::Allowed => {
                self.judge_attributes(arena, op, call, arguments, entry);
                self.judge_handed_on(arena, op, arguments, None);
                let (text, harm) = self.annotates(arena, op, entry, arguments)?;
                Some(Judged::last(Callee::Known(entry), Fit::Annotates(shortened(&text), harm)))
            }
            Verdict::AllowedAs(shape) => self.judge_shape(arena, whole, (value, entry), shape, constructs),
            Verdict::Unlisted => {
                let evaluates = self.evaluates_texts(arena, op, entry, arguments);
                evaluates.then(|| Judged::last(Callee::Known(entry), Fit::Evaluates))
            }
            Verdict::Denied(_) => {
                let callee = Callee::Known(entry);
                match self.judge_denied(arena, op, (call, arguments), (value, entry), value == called) {
                    ByValue::Settled => None,
                    ByValue::Code => Some(Judged::last(Callee::Code, Fit::Harmless)),
                    ByValue::No => Some(Judged::last(callee, Fit::Harmless)),
                }
            }
        }
    }

    /// The same of one that is harmless when it is called in a shape.
    fn judge_shape(
        &mut self,
        arena: &Arena<'a>,
        whole: &Call<'_, 'a>,
        (value, entry): (Value, EntryId),
        shape: Shape,
        constructs: bool,
    ) -> Option<Judged> {
        let &Call { op, call, called, arguments } = whole;
        if shape == Shape::Encode && value == called && arena.is_global(called) {
            self.embedded_text(arena, op, entry, arguments);
        }
        if matches!(shape, Shape::Makes(_) | Shape::Reconstructor) {
            self.judge_made(arena, op, call);
        }
        if shape.hands_on() {
            self.judge_handed_on(arena, op, arguments, shape.called());
        }
        let (fit, next) = self.fit(arena, op, shape, entry, call, arguments);
        let next = match next {
            Some(function) => Some((function, constructs)),
            None => self.called_at_once(arena, op, value, entry, shape, arguments),
        };
        let is_settled = fit == Fit::Harmless && next.is_none();
        (!is_settled).then_some(Judged { callee: Callee::Known(entry), fit, next })
    }

    /// What is the matter with texts and keys that a function is given, whatever its verdict.
    fn fit_of_given(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        arguments: Value,
        entry: EntryId,
    ) -> Option<Fit> {
        if self.takes_long_text(arena, arguments, entry) {
            return Some(Fit::Unusual("it takes texts apart, and one so long takes minutes"));
        }
        if let Some(harm) = self.harm_of_codec(arena, op, arguments, entry) {
            return Some(Fit::Unusual(harm));
        }
        self.takes_computed_keys(arena, op, arguments, entry).then_some(Fit::Unusual(
            "its items are computed, and can be such that each is compared with all others",
        ))
    }
}

/// Bytes of a list that may have many items, and items of a tuple that are many.
const MANY_BYTES: usize = 512;
const MANY_ITEMS: usize = 64;

/// Whether there may be many items in one of the arguments: a list that was begun some way before, or what a call gives.
fn gives_many(arena: &Arena<'_>, op: &Op<'_>, arguments: Value) -> bool {
    let is_long = |&argument: &Value| match arena.shape(argument) {
        Made::Call { .. } => true,
        Made::Tuple(items) => items.len() >= MANY_ITEMS,
        Made::Container(..) => arena.origin(argument).is_some_and(|at| op.start - at >= MANY_BYTES),
        _ => false,
    };
    arena.tuple(arguments).is_some_and(|arguments| arguments.iter().any(is_long))
}
