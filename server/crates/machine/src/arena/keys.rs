//! Which keys of dicts and items of sets may meet in a table, as far as the op that made them tells.

use memchr::memchr;
use pickle_ops::Opcode;

use super::value::Tag;
use super::{Arena, Node, Value};

/// What a key weighs whose hash follows from what the stream says: a number, a tuple of such, an object.
pub const KEY_WEIGHT: usize = 64;

/// What a number of four bytes weighs: so few of them meet that it takes more of them.
const SMALL: usize = KEY_WEIGHT / 4;

/// Bytes of a text that is long: to compare two such takes longer than to read the op that asks for it.
const LONG_TEXT: usize = 1 << 12;

/// Items of a tuple that are looked at: in a longer one, to hash it takes time.
const MOST_ITEMS: usize = 64;

impl Arena<'_> {
    /// What a key weighs. The hash of a text is one that nobody can foresee, so it weighs something only if it is long.
    #[inline(always)]
    pub(crate) fn weight_of_key(&self, key: Value) -> usize {
        if !key.is_constant() {
            return self.weight_of_composed(key);
        }
        let Some(rest) = self.bytes.get(key.payload()..) else { return 0 };
        match *rest {
            [b'X', low, middle, 0, 0, ..] => {
                if usize::from(middle) << 8 | usize::from(low) < LONG_TEXT {
                    0
                } else {
                    KEY_WEIGHT
                }
            }
            [0x8c | b'K' | b'M' | b'N' | b'U' | b'C' | 0x88 | 0x89, ..] => 0,
            [b'J', ..] => SMALL,
            _ => weight_of_rare(rest),
        }
    }

    #[inline(never)]
    fn weight_of_composed(&self, key: Value) -> usize {
        if key.tag() == Tag::Container {
            return KEY_WEIGHT;
        }
        match self.nodes.get(key.payload()) {
            Some(&Node::Tuple { first, count, .. }) => {
                let items = self.items.get(first..first + count as usize).unwrap_or(&[]);
                let is_short_text = |&item: &Value| {
                    item.is_constant()
                        && self.opcode_of(item).is_some_and(Opcode::is_text)
                        && self.weight_of_key(item) == 0
                };
                let is_harmless = items.len() <= MOST_ITEMS && items.iter().all(is_short_text);
                if is_harmless { 0 } else { KEY_WEIGHT }
            }
            Some(Node::Global { .. }) => 0,
            _ => KEY_WEIGHT,
        }
    }
}

/// That of an op whose code is none of the frequent ones.
#[cold]
fn weight_of_rare(op: &[u8]) -> usize {
    let Some(opcode) = op.first().and_then(|&byte| Opcode::from_byte(byte)) else { return 0 };
    use Opcode as O;
    let is_light = match opcode {
        O::String | O::Unicode => memchr(b'\n', op.get(..LONG_TEXT).unwrap_or(op)).is_some(),
        O::BinUnicode | O::BinBytes | O::BinString => match *op {
            [_, low, middle, 0, 0, ..] => (usize::from(middle) << 8 | usize::from(low)) < LONG_TEXT,
            _ => false,
        },
        O::EmptyTuple => true,
        _ => false,
    };
    if is_light { 0 } else { KEY_WEIGHT }
}
