//! ## What it does
//! Reports a length that is below zero, or that no reader could ask for.
//!
//! ## Why is this bad?
//! An unpickler stops there with UnpicklingError. Readers differ in what they do with such lengths, and can be led to see
//! different ops behind it. No pickler writes it: the file is damaged, or was made by hand. Everything before it has been
//! carried out by then, calls included, so that a load that fails is no proof that nothing happened. Get the file from its
//! source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! BYTES b'T\xff\xff\xff\xff.'  # expected a length of zero or more, found -1
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! SHORT_BINSTRING 'a'
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_counted_binstring`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD106",
        name: "bad-length",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("bad_length.rs"),
    },
    checks: &[Check::Fault],
};
