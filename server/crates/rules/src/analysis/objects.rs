//! Whether an array of objects is given as many as its shape says: numpy makes room for so many, and takes them from the list in its
//! state without a look at its end. Classes that extend arrays, or hold one, hand a part of their state on.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode, Reader};

use super::above::{Above, Step};
use super::array::dimensions;
use super::{Analysis, Callee, Entry};
use crate::policy::{Shape, Verdict};

/// Tuples in tuples that are looked through for the state of an array, and parts of one.
const MOST_LEVELS: usize = 4;
const MOST_PARTS: usize = 16;

const SHORT: &str = "its list has fewer objects than its shape says";
/// Why a state is no good, whatever it says.
pub(super) const NOT_WRITTEN: &str = "it is of no form that numpy writes";
const HIDDEN_SHAPE: &str = "its shape is not shown";
const HIDDEN_LIST: &str = "it takes its objects from what is no plain list";

impl<'a> Analysis<'_, 'a> {
    /// Why a state does not fit the arrays of objects that are made of it.
    pub(super) fn lie_of_objects(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        target: Value,
        state: Value,
    ) -> Option<&'static str> {
        let is_array = self.makes_array(arena, op, target);
        self.lie_of_part(arena, op, state, is_array, 0)
    }

    /// Whether an object is an array, or takes a part of its state for that of one.
    fn makes_array(&mut self, arena: &Arena<'a>, op: &Op<'a>, object: Value) -> bool {
        let Some((callee, _)) = arena.call_of(object) else { return false };
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return false };
        let Entry { names, verdict, .. } = self.ledger.entry(id);
        match verdict {
            Verdict::AllowedAs(Shape::Array | Shape::ArrayOf | Shape::ArrayState | Shape::ArrayFilled) => {
                true
            }
            Verdict::Denied(denial) => denial.unless == Some(Shape::Array),
            _ => {
                let name = names.name.as_ref();
                ["_mareconstruct", "_mrreconstruct", "ndarray", "SparseArray"].contains(&name)
            }
        }
    }

    fn lie_of_part(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        state: Value,
        is_array: bool,
        level: usize,
    ) -> Option<&'static str> {
        let Some(items) = arena.tuple(state) else {
            // What is no array itself may have others as well.
            let is_other = level == 0 && matches!(arena.shape(state), Made::Container(Collection::Dict, _));
            return (is_array && !is_other).then_some(NOT_WRITTEN);
        };
        let array = match items {
            &[_, shape, dtype, _, list]
            | &[shape, dtype, _, list]
            // What numpy.ma writes has a mask and a filler.
            | &[_, shape, dtype, _, list, _, _] => Some((shape, dtype, list)),
            _ => None,
        };
        if let Some((shape, dtype, list)) = array
            && let Some(why) = self.lie_of_list(arena, op, (shape, dtype, list), is_array)
        {
            return Some(why);
        }
        if level >= MOST_LEVELS {
            return None;
        }
        let hands_on = is_array && items.len() == 2;
        items.iter().take(MOST_PARTS).enumerate().find_map(|(number, &part)| {
            let is_array = hands_on && number == 0;
            let is_looked_at = is_array || matches!(arena.shape(part), Made::Tuple(_));
            if is_looked_at { self.lie_of_part(arena, op, part, is_array, level + 1) } else { None }
        })
    }

    /// The same of the shape, the dtype and the list of one; of what may be something else altogether, if it is not said to be an array.
    fn lie_of_list(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        (shape, dtype, list): (Value, Value, Value),
        is_array: bool,
    ) -> Option<&'static str> {
        let is_array = is_array || self.dtype_code(arena, op, dtype).is_some();
        match arena.shape(list) {
            Made::Container(Collection::List, _) => {}
            Made::Call { .. } if is_array && !self.gives_bytes(arena, op, list) => return Some(HIDDEN_LIST),
            _ => return None,
        }
        // Of numbers, numpy takes no list.
        if self.item(arena, op, dtype).is_some_and(|item| !item.objects) {
            return None;
        }
        let may_be_dtype = !matches!(
            arena.shape(dtype),
            Made::Literal(_) | Made::Tuple(_) | Made::Container(..) | Made::Global(_)
        );
        let Some(sizes) = dimensions(arena, shape) else { return is_array.then_some(HIDDEN_SHAPE) };
        let count = sizes.into_iter().fold(1, u64::saturating_mul);
        let is_short = count > 0 && self.items_of_list(arena, op, list).is_none_or(|there| count > there);
        ((is_array || may_be_dtype) && is_short).then_some(SHORT)
    }

    /// Whether a call gives the bytes of an array, as old protocols write them.
    fn gives_bytes(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value) -> bool {
        let Ok(names) = self.maker(arena, call, op) else { return true };
        match names.module.as_ref() {
            "_codecs" | "codecs" => names.name == "encode",
            "builtins" => ["bytearray", "bytes"].contains(&names.name.as_ref()),
            "pickle" => names.name == "PickleBuffer",
            _ => false,
        }
    }

    /// How many items a list has that a state ends in, at least.
    fn items_of_list(&mut self, arena: &Arena<'a>, op: &Op<'a>, list: Value) -> Option<u64> {
        let (start, bytes) = (arena.origin(list)?, arena.bytes());
        if !self.may_read_again(arena, start..op.start) {
            return None;
        }
        count_items(bytes, start, op.start)
    }
}

/// How many items the ops from the one that made a list on put into it until something takes it: what is put there later, by way of the memo,
/// does not count. Nothing takes items out of a list.
fn count_items(bytes: &[u8], start: usize, end: usize) -> Option<u64> {
    let mut ops = Reader::new(bytes, start);
    match ops.next_op().ok()?.opcode {
        Opcode::EmptyList => {}
        Opcode::List if start > 0 && bytes.get(start - 1) == Some(&(Opcode::Mark as u8)) => {}
        _ => return None,
    }
    let (mut items, mut above) = (0, Above::default());
    while ops.position() < end {
        let Ok(op) = ops.next_op() else { break };
        match above.step(op.opcode) {
            Step::Fills(more) if matches!(op.opcode, Opcode::Append | Opcode::Appends) => items += more,
            Step::Fills(_) => break,
            Step::Leaves if op.opcode == Opcode::Stop => break,
            Step::Leaves => {}
            Step::Takes => break,
        }
    }
    Some(items)
}
