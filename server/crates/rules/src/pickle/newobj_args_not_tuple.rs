//! ## What it does
//! Reports a `NEWOBJ` or `NEWOBJ_EX` whose arguments are a list, dict, str or other constant instead of a tuple.
//!
//! ## Why is this bad?
//! An unpickler fails there. No pickler writes it.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'builtins' 'list'
//! EMPTY_LIST
//! NEWOBJ
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'builtins' 'list'
//! EMPTY_TUPLE
//! NEWOBJ
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_newobj`: NEWOBJ args argument must be a tuple

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB104",
        name: "newobj-args-not-tuple",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("newobj_args_not_tuple.rs"),
    },
    checks: &[Check::Fault],
};
