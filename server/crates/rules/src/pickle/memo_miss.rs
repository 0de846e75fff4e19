//! ## What it does
//! Reports a read of a memo slot that was not filled before in the same pickle.
//!
//! ## Why is this bad?
//! An unpickler fails there. The pickle may be one of several that were written by one Pickler and have to be read
//! by one Unpickler, in order, since its memo lives on; else it is damaged.
//!
//! ## Example
//! ```pickle
//! b'\x80\x02h\x07.'
//! ```
//!
//! ## Use instead
//! ```pickle
//! b'\x80\x02]q\x07h\x07\x86.'
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_binget`: Memo value not found

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD105",
        name: "memo-miss",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("memo_miss.rs"),
    },
    checks: &[Check::Fault],
};
