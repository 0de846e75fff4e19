//! ## What it does
//! Reports a pickle whose protocol is below `min-protocol` or above `max-protocol`, or above what `target-python`
//! can load. Without one of these settings it reports nothing.
//!
//! ## Why is this bad?
//! The file was written for other readers than the project has: they raise ValueError, or find a format that they
//! do not expect.
//!
//! ## Example
//! With `max-protocol = 4`, a pickle that begins with `PROTO 5`.
//!
//! ## Use instead
//! Dump with a protocol in the range: `pickle.dump(obj, file, protocol=4)`.
//!
//! ## References
//! - [Data stream format](https://docs.python.org/3/library/pickle.html#data-stream-format)

use crate::analysis::Seen;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD307",
        name: "protocol-outside-range",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("protocol_outside_range.rs"),
    },
    checks: &[Check::Pickle(check)],
};

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let readers = &seen.options.readers;
    // A pickle that declares nothing is of protocol 0 or 1; its opcodes may be newer.
    let protocol = seen.summary.declared.unwrap_or(0).max(seen.summary.newer.unwrap_or(0));
    let says = if let Some(min) = readers.min_protocol.filter(|&min| protocol < min) {
        format!("`min-protocol` is {min}")
    } else if let Some(max) = readers.max_protocol.filter(|&max| protocol > max) {
        format!("`max-protocol` is {max}")
    } else if let Some((major, minor)) = readers.target_python.filter(|&python| protocol > highest(python)) {
        format!("Python {major}.{minor} loads protocols up to {}", highest((major, minor)))
    } else {
        return;
    };
    let message = format!("the pickle is of protocol {protocol}: {says}");
    report.push(
        report
            .finding(seen.head(), message)
            .help("older readers raise ValueError: unsupported pickle protocol"),
    );
}

/// The highest protocol that a version of Python loads.
fn highest(python: (u8, u8)) -> u8 {
    match python {
        (..=2, _) => 2,
        (3, ..=3) => 3,
        (3, 4..=7) => 4,
        _ => 5,
    }
}
