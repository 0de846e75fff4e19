//! ## What it does
//! Reports a pickle of protocol 0 or 1. Off unless it is selected.
//!
//! ## Why is this bad?
//! These protocols are of Python 2.2 and older: files are larger and slower to load, slots and keyword arguments of
//! constructors are lost, and empty states are dropped.
//!
//! ## Example
//! ```pickleasm
//! MARK
//! LIST
//! PUT 0
//! STOP
//! ```
//!
//! ## Use instead
//! Dump with the default protocol.
//!
//! ```pickleasm
//! PROTO 4
//! EMPTY_LIST
//! STOP
//! ```
//!
//! ## References
//! - [Data stream format](https://docs.python.org/3/library/pickle.html#data-stream-format)

use crate::analysis::Seen;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD306",
        name: "old-protocol",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("old_protocol.rs"),
    },
    checks: &[Check::Pickle(check)],
};

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let protocol = seen.summary.declared.unwrap_or(0).max(seen.summary.newer.unwrap_or(0));
    if protocol < 2 && seen.summary.stopped {
        let message = "the pickle is of protocol 0 or 1".to_owned();
        report.push(report.finding(seen.head(), message).help("dump it again with the default protocol"));
    }
}
