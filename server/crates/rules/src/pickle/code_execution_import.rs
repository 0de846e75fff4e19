//! ## What it does
//! Reports a global that runs code when it is called (see code-execution-call) and that is loaded, but of which no
//! call is seen by the end of the pickle.
//!
//! ## Why is this bad?
//! It may be called out of sight: by a function that it is an argument of, by an attribute that `BUILD` sets, or by
//! the program that gets it as part of the data.
//!
//! ## Example
//! ```pickle
//! b'cos\nsystem\n.'
//! ```
//!
//! ```pickle
//! b'\x80\x02}X\x03\x00\x00\x00runcos\nsystem\ns.'
//! ```
//!
//! ## Use instead
//! Do not load the file. Data has no use for such a global.
//!
//! ## References
//! - [pickle: restricting globals](https://docs.python.org/3/library/pickle.html#restricting-globals)
//! - `Modules/_pickle.c`, `find_class`

use super::code_execution_call::is_execution;
use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::Verdict;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG102",
        name: "code-execution-import",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("code_execution_import.rs"),
    },
    checks: &[Check::Global(check)],
};

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    let Verdict::Denied(denial) = &entry.verdict else { return };
    if !is_execution(denial.category) || entry.calls > 0 {
        return;
    }
    let message =
        format!("{} is loaded, which {}; no call of it is seen", entry.described(), denial.category.does());
    let finding = report.finding(entry.first.clone(), message).about(entry.dotted());
    report.push(finding.help(format!("{}; what it is given to can call it", denial.reason)));
}
