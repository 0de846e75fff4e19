//! Functions and classes that believe the numbers that they are called with, where something else calls them: `map(Tree, …)`.

use pickle_machine::arena::{Arena, Value};
use pickle_ops::Op;

use crate::analysis::shapes::Fit;
use crate::analysis::{Analysis, Callee, EntryId};
use crate::policy::members_of;

impl<'a> Analysis<'_, 'a> {
    /// How a call fits that calls one of its arguments with others, which are not looked at.
    pub(in crate::analysis) fn fit_called(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        called: Option<Value>,
    ) -> (Fit, Option<Value>) {
        if let Some(value) = called
            && let Callee::Known(id) = self.resolve(arena, value, op, 1)
            && self.believes_arguments(id)
        {
            return (
                Fit::Unusual("it calls an argument whose code believes the numbers that it is given"),
                None,
            );
        }
        self.fit_calls(arena, op, called)
    }

    /// Whether the arguments of a call of a global would be judged.
    fn believes_arguments(&self, id: EntryId) -> bool {
        let names = &self.ledger.entry(id).names;
        match (names.module.as_ref(), names.name.as_ref()) {
            ("torch._utils", name) => name.starts_with("_rebuild_"),
            ("torch.nn.utils.rnn", "PackedSequence") | ("pyarrow.lib", "_restore_array") => true,
            (module, name) => members_of(module, name).is_some_and(|members| {
                members.made_empty || members.requirements.iter().any(|requirement| requirement.at_call)
            }),
        }
    }
}
