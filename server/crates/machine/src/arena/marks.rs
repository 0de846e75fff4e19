//! Sets of values, in a bit for each byte of a pickle and each node.

use std::ops::Range;

use super::value::Tag;
use super::{Arena, Value};

/// A set of values of one arena, of which each is a node or was made by an op in a range of offsets.
#[derive(Clone, Debug)]
pub struct Marks {
    ops: Vec<u64>,
    first: usize,
    nodes: Vec<u64>,
}

impl Marks {
    /// The empty set for the values that ops in `ops`, offsets of a pickle, have made, and for the nodes there are.
    #[must_use]
    pub fn new(arena: &Arena<'_>, ops: Range<usize>) -> Self {
        let words = |bits: usize| vec![0; bits.div_ceil(u64::BITS as usize)];
        Self { ops: words(ops.len()), first: ops.start, nodes: words(arena.nodes.len()) }
    }

    /// Whether a value is among them.
    #[must_use]
    pub fn contains(&self, value: Value) -> bool {
        let (words, at) = match value.tag() {
            Tag::Op | Tag::Container => (&self.ops, value.payload().wrapping_sub(self.first)),
            Tag::PlainTuple | Tag::Node => (&self.nodes, value.payload()),
        };
        words.get(at / u64::BITS as usize).is_some_and(|word| word >> (at % u64::BITS as usize) & 1 == 1)
    }

    /// Adds a value; whether it was not among them. A value that is no node and from elsewhere is not added.
    pub fn insert(&mut self, value: Value) -> bool {
        let (words, at) = match value.tag() {
            Tag::Op | Tag::Container => (&mut self.ops, value.payload().wrapping_sub(self.first)),
            Tag::PlainTuple | Tag::Node => (&mut self.nodes, value.payload()),
        };
        let Some(word) = words.get_mut(at / u64::BITS as usize) else { return false };
        let bit = 1 << (at % u64::BITS as usize);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::Keep;
    use crate::domain::Domain;
    use pickle_ops::Reader;

    #[test]
    fn nodes_and_ops() {
        let bytes = b"N]N].";
        let mut arena = Arena::new(bytes, Keep::Everything);
        let mut reader = Reader::new(bytes, 1);
        let list = arena.constant(&reader.next_op().unwrap());
        let none = reader.next_op().unwrap();
        let none = arena.constant(&none);
        let tuple = arena.add_tuple(3, &[list, none]);
        let mut marks = Marks::new(&arena, 1..5);
        assert!(marks.insert(list) && !marks.insert(list));
        assert!(marks.insert(tuple) && !marks.contains(none));
        assert!(marks.contains(list) && marks.contains(tuple));
        // From before the range, and known nowhere.
        assert!(!marks.insert(arena.inherit(0)) && !marks.insert(Value::UNKNOWN));
        assert!(!marks.contains(arena.inherit(0)) && !marks.contains(Value::UNKNOWN));
    }
}
