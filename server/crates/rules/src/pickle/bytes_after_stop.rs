//! ## What it does
//! Reports bytes behind the STOP of a pickle that belong to no further pickle. Several pickles in a row are normal
//! and not reported.
//!
//! ## Why is this bad?
//! `pickle.load` ignores them, so they can be anything: data of another format that follows, or a pickle that is
//! hidden from readers that expect one at once. Zero bytes alone are padding, which is only worth knowing.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! BININT1 1
//! STOP
//! BYTES b'garbage'
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! BININT1 1
//! STOP
//! # pickle 1
//! PROTO 2
//! BININT1 2
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load`: reading ends at STOP

use std::ops::Range;

use pickle_machine::stream::Summary;

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD114",
        name: "bytes-after-stop",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("bytes_after_stop.rs"),
    },
    checks: &[Check::Gap(check)],
};

fn check(bytes: &[u8], gap: Range<usize>, last: Option<Summary>, report: &mut Reporter<'_>) {
    // Behind a fault nothing can be told apart; the fault is what is reported.
    let Some(last) = last.filter(|last| last.stopped) else { return };
    let count = gap.len();
    let plural = if count == 1 { "" } else { "s" };
    let padding = bytes.get(gap.clone()).is_some_and(|bytes| bytes.iter().all(|&byte| byte == 0));
    let finding = if padding {
        let message = format!("{count} zero byte{plural} of padding behind STOP");
        report.finding(gap, message).of_severity(Severity::Info)
    } else {
        let message = format!("{count} byte{plural} behind STOP that belong to no pickle");
        report.finding(gap, message)
    };
    report.push(
        finding.related(last.start..last.end, "the pickle before").help("pickle.load does not read them"),
    );
}
