//! ## What it does
//! Reports REDUCE, NEWOBJ or NEWOBJ_EX with arguments that are no tuple.
//!
//! ## Why is this bad?
//! The C unpickler refuses it. pickle.py unpacks whatever can be iterated: a list, a str, bytes, a dict or a set, and makes
//! the call. So the call runs wherever there is no C, and for subclasses of `pickle._Unpickler`, although a test with the
//! C unpickler says that it does not. Do not load the file.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'collections' 'OrderedDict'
//! EMPTY_LIST
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! GLOBAL 'collections' 'OrderedDict'
//! EMPTY_TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_reduce`, `load_newobj`
//! - `Lib/pickle.py`, `load_reduce`, `load_newobj`

use pickle_machine::FaultKind;

use crate::analysis::Comparison;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::report_comparison;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD218",
        name: "arguments-unpacked",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("arguments_unpacked.rs"),
    },
    checks: &[Check::Comparison(check)],
};

fn check(comparison: &Comparison<'_>, report: &mut Reporter<'_>) {
    if matches!(comparison.fault.kind, FaultKind::ArgumentsNotTuple(_)) {
        report_comparison(
            comparison,
            if comparison.python.accepts() { Severity::Error } else { comparison.severity() },
            "arguments that are no tuple",
            report,
        );
    }
}
