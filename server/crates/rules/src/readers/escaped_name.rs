//! ## What it does
//! Reports a backslash or a byte beyond ASCII in the name of GLOBAL or INST, or in the id of PERSID.
//!
//! ## Why is this bad?
//! The unpicklers take the bytes as they are (GLOBAL is UTF-8, INST and PERSID are ASCII). pickletools undoes escapes and
//! demands ASCII: it shows `os` for a module that is really called `o\x73`, and stops at names that are legitimate, so
//! that what follows is hidden from scanners that build on it. A name beyond ASCII, which Python allows, is only worth
//! knowing. A backslash is in no name that can be imported: do not load the file.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'o\\x73' 'getpid'
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 3
//! GLOBAL 'm' 'Größe'
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
//! - `Lib/pickletools.py`, `read_stringnl`
//! - `Modules/_pickle.c`, `load_global`, `load_inst`, `load_persid`

use pickle_ops::{Op, Opcode};

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::{is_damaged, report_line};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD203",
        name: "escaped-name",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("escaped_name.rs"),
    },
    checks: &[Check::ForeignLine(check)],
};

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    let concerns = matches!(op.opcode, Opcode::Global | Opcode::Inst | Opcode::PersId) && !is_damaged(op);
    let escaped = op.raw.contains(&b'\\');
    if concerns && (escaped || !op.raw.is_ascii()) {
        report_line(op, (!escaped).then_some(Severity::Info), report);
    }
}
