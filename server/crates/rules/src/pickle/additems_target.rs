//! ## What it does
//! Reports an `ADDITEMS` on a list, dict or other value that has no `add`.
//!
//! ## Why is this bad?
//! An unpickler stops there with AttributeError. No pickler writes it: the file is damaged, or was made by hand. Everything
//! before it has been carried out by then, calls included, so that a load that fails is no proof that nothing happened. Get
//! the file from its source again.
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
