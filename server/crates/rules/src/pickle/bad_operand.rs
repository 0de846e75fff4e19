//! ## What it does
//! Reports an operand that is complete but not of its form: a number, a quoted string, an escape, text in UTF-8 or
//! ASCII, a name, the number of a memo slot.
//!
//! ## Why is this bad?
//! An unpickler fails there, after all that comes before has been carried out. Other readers may take it for
//! something else and go on.
//!
//! ## Example
//! ```pickleasm
//! INT b'one'
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! INT 1
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_int`, `load_float`, `load_string`, `load_global`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD107",
        name: "bad-operand",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("bad_operand.rs"),
    },
    checks: &[Check::Fault],
};
