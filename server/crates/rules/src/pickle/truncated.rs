//! ## What it does
//! Reports an op, or a frame, that is cut off by the end of the data: an operand is shorter than its length says, a
//! line has no newline, or a frame announces more bytes than there are.
//!
//! ## Why is this bad?
//! The file is incomplete, as after a broken copy or download, or it is cut on purpose. An unpickler carries out all that
//! comes before, calls included, then stops (UnpicklingError: pickle data was truncated; EOFError). Compare the size and the
//! checksum with those at the source.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! BYTES b'X\n\x00\x00\x00abc'  # expected 10 bytes of operand, found 3 before the end of the data
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 4
//! BINUNICODE 'abc'
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `_Unpickler_ReadImpl`, `load_frame`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD101",
        name: "truncated",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("truncated.rs"),
    },
    checks: &[Check::Fault],
};
