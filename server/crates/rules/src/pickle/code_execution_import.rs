//! ## What it does
//! Reports a global that runs code when it is called (see code-execution-call) and that is loaded, but of which no
//! call is seen by the end of the pickle.
//!
//! ## Why is this bad?
//! The import alone runs the code of the module; and the global may be called out of sight: by a function that it is an
//! argument of, by an attribute that `BUILD` sets, or by the program that gets it as part of the data.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'os' 'system'
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 2
//! EMPTY_DICT
//! BINUNICODE 'run'
//! GLOBAL 'os' 'system'
//! SETITEM
//! STOP
//! ```
//!
//! ## Use instead
//! Do not load the file. Data has no use for such a global: if it is yours, find the attribute that holds it, and leave it
//! out in `__getstate__`.
//!
//! ## References
//! - [pickle: restricting globals](https://docs.python.org/3/library/pickle.html#restricting-globals)
//! - `Modules/_pickle.c`, `find_class`
//! - [CWE-502](https://cwe.mitre.org/data/definitions/502.html): deserialization of untrusted data

use super::code_execution_call::{denied_load, is_execution};
use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
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
    if let Some(finding) = denied_load(entry, report, is_execution) {
        report.push(finding);
    }
}
