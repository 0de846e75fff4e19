//! ## What it does
//! Reports a dict, or items for one, with a key that has no value.
//!
//! ## Why is this bad?
//! The C unpickler stops there (UnpicklingError: odd number of items), pickle.py with IndexError, after it has stored the
//! pairs before it. No pickler writes it: the file is damaged, or was made by hand. Everything before it has been carried out
//! by then, calls included, so that a load that fails is no proof that nothing happened. Get the file from its source again.
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
