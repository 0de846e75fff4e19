//! ## What it does
//! Reports an `APPEND` or `APPENDS` on a dict, tuple, str or other value that has no `append`.
//!
//! ## Why is this bad?
//! An unpickler fails there. No pickler writes it.
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
