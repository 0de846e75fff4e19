//! ## What it does
//! Reports an op that takes all items above a mark when there is no mark on the stack.
//!
//! ## Why is this bad?
//! An unpickler stops there (UnpicklingError: could not find MARK; pickle.py: IndexError). No pickler writes it: the file is
//! damaged, or was made by hand. Everything before it has been carried out by then, calls included, so that a load that fails
//! is no proof that nothing happened. Get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! BININT1 1
//! TUPLE
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! MARK
//!   BININT1 1
//! TUPLE
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `marker`: could not find MARK

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD104",
        name: "mark-missing",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("mark_missing.rs"),
    },
    checks: &[Check::Fault],
};
