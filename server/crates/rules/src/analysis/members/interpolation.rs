//! Configurations whose texts refer to other values: what they hold is gone through where the outermost one is given its state.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::Op;

use super::lookup::{Found, MOST_HELD, in_dicts};
use super::{Missing, Object, Why, is_none};
use crate::analysis::Analysis;
use crate::analysis::array::{Unknown, integer};
use crate::interpolation::Interpolations;
use crate::policy::Path;

/// Values that are worked out in minutes.
const MOST_RESOLVED: f64 = (1 << 22) as f64;
/// Levels of configurations in each other.
const MOST_PARENTS: usize = 64;
/// The member that holds the values of one.
const CONTENT: &str = "_content";
/// Bytes of the places of all values of a configuration.
const MOST_PLACES: usize = 1 << 24;

impl<'a> Analysis<'_, 'a> {
    /// What is wrong with a configuration that is in no other one: its values come to more than anybody waits for.
    pub(super) fn expands(
        &mut self,
        arena: &Arena<'a>,
        object: &Object<'_>,
        path: &Path,
    ) -> Result<Option<String>, Missing> {
        let Some(state) = object.state else { return Ok(None) };
        let is_outermost = match in_dicts(arena, state, "_parent") {
            Found::Value(parent) => is_none(arena, parent),
            _ => true,
        };
        if is_outermost { self.expands_from(arena, state, path.member.names) } else { Ok(None) }
    }

    /// The same of the outermost configuration, where one that is in it gets its state later: where objects hold each other, and one in the
    /// middle is written first.
    pub(in crate::analysis) fn judge_unfinished(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        target: Value,
        state: Value,
    ) {
        if !arena.origin(target).is_some_and(|made| self.unfinished.contains(made)) {
            return;
        }
        let mut outermost = state;
        for _ in 0..MOST_PARENTS {
            let Found::Value(parent) = in_dicts(arena, outermost, "_parent") else { break };
            let of_parent = arena.contents_of_call(parent).and_then(|contents| contents.state);
            let Some(of_parent) = of_parent else { break };
            outermost = of_parent;
        }
        let Some(id) = self.owner(arena, target, op, 0) else { return };
        // What is in another one says so.
        if outermost == state {
            self.tell_misfit(arena, op, target, id, Why::Changed);
            return;
        }
        let why = match self.expands_from(arena, outermost, CONTENT) {
            Ok(None) => return,
            Ok(Some(there)) => Why::Expands(there),
            Err((member, Unknown::Untold(why))) => Why::Unknown(format!("{member} resolves"), member, why),
            Err((_, Unknown::Elsewhere)) => return,
        };
        self.tell_misfit(arena, op, target, id, why);
    }

    /// The same of one by its state.
    fn expands_from(
        &mut self,
        arena: &Arena<'a>,
        state: Value,
        member: &'static str,
    ) -> Result<Option<String>, Missing> {
        let mut all = Interpolations::default();
        let root = all.add(None, "", None);
        let (mut waiting, mut bytes) = (vec![(root, state)], 0);
        while let Some((number, state)) = waiting.pop() {
            if let Found::Value(content) = in_dicts(arena, state, "_content") {
                self.rely_on(arena, content).map_err(|why| (member, why))?;
            }
            let held = held_by(arena, state);
            self.tally.held += held.len();
            bytes += held.len() * (all.length_of_place(number) + 1);
            if self.tally.held > MOST_HELD || bytes > MOST_PLACES {
                return Err((member, Unknown::because("holds more than is looked at")));
            }
            for (key, value) in held {
                let state = arena.contents_of_call(value).and_then(|contents| contents.state);
                let text = state.and_then(|state| text_in(arena, state));
                if let (None, Some(made)) = (state, arena.origin(value)) {
                    self.unfinished.insert(made);
                }
                let number = all.add(Some(number), &key, text.as_deref());
                waiting.extend(state.map(|state| (number, state)));
            }
        }
        let cost = all.cost();
        Ok((cost > MOST_RESOLVED).then(|| format!("{cost:.1e} values are worked out when all of it is read")))
    }
}

/// The values of a configuration by their keys.
fn held_by(arena: &Arena<'_>, state: Value) -> Vec<(String, Value)> {
    let Found::Value(content) = in_dicts(arena, state, "_content") else { return Vec::new() };
    let Made::Container(kind, Some(contents)) = arena.shape(content) else { return Vec::new() };
    if kind == Collection::List {
        return contents.items.iter().enumerate().map(|(at, &value)| (at.to_string(), value)).collect();
    }
    let key = |key: Value| match arena.text(key) {
        Some(key) => key.into_owned(),
        None => integer(arena, key).map_or_else(String::new, |key| key.to_string()),
    };
    contents.pairs.chunks_exact(2).map(|pair| (key(pair[0]), pair[1])).collect()
}

/// The text of a value; that of a dict or list stands in place of what it holds.
fn text_in<'a>(arena: &Arena<'a>, state: Value) -> Option<std::borrow::Cow<'a, str>> {
    ["_val", "_content"].into_iter().find_map(|name| match in_dicts(arena, state, name) {
        Found::Value(value) => arena.text(value),
        _ => None,
    })
}
