//! ## What it does
//! Reports a list, dict or set as a key of a dict or an item of a set.
//!
//! ## Why is this bad?
//! An unpickler fails there. No pickler writes it.
//!
//! ## Example
//! ```pickle
//! b'\x80\x02}]K\x01s.'
//! ```
//!
//! ## Use instead
//! ```pickle
//! b'\x80\x02})K\x01s.'
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `do_setitems`; `PyObject_Hash`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB111",
        name: "unhashable-key",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("unhashable_key.rs"),
    },
    checks: &[Check::Fault],
};
