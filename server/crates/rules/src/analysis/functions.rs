//! Functions that are pickled in the bytes of a state ([`crate::policy::functions_of`]).

use memchr::memmem;
use pickle_machine::arena::{Arena, Value};
use pickle_ops::Op;

use super::{Analysis, EntryId};
use crate::policy::functions_of;

/// Bytes that are looked through in a stream, as often as it has them, and besides.
const MOST_TIMES: usize = 2;
const MOST_READ: usize = 1 << 24;

impl<'a> Analysis<'_, 'a> {
    /// Whether a state is bytes in which a function is pickled that the class of the object unpickles. Bytes that are not constant, or that
    /// very many objects share, may hold one: no library writes such.
    pub(super) fn unpickles_function(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        class: EntryId,
        state: Value,
    ) -> bool {
        let names = &self.ledger.entry(class).names;
        let marks = functions_of(&names.module, &names.name);
        if marks.is_empty() {
            return false;
        }
        let Ok(bytes) = self.data(arena, state, op) else { return arena.call_of(state).is_some() };
        self.tally.read = self.tally.read.saturating_add(bytes.len());
        self.tally.read > MOST_READ.saturating_add(self.bytes.len().saturating_mul(MOST_TIMES))
            || marks.iter().any(|mark| memmem::find(&bytes, mark.as_bytes()).is_some())
    }
}
