//! Attributes of an object itself that unpicklers call: a state may have set them before.

use super::value::Tag;
use super::{Arena, Shape, Value};
use crate::domain::Collection;

/// A method that an unpickler asks an object for by name, and that an attribute of the object hides (`load_build`, `do_append` and
/// `load_additems` of `Modules/_pickle.c`; of `Lib/pickle.py`, which joblib, dill and pandas read with).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// `BUILD` calls it with the state.
    SetState,
    /// `APPEND` and `APPENDS` call it with a list of the items.
    Extend,
    /// They call it with each item, if there is no `extend`.
    Append,
    /// `ADDITEMS` calls it with each item.
    Add,
    /// `ADDITEMS` of `pickle.py` calls it with a list of the items, if the object is a set.
    Update,
}

impl Hook {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "__setstate__" => Self::SetState,
            "extend" => Self::Extend,
            "append" => Self::Append,
            "add" => Self::Add,
            "update" => Self::Update,
            _ => return None,
        })
    }
}

/// Bytes of the longest name of a hook, if each character is an escape, with what stands before and behind it in an op.
const LONGEST: usize = 10 * "__setstate__".len() + 16;
/// What is remembered of one hook of an object.
const MOST_HOOKS: usize = 8;
/// Pairs of states, and of dicts among arguments, that are looked through: one dict may be the state of many objects.
const MOST_PAIRS: usize = 1 << 22;
const MOST_GIVEN: usize = 1 << 20;
/// Parts of a state that are looked through: of the state of a `partial`, four.
const MOST_PARTS: usize = 4;

/// How many pairs were looked through.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Searched {
    states: usize,
    given: usize,
}

/// The hooks of an object, and what they call.
pub(super) type Hooks = Vec<(Hook, Value)>;

impl Arena<'_> {
    /// What was set as an attribute of an object that `hook` calls.
    #[must_use]
    pub fn hooked(&self, object: Value, hook: Hook) -> Vec<Value> {
        let hooks = self.hooks.get(&object).into_iter().flatten();
        hooks.filter(|(set, _)| *set == hook).map(|&(_, function)| function).collect()
    }

    /// Whether a state has set any attribute of an object that unpicklers call.
    #[must_use]
    #[inline]
    pub fn has_hooks(&self, object: Value) -> bool {
        !self.hooks.is_empty() && self.hooks.contains_key(&object)
    }

    /// Notes which hooks a state sets that an object is given: one dict, or one and one for slots.
    pub(super) fn note_hooks(&mut self, target: Value, state: Value) {
        self.searched.states += self.pairs_in(state);
        if self.searched.states <= MOST_PAIRS {
            self.note(target, state);
        }
    }

    fn note(&mut self, target: Value, state: Value) {
        let mut found = Vec::new();
        match self.tuple(state) {
            Some(parts) => {
                for &part in parts.iter().take(MOST_PARTS) {
                    self.hooks_in(part, &mut found);
                }
            }
            None => self.hooks_in(state, &mut found),
        }
        if found.is_empty() || target.tag() != Tag::Node {
            return;
        }
        let hooks = self.hooks.entry(target).or_default();
        for hook in found {
            let is_full = hooks.iter().filter(|other| other.0 == hook.0).count() >= MOST_HOOKS;
            if hooks.contains(&hook) || is_full && hook.0 == Hook::SetState {
                // The first `__setstate__` is what all states go to that come later.
                continue;
            }
            if is_full && let Some(oldest) = hooks.iter().position(|other| other.0 == hook.0) {
                hooks.remove(oldest);
            }
            hooks.push(hook);
        }
    }

    /// Notes which hooks are in a dict among the arguments of a call: `SimpleNamespace` takes its attributes from one.
    #[inline(never)]
    pub(super) fn note_given(&mut self, call: Value, arguments: Value) {
        let is_dict = |item: &Value| item.tag() == Tag::Container && self.contents.contains_key(item);
        if self.tuple(arguments).is_some_and(|items| items.iter().take(MOST_PARTS).any(is_dict)) {
            self.searched.given += self.pairs_in(arguments);
            if self.searched.given <= MOST_GIVEN {
                self.note(call, arguments);
            }
        }
    }

    /// How many pairs there are in a dict, or in those of a tuple.
    fn pairs_in(&self, state: Value) -> usize {
        let parts = self.tuple(state).unwrap_or(std::slice::from_ref(&state));
        let contents = parts.iter().take(MOST_PARTS).filter_map(|part| self.contents.get(part));
        contents.map(|contents| contents.pairs.len() / 2).sum()
    }

    fn hooks_in(&self, dict: Value, found: &mut Vec<(Hook, Value)>) {
        let (Shape::Container(Collection::Dict, Some(contents))
        | Shape::Call { contents: Some(contents), .. }) = self.shape(dict)
        else {
            return;
        };
        for pair in contents.pairs.chunks_exact(2) {
            if pair[1].tag() != Tag::Node || !pair[0].is_constant() {
                continue;
            }
            if self.op_at(pair[0].payload()).is_some_and(|op| op.end - op.start <= LONGEST)
                && let Some(hook) = self.text(pair[0]).and_then(|name| Hook::named(&name))
            {
                found.push((hook, pair[1]));
            }
        }
    }
}
