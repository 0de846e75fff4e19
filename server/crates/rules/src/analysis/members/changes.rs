//! Arrays and dtypes that change when others have taken over what they were.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode};

use super::Why;
use super::lookup::{Found, in_dicts};
use crate::analysis::array::{Array, Unknown};
use crate::analysis::tensors::persistent;
use crate::analysis::{Analysis, Callee, EntryId};
use crate::policy::members_of;

/// Arguments of a call that are looked at.
const MOST_GIVEN: usize = 64;

/// Fields of a dtype that are gone through.
const MOST_FIELDS: usize = 1 << 12;

impl<'a> Analysis<'_, 'a> {
    /// Whether the buffer that an array is made of is one that can be written to and that another array has: what is put into
    /// the one is in the other.
    pub(super) fn is_shared(&mut self, arena: &Arena<'a>, items: &[Value]) -> bool {
        let Some(&buffer) = items.first() else { return false };
        let Made::Literal(literal) = arena.shape(buffer) else { return false };
        literal.opcode == Opcode::ByteArray8 && !self.settled.insert(literal.start)
    }

    /// Notes arrays that something is called with, or that are changed. Functions of arrays write where they are told to, so that
    /// what an object has is no more what it was.
    pub(in crate::analysis) fn judge_given(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        items: &[Value],
        by: EntryId,
    ) {
        for &item in items.iter().take(MOST_GIVEN) {
            if self.is_array(arena, item, op)
                && let Some(at) = arena.origin(item)
            {
                self.given.insert(at);
                if self.relied.contains(&at) {
                    self.tell_misfit(arena, op, item, by, Why::Changed);
                    return;
                }
            }
        }
    }

    /// The same of an array that items are put into, and of an object of a class of dicts whose items were looked at.
    pub(in crate::analysis) fn judge_put(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value) {
        // Of plain ones that is told anyway.
        let made = arena.call_of(target).and_then(|_| arena.origin(target));
        if made.is_some_and(|made| self.read.contains(made)) {
            self.judge_refilled(arena, op, target);
        }
        // A storage of torch is what tensors show: its items are changed under them.
        let class = persistent(arena, target).map(|(class, _)| class);
        if let Some(class) = class
            && let Callee::Known(id) = self.resolve(arena, class, op, 1)
        {
            self.tell_misfit(arena, op, target, id, Why::Changed);
        }
        if let Some((callee, _)) = arena.call_of(target)
            && let Callee::Known(id) = self.resolve(arena, callee, op, 1)
        {
            self.judge_given(arena, op, &[target], id);
        }
    }

    /// Notes that it matters what a container holds, and that it is given nothing more; why that is not known, if it was filled when
    /// something may have had it already: what is plain in it is read again, and that is not all of it.
    pub(in crate::analysis) fn rely_on(&mut self, arena: &Arena<'a>, value: Value) -> Result<(), Unknown> {
        let Made::Container(..) = arena.shape(value) else { return Ok(()) };
        arena.origin(value).map_or(Ok(()), |made| self.rely_on_made(arena, made))
    }

    /// The same of the container that the op at an offset made.
    pub(super) fn rely_on_made(&mut self, arena: &Arena<'a>, made: usize) -> Result<(), Unknown> {
        self.read.insert(made);
        if arena.is_filled_late(made) {
            return Err(Unknown::because("was given items when something had it already"));
        }
        Ok(())
    }

    /// Tells of more items for a container that was looked into.
    pub(in crate::analysis) fn judge_refilled(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value) {
        let Some(id) = self.owner(arena, target, op, 0) else { return };
        self.tell_misfit(arena, op, target, id, Why::Changed);
    }

    /// Tells of a state for an object that another one holds, and that was looked at with it.
    pub(in crate::analysis) fn judge_later_state(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value) {
        let was_looked_at = arena.origin(target).is_some_and(|made| self.looked_at.contains(made));
        if was_looked_at && let Some(id) = self.owner(arena, target, op, 0) {
            self.tell_misfit(arena, op, target, id, Why::Changed);
        }
    }

    /// Forgets what is known of arrays, at the end of a pickle.
    pub(in crate::analysis) fn forget_numbers(&mut self) {
        self.behind.clear();
        self.numbers = 0;
        self.extents.clear();
        self.named.clear();
        self.ranges.clear();
        self.read.clear();
        self.looked_at.clear();
        self.unfinished.clear();
        for all in [&mut self.settled, &mut self.relied, &mut self.given] {
            all.clear();
        }
    }

    /// An array whose numbers are looked at: they must not change any more.
    pub(super) fn relied(
        &mut self,
        arena: &Arena<'a>,
        value: Value,
        op: &Op<'a>,
    ) -> Result<Array<'a>, Unknown> {
        let array = self.array_of(arena, value, op)?;
        if let Some(at) = arena.origin(value) {
            self.relied.insert(at);
            if self.given.contains(&at) {
                return Err(Unknown::because("was given to something that may have changed it"));
            }
        }
        Ok(array)
    }

    /// Judges whether `BUILD` changes what others have taken over: an array has its dtype as it is, an object its arrays. None of
    /// them may have another state afterwards.
    pub(in crate::analysis) fn judge_change(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        target: Value,
        state: Value,
    ) {
        let Some((callee, _)) = arena.call_of(target) else { return };
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return };
        let names = &self.ledger.entry(id).names;
        let is_numpy = names.module.starts_with("numpy");
        let dtypes: Vec<Value> = match names.name.as_ref() {
            // With a class of arrays that has a state of its own there is one tuple more.
            "_reconstruct" if is_numpy => arena.tuple(state).unwrap_or_default().to_vec(),
            "_create_array" if names.module.starts_with("dill.") => {
                arena.tuple(state).unwrap_or_default().to_vec()
            }
            "dtype" if is_numpy => dtypes_in(arena, state),
            "NumpyArrayWrapper" => match in_dicts(arena, state, "dtype") {
                Found::Value(dtype) => vec![dtype],
                _ => Vec::new(),
            },
            _ if self.ledger.has_members() && members_of(&names.module, &names.name).is_some() => Vec::new(),
            _ => return,
        };
        let Some(at) = arena.origin(target) else { return };
        if !self.settled.insert(at) {
            self.tell_misfit(arena, op, target, id, Why::Changed);
        }
        self.settle(arena, &dtypes);
    }

    /// Notes that dtypes among values may not change any more, whether they were given a state or not.
    pub(super) fn settle(&mut self, arena: &Arena<'a>, values: &[Value]) {
        let made = values.iter().filter(|&&value| arena.call_of(value).is_some());
        self.settled.extend(made.filter_map(|&value| arena.origin(value)));
    }
}

/// The dtypes of the fields of a dtype, and that of which it is a row.
fn dtypes_in(arena: &Arena<'_>, state: Value) -> Vec<Value> {
    let Some(items) = arena.tuple(state).filter(|items| items.len() >= 5) else { return Vec::new() };
    let first = |value: Value| arena.tuple(value).and_then(|items| items.first().copied());
    let fields = match arena.shape(items[4]) {
        Made::Container(Collection::Dict, Some(contents)) => contents.pairs.as_slice(),
        _ => &[],
    };
    let fields = fields.iter().skip(1).step_by(2).take(MOST_FIELDS);
    fields.filter_map(|&field| first(field)).chain(first(items[2])).collect()
}
