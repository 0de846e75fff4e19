//! ## What it does
//! Reports STACK_GLOBAL with operands that are no str.
//!
//! ## Why is this bad?
//! The unpicklers take exact str only, and stop; pickletools goes on, and shows what never happens. A scanner that puts
//! together names of whatever it finds on the stack reports a global that is not loaded, or none. No pickler writes it: get
//! the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! BININT1 1
//! BININT1 2
//! STACK_GLOBAL
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'datetime'
//! SHORT_BINUNICODE 'date'
//! STACK_GLOBAL
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_stack_global`
//! - `Lib/pickle.py`, `load_stack_global`

use pickle_machine::FaultKind;

use crate::analysis::Comparison;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::report_comparison;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD224",
        name: "global-name-not-str",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("global_name_not_str.rs"),
    },
    checks: &[Check::Comparison(check)],
};

fn check(comparison: &Comparison<'_>, report: &mut Reporter<'_>) {
    if comparison.fault.kind == FaultKind::NameNotStr {
        report_comparison(comparison, comparison.severity(), "names that are no str", report);
    }
}
