//! Code that the pickle itself holds, and that loading runs: functions by value that are called, methods of classes by value that
//! unpicklers call.

mod classes;

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::Op;
use rustc_hash::{FxHashMap, FxHashSet};

use super::code::Code;
use super::shapes::Fit;
use super::{Analysis, CallSite, Callee, EntryId};
use crate::policy::{Category, Denial, Shape, Verdict, goes_through};

/// Methods that loading calls of itself. Sorted.
const METHODS: &[&str] = &[
    "__call__",
    "__getattr__",
    "__getattribute__",
    "__hash__",
    "__init__",
    "__init_subclass__",
    "__new__",
    "__set_name__",
    "__setattr__",
    "__setitem__",
    "__setstate__",
    "add",
    "append",
    "extend",
];

/// The bit of [`Class::told`] for [`Class::computes`].
const COMPUTES: Methods = 1 << 31;

/// Classes, objects, and calls within calls that are looked at.
const MOST_CLASSES: usize = 1 << 12;
const MOST_LEVELS: usize = 16;
/// Attributes of a class or state that are looked through.
const MOST_NAMES: usize = 1 << 10;
const MOST_ARGUMENTS: usize = 64;

/// Some of [`METHODS`], as bits.
type Methods = u32;

fn methods(names: &[&str]) -> Methods {
    names.iter().filter_map(|name| METHODS.binary_search(name).ok()).fold(0, |all, at| all | 1 << at)
}

/// A class that the stream makes.
#[derive(Debug, Default)]
struct Class {
    name: String,
    methods: Methods,
    /// Methods of which it was told that they run.
    told: Methods,
    /// Whether it has methods by which values are computed with, compared and shown.
    computes: bool,
    properties: FxHashSet<String>,
}

/// What is known of the code that a pickle holds.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// Whether anything was loaded that makes functions or classes.
    on: bool,
    /// By the offsets of the calls that make them.
    classes: FxHashMap<usize, Class>,
}

impl Stored {
    pub(super) fn is_on(&self) -> bool {
        self.on
    }
}

/// What a value is to whom calls it, or fills it.
#[derive(Debug)]
enum Held {
    /// A function, and its name.
    Function(String),
    /// A class, by the offset of the call that makes it.
    Class(usize),
    /// An instance of one.
    Instance(usize),
}

