//! Members that code takes for a number of steps, or for the size of what it makes ([`crate::policy::counts_of`]).

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Operand};

use super::lookup::MOST_HELD;
use super::{MOST_LEVELS, Why};
use crate::analysis::array::{Range, Unknown};
use crate::analysis::{Analysis, EntryId};

/// What stands for the number of a requirement where the largest integer is looked for.
const MOST: u32 = u32::MAX - 1;

impl<'a> Analysis<'_, 'a> {
    /// Judges the counts in the state of an object.
    pub(super) fn judge_counts(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        target: Value,
        state: Value,
        id: EntryId,
    ) {
        let Some(counts) = self.ledger.entry(id).counts else { return };
        // What Cython writes is a tuple of other things, and has no names.
        for &part in arena.tuple(state).unwrap_or(std::slice::from_ref(&state)) {
            let contents = match arena.shape(part) {
                Made::Container(Collection::Dict, contents) | Made::Call { contents, .. } => contents,
                _ => None,
            };
            let pairs = contents.map(|contents| contents.pairs.as_slice()).unwrap_or_default();
            for pair in pairs.chunks_exact(2) {
                let Some((member, most)) = arena.text(pair[0]).and_then(|name| counts.find(&name)) else {
                    continue;
                };
                let why = match self.count_at(arena, op, pair[1]) {
                    Ok(number) if number >= most => Why::Excess { member, number, most },
                    Err(Unknown::Untold(why)) => Why::Uncounted(member, why),
                    _ => continue,
                };
                self.tell_misfit(arena, op, target, id, why);
                return;
            }
        }
    }

    /// The largest integer that a member is or holds, or a negative one. It is looked for once, however many objects have the member.
    fn count_at(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> Result<i64, Unknown> {
        let key = arena.origin(value).map(|at| (at, MOST));
        if let Some(range) = key.and_then(|key| self.ranges.get(&key)) {
            return Ok(range.most);
        }
        let most = self.most_of(arena, op, value, 0)?.unwrap_or(-1);
        self.ranges.extend(key.map(|key| (key, Range::of(most))));
        Ok(most)
    }

    /// The largest integer that a value is or holds; `None`: it is something else, which is no count.
    fn most_of(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        value: Value,
        level: usize,
    ) -> Result<Option<i64>, Unknown> {
        self.tally.held += 1;
        if self.tally.held > MOST_HELD || level > MOST_LEVELS {
            return Err(Unknown::because("holds more than is looked at"));
        }
        let items = match arena.shape(value) {
            Made::Literal(literal) => {
                let Ok(Operand::Int(number)) = literal.operand() else { return Ok(None) };
                return Ok(Some(number.to_i64().unwrap_or(i64::MAX)));
            }
            Made::Tuple(items) => items.to_vec(),
            Made::Container(Collection::List, contents) => {
                // Integers alone are plain data, which is not kept.
                if let Ok(range) = self.listed(arena, value) {
                    return Ok((range.count > 0).then_some(range.most));
                }
                contents.map(|contents| contents.items.clone()).unwrap_or_default()
            }
            Made::Call { .. } => return self.computed_count(arena, op, value),
            _ => return Ok(None),
        };
        let mut most = None;
        for item in items {
            most = most.max(self.most_of(arena, op, item, level + 1)?);
        }
        Ok(most)
    }

    /// The same of what a call makes: an array, one of numpy's numbers, another object.
    fn computed_count(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        value: Value,
    ) -> Result<Option<i64>, Unknown> {
        let is_array = self.is_array(arena, value, op);
        let arguments = arena.call_of(value).and_then(|(_, arguments)| arena.tuple(arguments));
        let dtype = match arguments {
            _ if is_array => self.relied(arena, value, op)?.dtype,
            Some(&[dtype, _]) => Some(dtype),
            _ => None,
        };
        // What is a float or a text is refused as a count.
        let is_other = |code: String| !code.trim_start_matches(['<', '>', '=', '|']).starts_with(['i', 'u']);
        if dtype.and_then(|dtype| self.dtype_code(arena, op, dtype)).is_some_and(is_other) {
            return Ok(None);
        }
        if !is_array {
            return self.integer_of(arena, value, op).map(Some);
        }
        let array = self.relied(arena, value, op)?;
        let range = self.range_of(arena, &array, op, None, None, None)?;
        Ok((range.count > 0).then_some(range.most))
    }
}
