//! What is put into containers and objects.

use super::value::Tag;
use super::{Arena, Keep, Node, Value, arrays};

/// Objects that are remembered of a tuple that is a key.
const MOST_IN_KEY: usize = 8;

/// Objects that are remembered as keys: pickles that use an object as a key before it has its state do so at once.
const MOST_HASHED: usize = 1 << 14;

/// Plain items that a list or dict is given at once and that are kept, where such are.
const MOST_PLAIN: usize = 16;
/// Containers of which something is kept, up to which such are: in a long table they would take many times its bytes.
const MOST_SHORT: usize = 1 << 17;

impl Arena<'_> {
    /// Notes which of the keys, or items of a set, are objects; those in tuples count.
    pub(super) fn note_hashed(&mut self, keys: impl Iterator<Item = Value>) {
        for key in keys.filter(|key| key.tag() == Tag::Node) {
            if self.hashed.len() >= MOST_HASHED {
                return;
            }
            match self.nodes.get(key.payload()) {
                Some(Node::Call { .. }) => {
                    self.hashed.insert(key);
                }
                Some(&Node::Tuple { first, count, .. }) => {
                    let items = self.items.get(first..first + count as usize).unwrap_or(&[]);
                    let objects = items.iter().filter(|item| item.tag() == Tag::Node).take(MOST_IN_KEY);
                    self.hashed.extend(objects);
                }
                _ => {}
            }
        }
    }

    /// Keeps what is put into a container or object.
    #[inline(always)]
    pub(super) fn put_into(&mut self, target: Value, items: &[Value], pairs: bool) {
        if self.told {
            self.note_large(target, items, pairs);
        }
        if self.keep != Keep::Notable || self.told && (pairs || self.short) || !Value::are_plain(items) {
            self.put_notable(target, items, pairs);
        }
    }

    #[inline(never)]
    fn put_notable(&mut self, target: Value, items: &[Value], pairs: bool) {
        // Containers with nothing notable in them, as in a table.
        if self.keep == Keep::Notable
            && self.contents.is_empty()
            && !(self.told && (pairs || self.short))
            && Value::are_not_nodes(items)
        {
            return;
        }
        let keys = self.keep == Keep::NotableAndArrays && pairs && items.len() <= arrays::MOST_KEYS;
        self.short &= self.contents.len() < MOST_SHORT;
        let short = self.short && items.len() <= MOST_PLAIN;
        let keeps = |index: usize, item: Value| {
            let is_key = pairs && index.is_multiple_of(2);
            self.is_notable(item)
                || is_key && keys && self.is_array_key(item)
                || is_key && self.told && self.is_told_key(item)
                || short
        };
        let notable: Vec<bool> = match self.keep {
            Keep::Everything => Vec::new(),
            _ => items.iter().enumerate().map(|(index, &item)| keeps(index, item)).collect(),
        };
        if self.keep != Keep::Everything && !notable.contains(&true) {
            return;
        }
        if pairs && self.keep != Keep::Everything {
            self.note_hashed(items.iter().copied().step_by(2));
        }
        if self.keep == Keep::Everything {
            self.held += items.len();
        }
        let group = if pairs { 2 } else { 1 };
        let contents = self.contents.entry(target).or_default();
        for (number, item) in items.chunks(group).enumerate() {
            let first = number * group;
            let keep = notable.is_empty() || notable[first..].iter().take(group).any(|&notable| notable);
            match (keep, pairs) {
                (false, _) => contents.dropped += 1,
                (true, false) => contents.items.extend_from_slice(item),
                (true, true) => contents.pairs.extend_from_slice(item),
            }
        }
    }
}