impl<'a> Analysis<'_, 'a> {
    /// Notes that a global was loaded.
    pub(super) fn note_maker(&mut self, id: EntryId) {
        let verdict = &self.ledger.entry(id).verdict;
        self.stored.on |= matches!(verdict, Verdict::Denied(Denial { category, .. })
            if matches!(category, Category::ByValue | Category::CodeObject));
    }

    fn held_code(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value, levels: usize) -> Option<Held> {
        if !self.stored.on || levels >= MOST_LEVELS {
            return None;
        }
        let (callee, arguments) = arena.call_of(value)?;
        let items = arena.tuple(arguments).unwrap_or_default();
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else {
            return self.instance(arena, op, callee, levels);
        };
        let entry = self.ledger.entry(id);
        let first = items.first().copied();
        match (&entry.verdict, entry.names.name.as_ref()) {
            (
                Verdict::Denied(Denial { category: Category::ByValue, .. }),
                "_make_function" | "_create_function" | "_make_skel_func",
            ) => Some(Held::Function(self.name_of_code(arena, op, first))),
            (
                Verdict::Denied(Denial { category: Category::CodeObject, .. }),
                "FunctionType" | "LambdaType",
            ) => Some(Held::Function(self.name_of_code(arena, op, first))),
            (
                Verdict::Denied(Denial { category: Category::ByValue, .. }),
                "_fill_function" | "_make_method" | "_class_setstate" | "_rehydrate_skeleton_class",
            )
            | (Verdict::Allowed, "staticmethod" | "classmethod" | "cmp_to_key")
            | (Verdict::AllowedAs(Shape::Calls(0)), "cmp_to_key") => {
                self.held_code(arena, op, first?, levels + 1)
            }
            (
                Verdict::Denied(Denial { category: Category::ByValue, .. }),
                "_make_skeleton_class" | "_make_skeleton_enum" | "_create_type",
            ) => arena.origin(value).map(Held::Class),
            (Verdict::AllowedAs(Shape::Partial), _) => {
                let state = arena.contents_of_call(value).and_then(|contents| contents.state);
                let replaced = state.and_then(|state| arena.tuple(state)?.first().copied());
                self.held_code(arena, op, replaced.or(first)?, levels + 1)
            }
            (Verdict::AllowedAs(Shape::GetAttr), _)
            | (Verdict::Denied(Denial { unless: Some(Shape::Lookup), .. }), _) => {
                let name = items.get(1).and_then(|&name| arena.text(name))?;
                match self.held_code(arena, op, first?, levels + 1)? {
                    Held::Class(at) | Held::Instance(at) => {
                        let class = self.stored.classes.get(&at)?;
                        Some(Held::Function(format!("{}.{}", class.name, super::code::shortened(&name))))
                    }
                    function @ Held::Function(_) => Some(function),
                }
            }
            (Verdict::AllowedAs(Shape::Makes(_) | Shape::Reconstructor), _) => {
                self.instance(arena, op, first?, levels)
            }
            _ => self.instance(arena, op, callee, levels),
        }
    }

    /// What a call of a class of the stream gives.
    fn instance(&mut self, arena: &Arena<'a>, op: &Op<'a>, class: Value, levels: usize) -> Option<Held> {
        match self.held_code(arena, op, class, levels + 1)? {
            Held::Class(at) => Some(Held::Instance(at)),
            _ => None,
        }
    }

    /// What a code object is called, for messages.
    fn name_of_code(&mut self, arena: &Arena<'a>, op: &Op<'a>, code: Option<Value>) -> String {
        let call = code.and_then(|code| arena.call_of(code));
        let name = call.and_then(|(maker, arguments)| {
            let is_code = match self.resolve(arena, maker, op, 1) {
                Callee::Code => true,
                Callee::Known(id) => {
                    ["_create_code", "CodeType"].contains(&self.ledger.entry(id).names.name.as_ref())
                }
                _ => false,
            };
            is_code.then(|| Code::of(arena, arena.tuple(arguments)?).name).flatten()
        });
        name.unwrap_or_else(|| "a function".to_owned())
    }

    /// What runs if a value is called by an op; whether as a constructor: `NEWOBJ` does not call `__init__`.
    pub(super) fn stored_call(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        value: Value,
        constructs: bool,
    ) -> Option<Fit> {
        match self.held_code(arena, op, value, 0)? {
            Held::Function(name) => Some(Fit::Stored(name)),
            Held::Class(at) => {
                let called: &[&str] = if constructs { &["__new__", "__init__"] } else { &["__new__"] };
                self.method_runs(at, called)
            }
            Held::Instance(at) => {
                let class = self.stored.classes.get(&at)?;
                let is_called = class.methods & methods(&["__call__"]) != 0;
                is_called.then(|| Fit::Stored(format!("{}.__call__", class.name)))
            }
        }
    }

    /// Which of some methods the class has; each is told once of a class.
    fn method_runs(&mut self, class: usize, called: &[&str]) -> Option<Fit> {
        let class = self.stored.classes.get_mut(&class)?;
        let runs = class.methods & methods(called) & !class.told;
        if runs == 0 {
            return None;
        }
        class.told |= runs;
        let name = METHODS.get(runs.trailing_zeros() as usize)?;
        Some(Fit::StoredMethod(format!("{}.{name}", class.name)))
    }

    /// What of the stream an allowed function calls at once, and whether it constructs by it.
    pub(super) fn called_at_once(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        callee: Value,
        id: EntryId,
        shape: Shape,
        arguments: Value,
    ) -> Option<(Value, bool)> {
        if !self.stored.on {
            return None;
        }
        let names = &self.ledger.entry(id).names;
        let name = names.name.as_ref();
        let (number, constructs) = match shape {
            // Iterators call it when they are asked for items, and what Cython writes goes past the constructor.
            Shape::Calls(_)
                if names.module == "itertools"
                    || ["map", "filter", "cmp_to_key"].contains(&name)
                    || name.starts_with("__pyx_unpickle_") =>
            {
                return None;
            }
            Shape::Calls(number) => (number, true),
            Shape::CallsOn => (1, true),
            Shape::TensorOf | Shape::ArrayState | Shape::ArrayFilled => (0, true),
            Shape::Makes(number) if name.starts_with("__newobj") || name == "newObj" => (number, false),
            // `__new__` and `__init__` of the base.
            Shape::Reconstructor => (1, true),
            _ => return None,
        };
        let function = self.with_bound(arena, op, callee, arguments).get(number).copied()?;
        self.held_code(arena, op, function, 0)?;
        Some((function, constructs))
    }

    /// The arguments of a call, with those that a `partial` brings.
    fn with_bound(&mut self, arena: &Arena<'a>, op: &Op<'a>, callee: Value, arguments: Value) -> Vec<Value> {
        let mut bound = Vec::new();
        if let Some((maker, items)) = arena.call_of(callee)
            && let Callee::Known(id) = self.resolve(arena, maker, op, 1)
            && self.ledger.entry(id).verdict == Verdict::AllowedAs(Shape::Partial)
        {
            let state = arena.contents_of_call(callee).and_then(|contents| contents.state);
            let items = match state.and_then(|state| arena.tuple(state)?.get(1).copied()) {
                Some(replaced) => arena.tuple(replaced).unwrap_or_default(),
                None => arena.tuple(items).and_then(|items| items.get(1..)).unwrap_or_default(),
            };
            bound.extend(items.iter().take(MOST_ARGUMENTS));
        }
        bound.extend(arena.tuple(arguments).unwrap_or_default().iter().take(MOST_ARGUMENTS));
        bound
    }

    /// Tells of a function of the stream that is called because an argument of a call is gone through, or as a `key`.
    pub(super) fn judge_stored_arguments(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        callee: Value,
        id: EntryId,
        arguments: Value,
    ) -> bool {
        if !self.stored.on {
            return false;
        }
        let items = self.with_bound(arena, op, callee, arguments);
        let fit =
            self.runs_by_iteration(arena, op, id, &items).or_else(|| self.runs_as_key(arena, op, id, callee));
        let fit = fit.or_else(|| self.reads_property(arena, op, id, &items));
        if let Some(fit) = fit {
            self.site(arena, &CallSite { op, call, callee: Callee::Reported, fit });
            return true;
        }
        if let Some(fit) = self.computes_with(arena, op, id, &items) {
            self.site(arena, &CallSite { op, call, callee: Callee::Reported, fit });
        }
        false
    }

    /// `getattr` of a property.
    fn reads_property(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        id: EntryId,
        items: &[Value],
    ) -> Option<Fit> {
        let &[object, name, ..] = items else { return None };
        if self.ledger.entry(id).verdict != Verdict::AllowedAs(Shape::GetAttr) {
            return None;
        }
        let Held::Instance(at) = self.held_code(arena, op, object, 0)? else { return None };
        let (class, name) = (self.stored.classes.get(&at)?, arena.text(name)?);
        let runs = class.properties.contains(name.as_ref())
            || class.methods & methods(&["__getattr__", "__getattribute__"]) != 0;
        runs.then(|| Fit::Stored(format!("{}.{}", class.name, super::code::shortened(&name))))
    }

    /// A class whose instance a function is given that computes with it, compares or shows it.
    fn computes_with(&mut self, arena: &Arena<'a>, op: &Op<'a>, id: EntryId, items: &[Value]) -> Option<Fit> {
        if self.keeps_arguments(id) {
            return None;
        }
        let name = self.ledger.entry(id).names.name.as_ref();
        let of_items = ["Counter", "frozenset", "max", "min", "set", "sorted", "sum"].contains(&name);
        let mut values = items.to_vec();
        for &item in items.iter().filter(|_| of_items) {
            match arena.shape(item) {
                Made::Tuple(inner) => values.extend(inner.iter().take(MOST_ARGUMENTS)),
                Made::Container(_, Some(contents)) => {
                    values.extend(contents.items.iter().take(MOST_ARGUMENTS));
                }
                _ => {}
            }
        }
        for value in values {
            let Some(Held::Instance(at)) = self.held_code(arena, op, value, 0) else { continue };
            if let Some(class) = self.stored.classes.get_mut(&at)
                && class.computes
                && class.told & COMPUTES == 0
            {
                class.told |= COMPUTES;
                return Some(Fit::StoredMethods(class.name.clone()));
            }
        }
        None
    }

    /// Whether a function only keeps what it is given.
    pub(super) fn keeps_arguments(&self, id: EntryId) -> bool {
        const KEEP: &[&str] = &[
            "callable",
            "classmethod",
            "enumerate",
            "filter",
            "id",
            "isinstance",
            "iter",
            "map",
            "partial",
            "property",
            "reversed",
            "staticmethod",
            "type",
            "zip",
        ];
        let names = &self.ledger.entry(id).names;
        names.module == "itertools"
            || KEEP.contains(&names.name.as_ref())
            || names.name.starts_with(|first: char| first.is_ascii_uppercase()) && names.module == "builtins"
            || !goes_through(&names.module)
    }

    /// The function that a `partial` passes on as a keyword: `key` of `sorted`, `min` and `max`.
    fn runs_as_key(&mut self, arena: &Arena<'a>, op: &Op<'a>, id: EntryId, callee: Value) -> Option<Fit> {
        let names = &self.ledger.entry(id).names;
        if !["max", "min", "sorted"].contains(&names.name.as_ref()) {
            return None;
        }
        let state = arena.contents_of_call(callee).and_then(|contents| contents.state)?;
        let Made::Container(_, Some(keywords)) = arena.shape(*arena.tuple(state)?.get(2)?) else {
            return None;
        };
        keywords.pairs.iter().skip(1).step_by(2).take(MOST_ARGUMENTS).find_map(|&value| {
            match self.held_code(arena, op, value, 0) {
                Some(Held::Function(name)) => Some(Fit::Stored(name)),
                _ => None,
            }
        })
    }

    /// The function of the stream that something calls which goes through one of its arguments: `list(map(f, …))`.
    fn runs_by_iteration(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        callee: EntryId,
        arguments: &[Value],
    ) -> Option<Fit> {
        if self.keeps_arguments(callee) {
            return None;
        }
        let mut waiting = arguments.to_vec();
        let mut chained = false;
        for _ in 0..MOST_ARGUMENTS {
            let value = waiting.pop()?;
            let Some((callee, items)) = arena.call_of(value) else {
                // `chain` goes through what it is given, and through that.
                if chained {
                    waiting.extend(arena.tuple(value).unwrap_or_default().iter().take(MOST_ARGUMENTS));
                }
                continue;
            };
            let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { continue };
            let names = &self.ledger.entry(id).names;
            let is_of_iterators = names.module == "itertools";
            chained |= is_of_iterators && names.name.starts_with("chain");
            let called = match (&self.ledger.entry(id).verdict, names.name.as_ref()) {
                (Verdict::AllowedAs(Shape::Calls(number)), "map" | "filter") => Some(*number),
                (Verdict::AllowedAs(Shape::Calls(number)), _) if is_of_iterators => Some(*number),
                (Verdict::AllowedAs(Shape::Iter), _) => Some(0),
                (_, "enumerate" | "zip" | "reversed") => None,
                _ if is_of_iterators => None,
                _ => continue,
            };
            let items = self.with_bound(arena, op, callee, items);
            // What an iterator has not given yet is in its state.
            if let Some(state) = arena.contents_of_call(value).and_then(|contents| contents.state) {
                waiting.extend(arena.tuple(state).unwrap_or(&[state]).iter().take(MOST_ARGUMENTS));
            }
            if let Some(&function) = called.and_then(|number| items.get(number))
                && let Some(Held::Function(name)) = self.held_code(arena, op, function, 0)
            {
                return Some(Fit::Stored(name));
            }
            waiting.extend(items);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::METHODS.is_sorted());
    }
}
