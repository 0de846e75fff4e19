//! ## What it does
//! Reports a call of a global that reads, writes or removes files, or talks to the network. One that is
//! loaded and not called is reported by unlisted-global.
//!
//! ## Why is this bad?
//! It happens when the file is loaded, with the rights of whoever loads it: a file is overwritten or removed, a secret is
//! read and sent away, a program is fetched. Reading a file can also be the first step of one that then runs it.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'builtins' 'open'
//! MARK
//!   STRING '/etc/passwd'
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'builtins' 'map'
//! GLOBAL 'builtins' 'open'
//! EMPTY_LIST
//! SHORT_BINSTRING '/etc/passwd'
//! APPEND
//! TUPLE2
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! Do not load the file. Store what was read, not the reading.
//!
//! ## References
//! - [pickle: restricting globals](https://docs.python.org/3/library/pickle.html#restricting-globals)
//! - `Modules/_pickle.c`, `load_reduce`
//! - [CWE-502](https://cwe.mitre.org/data/definitions/502.html): deserialization of untrusted data

use super::code_execution_call::denied_call;
use crate::analysis::{CallSite, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::Category;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG103",
        name: "file-or-network-access",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("file_or_network_access.rs"),
    },
    checks: &[Check::Call(check)],
};

fn check(view: &View<'_, '_>, site: &CallSite<'_, '_>, report: &mut Reporter<'_>) {
    if let Some(finding) = denied_call(view, site, report, |category| category == Category::FileOrNetwork) {
        report.push(finding);
    }
}
