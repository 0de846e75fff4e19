//! ## What it does
//! Reports a byte that is no opcode where one is expected.
//!
//! ## Why is this bad?
//! Nothing behind it can be read. The file is damaged, or is no pickle; all that comes before has been carried out.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! BININT1 1
//! BYTES b'\xff.'  # expected an opcode, found the byte 0xff, which is none
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
//! - `Modules/_pickle.c`, `load`: invalid load key

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD102",
        name: "unknown-opcode",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("unknown_opcode.rs"),
    },
    checks: &[Check::Fault],
};
