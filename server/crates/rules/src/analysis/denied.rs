//! Calls of denied globals that are what picklers of functions and classes by value write.

use pickle_machine::arena::{Arena, Value};
use pickle_ops::Op;

use super::by_value::watched;
use super::{Analysis, CallSite, Callee, EntryId, Fit};
use crate::policy::{Category, Denial, Verdict};

/// What a call of a denied global is to picklers of functions and classes by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByValue {
    /// One of theirs, and told or harmless.
    Settled,
    /// One that makes code.
    Code,
    /// None of theirs.
    No,
}

impl<'a> Analysis<'_, 'a> {
    /// Judges a call (and its arguments) of a denied global by what picklers by value do with it; `is_bare` says that nothing wraps
    /// the global, which would bring arguments of its own.
    pub(super) fn judge_denied(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        (call, arguments): (Value, Value),
        (value, entry): (Value, EntryId),
        is_bare: bool,
    ) -> ByValue {
        let items = arena.tuple(arguments).unwrap_or_default();
        match self.ledger.entry(entry).verdict {
            // What it makes is told with the code objects.
            Verdict::Denied(Denial { category: Category::ByValue, unless, .. }) => {
                let is_plain = |shape| is_bare && self.is_harmless_change(arena, op, shape, entry, items);
                if !unless.is_some_and(is_plain) {
                    self.ledger.stray(entry);
                }
                // What is denied is reported wherever it comes from.
                let imported = self.imported_by_value(arena, entry, items, op, false);
                if imported == Some(Callee::Opaque) {
                    let site = CallSite { op, call, callee: Callee::Opaque, fit: Fit::Harmless };
                    self.site(arena, &site);
                }
                self.note_namespaces(arena, items);
                if let Some(Callee::Known(id)) = imported {
                    self.ledger.loaded_by_getattr(id);
                    self.note_denied(op, id);
                }
                self.class_by_value(arena, op, call, arguments);
                self.note_class(arena, op, call, entry, items);
                self.changed_by_value(arena, op, call, entry, items);
                let makes_code = self.ledger.entry(entry).names.name == "_create_code";
                if makes_code { ByValue::Code } else { ByValue::Settled }
            }
            Verdict::Denied(Denial { unless: Some(shape), .. }) if watched(shape) => {
                self.note_class(arena, op, call, entry, items);
                if is_bare && self.is_harmless_change(arena, op, shape, entry, items) {
                    self.ledger.settle(op.start);
                    return ByValue::Settled;
                }
                ByValue::No
            }
            _ => {
                if self.is_function_by_value(arena, op, value, entry, arguments) {
                    self.note_namespaces(arena, items);
                    return ByValue::Settled;
                }
                ByValue::No
            }
        }
    }
}
