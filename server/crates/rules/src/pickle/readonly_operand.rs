//! ## What it does
//! Reports a `READONLY_BUFFER` on something that is no buffer.
//!
//! ## Why is this bad?
//! An unpickler stops there with TypeError: picklers write it directly behind `NEXT_BUFFER`. No pickler writes it: the file
//! is damaged, or was made by hand. Everything before it has been carried out by then, calls included, so that a load that
//! fails is no proof that nothing happened. Get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 5
//! BININT1 1
//! READONLY_BUFFER
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 5
//! SHORT_BINBYTES b'a'
//! READONLY_BUFFER
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_readonly_buffer`
//! - [PEP 574](https://peps.python.org/pep-0574/), pickle protocol 5

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB124",
        name: "readonly-operand",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("readonly_operand.rs"),
    },
    checks: &[Check::Fault],
};
