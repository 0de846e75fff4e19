//! ## What it does
//! Reports an op that begins in a FRAME and ends behind it. What such a pickle means depends on where it is read from, so
//! both readings go through the rules for globals and calls, and what only the other one does is reported as well.
//!
//! ## Why is this bad?
//! The C unpickler reads a frame into a buffer. From `bytes`, and from a file that it can look ahead in, it reads the argument
//! as it stands. From a stream without `peek` (`io.BytesIO`, as torch reads the members of its archives; an unbuffered
//! file; any file, once the frame is longer than the buffer) it forgets what is left of the frame and reads the argument
//! behind it: `safe_os` becomes `os`. pickle.py refuses it, or takes as many bytes as there are. No pickler writes it: it is
//! made to show a scanner another name than the one that is imported. Do not load the file.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! FRAME 6
//! GLOBAL 'safe_os' 'getpid'
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 4
//! FRAME 4
//! SHORT_BINUNICODE 'a'
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `_Unpickler_ReadImpl`, `_Unpickler_Readline`, `load_frame`
//! - `Lib/pickle.py`, `_Unframer`

use pickle_ops::{Opcode, Reader, Streamed, streamed};

use crate::analysis::Seen;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::{Names, report_other};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD201",
        name: "frame-splits-argument",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("frame_splits_argument.rs"),
    },
    checks: &[Check::Pickle(check)],
};

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let frames = seen.summary.frames;
    let Some((start, end)) = frames.split.or(frames.nested) else { return };
    let taken = streamed(seen.bytes, seen.summary.start);
    if frames.split.is_none() && taken.stopped && is_all_of(seen, &taken) {
        return;
    }
    let bytes = taken.bytes(seen.bytes);
    let other = Names::of(&bytes);
    let here = Names::of(seen.bytes.get(seen.summary.start..seen.summary.end).unwrap_or_default());
    let name =
        |at: usize| seen.bytes.get(at).copied().and_then(Opcode::from_byte).map_or("the op", Opcode::name);
    let text = match (other.without(&here), here.without(&other)) {
        (Some(other), Some(here)) => format!("a stream gives `{other}` where bytes give `{here}`"),
        (Some(other), None) => format!("a stream gives `{other}` as well"),
        (None, Some(here)) => format!("only bytes give `{here}`"),
        (None, None) if !taken.stopped => "a stream is refused, bytes are not".to_owned(),
        (None, None) => "a stream gives another value than bytes".to_owned(),
    };
    let same = taken.stopped && is_all_of(seen, &taken);
    let severity =
        if same || (!taken.stopped && other.is_empty()) { Severity::Warning } else { Severity::Error };
    let text = if same { "pickle.py refuses that, the C unpickler does not".to_owned() } else { text };
    let message = format!("{} crosses the end of its frame: {text}", name(start));
    let help = "the C unpickler forgets what is left of a frame when it reads an argument from a stream";
    report.push(report.finding(start..end, message).of_severity(severity).help(help));
    if !same {
        report_other(seen, &bytes, |at| taken.offset(at), report);
    }
}

/// Whether nothing was forgotten.
fn is_all_of(seen: &Seen<'_, '_>, taken: &Streamed) -> bool {
    let count: usize = taken.pieces.iter().map(ExactSizeIterator::len).sum();
    let mut reader = Reader::new(seen.bytes, seen.summary.start);
    let mut all = 0;
    while reader.position() < seen.summary.end {
        let Ok(op) = reader.next_op() else { return false };
        if op.opcode != Opcode::Frame {
            all += op.end - op.start;
        }
    }
    count == all
}
