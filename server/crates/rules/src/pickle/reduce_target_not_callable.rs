//! ## What it does
//! Reports a `REDUCE` or `OBJ` whose callee is a constant, a tuple or a container.
//!
//! ## Why is this bad?
//! An unpickler fails there, after it has carried out all that comes before. No pickler writes it: the stream is
//! damaged or was made by hand.
//!
//! ## Example
//! ```pickle
//! b'\x80\x02X\x01\x00\x00\x00a)R.'
//! ```
//!
//! ## Use instead
//! ```pickle
//! b'\x80\x02ccollections\nOrderedDict\n)R.'
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_reduce`, `instantiate`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB101",
        name: "reduce-target-not-callable",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("reduce_target_not_callable.rs"),
    },
    checks: &[Check::Fault],
};
