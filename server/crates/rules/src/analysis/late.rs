//! Containers that are given items when something has taken them. An object may have the container itself, and what was judged of it
//! then is not what it is in the end.
//!
//! Picklers put items only where they have made the container (`save_list`, `save_dict` and `save_set` of CPython's `pickle.py`): what has
//! taken it by then is in its own items.

use std::ops::Range;

use pickle_machine::Names;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode, Reader};

use super::above::{Above, Step};
use super::{Analysis, Callee, Hook};

/// How often each byte of a file is read again, on average, to count objects and to see this: arrays are not nested deeper than that, and
/// containers that hold themselves are few.
const MOST_READ: usize = 32;

/// What an op fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filled {
    /// The container where it was made.
    Here,
    /// What the memo gives, or a second one on the stack.
    Elsewhere,
    /// There are bytes between the ops, as joblib writes them.
    Unknown,
}

impl<'a> Analysis<'_, 'a> {
    /// Whether an op puts items into a container that something has taken, in a stream that has more than plain data.
    pub(super) fn fills_taken(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        target: Value,
        items: &[Value],
    ) -> bool {
        if self.ledger.len() == 0 && !self.one_memo {
            return false;
        }
        match arena.shape(target) {
            Made::Container(..) => {}
            Made::Call { .. } => return self.names_late(arena, op, target, items),
            _ => return false,
        }
        let Some(made) = arena.origin(target).filter(|&made| arena.is_loaded(made)) else { return false };
        // Dill fills the namespaces of its functions so, and what was looked into already is told for that.
        if self.namespaces.contains(&made) || self.read.contains(made) {
            return false;
        }
        match self.filled_by(arena, op, made) {
            Filled::Elsewhere => true,
            // What it holds itself may have it by then.
            Filled::Here | Filled::Unknown => self.sets_attribute(arena, op, items),
        }
    }

    /// The same of an object of a class of dicts, and of names that are computed: others are told for what they are.
    fn names_late(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value, items: &[Value]) -> bool {
        let mut keys = items.iter().step_by(2);
        if !keys.any(|&key| arena.call_of(key).is_some()) || !self.sets_attribute(arena, op, items) {
            return false;
        }
        let Some(made) = arena.origin(target) else { return false };
        match self.filled_by(arena, op, made) {
            Filled::Here => items.iter().step_by(2).any(|&key| self.is_made_text(arena, op, key)),
            Filled::Elsewhere => true,
            Filled::Unknown => false,
        }
    }

    /// What an op fills whose target was made at an offset: not there, if too much was read again by now to see it.
    fn filled_by(&mut self, arena: &Arena<'a>, op: &Op<'a>, made: usize) -> Filled {
        let from = self.filling.filter(|&(of, at)| of == made && at <= op.start).map(|(_, at)| at);
        let begin = from.unwrap_or(made);
        if !self.may_read_again(arena, begin..op.start) {
            return Filled::Elsewhere;
        }
        let filled = filled(arena.bytes(), begin, from.is_none(), op.start);
        if filled == Filled::Here {
            self.filling = Some((made, op.end));
        }
        filled
    }

    /// Notes that ops are read again; whether not too many were.
    pub(super) fn may_read_again(&mut self, arena: &Arena<'a>, ops: Range<usize>) -> bool {
        self.counted = self.counted.saturating_add(ops.end.saturating_sub(ops.start));
        self.counted <= arena.bytes().len().saturating_mul(MOST_READ)
    }

    /// Whether a function for texts gives a value.
    fn is_made_text(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> bool {
        let Some((callee, _)) = arena.call_of(value) else { return false };
        let callee = self.resolve(arena, callee, op, 1);
        matches!(callee, Callee::Known(id) if self.ledger.entry(id).gives_text)
    }

    /// Whether items of a dict are attributes that are more than data, if it is the dict of an object.
    fn sets_attribute(&mut self, arena: &Arena<'a>, op: &Op<'a>, items: &[Value]) -> bool {
        if !matches!(op.opcode, Opcode::SetItem | Opcode::SetItems) {
            return false;
        }
        match self.hook_in(arena, items, op) {
            None => false,
            Some(Hook::Computed) => items.iter().step_by(2).any(|&key| {
                self.is_computed(arena, key, op)
                    && self.maker(arena, key, op).is_ok_and(|names| !is_no_name(&names))
            }),
            Some(_) => true,
        }
    }
}

/// Whether what a class or function gives is a key of tables, and not the name of an attribute.
fn is_no_name(names: &Names<'_>) -> bool {
    let is_class = names.name.starts_with(|first: char| first.is_ascii_uppercase());
    is_class && ["numpy", "pandas"].contains(&names.module.split('.').next().unwrap_or_default())
}

/// What the op at `to` fills, read from the op on that made a container, or from behind the last one that filled it.
fn filled(bytes: &[u8], from: usize, makes: bool, to: usize) -> Filled {
    let mut ops = Reader::new(bytes, from);
    if makes && ops.next_op().is_err() {
        return Filled::Unknown;
    }
    let mut above = Above::default();
    while let Ok(op) = ops.next_op() {
        let step = above.step(op.opcode);
        match step {
            _ if op.start > to => return Filled::Unknown,
            Step::Fills(_) if op.start == to => return Filled::Here,
            _ if op.start == to || step == Step::Takes => return Filled::Elsewhere,
            _ => {}
        }
    }
    Filled::Unknown
}
