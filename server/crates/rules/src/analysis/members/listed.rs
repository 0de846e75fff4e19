//! The integers in a list of lists: plain data, which is not kept. The ops are read again, from the list on.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Opcode, Operand, Reader};

use crate::analysis::Analysis;
use crate::analysis::array::{Range, Unknown};

impl<'a> Analysis<'_, 'a> {
    /// What the integers come to in the lists of an array of lists, or of a list. Of each such list it is read once.
    pub(super) fn listed(&self, arena: &Arena<'a>, value: Value) -> Result<Range, Unknown> {
        let list = match arena.shape(value) {
            Made::Container(Collection::List, _) => Some(value),
            Made::Call { contents, .. } => {
                match contents.and_then(|contents| contents.state).map(|state| arena.shape(state)) {
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
        start
            .and_then(|start| read(arena.bytes(), start))
            .ok_or_else(|| Unknown::because("is no list of lists of integers"))
    }
}

/// Reads the list that is made at an offset, up to the op that takes it; `None`: there is something else than lists and integers.
fn read(bytes: &[u8], start: usize) -> Option<Range> {
    use Opcode as O;
    let mut reader = Reader::new(bytes, start);
    let made = reader.next_op().ok()?;
    if !matches!(made.opcode, O::EmptyList | O::List) {
        return None;
    }
    let mut range = Range::EMPTY;
    // What lies on the list, and where marks are in it.
    let (mut height, mut marks) = (0_usize, Vec::new());
    loop {
        let op = reader.next_op().ok()?;
        match op.opcode {
            O::Memoize | O::Put | O::BinPut | O::LongBinPut | O::Frame => {}
            O::Mark => marks.push(height),
            O::EmptyList => height += 1,
            O::List if !marks.is_empty() => height = marks.pop()? + 1,
            O::Appends if !marks.is_empty() => height = marks.pop()?,
            O::Append if height > 0 => height -= 1,
            opcode if height == 0 && marks.is_empty() => {
                let is_taken = opcode.takes_mark() || matches!(opcode, O::Tuple1 | O::Tuple2 | O::Tuple3);
                return is_taken.then_some(range);
            }
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
