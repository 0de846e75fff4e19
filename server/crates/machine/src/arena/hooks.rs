//! Attributes of an object itself that unpicklers call: a state may have set them before.

use super::value::Tag;
use super::{Arena, Value};

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
/// What is remembered of one hook of an object, and of a dict: what comes later hides what came before.
const MOST_HOOKS: usize = 8;
/// Parts of a state that are looked through: of the state of a `partial`, four.
const MOST_PARTS: usize = 4;

/// Pairs of a dict that are hooks. One dict may be the state of many objects: each of its pairs is looked at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Looked {
    /// How many of its pairs were looked at.
    pairs: usize,
    found: Vec<(Hook, usize)>,
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
        let mut parts = [state; MOST_PARTS];
        let count = match self.tuple(state) {
            Some(items) => {
                let count = items.len().min(MOST_PARTS);
                parts[..count].copy_from_slice(&items[..count]);
                count
            }
            None => 1,
        };
        let mut found = Vec::new();
        for &part in &parts[..count] {
            self.hooks_in(part, &mut found);
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
            self.note_hooks(call, arguments);
        }
    }

    /// Finds the hooks of a dict: looks at the pairs that were added since it was looked at.
    fn hooks_in(&mut self, dict: Value, found: &mut Vec<(Hook, Value)>) {
        let Some(contents) = self.contents.get(&dict) else { return };
        let looked = contents.hooks.as_ref().map_or(0, |looked| looked.pairs);
        if looked < contents.pairs.len() / 2 {
            let new = (looked..).zip(contents.pairs[2 * looked..].chunks_exact(2));
            let new = new.filter_map(|(at, pair)| Some((self.hook_of(pair)?, at))).collect();
            self.add_looked(dict, new);
        }
        let Some(contents) = self.contents.get(&dict) else { return };
        let hooks = contents.hooks.iter().flat_map(|looked| &looked.found);
        found.extend(hooks.filter_map(|&(hook, at)| Some((hook, *contents.pairs.get(2 * at + 1)?))));
    }

    /// The hook that a pair of a dict is, if its value is more than a constant.
    fn hook_of(&self, pair: &[Value]) -> Option<Hook> {
        let &[key, value] = pair else { return None };
        let is_one = value.tag() == Tag::Node && key.is_constant();
        let is_short = is_one && self.op_at(key.payload()).is_some_and(|op| op.end - op.start <= LONGEST);
        if is_short { self.text(key).and_then(|name| Hook::named(&name)) } else { None }
    }

    fn add_looked(&mut self, dict: Value, new: Vec<(Hook, usize)>) {
        let Some(contents) = self.contents.get_mut(&dict) else { return };
        let looked = contents.hooks.get_or_insert_default();
        looked.pairs = contents.pairs.len() / 2;
        for (hook, at) in new {
            if looked.found.iter().filter(|other| other.0 == hook).count() >= MOST_HOOKS
                && let Some(oldest) = looked.found.iter().position(|other| other.0 == hook)
            {
                looked.found.remove(oldest);
            }
            looked.found.push((hook, at));
        }
    }
}
