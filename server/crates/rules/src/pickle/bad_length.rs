//! ## What it does
//! Reports a length that is below zero, or that no reader could ask for.
//!
//! ## Why is this bad?
//! An unpickler fails there, after all that comes before has been carried out. Readers differ in what they do with
//! such lengths.
//!
//! ## Example
//! ```pickle
//! b'\x80\x02T\xff\xff\xff\xff.'
//! ```
//!
//! ## Use instead
//! ```pickle
//! b'\x80\x02U\x01a.'
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_counted_binstring`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD106",
        name: "bad-length",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("bad_length.rs"),
    },
    checks: &[Check::Fault],
};
