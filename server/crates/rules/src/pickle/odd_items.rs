//! ## What it does
//! Reports a dict, or items for one, with a key that has no value.
//!
//! ## Why is this bad?
//! An unpickler fails there. No pickler writes it.
//!
//! ## Example
//! ```pickle
//! b'\x80\x02}(K\x00u.'
//! ```
//!
//! ## Use instead
//! ```pickle
//! b'\x80\x02}(K\x00K\x01u.'
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `do_setitems`: odd number of items

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB112",
        name: "odd-items",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("odd_items.rs"),
    },
    checks: &[Check::Fault],
};
