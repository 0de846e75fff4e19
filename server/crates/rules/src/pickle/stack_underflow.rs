//! ## What it does
//! Reports an op that takes more items than the stack holds above the topmost mark.
//!
//! ## Why is this bad?
//! The stream was not written by a pickler. An unpickler fails there, after all that comes before has been carried
//! out.
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
