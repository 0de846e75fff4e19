//! ## What it does
//! Reports a dict, or items for one, with a key that has no value.
//!
//! ## Why is this bad?
//! An unpickler fails there. No pickler writes it.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! EMPTY_DICT
//! MARK
//!   BININT1 0
//! SETITEMS
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! EMPTY_DICT
//! MARK
//!   BININT1 0
//!   BININT1 1
//! SETITEMS
//! STOP
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
