//! The integers in a list of lists: plain data, which is not kept. The ops are read again, from the list on.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode, Operand, Reader};

use super::MOST_LEVELS;
use super::counts::LARGE;
use super::lookup::{MOST_HELD, items_of};
use crate::analysis::Analysis;
use crate::analysis::array::{Range, Unknown};

impl<'a> Analysis<'_, 'a> {
    /// What the integers come to in the lists of an array of lists, or of a list. Of each such list it is read once.
    pub(super) fn listed(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> Result<Range, Unknown> {
        let list = match arena.shape(value) {
            Made::Container(Collection::List, _) => Some(value),
            Made::Call { .. } => {
                match self.state_of_array(arena, op, value).map(|state| arena.shape(state)) {
                    Some(Made::Tuple(items)) => items.last().copied(),
                    // The objects are in a pickle of their own, behind the wrapper.
                    Some(Made::Container(Collection::Dict, _)) => return Err(Unknown::Elsewhere),
                    _ => None,
                }
            }
            _ => None,
        };
        let list = list.filter(|&list| matches!(arena.shape(list), Made::Container(Collection::List, _)));
        let start = list.and_then(|list| arena.origin(list));
        let mut known = Ok(());
        let mut each = |made| {
            let of_this = self.rely_on_made(arena, made);
            if known.is_ok() {
                known = of_this;
            }
        };
        let range = start
            .and_then(|start| read(arena.bytes(), start, &mut each))
            .ok_or_else(|| Unknown::because("is no list of lists of integers"))?;
        // What was put there later, by way of the memo.
        let later = list.and_then(|list| arena.largest_in(list)).filter(|&most| most > range.most);
        if later.is_none_or(|most| most < LARGE) {
            known?;
        }
        Ok(later.map_or(range, |most| range.joined(Range::of(most))))
    }

    /// What the integers come to in lists and tuples, or a number alone; those of numpy as well, which are objects.
    pub(super) fn integers_in(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        value: Value,
        level: usize,
    ) -> Result<Range, Unknown> {
        self.tally.held += 1;
        if self.tally.held > MOST_HELD || level > MOST_LEVELS {
            return Err(Unknown::because("holds more than is looked at"));
        }
        let is_list = matches!(arena.shape(value), Made::Container(Collection::List, _));
        if !is_list && arena.tuple(value).is_none() {
            let is_list_of_lists = self.is_array(arena, value, op);
            return if is_list_of_lists {
                self.listed(arena, op, value)
            } else {
                self.integer_of(arena, value, op).map(Range::of)
            };
        }
        let items = match arena.shape(value) {
            Made::Container(_, None) => return self.listed(arena, op, value),
            _ => items_of(arena, value).map(<[Value]>::to_vec),
        };
        let items = items.ok_or_else(|| Unknown::because("is no list of lists of integers"))?;
        items.into_iter().try_fold(Range::EMPTY, |range, item| {
            Ok(range.joined(self.integers_in(arena, op, item, level + 1)?))
        })
    }
}

/// Reads the list that is made at an offset, up to the op that takes it, and gives to `each` where it and those in it are made; `None`:
/// there is something else than lists and integers.
fn read(bytes: &[u8], start: usize, each: &mut dyn FnMut(usize)) -> Option<Range> {
    use Opcode as O;
    let mut reader = Reader::new(bytes, start);
    let made = reader.next_op().ok()?;
    if !matches!(made.opcode, O::EmptyList | O::List) {
        return None;
    }
    let mut range = Range::EMPTY;
    each(made.start);
    // What lies on the list, and where marks are in it.
    let (mut height, mut marks) = (0_usize, Vec::new());
    loop {
        let op = reader.next_op().ok()?;
        match op.opcode {
            O::Memoize | O::Put | O::BinPut | O::LongBinPut | O::Frame => {}
            O::Mark => marks.push(height),
            O::EmptyList => {
                each(op.start);
                height += 1;
            }
            O::List if !marks.is_empty() => {
                each(op.start);
                height = marks.pop()? + 1;
            }
            O::Appends if !marks.is_empty() => height = marks.pop()?,
            O::Append if height > 0 => height -= 1,
            _ if height == 0 && marks.is_empty() && is_taken(&op, &reader) => return Some(range),
            _ => match op.operand() {
                Ok(Operand::Int(number)) => {
                    range = range.joined(Range::of(number.to_i64().unwrap_or(i64::MAX)));
                    height += 1;
                }
                _ => return None,
            },
        }
    }
}

/// Whether a list is done when an op comes with nothing above the list: what takes it, or the next key of a dict. An item alone is
/// put into it by the op behind.
fn is_taken(op: &Op<'_>, behind: &Reader<'_>) -> bool {
    use Opcode as O;
    match op.opcode {
        O::Tuple1 | O::Tuple2 | O::Tuple3 | O::SetItem | O::Append | O::Build | O::Pop => true,
        opcode if opcode.takes_mark() => true,
        O::Get | O::BinGet | O::LongBinGet => !puts_next(behind),
        opcode => opcode.is_text() && !puts_next(behind),
    }
}

/// Whether the next op but those of the memo puts an item into a list.
fn puts_next(behind: &Reader<'_>) -> bool {
    use Opcode as O;
    let mut reader = behind.clone();
    loop {
        match reader.next_op().map(|op| op.opcode) {
            Ok(O::Memoize | O::Put | O::BinPut | O::LongBinPut | O::Frame) => {}
            Ok(opcode) => return opcode == O::Append,
            Err(_) => return true,
        }
    }
}
