//! Classes whose constructors do more than hold data, and hooks, among the arguments of something that can call them.

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::Op;

use super::looked::Waiting;
use super::shapes::Fit;
use super::{Analysis, CallSite, Callee};
use crate::policy::{Shape, Verdict};

impl<'a> Analysis<'_, 'a> {
    /// Tells of a class in a state that is a tuple, as a `partial` has one, and of a hook that becomes an attribute of an object:
    /// those of modules are in a dict of their own, and what else holds one as an attribute can be a way to call it.
    pub(super) fn judge_held_by_state(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        target: Value,
        state: Value,
    ) {
        if arena.tuple(state).is_some() {
            self.judge_handed_on(arena, op, state, None);
        }
        let holder = self.owner(arena, target, op, 0);
        if holder.is_some_and(|id| self.ledger.entry(id).names.module.starts_with("torch.nn.utils.")) {
            return;
        }
        let parts = arena.tuple(state).map_or_else(|| vec![state], <[Value]>::to_vec);
        for part in parts {
            let contents = match arena.shape(part) {
                Made::Container(_, contents) | Made::Call { contents, .. } => contents,
                _ => None,
            };
            let Some(contents) = contents else { continue };
            for &value in contents.pairs.iter().skip(1).step_by(2) {
                if !self.may_look(op) {
                    return;
                }
                if let Some(id) = arena.call_of(value).and_then(|_| self.owner(arena, value, op, 0))
                    && self.ledger.entry(id).verdict == Verdict::AllowedAs(Shape::Hook)
                {
                    let callee = Callee::Known(id);
                    self.site(arena, &CallSite { op, call: value, callee, fit: Fit::HandedOn });
                    return;
                }
            }
        }
    }

    /// Tells of a class among arguments, also in tuples and containers: a tuple by itself is not told from the arguments of what
    /// makes instances.
    /// An argument that is called is judged by itself.
    pub(super) fn judge_handed_on(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        arguments: Value,
        called: Option<usize>,
    ) {
        if !self.empty_class {
            return;
        }
        let mut waiting: Vec<Value> = match arena.tuple(arguments) {
            Some(items) => items.to_vec(),
            None => vec![arguments],
        };
        // `partial(class.__new__, class)` makes an instance past the constructor.
        if let Some(&first) = waiting.first()
            && let Callee::Known(id) = self.resolve(arena, first, op, 1)
            && self.ledger.entry(id).names.name.ends_with("__new__")
        {
            return;
        }
        if let Some(called) = called.filter(|&called| called < waiting.len()) {
            waiting.remove(called);
        }
        let mut waiting = Waiting::new(waiting, ());
        while let Some((value, ())) = self.next_of(&mut waiting, op) {
            match arena.shape(value) {
                Made::Tuple(items) => waiting.extend(items.iter().copied(), ()),
                Made::Container(_, Some(contents)) => {
                    waiting.extend(contents.items.iter().chain(&contents.pairs).copied(), ());
                }
                Made::Global(_) => {
                    let callee = self.resolve(arena, value, op, 1);
                    if let Callee::Known(id) = callee
                        && self.is_made_empty(id)
                    {
                        self.site(arena, &CallSite { op, call: value, callee, fit: Fit::HandedOn });
                        return;
                    }
                }
                Made::Call { .. } => {
                    let class = self.owner(arena, value, op, 0);
                    if let Some(id) = class
                        && self.ledger.entry(id).verdict == Verdict::AllowedAs(Shape::Hook)
                    {
                        let callee = Callee::Known(id);
                        self.site(arena, &CallSite { op, call: value, callee, fit: Fit::HandedOn });
                        return;
                    }
                }
                _ => {}
            }
        }
    }
}
