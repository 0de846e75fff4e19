//! Functions and classes that believe the numbers that they are called with, or make something as large as they say, where something
//! else calls them: `map(Tree, …)`, `reduce(pow, …)`.

use pickle_machine::arena::{Arena, Value};
use pickle_ops::Op;

use crate::analysis::growth::Growth;
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
        {
            if self.believes_arguments(id) {
                let why = "it calls an argument whose code believes the numbers that it is given";
                return (Fit::Unusual(why), None);
            }
            if self.is_sized(id) {
                let why = "it calls an argument that makes something as large as numbers say";
                return (Fit::Unusual(why), None);
            }
        }
        self.fit_calls(arena, op, called)
    }

    /// Whether what a global makes is as large as its arguments say: of a few numbers, anything.
    fn is_sized(&self, id: EntryId) -> bool {
        use Growth as G;
        let entry = self.ledger.entry(id);
        let grows = matches!(
            entry.growth,
            Some(G::Multiply | G::Power | G::Shift | G::Width | G::Format | G::Factorial)
        );
        grows || entry.size.is_some()
    }

    /// Whether the arguments of a call of a global would be judged.
    fn believes_arguments(&self, id: EntryId) -> bool {
        let names = &self.ledger.entry(id).names;
        match (names.module.as_ref(), names.name.as_ref()) {
            ("torch._utils", name) => name.starts_with("_rebuild_"),
            ("torch.nn.utils.rnn", "PackedSequence") | ("pyarrow.lib", "_restore_array") => true,
            (module, name) => members_of(module, name).is_some_and(|members| {
                members.made_empty
                    || members.made_by_call
                    || members.made_bare
                    || members.requirements.iter().any(|requirement| requirement.at_call)
            }),
        }
    }
}
