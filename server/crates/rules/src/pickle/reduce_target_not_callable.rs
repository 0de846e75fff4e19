//! ## What it does
//! Reports a `REDUCE` or `OBJ` whose callee is a constant, a tuple or a container.
//!
//! ## Why is this bad?
//! An unpickler stops there: TypeError, not callable. No pickler writes it: the file is damaged, or was made by hand.
//! Everything before it has been carried out by then, calls included, so that a load that fails is no proof that nothing
//! happened. Get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! BINUNICODE 'a'
//! EMPTY_TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'collections' 'OrderedDict'
//! EMPTY_TUPLE
//! REDUCE
//! STOP
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
