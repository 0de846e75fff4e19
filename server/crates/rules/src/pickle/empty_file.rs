//! ## What it does
//! Reports a file without a single byte.
//!
//! In folders and archives nothing is said of marks of what is not there: `.wh.model.pkl` in a layer of an image, and what lies in a
//! folder `.no_exist` of the cache of the Hugging Face hub.
//!
//! ## Why is this bad?
//! There is no pickle in it (EOFError: Ran out of input). The writer was interrupted, or the file was opened for writing and
//! never written, which is also what is left of a file whose contents were lost. Restore it, or write it again.
//!
//! ## Example
//! ```pickleasm
//! # no byte
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! NONE
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load`: Ran out of input

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD111",
        name: "empty-file",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("empty_file.rs"),
    },
    checks: &[Check::Stream(check)],
};

fn check(bytes: &[u8], report: &mut Reporter<'_>) {
    if bytes.is_empty() {
        let message = "expected a pickle, found no bytes at all".to_owned();
        report.push(report.finding(0..0, message).help("loading raises EOFError: Ran out of input"));
    }
}
