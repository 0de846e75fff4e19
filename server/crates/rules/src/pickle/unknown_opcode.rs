//! ## What it does
//! Reports a byte that is no opcode where one is expected.
//!
//! ## Why is this bad?
//! An unpickler stops there (UnpicklingError: invalid load key; pickle.py: KeyError), and no reader can tell what follows. No
//! pickler writes it: the file is damaged, or was made by hand. Everything before it has been carried out by then, calls
//! included, so that a load that fails is no proof that nothing happened. Get the file from its source again.
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
