//! Taking over what another arena made of the same bytes.

use super::value::Tag;
use super::{Arena, Keep, Node, Value};

/// What values of the other arena are in the one that took it over.
#[derive(Clone, Copy)]
pub(crate) struct Moved {
    first: usize,
    any: bool,
}

impl Moved {
    /// Whether all values are the same.
    pub(crate) fn is_nothing(self) -> bool {
        !self.any
    }

    /// The same value in the arena that took it over.
    #[inline]
    pub(crate) fn value(self, value: Value) -> Value {
        match value.tag() {
            Tag::PlainTuple if value != Value::UNKNOWN => {
                Value::new(Tag::PlainTuple, value.payload() + self.first)
            }
            _ => value,
        }
    }
}

impl Arena<'_> {
    /// Whether plain data leaves nothing behind but tuples.
    pub(crate) fn keeps_tuples_alone(&self) -> bool {
        self.keep == Keep::Notable && !self.told
    }

    /// Takes over the tuples of `other`, which has made nothing else that is kept. `known` gives what a stand-in stands for.
    pub(crate) fn adopt(&mut self, other: &Self, known: impl Fn(Value, &Self) -> Value) -> Moved {
        let (moved, items) =
            (Moved { first: self.nodes.len(), any: !other.nodes.is_empty() }, self.items.len());
        let mut adopted = std::mem::take(&mut self.items);
        adopted.extend(other.items.iter().map(|&item| moved.value(known(item, self))));
        self.items = adopted;
        self.nodes.extend(other.nodes.iter().map(|node| match *node {
            Node::Tuple { at, first, count, depth } => Node::Tuple { at, first: first + items, count, depth },
            ref other => other.clone(),
        }));
        self.deepest = self.deepest.max(other.deepest);
        moved
    }
}
