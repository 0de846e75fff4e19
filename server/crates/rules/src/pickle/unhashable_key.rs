//! ## What it does
//! Reports a list, dict or set as a key of a dict or an item of a set.
//!
//! ## Why is this bad?
//! An unpickler fails there. No pickler writes it.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! EMPTY_DICT
//! EMPTY_LIST
//! BININT1 1
//! SETITEM
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! EMPTY_DICT
//! EMPTY_TUPLE
//! BININT1 1
//! SETITEM
//! STOP
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
