//! Classes that the pickle makes by value: which of their methods loading calls.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode};

use super::super::code::shortened;
use super::super::shapes::Fit;
use super::super::{Analysis, CallSite, Callee, EntryId};
use super::{Class, Held, METHODS, MOST_ARGUMENTS, MOST_CLASSES, MOST_NAMES, Methods};

/// Methods that what computes with an object does not call.
const PICKLING: &[&str] = &[
    "__call__",
    "__copy__",
    "__deepcopy__",
    "__del__",
    "__dir__",
    "__getnewargs__",
    "__getnewargs_ex__",
    "__getstate__",
    "__init__",
    "__init_subclass__",
    "__new__",
    "__reduce__",
    "__reduce_ex__",
    "__set_name__",
    "__setattr__",
    "__setstate__",
    "__sizeof__",
    "__subclasshook__",
];

impl<'a> Analysis<'_, 'a> {
    /// Notes what a helper makes or fills: classes, and the methods that they get.
    pub(in crate::analysis) fn note_class(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        helper: EntryId,
        items: &[Value],
    ) {
        let name = self.ledger.entry(helper).names.name.rsplit(['.']).next().unwrap_or_default();
        match (name, items) {
            ("_create_type", &[metaclass, name, bases, namespace, ..]) => {
                let is_metaclass_own = self.held_code(arena, op, metaclass, 0);
                self.class_made(arena, op, call, name, bases, namespace);
                self.metaclass_runs(arena, op, call, is_metaclass_own);
                self.set_names(arena, op, call, namespace);
            }
            ("_make_skeleton_class", &[metaclass, name, bases, namespace, ..]) => {
                let is_metaclass_own = self.held_code(arena, op, metaclass, 0);
                self.class_made(arena, op, call, name, bases, namespace);
                self.metaclass_runs(arena, op, call, is_metaclass_own);
            }
            ("_make_skeleton_enum", &[bases, name, _, members, ..]) => {
                self.class_made(arena, op, call, name, bases, members);
            }
            ("_class_setstate" | "_rehydrate_skeleton_class", &[class, state, ..]) => {
                if let Some(Held::Class(at)) = self.held_code(arena, op, class, 0) {
                    let parts = arena.tuple(state).map_or_else(|| vec![state], <[Value]>::to_vec);
                    for part in parts.into_iter().take(2) {
                        self.methods_set(arena, op, at, part);
                    }
                }
            }
            ("setattr" | "_setattr", &[class, name, value]) => {
                if let Some(Held::Class(at)) = self.held_code(arena, op, class, 0) {
                    self.attributes_of_class(arena, op, at, &[name, value]);
                }
            }
            _ => {}
        }
    }

    fn class_made(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        name: Value,
        bases: Value,
        namespace: Value,
    ) {
        let Some(at) = arena.origin(call).filter(|_| self.stored.classes.len() < MOST_CLASSES) else {
            return;
        };
        let name = arena.text(name).map_or_else(|| "a class".to_owned(), |name| shortened(&name));
        let (mut inherited, mut computes) = (0, false);
        for &base in arena.tuple(bases).unwrap_or_default().iter().take(MOST_ARGUMENTS) {
            if let Some(Held::Class(base)) = self.held_code(arena, op, base, 0) {
                if let Some(class) = self.stored.classes.get(&base) {
                    inherited |= class.methods;
                    computes |= class.computes;
                }
                if let Some(fit) = self.method_runs(base, &["__init_subclass__"]) {
                    self.site(arena, &CallSite { op, call, callee: Callee::Reported, fit });
                }
            }
        }
        self.stored.classes.insert(at, Class { name, methods: inherited, computes, ..Class::default() });
        self.methods_set(arena, op, at, namespace);
    }

    /// A metaclass of the stream makes the class.
    fn metaclass_runs(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value, metaclass: Option<Held>) {
        let fit = match metaclass {
            Some(Held::Class(at)) => self.method_runs(at, &["__new__", "__init__"]),
            Some(Held::Function(name)) => Some(Fit::Stored(name)),
            _ => None,
        };
        if let Some(fit) = fit {
            self.site(arena, &CallSite { op, call, callee: Callee::Reported, fit });
        }
    }

    /// Attributes of a class that are told their names when it is made.
    fn set_names(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value, namespace: Value) {
        let Made::Container(Collection::Dict, Some(contents)) = arena.shape(namespace) else { return };
        for &value in contents.pairs.iter().skip(1).step_by(2).take(MOST_NAMES) {
            if let Some(Held::Instance(at)) = self.held_code(arena, op, value, 0)
                && let Some(fit) = self.method_runs(at, &["__set_name__"])
            {
                self.site(arena, &CallSite { op, call, callee: Callee::Reported, fit });
            }
        }
    }

    fn methods_set(&mut self, arena: &Arena<'a>, op: &Op<'a>, class: usize, namespace: Value) {
        let Made::Container(Collection::Dict, Some(contents)) = arena.shape(namespace) else { return };
        self.attributes_of_class(arena, op, class, &contents.pairs);
    }

    fn attributes_of_class(&mut self, arena: &Arena<'a>, op: &Op<'a>, class: usize, pairs: &[Value]) {
        let found = self.methods_among(arena, op, pairs);
        self.add_methods(class, found);
        for pair in pairs.chunks_exact(2).take(MOST_NAMES) {
            let Some(name) = arena.text(pair[0]) else { continue };
            let is_method = matches!(self.held_code(arena, op, pair[1], 0), Some(Held::Function(_)));
            let is_property = self
                .class_of(arena, pair[1], op)
                .is_some_and(|id| self.ledger.entry(id).names.name.ends_with("property"));
            let Some(class) = self.stored.classes.get_mut(&class) else { return };
            if is_property {
                class.properties.insert(name.into_owned());
            } else if is_method && name.starts_with("__") && !PICKLING.contains(&name.as_ref()) {
                class.computes = true;
            }
        }
    }

    fn add_methods(&mut self, class: usize, found: Methods) {
        if let Some(class) = self.stored.classes.get_mut(&class) {
            class.methods |= found;
        }
    }

    /// Methods that loading calls, and that functions of the stream are given as, among pairs of names and values.
    fn methods_among(&mut self, arena: &Arena<'a>, op: &Op<'a>, pairs: &[Value]) -> Methods {
        let mut found = 0;
        for pair in pairs.chunks_exact(2).take(MOST_NAMES) {
            if let Some(name) = arena.text(pair[0])
                && let Ok(at) = METHODS.binary_search(&name.as_ref())
                && let Some(Held::Function(_)) = self.held_code(arena, op, pair[1], 0)
            {
                found |= 1 << at;
            }
        }
        found
    }

    /// Tells of code of the stream that a `BUILD` runs, and notes methods that it gives a class.
    pub(in crate::analysis) fn judge_stored_state(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        target: Value,
        state: Value,
    ) {
        if !self.stored.on {
            return;
        }
        let parts = arena.tuple(state).map_or_else(|| vec![state], <[Value]>::to_vec);
        let called: &[&str] = match parts.len() {
            2 => &["__setstate__", "__getattribute__", "__setattr__"],
            _ => &["__setstate__", "__getattribute__"],
        };
        self.judge_filled(arena, op, target, called);
        // Attributes of the object itself that unpicklers call are calls to the machine.
        let Some(Held::Class(at)) = self.held_code(arena, op, target, 0) else { return };
        for part in parts.into_iter().take(2) {
            if let Made::Container(Collection::Dict, Some(contents)) = arena.shape(part) {
                let found = self.methods_among(arena, op, &contents.pairs);
                self.add_methods(at, found);
            }
        }
    }

    /// Tells of code of the stream that runs when items are put into an object.
    pub(in crate::analysis) fn judge_stored_put(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value) {
        if !self.stored.on {
            return;
        }
        let called: &[&str] = match op.opcode {
            Opcode::SetItem | Opcode::SetItems => &["__setitem__"],
            Opcode::AddItems => &["add"],
            Opcode::Append => &["append"],
            _ => &["append", "extend"],
        };
        self.judge_filled(arena, op, target, called);
    }

    /// Tells of code of the stream that runs because an object is a key, or an item of a set.
    pub(in crate::analysis) fn judge_hashed(&mut self, arena: &Arena<'a>, op: &Op<'a>, key: Value) {
        if self.stored.on {
            self.judge_filled(arena, op, key, &["__hash__"]);
        }
    }

    fn judge_filled(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value, called: &[&str]) {
        if let Some(Held::Instance(at)) = self.held_code(arena, op, target, 0)
            && let Some(fit) = self.method_runs(at, called)
        {
            self.site(arena, &CallSite { op, call: target, callee: Callee::Reported, fit });
        }
    }
}
