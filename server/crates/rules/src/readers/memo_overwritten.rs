//! ## What it does
//! Reports a store into a memo slot that is in use.
//!
//! ## Why is this bad?
//! The unpicklers take the last value; `pickletools.dis` raises, so that what follows is hidden from whoever reads its
//! listing, and a tool that keeps the first value follows the memo to another object than the one that is used. MEMOIZE takes
//! the number of slots in use as its slot, and so can overwrite one that was named. Picklers use each slot once. Follow the
//! memo with the last value, and look at what the slot held before.
//!
//! ## Example
//! ```pickleasm
//! EMPTY_LIST
//! BINPUT 0
//! EMPTY_LIST
//! BINPUT 0
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! EMPTY_LIST
//! BINPUT 0
//! EMPTY_LIST
//! BINPUT 1
//! TUPLE2
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `_Unpickler_MemoPut`, `load_memoize`
//! - `Lib/pickletools.py`, `dis`

use pickle_ops::Op;

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD216",
        name: "memo-overwritten",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("memo_overwritten.rs"),
    },
    checks: &[Check::Overwritten(check)],
};

fn check(op: &Op<'_>, slot: u64, report: &mut Reporter<'_>) {
    let message = format!("{} fills memo slot {slot} again", op.opcode.name());
    let help = "unpicklers go on with the new value; pickletools.dis raises that the key is already defined";
    report.push(report.finding(op.start..op.end, message).help(help));
}
