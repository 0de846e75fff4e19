//! ## What it does
//! Reports a pickle that ends without STOP.
//!
//! ## Why is this bad?
//! The file is incomplete, or was cut on purpose: an unpickler carries out all of it, then stops (EOFError: Ran out of
//! input). Code in it has run by then, though the program that loads it sees only an error. Compare the size and the checksum
//! with those at the source.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! BININT1 1
//! # expected an opcode, found the end of the data: there is no STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! BININT1 1
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load`: Ran out of input

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD109",
        name: "missing-stop",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("missing_stop.rs"),
    },
    checks: &[Check::Fault],
};
