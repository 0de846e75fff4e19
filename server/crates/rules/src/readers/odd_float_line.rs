//! ## What it does
//! Reports a FLOAT that some readers refuse or read otherwise: blanks, underscores, a NUL, a number that is too large.
//!
//! ## Why is this bad?
//! The C unpickler reads what `strtod` reads, to the end of the line or to a NUL; pickle.py and pickletools ask `float`,
//! which allows blanks and underscores and gives inf for what is too large. A reader that stops there does not see what
//! follows. Write the number anew, or do not load the file.
//!
//! ## Example
//! ```pickleasm
//! FLOAT b'1.5\x00junk'
//! STOP
//! ```
//!
//! ```pickleasm
//! FLOAT b' 1.5'
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! FLOAT 1.5
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_float`
//! - `Lib/pickle.py`, `load_float`

use pickle_ops::{Op, Opcode};

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::{is_damaged, report_line};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD211",
        name: "odd-float-line",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("odd_float_line.rs"),
    },
    checks: &[Check::ForeignLine(check)],
};

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    if op.opcode == Opcode::Float && !is_damaged(op) {
        report_line(op, None, report);
    }
}
