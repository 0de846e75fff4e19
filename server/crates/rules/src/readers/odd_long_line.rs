//! ## What it does
//! Reports a LONG whose text is read as different values, or refused by some: a leading zero, a prefix, a NUL.
//!
//! ## Why is this bad?
//! The unpicklers ask `int(text, 0)`, pickletools `int(text)`; a NUL ends the number for the C unpickler only. A reader
//! that stops there does not see what follows. Write the number anew, or do not load the file.
//!
//! ## Example
//! ```pickleasm
//! LONG b'0x1F'
//! STOP
//! ```
//!
//! ```pickleasm
//! LONG b'1\x00junk'
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! LONG 31
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_long`
//! - `Lib/pickletools.py`, `read_decimalnl_long`

use pickle_ops::{Op, Opcode};

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::{is_damaged, report_line};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD210",
        name: "odd-long-line",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("odd_long_line.rs"),
    },
    checks: &[Check::ForeignLine(check)],
};

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    if op.opcode == Opcode::Long && !is_damaged(op) {
        report_line(op, None, report);
    }
}
