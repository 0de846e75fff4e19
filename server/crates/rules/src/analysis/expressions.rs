//! Texts that are evaluated by what is on no list: expressions ([`crate::policy::evaluates_texts`]).

use pickle_machine::Names;
use pickle_machine::arena::{Arena, Value};

use crate::policy::evaluates_texts;

/// Arguments that are looked at, and items of one that is a tuple.
const MOST_ARGUMENTS: usize = 64;

/// Whether a text is more than a name or a number: it calls something, is a text itself, which some functions evaluate once more, or
/// makes a number that may be longer than any memory.
fn computes(text: &str) -> bool {
    text.contains(['(', '\'', '"', '*', '^', '!', '<', '@', '['])
}

/// Whether a call evaluates a text that calls something. What expressions are made of in a file is other expressions and numbers.
pub(super) fn evaluates(arena: &Arena<'_>, callee: &Names<'_>, arguments: Value) -> bool {
    if !evaluates_texts(&callee.module) {
        return false;
    }
    let calls = |value: &Value| arena.text(*value).is_some_and(|text| computes(&text));
    let items = arena.tuple(arguments).unwrap_or_default();
    items.iter().take(MOST_ARGUMENTS).any(|item| match arena.tuple(*item) {
        Some(inner) => inner.iter().take(MOST_ARGUMENTS).any(calls),
        None => calls(item),
    })
}
