//! ## What it does
//! Reports a protocol above 5, the highest that there is.
//!
//! ## Why is this bad?
//! An unpickler stops there: ValueError, unsupported pickle protocol. Readers that only list opcodes go on, and show what is
//! never loaded. No pickler writes it: the file is damaged, or was made by hand. Everything before it has been carried out by
//! then, calls included, so that a load that fails is no proof that nothing happened. Get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 6
//! BININT1 1
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 5
//! BININT1 1
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_proto`
//! - [PEP 574](https://peps.python.org/pep-0574/), pickle protocol 5

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD108",
        name: "unsupported-protocol",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("unsupported_protocol.rs"),
    },
    checks: &[Check::Fault],
};
