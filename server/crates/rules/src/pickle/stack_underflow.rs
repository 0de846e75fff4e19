//! ## What it does
//! Reports an op that takes more items than the stack holds above the topmost mark.
//!
//! ## Why is this bad?
//! The stream was not written by a pickler. An unpickler fails there, after all that comes before has been carried
//! out.
//!
//! ## Example
//! ```pickle
//! b'\x80\x02K\x01a.'
//! ```
//!
//! ## Use instead
//! ```pickle
//! b'\x80\x02]K\x01a.'
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
