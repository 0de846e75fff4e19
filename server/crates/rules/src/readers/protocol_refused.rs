//! ## What it does
//! Reports a PROTO above 5, at the beginning or later.
//!
//! ## Why is this bad?
//! The unpicklers stop there; pickletools accepts any number and shows what follows, none of which happens. A scanner that
//! takes its word reports what is never run, or is lulled by it. No pickler writes it: get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 6
//! NONE
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 5
//! NONE
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_proto`
//! - `Lib/pickletools.py`, `genops`

use pickle_machine::FaultKind;

use crate::analysis::Comparison;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::report_comparison;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD222",
        name: "protocol-refused",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("protocol_refused.rs"),
    },
    checks: &[Check::Comparison(check)],
};

fn check(comparison: &Comparison<'_>, report: &mut Reporter<'_>) {
    if matches!(comparison.fault.kind, FaultKind::UnsupportedProtocol(_)) {
        report_comparison(comparison, comparison.severity(), "a protocol that no unpickler knows", report);
    }
}
