//! Functions that set attributes of what they are given, or of what they make.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::Op;

use super::shapes::{Fit, is_none};
use super::{Analysis, CallSite, Callee, Entry, EntryId};
use crate::policy::{Shape, Verdict};

/// Functions of torch that call methods of their first argument, and set attributes of what those give.
const TAKE_TENSORS: &[&str] =
    &["_rebuild_device_tensor_from_cpu_tensor", "_rebuild_parameter", "_rebuild_parameter_with_state"];

impl<'a> Analysis<'_, 'a> {
    /// Judges the attributes that some allowed functions set of what they make: the last argument of the functions of torch
    /// and of those that Cython writes.
    pub(super) fn judge_attributes(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        arguments: Value,
        callee: EntryId,
    ) {
        let name = self.ledger.entry(callee).names.name.as_ref();
        if ["_rebuild_exc", "rebuild_exc"].contains(&name) {
            self.cause_set(arena, op, call, arguments);
            return;
        }
        let tensor = arena.tuple(arguments).and_then(|items| items.first().copied());
        if TAKE_TENSORS.contains(&name) && !tensor.is_none_or(|tensor| self.may_be_tensor(arena, tensor, op))
        {
            let fit = Fit::Unusual("it sets attributes of what is no tensor");
            self.site(arena, &CallSite { op, call, callee: Callee::Known(callee), fit });
            return;
        }
        let name = self.ledger.entry(callee).names.name.as_ref();
        if name != "_rebuild_parameter_with_state" && !name.starts_with("__pyx_unpickle_") {
            return;
        }
        if let Some(&state) = arena.tuple(arguments).and_then(<[Value]>::last) {
            self.attributes_set(arena, op, call, state);
        }
    }

    /// Whether a value is not known to be something else than a tensor.
    fn may_be_tensor(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> bool {
        let callee = match arena.shape(value) {
            Made::Call { callee, .. } => self.resolve(arena, callee, op, 1),
            Made::Literal(_) | Made::Tuple(_) | Made::Container(..) | Made::Global(_) => return false,
            _ => return true,
        };
        let Callee::Known(id) = callee else { return true };
        let Entry { names, verdict, .. } = self.ledger.entry(id);
        let is_of_torch = names.module == "torch" || names.module.starts_with("torch.");
        match verdict {
            Verdict::Unlisted | Verdict::Denied(_) => true,
            _ => is_of_torch && (names.name.starts_with("_rebuild_") || names.name.ends_with("Tensor")),
        }
    }

    /// What rebuilds exceptions sets an attribute of its first argument, whatever that is.
    fn cause_set(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value, arguments: Value) {
        let first = arena.tuple(arguments).and_then(|items| items.first().copied());
        if let Some(target) = first
            && let Some(id) = self.global_of(arena, target, op)
        {
            self.changed_by_call(arena, op, call, id);
        }
    }

    /// `_rebuild_from_type_v2(function, type, arguments, state)` sets attributes of what the function gives, which is a
    /// tensor.
    pub(super) fn fit_tensor(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        items: &[Value],
    ) -> (Fit, Option<Value>) {
        if let Some(&state) = items.get(3) {
            self.attributes_set(arena, op, call, state);
        }
        let (fit, next) = self.fit_calls(arena, op, items.first().copied());
        let function = items.first().map(|&function| self.resolve(arena, function, op, 1));
        // Other functions give what they are given.
        let rebuilds = match function {
            Some(Callee::Known(id)) => {
                let names = &self.ledger.entry(id).names;
                names.module.starts_with("torch.") && names.name.starts_with("_rebuild_")
            }
            _ => true,
        };
        match fit {
            Fit::Harmless if !rebuilds => (Fit::Unusual("it sets attributes of what is no tensor"), next),
            Fit::Harmless => {
                let arguments = items.get(2).and_then(|&items| arena.tuple(items)).unwrap_or_default();
                let takes_tensor = match function {
                    Some(Callee::Known(id)) => {
                        TAKE_TENSORS.contains(&self.ledger.entry(id).names.name.as_ref())
                    }
                    _ => false,
                };
                match arguments.first() {
                    Some(&tensor) if takes_tensor && !self.may_be_tensor(arena, tensor, op) => {
                        (Fit::Unusual("it sets attributes of what is no tensor"), next)
                    }
                    _ => (Fit::Harmless, next),
                }
            }
            fit => (fit, next),
        }
    }

    /// `_reconstruct_array(_reconstruct, (ndarray, …), (version, shape, dtype, order, bytes), …)`, as JAX writes an array: other functions
    /// make what may be given any state, and a state without bytes holds objects.
    pub(super) fn fit_array_state(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        items: &[Value],
    ) -> Fit {
        let &[function, arguments, state, ..] = items else {
            return Fit::Unusual("JAX writes a function, its arguments and a state");
        };
        let class = arena.tuple(arguments).and_then(|arguments| arguments.first().copied());
        let mut is_numpy =
            |value: Value, modules: &[&str], wanted: &str| match self.resolve(arena, value, op, 1) {
                Callee::Known(id) => {
                    let names = &self.ledger.entry(id).names;
                    modules.contains(&names.module.as_ref()) && names.name == wanted
                }
                _ => false,
            };
        let makes_array =
            is_numpy(function, &["numpy._core.multiarray", "numpy.core.multiarray"], "_reconstruct")
                && class.is_some_and(|class| is_numpy(class, &["numpy"], "ndarray"));
        if let Callee::Known(id) = self.resolve(arena, function, op, 1) {
            self.judge_iteration(arena, op, call, arguments, id);
        }
        // Before protocol 3 they are what `_codecs.encode` gives.
        let has_bytes =
            matches!(arena.tuple(state), Some(&[_, _, _, _, bytes]) if self.is_bytes(arena, bytes, op));
        match (makes_array, has_bytes) {
            (true, true) => Fit::Harmless,
            (true, false) => Fit::Unusual("the state of the array holds no bytes"),
            (false, _) => Fit::Unusual(
                "it calls a function that makes no array of numpy, and gives what that makes a state",
            ),
        }
    }

    /// `_create_array(_reconstruct, (class, …), state, attributes)`, as dill writes an array: a call and `BUILD` in one.
    pub(super) fn fit_array_filled(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        items: &[Value],
    ) -> Fit {
        const NO_ARRAY: Fit = Fit::Unusual(
            "it calls a function that makes no array of numpy, and gives what that makes a state",
        );
        let (function, arguments, state, attributes) = match *items {
            [function, arguments, state] => (function, arguments, state, None),
            [function, arguments, state, attributes] => {
                (function, arguments, state, Some(attributes).filter(|&value| !is_none(arena, value)))
            }
            _ => return Fit::Unusual("dill writes a function, its arguments, a state and attributes"),
        };
        let Callee::Known(id) = self.resolve(arena, function, op, 1) else { return NO_ARRAY };
        if !arena.is_global(function)
            || self.ledger.entry(id).verdict != Verdict::AllowedAs(Shape::ArrayOf)
            || arena.tuple(state).is_none()
        {
            return NO_ARRAY;
        }
        self.ledger.called(id);
        self.judge_iteration(arena, op, call, arguments, id);
        self.judge_numbers(arena, op, call, arguments, id);
        let class = arena.tuple(arguments).and_then(|arguments| arguments.first().copied());
        if class.is_none() || self.fit_array(arena, op, class) != (Fit::Harmless, None) {
            return NO_ARRAY;
        }
        if let Some(attributes) = attributes {
            if !matches!(arena.shape(attributes), Made::Container(Collection::Dict, _)) {
                return Fit::Unusual("the attributes of the array are no dict that the stream shows");
            }
            self.attributes_set(arena, op, call, attributes);
        }
        self.judge_build(arena, op, call, state);
        Fit::Harmless
    }

    /// The class of an instance that was made without the constructor can be called like the class itself.
    pub(super) fn fit_class_of(&mut self, arena: &Arena<'a>, op: &Op<'a>, object: Value) -> Fit {
        match arena.call_of(object).and_then(|_| self.owner(arena, object, op, 0)) {
            Some(class) if self.is_made_empty(class) => {
                Fit::Unusual("it gives a class whose constructor does more than hold data")
            }
            _ => Fit::Harmless,
        }
    }

    /// `_load_type(name)`, `_create_namedtuple(name, fields, module)`: what it gives is told as a global.
    pub(super) fn fit_type_named(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value) -> Fit {
        match self.resolve(arena, call, op, 0) {
            Callee::Known(id) => {
                self.ledger.loaded_by_getattr(id);
                Fit::Harmless
            }
            Callee::Code => Fit::Harmless,
            _ => Fit::Unusual("it gives a class by a name that the stream does not show"),
        }
    }
}
