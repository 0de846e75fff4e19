//! ## What it does
//! Reports bytes before the first pickle of a file, and pickles that lie between other bytes or that nothing in a container leads
//! to (of files that are not called pickles, with `--carve`).
//!
//! ## Why is this bad?
//! `pickle.load` refuses the file; a program that reads it skips a header of its own, or looks for the pickle. A
//! reader that starts at the first byte does not see what that program loads.
//!
//! ## Example
//! ```pickleasm
//! BYTES b'\xff\xff\xff\xff'
//! PROTO 2
//! BININT1 1
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! BININT1 1
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load`: invalid load key

use std::ops::Range;

use pickle_machine::stream::Summary;

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD115",
        name: "bytes-before-pickle",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("bytes_before_pickle.rs"),
    },
    checks: &[Check::Gap(check)],
};

fn check(_: &[u8], gap: Range<usize>, last: Option<Summary>, report: &mut Reporter<'_>) {
    if last.is_none() {
        let message = format!("{} bytes before the first pickle", gap.len());
        let help = "a program that loads it skips them: pickle.load alone refuses the file";
        report.push(report.finding(gap, message).help(help));
    }
}
