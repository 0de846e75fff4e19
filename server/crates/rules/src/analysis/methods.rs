//! Methods that classes call of their objects as they give them a state.

use pickle_machine::arena::{Arena, Value};
use pickle_ops::Op;

use super::state::Hook;
use super::{Analysis, Callee};

/// Methods that classes call, once they have taken the state for their attributes: of distributions of scipy, isotonic regressions, optimizers
/// of torch and of timm, rules of dateutil, models of pmdarima and metrics. An object has none of its own. Sorted.
const METHODS: &[&str] = &[
    "_attach_argparser_methods",
    "_attach_methods",
    "_build_f",
    "_init_fns",
    "_invalidate_cache",
    "_patch_step_function",
    "_warn_for_older_version",
    "_wrap_compute",
    "_wrap_update",
    "profile_hook_step",
];

impl<'a> Analysis<'_, 'a> {
    /// An attribute that hides such a method: whatever it is, it is called with what is in the state.
    pub(super) fn hidden_method(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        name: &str,
        value: Value,
    ) -> Option<Hook> {
        METHODS.binary_search(&name).ok()?;
        match self.resolve(arena, value, op, 1) {
            Callee::Known(id) => Some(Hook::Replaced(name.to_owned(), id)),
            Callee::Opaque | Callee::Code => Some(Hook::Unknown(name.to_owned())),
            Callee::Data | Callee::Reported => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn methods_are_sorted() {
        assert!(super::METHODS.is_sorted());
    }
}
