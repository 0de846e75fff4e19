//! Text in the state of an object that code evaluates ([`crate::policy::evaluated_of`]).

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::Op;

use super::Analysis;
use super::Callee;
use super::code::shortened;
use super::state::Hook;
use crate::policy::{Evaluated, Policy};

mod expression;
mod names;

/// Bytes of a text that are looked at; a formula has a line.
const LONGEST: usize = 1 << 16;

/// What evaluating a text does that formulas do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// It does this: to follow "it".
    Does(String),
    /// It calls a function of which nothing is known.
    Calls(String),
}

impl<'a> Analysis<'_, 'a> {
    /// What is wrong with the text in a state that is evaluated.
    pub(super) fn evaluates(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        state: Value,
        evaluated: Evaluated,
    ) -> Option<Hook> {
        let member = evaluated.member;
        let Some(value) = text_of(arena, state, evaluated) else {
            let harm = Harm::Calls("what was made before the class was named".to_owned());
            return self.is_earlier(arena, state).then_some(Hook::Evaluated(member, String::new(), harm));
        };
        let Some(text) = arena.text(value) else {
            let harm = if self.is_collection(arena, value, op) {
                Harm::Calls("what is in a collection".to_owned())
            } else if self.is_computed(arena, value, op) {
                Harm::Calls("what is computed when the file is loaded".to_owned())
            } else {
                return None;
            };
            return Some(Hook::Evaluated(member, String::new(), harm));
        };
        let harm = judge(&self.options.policy, &text)?;
        Some(Hook::Evaluated(member, shortened(&text), harm))
    }

    /// Whether a value is a collection, or one that a call makes. Code that evaluates a text takes a list, a tuple or a dict of texts as
    /// well (formulaic); no library writes one, and texts in it may be left out here.
    fn is_collection(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> bool {
        let callee = match arena.shape(value) {
            Made::Tuple(_) | Made::Container(..) | Made::Deferred(_) => return true,
            Made::Call { callee, .. } => callee,
            _ => return false,
        };
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return false };
        let names = &self.ledger.entry(id).names;
        matches!(names.module.as_ref(), "builtins" | "collections")
            && matches!(names.name.as_ref(), "dict" | "frozenset" | "list" | "set" | "tuple" | "OrderedDict")
    }
}

/// What evaluating a text does that formulas do not.
pub(super) fn judge(policy: &Policy, text: &str) -> Option<Harm> {
    if text.len() > LONGEST {
        return Some(Harm::Does(format!("is {} bytes long", text.len())));
    }
    expression::judge(policy, text)
}

/// The member that is evaluated: an item of a tuple, of a dict, or of one of two dicts.
fn text_of(arena: &Arena<'_>, state: Value, evaluated: Evaluated) -> Option<Value> {
    let parts = arena.tuple(state);
    if let (Some(place), Some(items)) = (evaluated.place, parts) {
        return items.get(place).copied();
    }
    let parts = parts.unwrap_or(std::slice::from_ref(&state));
    parts.iter().rev().find_map(|&part| {
        let contents = match arena.shape(part) {
            Made::Container(Collection::Dict, contents) | Made::Call { contents, .. } => contents?,
            _ => return None,
        };
        let is_name = |key: Value| arena.text(key).is_some_and(|text| text == evaluated.member);
        contents.pairs.chunks_exact(2).rfind(|pair| is_name(pair[0])).map(|pair| pair[1])
    })
}
