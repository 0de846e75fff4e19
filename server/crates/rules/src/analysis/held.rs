//! What objects hold: a function that goes through an object, or an op that puts items into it, may ask what the object holds, and call it.

use pickle_machine::arena::{Arena, Contents, Hook, Shape as Made, Value};
use pickle_ops::{Op, Opcode};

use super::iteration::{is_exception, is_lazy};
use super::looked::Waiting;
use super::shapes::Fit;
use super::{Analysis, CallSite, Callee, Entry, EntryId};
use crate::policy::{Shape, Verdict, has_any_index};

/// Functions that go through what they are given, and keep what is in it as it is.
const COLLECTIONS: &[&str] =
    &["OrderedDict", "UserList", "deque", "dict", "frozenset", "list", "set", "tuple"];
/// Modules of functions that pickles give no objects of libraries to, but in collections.
const PLAIN: &[&str] = &["builtins", "collections", "itertools", "math", "operator", "statistics"];
/// Functions that ask an object for one thing, not for its items.
const ASK_ONCE: &[&str] = &[
    "abs", "ascii", "bool", "eq", "format", "getitem", "hash", "len", "ne", "repr", "round", "str", "truth",
];

impl<'a> Analysis<'_, 'a> {
    /// What is the matter with an object among arguments that a function asks for something: it holds functions, which code of its class may
    /// call, or gives items without an end.
    pub(super) fn calls_held(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        arguments: Value,
        callee: EntryId,
    ) -> Option<&'static str> {
        let Entry { names, verdict, .. } = self.ledger.entry(callee);
        if *verdict != Verdict::Allowed
            || !PLAIN.contains(&names.module.as_ref())
            || is_exception(names)
            || self.keeps_arguments(callee)
        {
            return None;
        }
        let asks_all = !ASK_ONCE.contains(&names.name.as_ref());
        let asks_items = !COLLECTIONS.contains(&names.name.as_ref());
        for &item in arena.tuple(arguments).unwrap_or_default() {
            let items = match arena.shape(item) {
                Made::Tuple(items) if asks_items => items,
                Made::Container(_, Some(contents)) if asks_items => contents.items.as_slice(),
                Made::Call { .. } => &[item],
                _ => continue,
            };
            if items.iter().any(|&item| self.holds_functions(arena, op, item)) {
                return Some("an argument may hand on to functions that it holds what it is asked for");
            }
            if asks_all && self.has_no_end_by_index(arena, op, item) {
                return Some("it goes through an object that has an item for any index, and comes to no end");
            }
        }
        None
    }

    /// Whether a value is an object of a class that answers for any index.
    fn has_no_end_by_index(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> bool {
        let class = arena.call_of(value).and_then(|_| self.owner(arena, value, op, 0));
        class.is_some_and(|class| {
            let names = &self.ledger.entry(class).names;
            has_any_index(&names.module, &names.name)
        })
    }

    /// Tells of items that are put into an object which has its state, and functions in it: a method may hand them on. Picklers write
    /// the state behind the items.
    pub(super) fn judge_put_behind_state(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value) {
        let has_state = arena.contents_of_call(target).is_some_and(|contents| contents.state.is_some());
        // What the object has in place of the method is called, and judged as that.
        let instead = match op.opcode {
            Opcode::Append | Opcode::Appends => &[Hook::Extend, Hook::Append][..],
            Opcode::AddItems => &[Hook::Update, Hook::Add],
            _ => &[],
        };
        let is_replaced = instead.iter().any(|&hook| !arena.hooked(target, hook).is_empty());
        if !has_state || is_replaced || !self.holds_functions(arena, op, target) {
            return;
        }
        if let Some(class) = self.owner(arena, target, op, 0) {
            let fit =
                Fit::Unusual("items are put into an object that may hand them on to functions in its state");
            self.site(arena, &CallSite { op, call: target, callee: Callee::Known(class), fit });
        }
    }

    /// Whether an object holds a function in its state: as a member, or one of an object that is a member.
    fn holds_functions(&mut self, arena: &Arena<'a>, op: &Op<'a>, object: Value) -> bool {
        let Some(contents) = arena.contents_of_call(object) else { return false };
        let mut waiting = Waiting::new(held(arena, Some(contents)), ());
        while let Some((value, ())) = self.next_of(&mut waiting, op) {
            let is_global = arena.is_global(value);
            match arena.shape(value) {
                Made::Call { callee, contents, .. } => {
                    if let Callee::Known(id) = self.resolve(arena, callee, op, 1)
                        && self.ledger.entry(id).verdict == Verdict::AllowedAs(Shape::Partial)
                    {
                        return true;
                    }
                    waiting.extend(held(arena, contents), ());
                }
                Made::Global(_) if is_global => {
                    if let Callee::Known(id) = self.resolve(arena, value, op, 1)
                        && is_function(&self.ledger.entry(id).names.name)
                    {
                        return true;
                    }
                }
                Made::Tuple(items) => waiting.extend(items.iter().copied(), ()),
                Made::Container(_, Some(contents)) => {
                    waiting.extend(contents.items.iter().chain(&contents.pairs).copied(), ());
                }
                _ => {}
            }
        }
        false
    }

    /// Whether an object whose class is lazy is among arguments, or is held by one that is gone through: what holds it may hand on to
    /// it what it is asked for.
    pub(super) fn takes_lazy(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        arguments: Value,
        callee: EntryId,
    ) -> bool {
        let Entry { names, verdict, .. } = self.ledger.entry(callee);
        let asks = *verdict == Verdict::Allowed && !self.keeps_arguments(callee);
        let asks_items = asks && !COLLECTIONS.contains(&names.name.as_ref());
        let items = arena.tuple(arguments).unwrap_or_default();
        let mut waiting = Waiting::new(items.iter().copied(), asks);
        while let Some((value, asks)) = self.next_of(&mut waiting, op) {
            // Calls within calls are looked through by each of them.
            let mut add = |values: &[Value], asks: bool| waiting.extend(values.iter().copied(), asks);
            match arena.shape(value) {
                Made::Tuple(items) => add(items, asks_items),
                Made::Container(_, Some(contents)) => {
                    add(&contents.items, asks_items);
                    add(&contents.pairs, asks_items);
                }
                Made::Call { arguments, contents, .. } => {
                    if let Some(class) = self.owner(arena, value, op, 0)
                        && is_lazy(&self.ledger.entry(class).names)
                    {
                        return true;
                    }
                    if asks {
                        add(arena.tuple(arguments).unwrap_or_default(), asks_items);
                        add(held(arena, contents).as_slice(), asks_items);
                    }
                }
                _ => {}
            }
        }
        false
    }
}

/// Whether a name is that of a function: classes are written with capitals, but for those of Python.
fn is_function(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default().trim_start_matches('_');
    last.starts_with(|first: char| first.is_ascii_lowercase())
}

/// What an object holds that was put into it, or that its state brings.
fn held(arena: &Arena<'_>, contents: Option<&Contents>) -> Vec<Value> {
    let Some(contents) = contents else { return Vec::new() };
    let mut held = Vec::new();
    let mut add = |contents: &Contents| {
        let values = contents.pairs.iter().skip(1).step_by(2);
        held.extend(contents.items.iter().chain(values));
    };
    add(contents);
    let Some(state) = contents.state else { return held };
    let parts = arena.tuple(state).unwrap_or(std::slice::from_ref(&state));
    let (mut others, mut dicts) = (Vec::new(), Vec::new());
    for &part in parts {
        match arena.shape(part) {
            Made::Container(_, Some(contents)) => dicts.push(contents),
            _ => others.push(part),
        }
    }
    for contents in dicts {
        add(contents);
    }
    held.extend(others);
    held
}
