//! ## What it does
//! Reports values or marks that are left on the stack when a pickle ends.
//!
//! ## Why is this bad?
//! Unpicklers take the topmost value and drop the rest, so that whatever made them ran unseen, and is no part of what is
//! loaded. Readers that check the stack refuse the file. No pickler leaves any: look at what makes the values that are left
//! before you load it.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! BININT1 1
//! BININT1 2
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 2
//! MARK
//!   BININT1 2
//!   STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! BININT1 2
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load`: STOP
//! - `Lib/pickletools.py`, `dis`: stack not empty after STOP

use pickle_ops::counted;

use crate::analysis::Seen;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD110",
        name: "left-on-stack",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("left_on_stack.rs"),
    },
    checks: &[Check::Pickle(check)],
};

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let (left, marks) = (seen.summary.left, seen.summary.marks);
    if seen.summary.refused || left + marks == 0 {
        return;
    }
    let mut what = Vec::new();
    if left > 0 {
        what.push(counted(left, "value"));
    }
    if marks > 0 {
        what.push(counted(marks, "mark"));
    }
    let message = format!("STOP leaves {} on the stack", what.join(" and "));
    report.push(report.finding(seen.stop(), message).help("they are dropped; what made them has run"));
}
