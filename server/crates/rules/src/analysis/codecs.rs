//! Texts that take long: what libraries take apart, and what is read by codecs that functions are given by name. Those for the names
//! of hosts take minutes for what is long: `punycode` goes through the whole text for each of its characters
//! (`encodings/punycode.py`), and nothing but names of a line is written in them.

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::Op;

use super::growth::MOST_ITEMS;
use super::{Analysis, Callee, EntryId};
use crate::policy::{Shape, Verdict};

/// Codecs that take longer than anybody waits.
const SLOW: &[&str] = &["idna", "punycode"];
/// Bytes of a text that they take no time for: the longest name of a host.
const SHORT: usize = 255;
/// Bytes of a text that is no time, and no name of a type: `'1' * 40_000` as a frequency of pandas takes a minute and a half.
const LONG: usize = 4096;

impl<'a> Analysis<'_, 'a> {
    /// What is the matter with a codec that a call is given by name.
    pub(super) fn harm_of_codec(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        arguments: Value,
        callee: EntryId,
    ) -> Option<&'static str> {
        let (items, callee) = self.of_class(arena, op, arena.tuple(arguments)?, callee);
        let number = self.ledger.entry(callee).codec?;
        let &codec = items.get(number)?;
        let Some(name) = self.name_of(arena, codec, op) else {
            return self.is_untold_text(arena, codec, op).then_some("the name of the codec is computed");
        };
        // Names are written in many ways (`encodings.normalize_encoding`).
        let name: String = name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let is_short = matches!(arena.shape(*items.first()?), Made::Literal(text) if text.raw.len() <= SHORT);
        (SLOW.contains(&name.as_str()) && !is_short).then_some(
            "the codec goes through the whole text for each of its characters, which takes minutes",
        )
    }

    /// Whether a call is given a text that it takes apart, and which is longer than anybody writes it.
    pub(super) fn takes_long_text(&self, arena: &Arena<'a>, arguments: Value, callee: EntryId) -> bool {
        let is_long = |&value: &Value| {
            let is_many = matches!(arena.shape(value), Made::Literal(text) if text.raw.len() > LONG);
            is_many && arena.text(value).is_some()
        };
        self.ledger.entry(callee).parses
            && arena.tuple(arguments).is_some_and(|items| items.iter().take(MOST_ITEMS).any(is_long))
    }

    /// The arguments of a class and the class itself, where a function makes an instance of what it is given:
    /// `copyreg.__newobj__(bytes, 'text', 'punycode')`.
    fn of_class<'s>(
        &mut self,
        arena: &'s Arena<'a>,
        op: &Op<'a>,
        items: &'s [Value],
        callee: EntryId,
    ) -> (&'s [Value], EntryId) {
        let Verdict::AllowedAs(Shape::Makes(place)) = self.ledger.entry(callee).verdict else {
            return (items, callee);
        };
        let given = items.get(place).map(|&class| self.resolve(arena, class, op, 1));
        let Some(Callee::Known(class)) = given else { return (items, callee) };
        let own = items.get(place + 1..).unwrap_or_default();
        match own {
            // `__newobj_ex__` has them in a tuple, with keywords behind it.
            &[arguments, _] if arena.tuple(arguments).is_some() => {
                (arena.tuple(arguments).unwrap_or(own), class)
            }
            _ => (own, class),
        }
    }
}
