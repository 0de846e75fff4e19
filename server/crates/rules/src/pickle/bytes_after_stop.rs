//! ## What it does
//! Reports bytes behind the STOP of a pickle that belong to no further pickle. Several pickles in a row are normal
//! and not reported.
//!
//! ## Why is this bad?
//! `pickle.load` ignores them, so they can be anything: data of another format, or a payload that another program looks for.
//! Whoever looks at the pickle alone does not see them. Compare the file with its source, and cut it behind the STOP if nothing
//! needs the rest.
//!
//! Zero bytes alone are padding, and four, eight or twelve bytes may be the length of the next pickle, as programs write it that send
//! pickles over a socket or a pipe: both are only worth knowing.
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
//! - `Lib/logging/handlers.py`, `SocketHandler.makePickle`; `Lib/multiprocessing/connection.py`: the length before a pickle

use crate::analysis::Gap;
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

fn check(gap: &Gap<'_>, report: &mut Reporter<'_>) {
    // Behind a fault nothing can be told apart; the fault is what is reported.
    let Some(last) = gap.before.filter(|last| last.stopped) else { return };
    let count = |what| pickle_ops::counted(gap.bytes.len(), what);
    let finding = |message| report.finding(gap.span.clone(), message);
    let finding = if gap.is_length() {
        finding(format!("{} behind STOP: the length of the next pickle", count("byte")))
            .of_severity(Severity::Info)
    } else if gap.bytes.iter().all(|&byte| byte == 0) {
        finding(format!("{} of padding behind STOP", count("zero byte"))).of_severity(Severity::Info)
    } else {
        let belong = if gap.bytes.len() == 1 { "belongs" } else { "belong" };
        finding(format!("{} behind STOP that {belong} to no pickle", count("byte")))
    };
    report.push(
        finding.related(last.start..last.end, "the pickle before").help("pickle.load does not read them"),
    );
}
