//! ## What it does
//! Reports an object that gets items before it gets its state. Off unless it is selected: it is the order in which
//! picklers write subclasses of list and dict.
//!
//! ## Why is this bad?
//! Methods that the subclass overrides (`append`, `extend`, `__setitem__`) run on an object without attributes.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'myapp.models' 'Stack'
//! EMPTY_TUPLE
//! NEWOBJ
//! BININT1 1
//! APPEND
//! EMPTY_DICT
//! SHORT_BINSTRING 'a'
//! BININT1 1
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! ## Use instead
//! Let such methods not rely on attributes, or give items and state to the constructor (`__reduce__`).
//!
//! ## References
//! - `Modules/_pickle.c`, `save_reduce`: items come before the state

use crate::analysis::{BuildSite, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB114",
        name: "items-before-state",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("items_before_state.rs"),
    },
    checks: &[Check::Build(check)],
};

fn check(view: &View<'_, '_>, site: &BuildSite<'_, '_>, report: &mut Reporter<'_>) {
    if site.filled {
        let message = format!("`{}` got items before its state", view.render_target(site.target));
        report.push(report.finding(site.op.start..site.op.end, message));
    }
}
