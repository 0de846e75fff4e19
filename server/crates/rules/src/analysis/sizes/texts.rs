//! Arrays of texts: each takes as much as the longest.

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::Reader;

use super::Analysis;

/// Bytes of a character in an array.
const BYTES_OF_CHARACTER: f64 = 4.0;

impl<'a> Analysis<'_, 'a> {
    /// Bytes of an array of texts, of which each takes as much as the longest. They are looked for among all ops from what the array is
    /// made of to the call.
    pub(super) fn size_of_texts(&mut self, arena: &Arena<'a>, call: Value, items: &[Value]) -> f64 {
        let first = items.first().filter(|&&item| !matches!(arena.shape(item), Made::Call { .. }));
        let Some((start, end)) = first.and_then(|&item| arena.origin(item)).zip(arena.origin(call)) else {
            return 0.0;
        };
        match self.texts_among(start, end) {
            Some((count, longest)) => count * longest * BYTES_OF_CHARACTER,
            None => f64::INFINITY,
        }
    }

    /// How many texts there may be among the ops from one offset to another, and how long the longest is; `None` where too much was read
    /// for such questions.
    pub(in crate::analysis) fn texts_among(&mut self, start: usize, end: usize) -> Option<(f64, f64)> {
        let (count, longest, has_slots) = self.texts_between(start, end)?;
        // What is in the memo may have come before.
        let before = if has_slots { self.texts_between(0, start)?.1 } else { 0.0 };
        Some((count, longest.max(before)))
    }

    /// How many texts, and what may be some, the ops have from one offset to another, how long the longest is, and whether some are in
    /// the memo; `None` where too much was read for such questions.
    fn texts_between(&mut self, start: usize, end: usize) -> Option<(f64, f64, bool)> {
        if !self.looks_again_at(end.saturating_sub(start)) {
            return None;
        }
        let (mut count, mut longest, mut has_slots) = (0.0, 0, false);
        let mut reader = Reader::new(self.bytes, start);
        while reader.position() < end {
            let Ok(op) = reader.next_op() else { break };
            let is_slot = op.opcode.names_slot() && !op.opcode.fills_memo();
            if op.opcode.is_text() {
                longest = longest.max(op.end - op.start);
            } else if !is_slot {
                continue;
            }
            has_slots |= is_slot;
            count += 1.0;
        }
        Some((count, longest as f64, has_slots))
    }
}
