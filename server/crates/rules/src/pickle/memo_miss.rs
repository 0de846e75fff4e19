//! ## What it does
//! Reports a read of a memo slot that was not filled before in the same pickle.
//!
//! If an earlier pickle of the same stream has filled it, that is only worth knowing, and what the slot holds is followed and
//! judged.
//!
//! ## Why is this bad?
//! An unpickler stops there (`UnpicklingError: Memo value not found`), after all that comes before has been carried out: the
//! file is damaged or was made by hand. If it is one of several pickles that one `Pickler` has written (`dump` called more than once),
//! load all of them with one `Unpickler`, in order: its memo lives on, where `pickle.load` begins with an empty one.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! BINGET 7
//! STOP
//! ```
//!
//! Two pickles, of which the second needs the memo of the first:
//!
//! ```pickleasm
//! PROTO 2
//! EMPTY_LIST
//! BINPUT 0
//! STOP
//! # pickle 1
//! PROTO 2
//! BINGET 0
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! EMPTY_LIST
//! BINPUT 7
//! BINGET 7
//! TUPLE2
//! STOP
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
