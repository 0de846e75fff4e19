//! ## What it does
//! Reports a FRAME that is longer than the pickle it is in, and what the bytes behind STOP are for readers that go on
//! behind the frame.
//!
//! ## Why is this bad?
//! Where several pickles follow each other, readers disagree on where the next one begins. pickle.py, and a new C unpickler
//! over a stream without `peek`, go on behind the frame: the pickle in between is skipped, or a pickle is found in the
//! middle of what looks like data. pickletools, and one C unpickler that is used again, go on behind STOP. Do not load
//! the file with more than one reader in mind; load its pickles from `bytes`, one by one.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! FRAME 4
//! NONE
//! STOP
//! # pickle 1
//! NONE
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 4
//! FRAME 2
//! NONE
//! STOP
//! # pickle 1
//! NONE
//! STOP
//! ```
//!
//! ## References
//! - `Lib/pickle.py`, `_Unframer.load_frame`
//! - `Modules/_pickle.c`, `load_frame`, `_Unpickler_SkipConsumed`

use crate::analysis::Seen;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::report_other;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD202",
        name: "frame-outlives-pickle",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("frame_outlives_pickle.rs"),
    },
    checks: &[Check::Pickle(check)],
};

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let Some((stop, end)) = seen.summary.frames.outlives else { return };
    let rest = seen.bytes.get(end..).unwrap_or_default();
    let next = if rest.is_empty() { "end there" } else { "read the next pickle there" };
    let message = format!(
        "the frame goes on {} behind STOP: some readers {next}",
        pickle_ops::counted(end - stop, "byte")
    );
    let help = "pickle.py and a new C unpickler over a stream go on behind the frame, others behind STOP";
    report.push(report.finding(stop.saturating_sub(1)..stop, message).help(help));
    if !rest.is_empty() {
        report_other(seen, rest, |at| end + at, report);
    }
}
