//! ## What it does
//! Reports STACK_GLOBAL whose module or name is surely not a str.
//!
//! ## Why is this bad?
//! An unpickler stops there (UnpicklingError: STACK_GLOBAL requires str). A reader that puts a name together from whatever it
//! finds on the stack shows a global that is never loaded. No pickler writes it: the file is damaged, or was made by hand.
//! Everything before it has been carried out by then, calls included, so that a load that fails is no proof that nothing
//! happened. Get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! BININT1 1
//! BININT1 2
//! STACK_GLOBAL
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'builtins'
//! SHORT_BINUNICODE 'int'
//! STACK_GLOBAL
//! STOP
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
