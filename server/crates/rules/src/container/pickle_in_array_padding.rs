//! ## What it does
//! Reports an array between opcodes that readers take for different bytes. `joblib` writes the bytes of an array behind the
//! `BUILD` of its wrapper, and tells by dtype and shape where the next opcode begins; an unpickler that knows nothing of
//! joblib reads the same bytes as opcodes. Both readings are judged. Reported are: bytes of an array that carry something out
//! when they are read as opcodes; an array whose size the stream does not tell; a frame that goes on behind the `BUILD`;
//! padding that joblib does not write.
//!
//! ## Why is this bad?
//! A file can be one thing to a scanner and another to the program that loads it. No writer makes such a file.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! GLOBAL 'joblib.numpy_pickle' 'NumpyArrayWrapper'
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! MARK
//!   BINUNICODE 'shape'
//!   MARK
//!     BININT1 2
//!   TUPLE
//!   BINUNICODE 'dtype'
//!   GLOBAL 'numpy' 'dtype'
//!   MARK
//!     BINUNICODE 'u1'
//!   TUPLE
//!   REDUCE
//!   BINUNICODE 'numpy_array_alignment_bytes'
//!   BININT1 16
//! SETITEMS
//! BUILD
//! BYTES b'\x01.ab'  # array: uint8 (2,), 2 bytes behind 2 of padding
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 4
//! GLOBAL 'joblib.numpy_pickle' 'NumpyArrayWrapper'
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! MARK
//!   BINUNICODE 'shape'
//!   MARK
//!     BININT1 2
//!   TUPLE
//!   BINUNICODE 'dtype'
//!   GLOBAL 'numpy' 'dtype'
//!   MARK
//!     BINUNICODE 'u1'
//!   TUPLE
//!   REDUCE
//!   BINUNICODE 'numpy_array_alignment_bytes'
//!   BININT1 16
//! SETITEMS
//! BUILD
//! BYTES b'\x01\xffab'  # array: uint8 (2,), 2 bytes behind 2 of padding
//! STOP
//! ```
//!
//! ## References
//! - `joblib/numpy_pickle.py`, `NumpyArrayWrapper.read_array`

use std::ops::Range;

use pickle_machine::hole::{Content, Found, Hole};
use pickle_ops::Op;

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC109",
        name: "pickle-in-array-padding",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("pickle_in_array_padding.rs"),
    },
    checks: &[Check::Array(check)],
};

/// Padding of the versions of joblib so far: arrays are put on multiples of 16 bytes.
const MOST_PADDING: usize = 16;

fn check(bytes: &[u8], op: &Op<'_>, found: &Found, report: &mut Reporter<'_>) {
    match found {
        Found::Beside(_) => {}
        Found::Unclear(why) => {
            let message = format!("where the bytes of the array end cannot be told: {why}");
            report.push(report.finding(op.start..op.end, message));
        }
        Found::Hole(hole) => {
            if let Some(message) = odd_padding(bytes, hole) {
                let padding = hole.bytes.start..hole.items().start;
                report.push(report.finding(padding, message).of_severity(Severity::Warning));
            }
        }
    }
}

fn odd_padding(bytes: &[u8], hole: &Hole) -> Option<String> {
    let Content::Items { padding: 1.., .. } = hole.content else { return None };
    let Range { start, end } = hole.bytes.start + 1..hole.items().start;
    let padding = bytes.get(start..end)?;
    if padding.len() > MOST_PADDING {
        return Some(format!("{} bytes of padding before an array, of which 16 are enough", padding.len()));
    }
    let other = padding.iter().filter(|&&byte| byte != 0xff).count();
    let plural = if other == 1 { "" } else { "s" };
    (other > 0).then(|| format!("{other} byte{plural} other than 0xff in the padding before an array"))
}
