//! Members that code takes for a number of steps, or for the size of what it makes ([`crate::policy::counts_of`]).

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_machine::{Collection, Names};
use pickle_ops::{Op, Operand};

use super::lookup::{MOST_HELD, items_of};
use super::{MOST_ITEMS, MOST_LEVELS, Why};
use crate::analysis::array::{Range, Unknown};
use crate::analysis::{Analysis, EntryId};
use crate::policy::{Count, CountKind, Counts};

/// Integers from here on are known of all containers ([`Arena::largest_in`]).
pub(super) const LARGE: i64 = 1 << 16;

/// What stands for the number of a requirement where the largest integer is looked for.
const MOST: u32 = u32::MAX - 1;

/// Ops of lists that are read again, in a pickle, and of each.
const MOST_AGAIN: usize = 1 << 20;
const MOST_OF_LIST: usize = 1 << 9;
/// Ops of a list that is a state.
const MOST_OF_STATE: usize = 1 << 12;

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
            if let Some(why) = self.exceeds_in_list(arena, part, counts) {
                self.tell_misfit(arena, op, target, id, why);
                return;
            }
            let contents = match arena.shape(part) {
                Made::Container(Collection::Dict, contents) | Made::Call { contents, .. } => contents,
                _ => None,
            };
            let pairs = contents.map(|contents| contents.pairs.as_slice()).unwrap_or_default();
            for pair in pairs.chunks_exact(2) {
                let Some(name) = arena.text(pair[0]) else { continue };
                for count in counts.find(&name) {
                    if let Some(why) = self.exceeds(arena, op, count, pair[1]) {
                        self.tell_misfit(arena, op, target, id, why);
                        return;
                    }
                }
            }
        }
    }

    /// What is wrong with an item of a state that is a list, where some are counts, by their places.
    fn exceeds_in_list(&mut self, arena: &Arena<'a>, state: Value, counts: Counts) -> Option<Why> {
        let Made::Container(Collection::List, _) = arena.shape(state) else { return None };
        let (place, Count { member, most, kind }) = counts.placed().next()?;
        // Plain data is not kept: it is read again.
        let left = MOST_AGAIN.checked_sub(self.tally.again).filter(|&left| left > MOST_OF_STATE)?;
        let Some((again, list, ops)) = arena.reread_all(state, left.min(MOST_OF_STATE)) else {
            return Some(Why::Uncounted(member, "is in a list that is too long for one".to_owned()));
        };
        self.tally.again += ops;
        let item = *items_of(&again, list)?.get(place)?;
        match items_of(&again, item).map(|items| product(&again, items)) {
            Some(number) if number >= most => Some(Why::Excess { member, number, most, kind }),
            None if again.call_of(item).is_some() => Some(Why::Uncounted(member, "is computed".to_owned())),
            _ => None,
        }
    }

    /// What is wrong with a member as a count, if anything is.
    fn exceeds(&mut self, arena: &Arena<'a>, op: &Op<'a>, count: Count, value: Value) -> Option<Why> {
        let Count { member, most, kind } = count;
        let number = match (kind, factor(arena, value)) {
            (CountKind::Factor, Some(factor)) => Ok(factor),
            (CountKind::Product, _) => self.rely_on(arena, value).map(|()| self.product_at(arena, value)),
            (CountKind::Lengths, _) => self.combinations(arena, op, value),
            _ => self.count_at(arena, op, value),
        };
        match number {
            Ok(number) if number >= most => Some(Why::Excess { member, number, most, kind }),
            Err(Unknown::Untold(why)) => Some(Why::Uncounted(member, why)),
            _ => None,
        }
    }

    /// The product of the numbers of a tuple or a list, those of nothing left out; 0 for what is neither.
    fn product_at(&mut self, arena: &Arena<'a>, value: Value) -> i64 {
        match arena.shape(value) {
            Made::Tuple(items) => product(arena, items),
            Made::Container(Collection::List, _) => {
                // Plain data is not kept: it is read again.
                let left = MOST_AGAIN.saturating_sub(self.tally.again);
                let Some((again, list, ops)) = arena.reread_all(value, left.min(MOST_OF_LIST)) else {
                    return 0;
                };
                self.tally.again += ops;
                items_of(&again, list).map_or(0, |items| product(&again, items))
            }
            _ => 0,
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
        let (mut most, mut known) = (None, Ok(()));
        let items = match arena.shape(value) {
            Made::Literal(_) => return Ok(number_of(arena, value)),
            Made::Tuple(items) => items.to_vec(),
            Made::Container(_, contents) => {
                known = self.rely_on(arena, value);
                most = arena.largest_in(value);
                // What was put there before numbers were noted.
                if let Ok(range) = self.listed(arena, op, value) {
                    most = most.max((range.count > 0).then_some(range.most));
                }
                let pairs =
                    contents.into_iter().flat_map(|contents| contents.pairs.iter().skip(1).step_by(2));
                let items = contents.into_iter().flat_map(|contents| &contents.items);
                items.chain(pairs).copied().collect()
            }
            Made::Call { .. } => return self.computed_count(arena, op, value),
            _ => return Ok(None),
        };
        for item in items {
            most = most.max(self.most_of(arena, op, item, level + 1)?);
        }
        // Large ones were noted when they were put there.
        if most.is_none_or(|most| most < LARGE) {
            known?;
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
            // A size in several dimensions, as torch writes it.
            let is_size = |names: &Names<'_>| names.module == "torch" && names.name == "Size";
            if let Some(&[sizes]) = arguments
                && self.maker(arena, value, op).is_ok_and(|names| is_size(&names))
            {
                return self.most_of(arena, op, sizes, MOST_LEVELS - 1);
            }
            return self.integer_of(arena, value, op).map(Some);
        }
        let array = self.relied(arena, value, op)?;
        let range = self.range_of(arena, &array, op, None, None, None)?;
        Ok((range.count > 0).then_some(range.most))
    }
}

/// The product of numbers, those of nothing left out.
fn product(arena: &Arena<'_>, items: &[Value]) -> i64 {
    let numbers = items.iter().take(MOST_ITEMS).filter_map(|&item| number_of(arena, item));
    numbers.filter(|&number| number > 0).fold(1, i64::saturating_mul)
}

/// The integer that a constant is.
fn number_of(arena: &Arena<'_>, value: Value) -> Option<i64> {
    let Made::Literal(literal) = arena.shape(value) else { return None };
    match literal.operand() {
        Ok(Operand::Int(number)) => Some(number.to_i64().unwrap_or(i64::MAX)),
        _ => None,
    }
}

/// The largest float that a value is, or has as an item of a tuple, without its fraction.
fn factor(arena: &Arena<'_>, value: Value) -> Option<i64> {
    let items = arena.tuple(value).unwrap_or(std::slice::from_ref(&value)).iter().take(MOST_ITEMS);
    let floats = items.filter_map(|&item| match arena.shape(item) {
        Made::Literal(literal) => match literal.operand() {
            Ok(Operand::Float(number)) if number.is_finite() => Some(number as i64),
            _ => None,
        },
        _ => None,
    });
    floats.max()
}
