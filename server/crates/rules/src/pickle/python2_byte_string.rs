//! ## What it does
//! Reports, once a pickle, a string of Python 2 that is not ASCII.
//!
//! ## Why is this bad?
//! Python 3 decodes it as ASCII unless it is told otherwise: loading fails.
//!
//! ## Example
//! ```pickleasm
//! SHORT_BINSTRING b'\xc3\xa9'
//! STOP
//! ```
//!
//! ## Use instead
//! Load it with `encoding='latin1'` (arrays of numpy, dates), with `encoding='bytes'`, or with the encoding that
//! the program used.
//!
//! ```pickleasm
//! SHORT_BINSTRING 'ab'
//! STOP
//! ```
//!
//! ## References
//! - [pickle.load](https://docs.python.org/3/library/pickle.html#pickle.load): encoding and errors
//! - [numpy/numpy#4879](https://github.com/numpy/numpy/issues/4879)

use pickle_ops::Op;

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB128",
        name: "python2-byte-string",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("python2_byte_string.rs"),
    },
    checks: &[Check::ByteString(check)],
};

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    let message = format!("{}: a string of Python 2 that is not ASCII", op.opcode.name());
    let help = "loading raises UnicodeDecodeError; pass encoding='latin1' for arrays and dates, or 'bytes'";
    report.push(report.finding(op.start..op.end, message).help(help));
}
