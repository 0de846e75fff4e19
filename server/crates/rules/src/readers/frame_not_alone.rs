//! ## What it does
//! Reports a FRAME inside a frame, and one that is longer than what is left.
//!
//! ## Why is this bad?
//! pickle.py refuses a frame inside a frame, and takes one that is too long as far as it goes. The C unpickler reads the
//! first and refuses the second, and pickletools reads both. So the file loads here and not there, and some reader shows ops
//! that another never comes to. Picklers write frames one behind the other.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! FRAME 11
//! FRAME 2
//! NONE
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 4
//! FRAME 255
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
//! ```
//!
//! ## References
//! - `Lib/pickle.py`, `_Unframer.load_frame`
//! - `Modules/_pickle.c`, `load_frame`

use pickle_machine::FaultKind;

use crate::analysis::{Comparison, Seen};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::report_comparison;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD221",
        name: "frame-not-alone",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("frame_not_alone.rs"),
    },
    checks: &[Check::Pickle(check), Check::Comparison(check_length)],
};

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let Some((start, end)) = seen.summary.frames.nested else { return };
    let message = "a FRAME inside a frame: pickle.py refuses it, the C unpickler does not".to_owned();
    let help = "pickle.py raises UnpicklingError: beginning of a new frame before end of current frame";
    report.push(report.finding(start..end, message).help(help));
}

fn check_length(comparison: &Comparison<'_>, report: &mut Reporter<'_>) {
    if matches!(comparison.fault.kind, FaultKind::FrameTooLong { .. }) {
        report_comparison(
            comparison,
            comparison.severity(),
            "a frame that is longer than what is left",
            report,
        );
    }
}
