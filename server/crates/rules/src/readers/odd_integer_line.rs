//! ## What it does
//! Reports an INT whose text is read as different values, or refused by some: a leading zero, a prefix, a sign or a blank
//! where picklers write none, a NUL. Error where values differ, warning where one refuses.
//!
//! ## Why is this bad?
//! The C unpickler asks `strtol` with base 0 and then `int(text, 0)`, pickle.py asks `int(text, 0)`, pickletools
//! `int(text)`: `010` is 8, refused, and 10. Two characters with the value 0 or 1, such as `+1`, are a bool for C only. So a number
//! can be shown to a reviewer that is not the one that is loaded. Write the number anew, or do not load the file.
//!
//! ## Example
//! ```pickleasm
//! INT b'010'
//! STOP
//! ```
//!
//! ```pickleasm
//! INT b' 1'
//! STOP
//! ```
//!
//! ```pickleasm
//! INT b'0x1F'
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! INT 8
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_int`
//! - `Lib/pickle.py`, `load_int`
//! - `Lib/pickletools.py`, `read_decimalnl_short`

use pickle_ops::{Op, Opcode};

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::{is_damaged, report_line};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD209",
        name: "odd-integer-line",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("odd_integer_line.rs"),
    },
    checks: &[Check::ForeignLine(check)],
};

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    if op.opcode == Opcode::Int && !is_damaged(op) {
        report_line(op, None, report);
    }
}
