//! ## What it does
//! Reports a GET or PUT whose slot is read otherwise, or refused by some: a NUL, a negative number, one that does not fit.
//!
//! ## Why is this bad?
//! A NUL ends the number for the C unpickler only. pickletools takes negative slots; the C unpickler makes a table as large
//! as the number says, and refuses 2^63 and more, where pickle.py uses a dict. Python 2 keeps the text, for which `01` is not
//! `1`. Who follows the memo to find out what is called needs the same slots. Picklers count from 0 or 1. Do not load the
//! file.
//!
//! ## Example
//! ```pickleasm
//! NONE
//! PUT b'0\x00x'
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! NONE
//! PUT 0
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_put`, `load_get`, `_Unpickler_MemoPut`
//! - `Lib/pickletools.py`, `read_decimalnl_short`

use pickle_ops::{Op, Opcode};

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::{is_damaged, report_line};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD215",
        name: "odd-memo-line",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("odd_memo_line.rs"),
    },
    checks: &[Check::ForeignLine(check)],
};

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    if matches!(op.opcode, Opcode::Get | Opcode::Put) && !is_damaged(op) {
        report_line(op, None, report);
    }
}
