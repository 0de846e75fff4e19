//! ## What it does
//! Reports an operand that is complete but not of its form: a number, a quoted string, an escape, text in UTF-8 or
//! ASCII, a name, the number of a memo slot.
//!
//! ## Why is this bad?
//! An unpickler stops there: ValueError, UnpicklingError or UnicodeDecodeError, by the kind of operand. Other readers may
//! take the operand for something else and go on; what each makes of it is said by the PD2 rules. No pickler writes it: the
//! file is damaged, or was made by hand. Everything before it has been carried out by then, calls included, so that a load
//! that fails is no proof that nothing happened. Get the file from its source again.
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
