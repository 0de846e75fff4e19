//! ## What it does
//! Reports an op that takes items from below a mark. What STOP leaves on the stack is reported by PD110.
//!
//! ## Why is this bad?
//! The unpicklers refuse it. pickletools counts marks like other items, so that TUPLE1, REDUCE, APPEND, BUILD and others take
//! what lies below, and its listing goes on; Python 2 even runs it. What such a listing shows behind that point never
//! happens. No pickler writes it: get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! NONE
//! MARK
//!   TUPLE1
//!   STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! NONE
//! TUPLE1
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `Pdata_stack_underflow`
//! - `Lib/pickletools.py`, `dis`

use pickle_machine::FaultKind;

use crate::analysis::Comparison;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::report_comparison;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD217",
        name: "mark-crossed",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("mark_crossed.rs"),
    },
    checks: &[Check::Comparison(check)],
};

fn check(comparison: &Comparison<'_>, report: &mut Reporter<'_>) {
    if matches!(comparison.fault.kind, FaultKind::Underflow { mark: true, .. }) {
        report_comparison(comparison, comparison.severity(), "an op takes items from below a mark", report);
    }
}
