//! ## What it does
//! Reports STACK_GLOBAL whose module or name is surely not a str.
//!
//! ## Why is this bad?
//! An unpickler fails there. No pickler writes it.
//!
//! ## Example
//! ```pickle
//! b'\x80\x04K\x01K\x02\x93.'
//! ```
//!
//! ## Use instead
//! ```pickle
//! b'\x80\x04\x8c\x08builtins\x8c\x03int\x93.'
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_stack_global`: STACK_GLOBAL requires str
//! - [PEP 3154](https://peps.python.org/pep-3154/), pickle protocol 4

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB115",
        name: "stack-global-operands",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("stack_global_operands.rs"),
    },
    checks: &[Check::Fault],
};
