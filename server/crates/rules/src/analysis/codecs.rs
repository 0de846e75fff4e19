//! Codecs that functions are given by name. Those for the names of hosts take minutes for what is long: `punycode` goes through the whole
//! text for each of its characters (`encodings/punycode.py`), and nothing but names of a line is written in them.

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::Op;

use super::{Analysis, EntryId};

/// Codecs that take longer than anybody waits.
const SLOW: &[&str] = &["idna", "punycode"];
/// Bytes of a text that they take no time for: the longest name of a host.
const SHORT: usize = 255;

impl<'a> Analysis<'_, 'a> {
    /// What is the matter with a codec that a call is given by name.
    pub(super) fn harm_of_codec(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        arguments: Value,
        callee: EntryId,
    ) -> Option<&'static str> {
        let number = self.ledger.entry(callee).codec?;
        let items = arena.tuple(arguments)?;
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
}
