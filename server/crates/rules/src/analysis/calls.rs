//! Calls: each is judged by its callee, and by the one that the callee passes it on to.

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode};

use super::denied::ByValue;
use super::{Analysis, CallSite, Callee, Entry, EntryId, Fit, sympy};
use crate::policy::{Shape, Verdict, unpickles};

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
            Some(callee) if !cfg!(debug_assertions) => self.ledger.called(callee),
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

    fn look_at_call(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value, called: Value, arguments: Value) {
        if op.opcode == Opcode::NewObjEx
            && let Made::Call { keywords: Some(keywords), .. } = arena.shape(call)
        {
            self.judge_handed_on(arena, op, keywords, None);
            if let Some(&function) = arena.tuple(arguments).and_then(<[Value]>::first) {
                self.judge_file(arena, op, call, function, keywords);
            }
        }
        self.judge_keywords(arena, op, call, called);
        let whole = Call { op, call, called, arguments };
        let mut next = Some((called, !matches!(op.opcode, Opcode::NewObj | Opcode::NewObjEx)));
        let mut levels = 0;
        while let Some(one) = next {
            let Some(judged) = self.judge_callee(arena, &whole, one, levels) else { return };
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
        let callee = self.resolve(arena, value, call.op, levels);
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
        if value == called && self.lies_in_bytes(arena, op, (call, arguments), entry) {
            let fit = Fit::Unusual("it takes bytes for whatever the type says, also for objects");
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
                None
            }
            Verdict::AllowedAs(shape) => self.judge_shape(arena, whole, (value, entry), shape, constructs),
            Verdict::Unlisted if sympy::evaluates(arena, names, arguments) => {
                Some(Judged::last(Callee::Known(entry), Fit::Evaluates))
            }
            Verdict::Unlisted => None,
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
}
