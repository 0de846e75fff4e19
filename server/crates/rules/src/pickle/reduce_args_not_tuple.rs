//! ## What it does
//! Reports a `REDUCE` whose arguments are a list, dict, str or other constant instead of a tuple.
//!
//! ## Why is this bad?
//! An unpickler fails there. No pickler writes it.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'builtins' 'list'
//! EMPTY_LIST
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'builtins' 'list'
//! EMPTY_TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_reduce`: argument list must be a tuple

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB102",
        name: "reduce-args-not-tuple",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("reduce_args_not_tuple.rs"),
    },
    checks: &[Check::Fault],
};
