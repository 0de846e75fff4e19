//! Objects that have to be given a state.

use pickle_machine::arena::{Arena, Value};
use pickle_ops::Op;

use super::Why;
use crate::analysis::{Analysis, EntryId};
use crate::policy::members_of;

/// Objects without a state that are remembered. Picklers give one at once, but for objects that hold each other: nothing comes near it.
const MOST_STATELESS: usize = 1 << 14;

impl<'a> Analysis<'_, 'a> {
    /// Notes an object that has to be given a state, by the end of the pickle.
    pub(super) fn wait_for_state(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value, id: EntryId) {
        if self.cut_short {
            return;
        }
        if self.tally.stateless.len() < MOST_STATELESS {
            self.tally.stateless.insert(op.start, (op.end, self.ledger.entry(id).dotted()));
        } else {
            self.tell_misfit(arena, op, call, id, Why::Stateless);
        }
    }

    /// The same of what a helper makes without the constructor of its class: `copyreg.__newobj__(class)`.
    pub(in crate::analysis) fn judge_made(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value) {
        if !self.ledger.has_members() {
            return;
        }
        let Some(id) = self.owner(arena, call, op, 0) else { return };
        let names = &self.ledger.entry(id).names;
        let Some(members) = members_of(&names.module, &names.name) else { return };
        if members.needs_state {
            self.wait_for_state(arena, op, call, id);
        }
        if members.made_by_call {
            self.tell_misfit(arena, op, call, id, Why::Unmade);
        }
        let given = arena.call_of(call).and_then(|(_, arguments)| arena.tuple(arguments));
        if members.made_bare && given.is_none_or(|given| given.len() > 1) {
            self.tell_misfit(arena, op, call, id, Why::Given);
        }
    }
}
