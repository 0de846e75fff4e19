//! Containers that are given items when something has taken them. An object may have the container itself, and what was judged of it
//! then is not what it is in the end.
//!
//! Picklers put items only where they have made the container (`save_list`, `save_dict` and `save_set` of CPython's `pickle.py`): what has
//! taken it by then is in its own items.

use pickle_machine::Names;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode, Reader};

use super::objects::height_after;
use super::{Analysis, Callee, Hook};

/// How often each byte of a file is read again, on average, to see this: containers that hold themselves are few.
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
        let from = self.filling.filter(|&(of, at)| of == made && at <= op.start).map(|(_, at)| at);
        // Dill fills the namespaces of its functions so, and what was looked into already is told for that.
        if self.namespaces.contains(&made) || self.read.contains(made) {
            return false;
        }
        let begin = from.unwrap_or(made);
        self.counted = self.counted.saturating_add(op.start.saturating_sub(begin));
        if self.counted > arena.bytes().len().saturating_mul(MOST_READ) {
            return true;
        }
        match filled(arena.bytes(), begin, from.is_none(), op.start) {
            Filled::Here => {
                self.filling = Some((made, op.end));
                // What it holds itself may have it by then.
                self.sets_attribute(arena, op, items)
            }
            Filled::Elsewhere => true,
            Filled::Unknown => self.sets_attribute(arena, op, items),
        }
    }

    /// The same of an object of a class of dicts, and of names that are computed: others are told for what they are.
    fn names_late(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value, items: &[Value]) -> bool {
        let mut keys = items.iter().step_by(2);
        if !keys.any(|&key| arena.call_of(key).is_some()) || !self.sets_attribute(arena, op, items) {
            return false;
        }
        let Some(made) = arena.origin(target) else { return false };
        self.counted = self.counted.saturating_add(op.start.saturating_sub(made));
        if self.counted > arena.bytes().len().saturating_mul(MOST_READ) {
            return false;
        }
        match filled(arena.bytes(), made, true, op.start) {
            Filled::Here => items.iter().step_by(2).any(|&key| self.is_made_text(arena, op, key)),
            Filled::Elsewhere => true,
            Filled::Unknown => false,
        }
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
    let (mut height, mut marks) = (0, Vec::new());
    while let Ok(op) = ops.next_op() {
        let fills = match op.opcode {
            Opcode::Append => marks.is_empty() && height == 1,
            Opcode::SetItem => marks.is_empty() && height == 2,
            Opcode::Appends | Opcode::SetItems | Opcode::AddItems => marks.as_slice() == [0],
            _ => false,
        };
        if op.start >= to {
            return match (op.start == to, fills) {
                (false, _) => Filled::Unknown,
                (true, true) => Filled::Here,
                (true, false) => Filled::Elsewhere,
            };
        }
        match op.opcode {
            _ if fills => {
                marks.clear();
                height = 0;
            }
            opcode if opcode.fills_memo() => {}
            Opcode::Frame | Opcode::Proto => {}
            Opcode::Mark => marks.push(height),
            Opcode::Pop if marks.last() == Some(&height) => drop(marks.pop()),
            opcode => match height_after(opcode, height, &mut marks) {
                Some(after) => height = after,
                None => return Filled::Elsewhere,
            },
        }
    }
    Filled::Unknown
}
