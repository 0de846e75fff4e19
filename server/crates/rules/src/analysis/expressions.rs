//! Texts that are evaluated by what is on no list: expressions ([`crate::policy::evaluates_texts`]).

use pickle_machine::arena::{Arena, Value};
use pickle_ops::Op;

use super::{Analysis, EntryId};
use crate::policy::evaluates_texts;

/// Whether a text is more than a name or a number: it calls something, is a text itself, which some functions evaluate once more, or
/// makes a number that may be longer than any memory.
fn computes(text: &str) -> bool {
    text.contains(['(', '\'', '"', '*', '^', '!', '<', '@', '['])
}

impl<'a> Analysis<'_, 'a> {
    /// Whether a call evaluates a text that computes something, or one that is known only when the file is loaded. What expressions are made of in
    /// a file is other expressions and numbers.
    pub(super) fn evaluates_texts(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        callee: EntryId,
        arguments: Value,
    ) -> bool {
        if !evaluates_texts(&self.ledger.entry(callee).names.module) {
            return false;
        }
        let items = arena.tuple(arguments).unwrap_or_default();
        items.iter().any(|&item| match arena.tuple(item) {
            Some(inner) => inner.iter().any(|&item| self.text_computes(arena, item, op)),
            None => self.text_computes(arena, item, op),
        })
    }

    /// Whether a value is a text that computes something, or may be one.
    fn text_computes(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> bool {
        match self.text_of(arena, value, op) {
            Some(text) => computes(&text),
            None => self.is_untold_text(arena, value, op),
        }
    }
}
