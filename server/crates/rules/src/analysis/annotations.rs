//! Text in the arguments of a type: `typing.List['…']` keeps it as a reference that is looked up later, by `typing.get_type_hints` and whoever asks
//! that (validation of arguments, serialisers, web frameworks), which evaluates it.

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::Op;

use super::evaluated::{Harm, judge};
use super::{Analysis, EntryId};

/// Types whose arguments are kept as they are.
const KEPT: &[&str] = &["Annotated", "Literal"];

/// Arguments that are looked at, and those in a tuple or a list of them.
const MOST_ARGUMENTS: usize = 64;

impl<'a> Analysis<'_, 'a> {
    /// A text that is evaluated when somebody asks what the types are, and what it does, if a call makes a type with one that does more than to
    /// name types.
    pub(super) fn annotates(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        callee: EntryId,
        arguments: Value,
    ) -> Option<(String, Harm)> {
        let names = &self.ledger.entry(callee).names;
        if !matches!(
            (names.module.as_ref(), names.name.as_ref()),
            ("operator", "getitem") | ("types", "GenericAlias")
        ) {
            return None;
        }
        let &[of, inside, ..] = arena.tuple(arguments)? else { return None };
        let Made::Global(global) = arena.shape(of) else { return None };
        let keeps = global.resolved().is_some_and(|names| KEPT.contains(&names.name.as_ref()));
        if keeps {
            return None;
        }
        let items = items(arena, inside);
        let inner = items.iter().flat_map(|item| self::items(arena, *item)).take(MOST_ARGUMENTS);
        inner.into_iter().find_map(|item| match self.text_of(arena, item, op) {
            Some(text) => {
                // What names types calls nothing.
                let harm = judge(&self.options.policy, &text).filter(|_| text.contains('('))?;
                Some((text.into_owned(), harm))
            }
            None => {
                let harm = Harm::Calls("what is computed when the file is loaded".to_owned());
                self.is_untold_text(arena, item, op).then(|| (String::new(), harm))
            }
        })
    }
}

/// The items of a tuple or list, or the value itself.
fn items(arena: &Arena<'_>, value: Value) -> Vec<Value> {
    let items = match arena.shape(value) {
        Made::Container(_, Some(contents)) => Some(&contents.items[..]),
        _ => arena.tuple(value),
    };
    items.map_or(vec![value], |items| items.iter().copied().take(MOST_ARGUMENTS).collect())
}
