//! ## What it does
//! Reports a line of INT, LONG, FLOAT, STRING, GET, PUT, GLOBAL, INST or PERSID that ends in a carriage return, where
//! readers do not agree on it.
//!
//! ## Why is this bad?
//! It is what a copy in text mode leaves of a pickle of protocol 0. INT, GET and PUT survive in all readers, FLOAT in
//! pickle.py and pickletools only; False becomes 0, and True is refused by the unpicklers; a LONG with its L and a STRING are
//! refused; GLOBAL and PERSID keep the carriage return in the name. Copy the file again, as binary; PD113 tells when all of
//! a file is like this.
//!
//! ## Example
//! ```pickleasm
//! INT b'01\r'
//! STOP
//! ```
//!
//! ```pickleasm
//! FLOAT b'1.5\r'
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! INT True
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_int`, `load_float`
//! - `Lib/pickle.py`, `load_float`

use pickle_ops::Op;

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::{is_damaged, report_line};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD229",
        name: "carriage-return-in-line",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("carriage_return_in_line.rs"),
    },
    checks: &[Check::ForeignLine(check)],
};

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    if is_damaged(op) {
        report_line(op, None, report);
    }
}
