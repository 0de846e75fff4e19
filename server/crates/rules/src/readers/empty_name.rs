//! ## What it does
//! Reports a GLOBAL or INST whose module or name is an empty line.
//!
//! ## Why is this bad?
//! The C unpickler takes it for a pickle that was cut. pickle.py passes it to `find_class`, where a program can give it a
//! meaning, and pickletools shows it. No module and no class has an empty name: the file is damaged, or made to be read
//! in two ways.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL '' 'getpid'
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! GLOBAL 'datetime' 'date'
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_global`, `load_inst`
//! - `Lib/pickle.py`, `load_global`

use pickle_ops::Op;

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::{is_damaged, report_line};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD214",
        name: "empty-name",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("empty_name.rs"),
    },
    checks: &[Check::ForeignLine(check)],
};

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    let empty = op.global().is_some_and(|(module, name)| module.is_empty() || name.is_empty());
    if empty && !is_damaged(op) {
        report_line(op, Some(Severity::Warning), report);
    }
}
