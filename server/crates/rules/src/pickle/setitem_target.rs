//! ## What it does
//! Reports a `SETITEM` or `SETITEMS` on a tuple, str, set, number or other value that takes no keys.
//!
//! ## Why is this bad?
//! An unpickler stops there with TypeError. No pickler writes it: the file is damaged, or was made by hand. Everything before
//! it has been carried out by then, calls included, so that a load that fails is no proof that nothing happened. Get the file
//! from its source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! BININT1 1
//! BININT1 2
//! BININT1 3
//! SETITEM
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! EMPTY_DICT
//! BININT1 2
//! BININT1 3
//! SETITEM
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `do_setitems`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB109",
        name: "setitem-target",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("setitem_target.rs"),
    },
    checks: &[Check::Fault],
};
