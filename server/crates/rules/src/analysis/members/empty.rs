//! Arrays of many items that have no bytes: whoever goes through one does not come to its end.

use pickle_machine::arena::{Arena, Value};
use pickle_ops::Op;

use super::Why;
use crate::analysis::Analysis;
use crate::analysis::array::integer;

/// Items of a type without bytes, of which no file needs as many.
const MOST_ITEMS: u64 = 1 << 30;

impl<'a> Analysis<'_, 'a> {
    /// Judges the state of an array: version, shape, dtype, order, bytes.
    pub(in crate::analysis) fn judge_empty(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        target: Value,
        state: Value,
    ) {
        let Some(&[_, shape, _, _, data]) = arena.tuple(state) else { return };
        let sizes = arena.tuple(shape).unwrap_or_default().iter();
        let size = |size: Value| u64::try_from(integer(arena, size)?).ok();
        let count = sizes.map(|&one| size(one)).try_fold(1_u64, |all, one| all.checked_mul(one?));
        let Some(count) = count.filter(|&count| count >= MOST_ITEMS) else { return };
        if !self.is_array(arena, target, op)
            || !self.data(arena, data, op).is_ok_and(|bytes| bytes.is_empty())
        {
            return;
        }
        let Some(id) = self.owner(arena, target, op, 0) else { return };
        let there = format!("there are {count} items without a byte, which nobody comes to the end of");
        self.tell_misfit(arena, op, target, id, Why::Broken("items have bytes".to_owned(), there));
    }
}
