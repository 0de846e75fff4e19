//! ## What it does
//! Reports an extension code of zero or less.
//!
//! ## Why is this bad?
//! The unpicklers stop there; pickletools goes on, and shows what never happens. (A code above zero that nobody has
//! registered is refused as well, which the bytes do not tell.) No pickler writes it: get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! EXT1 0
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
//! - `Modules/_pickle.c`, `load_extension`
//! - `Lib/pickle.py`, `get_extension`

use pickle_machine::FaultKind;

use crate::analysis::Comparison;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::report_comparison;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD223",
        name: "extension-refused",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("extension_refused.rs"),
    },
    checks: &[Check::Comparison(check)],
};

fn check(comparison: &Comparison<'_>, report: &mut Reporter<'_>) {
    if matches!(comparison.fault.kind, FaultKind::BadExtension(_)) {
        report_comparison(
            comparison,
            comparison.severity(),
            "an extension code that no registry can hold",
            report,
        );
    }
}
