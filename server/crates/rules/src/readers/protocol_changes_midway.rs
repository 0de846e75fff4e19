//! ## What it does
//! Reports a PROTO that is not the first op of its pickle, and a dotted name below protocol 4.
//!
//! ## Why is this bad?
//! The protocol in force decides how a global is found: below 3 names of Python 2 are mapped to those of Python 3, and only
//! from 4 on a dotted name is walked. A PROTO that comes late, twice, or goes down makes `__builtin__ xrange` mean one
//! thing to the unpickler and another to whoever looks at the first PROTO only. `find_class` and the audit event see the name
//! before it is mapped. It is an error where a global was loaded that the first protocol finds elsewhere. Picklers write PROTO once.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! PROTO 2
//! GLOBAL '__builtin__' 'xrange'
//! STOP
//! ```
//!
//! ```pickleasm
//! GLOBAL 'os' 'path.join'
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! GLOBAL '__builtin__' 'xrange'
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_proto`, `_pickle_Unpickler_find_class_impl`
//! - `Lib/pickle.py`, `find_class`

use crate::analysis::{Entry, Seen};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD207",
        name: "protocol-changes-midway",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("protocol_changes_midway.rs"),
    },
    checks: &[Check::Pickle(check), Check::AnyGlobal(check_dotted)],
};

/// A protocol from which on names are walked.
const WALKING: u8 = 4;
/// A protocol from which on names are not mapped.
const UNMAPPED: u8 = 3;

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let Some((start, end)) = seen.summary.late_proto else { return };
    let first = match seen.bytes.get(seen.summary.start..seen.summary.start + 2) {
        Some(&[0x80, protocol]) => protocol,
        _ => 0,
    };
    let moved = seen.ledger.entries().find(|entry| {
        entry.protocol.is_some_and(|protocol| {
            (protocol < UNMAPPED) != (first < UNMAPPED) || (protocol < WALKING) != (first < WALKING)
        }) && is_found_elsewhere(seen.bytes, entry)
    });
    let declared = seen.bytes.get(start + 1).copied().unwrap_or_default();
    let message = match moved {
        Some(entry) => {
            format!("PROTO {declared} in the middle of a pickle decides what `{}` is", entry.dotted())
        }
        None => format!("PROTO {declared} in the middle of a pickle"),
    };
    let severity = if moved.is_some() { Severity::Error } else { Severity::Warning };
    let help = format!("a reader that goes by the first protocol, {first}, finds globals otherwise");
    report.push(report.finding(start..end, message).of_severity(severity).help(help));
}

/// Whether the names of a global are mapped or walked.
fn is_found_elsewhere(bytes: &[u8], entry: &Entry<'_>) -> bool {
    let written = bytes.get(entry.first.clone()).unwrap_or_default();
    let same = [entry.names.module.as_bytes(), b"\n", entry.names.name.as_bytes(), b"\n"].concat();
    entry.names.name.contains('.') || (written.len() > 1 && written.get(1..) != Some(same.as_slice()))
}

fn check_dotted(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    let Some(protocol) = entry.protocol.filter(|&protocol| protocol < WALKING) else { return };
    if entry.names.name.contains('.') {
        let message =
            format!("`{}` is walked from protocol 4 on, and {protocol} is in force", entry.dotted());
        let help = "loading raises AttributeError; a reader that goes by the name alone sees an import";
        report.push(report.finding(entry.first.clone(), message).about(entry.as_loaded()).help(help));
    }
}
