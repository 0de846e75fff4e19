//! The largest integer in each container. Plain data is not kept, but an integer in it can be a number of steps, or a size, and may have been
//! put there at any time: so it is noted when it is put.

use pickle_ops::{Opcode, Operand};
use rustc_hash::{FxHashMap, FxHashSet};

use super::value::Tag;
use super::{Arena, Node, Value};

/// Integers from here on are noted: those of most lists are less.
pub(super) const LARGE: i64 = 1 << 16;

/// Bytes of an integer that is read.
const LONGEST: usize = 64;

/// Levels of tuples in each other that are looked at.
const MOST_LEVELS: usize = 4;

/// Items of tuples that are looked at, for each byte of a stream, and besides: a long tuple can be put somewhere by every few bytes.
const WORK_FACTOR: usize = 4;
const WORK_FLOOR: usize = 1 << 20;

/// The largest integers of containers that have some from [`LARGE`] on, in themselves or in what they hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Largest {
    of: FxHashMap<Value, i64>,
    work: usize,
}

impl Largest {
    pub(super) fn clear(&mut self) {
        self.of.clear();
        self.work = 0;
    }

    /// How many containers have one.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.of.len()
    }

    /// Bytes that they take.
    pub(super) fn weight(&self) -> usize {
        self.of.capacity() * (size_of::<(Value, i64)>() + 1)
    }

    /// Forgets those of containers that can be reached no more.
    pub(super) fn retain(&mut self, reached: &FxHashSet<Value>) {
        self.of.retain(|container, _| reached.contains(container));
    }

    /// Whether something is known of a container.
    pub(super) fn has(&self, container: Value) -> bool {
        !self.of.is_empty() && self.of.contains_key(&container)
    }
}

impl Arena<'_> {
    /// The largest integer in a container or in what it holds, if that is 65,536 or more and was put there after keys
    /// were asked for; `i64::MAX` for what is larger, and where not all was looked at.
    #[must_use]
    pub fn largest_in(&self, container: Value) -> Option<i64> {
        self.large.of.get(&container).copied()
    }

    /// Notes the largest integer among what is put into a container; of pairs, among their values.
    #[inline(never)]
    pub(super) fn note_large(&mut self, target: Value, items: &[Value], pairs: bool) {
        if self.asked.is_none() || target.tag() != Tag::Container {
            return;
        }
        self.note_filled(target);
        let mut most = 0;
        for &item in items.iter().skip(usize::from(pairs)).step_by(1 + usize::from(pairs)) {
            most = most.max(self.large_of(item, 0));
        }
        if most >= LARGE {
            let kept = self.large.of.entry(target).or_default();
            *kept = most.max(*kept);
        }
    }

    /// The integer that a value is, or the largest that it holds; 0 if that is not a large one.
    fn large_of(&mut self, value: Value, level: usize) -> i64 {
        match value.tag() {
            Tag::Op => match self.opcode_of(value) {
                Some(Opcode::BinInt | Opcode::Int | Opcode::Long | Opcode::Long1 | Opcode::Long4) => {
                    self.integer_at(value.payload())
                }
                _ => 0,
            },
            Tag::Container => self.largest_in(value).unwrap_or(0),
            Tag::PlainTuple | Tag::Node => {
                let Some(&Node::Tuple { first, count, .. }) = self.nodes.get(value.payload()) else {
                    return 0;
                };
                self.large.work += count as usize + 1;
                let is_too_much = self.large.work > WORK_FLOOR + self.bytes.len().saturating_mul(WORK_FACTOR);
                if is_too_much || level == MOST_LEVELS {
                    return i64::MAX;
                }
                (first..first + count as usize).fold(0, |most, index| match self.items.get(index).copied() {
                    Some(item) => most.max(self.large_of(item, level + 1)),
                    None => most,
                })
            }
        }
    }

    /// The integer that the op at an offset makes. A long one is not read: it may be put somewhere by every few bytes.
    fn integer_at(&self, offset: usize) -> i64 {
        // Most are of four bytes, and there may be many.
        if let Some(&[opcode, a, b, c, d]) = self.bytes.get(offset..offset + 5)
            && opcode == Opcode::BinInt as u8
        {
            return i32::from_le_bytes([a, b, c, d]).into();
        }
        match self.op_at(offset) {
            Some(op) if op.raw.len() > LONGEST => i64::MAX,
            Some(op) => match op.operand() {
                Ok(Operand::Int(number)) => number.to_i64().unwrap_or(i64::MAX),
                _ => 0,
            },
            None => 0,
        }
    }
}
