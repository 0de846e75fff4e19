//! ## What it does
//! Reports a pickle that ends without STOP.
//!
//! ## Why is this bad?
//! The file is incomplete: an unpickler carries out all of it, then fails. Code in it has run by then.
//!
//! ## Example
//! ```pickle
//! b'\x80\x02K\x01'
//! ```
//!
//! ## Use instead
//! ```pickle
//! b'\x80\x02K\x01.'
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load`: Ran out of input

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD109",
        name: "missing-stop",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("missing_stop.rs"),
    },
    checks: &[Check::Fault],
};
