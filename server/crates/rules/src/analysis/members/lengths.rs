//! How long things are: arrays, sparse matrices, slices, indexes of pandas.

use pickle_machine::arena::{Arena, Value};
use pickle_ops::Op;

use super::lookup::{Found, in_dicts, items_of};
use super::{MOST_LEVELS, is_none};
use crate::analysis::array::{Array, Range, Unknown, integer};
use crate::analysis::{Analysis, Callee};

impl<'a> Analysis<'_, 'a> {
    /// The shape in the state of a sparse matrix.
    pub(super) fn shape_of_sparse(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> Option<Found> {
        let id = self.owner(arena, value, op, 0)?;
        let is_sparse = self.ledger.entry(id).names.module.starts_with("scipy.sparse.");
        let state =
            arena.contents_of_call(value).and_then(|contents| contents.state).filter(|_| is_sparse)?;
        Some(in_dicts(arena, state, "_shape"))
    }

    /// The places that a slice stands for, `slice(start, stop, step)`.
    pub(super) fn slice(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> Option<Range> {
        let (callee, arguments) = arena.call_of(value)?;
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return None };
        let names = &self.ledger.entry(id).names;
        if names.module != "builtins" || names.name != "slice" {
            return None;
        }
        let &[start, stop, step] = arena.tuple(arguments)? else { return None };
        // Blocks that pandas splits have numbers of numpy in theirs.
        let step = if is_none(arena, step) { 1 } else { self.integer_of(arena, step, op).ok()? };
        let start = self.integer_of(arena, start, op).ok()?;
        Range::of_steps(start, self.integer_of(arena, stop, op).ok()?, step)
    }

    /// How many items something has, as far as that can be told: an array, a tuple, an index of pandas and what holds its
    /// items.
    pub(super) fn length_of(
        &mut self,
        arena: &Arena<'a>,
        value: Value,
        op: &Op<'a>,
        level: usize,
    ) -> Result<u64, Unknown> {
        let elsewhere = Err(Unknown::Elsewhere);
        if level > MOST_LEVELS {
            return elsewhere;
        }
        if let Some(items) = arena.tuple(value) {
            return Ok(items.len() as u64);
        }
        if self.is_array(arena, value, op) {
            let Array { shape, .. } = self.relied(arena, value, op)?;
            return shape.first().copied().ok_or_else(|| Unknown::because("has fewer dimensions"));
        }
        if self.is_bytes(arena, value, op) {
            return Ok(self.data(arena, value, op)?.len() as u64);
        }
        let Some((_, arguments)) = arena.call_of(value) else {
            return Err(Unknown::because("has no length that is known"));
        };
        let names = self.maker(arena, value, op)?;
        let arguments = arena.tuple(arguments).unwrap_or_default();
        let state = arena.contents_of_call(value).and_then(|contents| contents.state);
        match (names.name.as_ref(), arguments) {
            ("_restore_array", [data]) => {
                let length = arena.tuple(*data).and_then(|items| integer(arena, *items.get(1)?));
                length.and_then(|length| u64::try_from(length).ok()).map_or(elsewhere, Ok)
            }
            ("chunked_array", [chunks, ..]) => {
                let chunks = items_of(arena, *chunks).unwrap_or_default().to_vec();
                let lengths = chunks.into_iter().map(|chunk| self.length_of(arena, chunk, op, level + 1));
                lengths.sum()
            }
            ("_new_Index" | "_new_DatetimeIndex" | "_new_PeriodIndex" | "_new_IntervalIndex", &[_, dict]) => {
                if let Found::Value(data) = in_dicts(arena, dict, "data") {
                    return self.length_of(arena, data, op, level + 1);
                }
                self.rely_on(arena, dict)?;
                length_of_range(arena, dict).map_or(elsewhere, Ok)
            }
            // What Cython writes has its state in a tuple.
            _ => match state.map(|state| (state, arena.tuple(state))) {
                Some((_, Some(items))) => {
                    let items = items.to_vec();
                    let array = items.into_iter().find(|&item| self.is_array(arena, item, op));
                    array.map_or(elsewhere, |array| self.length_of(arena, array, op, level + 1))
                }
                Some((state, None)) => match in_dicts(arena, state, "_pa_array") {
                    Found::Value(array) => self.length_of(arena, array, op, level + 1),
                    _ => elsewhere,
                },
                None => elsewhere,
            },
        }
    }

    pub(super) fn is_array(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> bool {
        let Some((callee, _)) = arena.call_of(value) else { return false };
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return false };
        const MADE_BY: &[&str] = &[
            "_create_array",
            "_frombuffer",
            "_reconstruct",
            "NDArrayWrapper",
            "NumpyArrayWrapper",
            "ZNDArrayWrapper",
        ];
        MADE_BY.contains(&self.ledger.entry(id).names.name.as_ref())
    }

    /// The state of an array: what `BUILD` gives it, or the helper of dill that makes it.
    pub(super) fn state_of_array(&mut self, arena: &Arena<'a>, op: &Op<'a>, array: Value) -> Option<Value> {
        let (callee, arguments) = arena.call_of(array)?;
        let state = arena.contents_of_call(array).and_then(|contents| contents.state);
        if state.is_some() {
            return state;
        }
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return None };
        let names = &self.ledger.entry(id).names;
        let fills = names.name == "_create_array" && names.module.starts_with("dill.");
        let &[_, _, state, ..] = arena.tuple(arguments).filter(|_| fills)? else { return None };
        Some(state)
    }
}

/// The length of a `RangeIndex`, made of a dict of plain numbers: it is read again, as such are not kept.
fn length_of_range(arena: &Arena<'_>, dict: Value) -> Option<u64> {
    let (again, dict) = arena.reread(dict)?;
    let get = |name| match in_dicts(&again, dict, name) {
        Found::Value(number) => integer(&again, number),
        _ => None,
    };
    let range = Range::of_steps(get("start")?, get("stop")?, get("step")?)?;
    Some(range.count as u64)
}
