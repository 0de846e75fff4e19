//! What says how a model is compiled: options of a compiler name programs, which it runs.

use pickle_machine::arena::{Arena, Value};
use pickle_ops::Op;

use super::state::Hook;
use super::{Analysis, Callee};
use crate::policy::Verdict;

/// Members and methods of models of Transformers that give options to the compiler of torch when the model generates; an object has
/// no methods of its own, and in the member picklers write a class that is on no list. Sorted.
const COMPILERS: &[&str] = &["_default_compile_config", "compile_config", "get_compiled_call"];

impl<'a> Analysis<'_, 'a> {
    /// What a state sets such a member to: anything that is made, or can be called. What is on no list is told itself.
    pub(super) fn compiler(
        &mut self,
        arena: &Arena<'a>,
        value: Value,
        op: &Op<'a>,
        name: &str,
    ) -> Option<Hook> {
        COMPILERS.binary_search(&name).ok()?;
        if arena.call_of(value).is_none() && !arena.is_global(value) {
            return None;
        }
        let class = self.owner(arena, value, op, 0);
        match class.map_or_else(|| self.resolve(arena, value, op, 1), Callee::Known) {
            Callee::Known(id) => match self.ledger.entry(id).verdict {
                Verdict::Unlisted | Verdict::Denied(_) => None,
                _ => Some(Hook::Replaced(name.to_owned(), id)),
            },
            _ => Some(Hook::Unknown(name.to_owned())),
        }
    }
}
