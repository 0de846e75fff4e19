//! ## What it does
//! Reports an `ADDITEMS` on a list, dict or other value that has no `add`.
//!
//! ## Why is this bad?
//! An unpickler fails there. No pickler writes it.
//!
//! ## Example
//! ```pickle
//! b'\x80\x04](K\x01\x90.'
//! ```
//!
//! ## Use instead
//! ```pickle
//! b'\x80\x04\x8f(K\x01\x90.'
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_additems`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB110",
        name: "additems-target",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("additems_target.rs"),
    },
    checks: &[Check::Fault],
};
