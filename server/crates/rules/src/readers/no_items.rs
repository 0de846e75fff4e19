//! ## What it does
//! Reports APPENDS and ADDITEMS without items on what is no list, or no set; DICT and SETITEMS with a key that has no value.
//!
//! ## Why is this bad?
//! Without items the C unpickler does nothing, while pickle.py asks the object for `extend` or `add` and refuses what has
//! none. A key without a value is refused by both, after pickle.py has stored the pairs before it, and not by pickletools.
//! Picklers write neither. Get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! BININT1 1
//! MARK
//! APPENDS
//! STOP
//! ```
//!
//! ```pickleasm
//! EMPTY_DICT
//! MARK
//!   BININT1 1
//! SETITEMS
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! EMPTY_LIST
//! MARK
//!   BININT1 1
//! APPENDS
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `do_append`, `load_additems`, `do_setitems`
//! - `Lib/pickle.py`, `load_appends`, `load_additems`, `load_setitems`

use pickle_machine::FaultKind;
use pickle_ops::{Op, Opcode};

use crate::analysis::Comparison;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::report_comparison;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD220",
        name: "no-items",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("no_items.rs"),
    },
    checks: &[Check::NoItems(check), Check::Comparison(check_odd)],
};

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    let (name, method) = match op.opcode {
        Opcode::AddItems => ("ADDITEMS", "add"),
        _ => ("APPENDS", "extend"),
    };
    let message = format!(
        "{name} without items: pickle.py asks the object for `{method}`, the C unpickler for nothing"
    );
    report.push(
        report.finding(op.start..op.end, message).help("a reader that asks refuses what has no such method"),
    );
}

fn check_odd(comparison: &Comparison<'_>, report: &mut Reporter<'_>) {
    if matches!(comparison.fault.kind, FaultKind::OddItems(_)) {
        report_comparison(comparison, comparison.severity(), "a key without a value", report);
    }
}
