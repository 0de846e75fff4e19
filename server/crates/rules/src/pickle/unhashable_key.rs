//! ## What it does
//! Reports a list, dict or set as a key of a dict or an item of a set.
//!
//! ## Why is this bad?
//! An unpickler stops there: TypeError, unhashable type. No pickler writes it: the file is damaged, or was made by hand.
//! Everything before it has been carried out by then, calls included, so that a load that fails is no proof that nothing
//! happened. Get the file from its source again.
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
