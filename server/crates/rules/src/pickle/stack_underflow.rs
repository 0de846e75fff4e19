//! ## What it does
//! Reports an op that takes more items than the stack holds above the topmost mark.
//!
//! ## Why is this bad?
//! An unpickler stops there (UnpicklingError: unpickling stack underflow; pickle.py: IndexError). No pickler writes it: the
//! file is damaged, or was made by hand. Everything before it has been carried out by then, calls included, so that a load
//! that fails is no proof that nothing happened. Get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! BININT1 1
//! APPEND
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! EMPTY_LIST
//! BININT1 1
//! APPEND
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `Pdata_stack_underflow`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD103",
        name: "stack-underflow",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("stack_underflow.rs"),
    },
    checks: &[Check::Fault],
};
