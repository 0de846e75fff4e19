//! ## What it does
//! Reports an `ADDITEMS` on a list, dict or other value that has no `add`.
//!
//! ## Why is this bad?
//! An unpickler fails there. No pickler writes it.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! EMPTY_LIST
//! MARK
//!   BININT1 1
//! ADDITEMS
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 4
//! EMPTY_SET
//! MARK
//!   BININT1 1
//! ADDITEMS
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_additems`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB110",
        name: "additems-target",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("additems_target.rs"),
    },
    checks: &[Check::Fault],
};
