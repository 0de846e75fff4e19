//! ## What it does
//! Reports a STRING that some readers refuse or read otherwise: a lone quote, no quotes, something behind them.
//!
//! ## Why is this bad?
//! A lone quote is an empty string for pickletools, and refused by the unpicklers: a scanner goes on, and shows ops that are
//! never run. What was meant cannot be told from the bytes. (Python 2 strings beyond ASCII, which pickletools refuses as
//! well, are PB128.) No pickler writes it: get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! STRING b"'"
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! STRING ''
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_string`
//! - `Lib/pickletools.py`, `read_stringnl`

use pickle_ops::{Op, Opcode};

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::{is_damaged, report_line};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD212",
        name: "odd-string-line",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("odd_string_line.rs"),
    },
    checks: &[Check::ForeignLine(check)],
};

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    if op.opcode == Opcode::String && !is_damaged(op) {
        report_line(op, None, report);
    }
}
