//! ## What it does
//! Reports an `APPEND` or `APPENDS` on a dict, tuple, str or other value that has no `append`.
//!
//! ## Why is this bad?
//! An unpickler stops there with AttributeError. No pickler writes it: the file is damaged, or was made by hand. Everything
//! before it has been carried out by then, calls included, so that a load that fails is no proof that nothing happened. Get
//! the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! EMPTY_DICT
//! BININT1 1
//! APPEND
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! EMPTY_LIST
//! BININT1 1
//! APPEND
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `do_append`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB108",
        name: "append-target",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("append_target.rs"),
    },
    checks: &[Check::Fault],
};
