//! ## What it does
//! Reports a `NEWOBJ` or `NEWOBJ_EX` whose arguments are a list, dict, str or other constant instead of a tuple.
//!
//! ## Why is this bad?
//! The C unpickler stops there (UnpicklingError: NEWOBJ args argument must be a tuple). pickle.py unpacks whatever can be
//! iterated and makes the call, so that a test with the one says nothing of the other (PD218 tells what differs). No pickler
//! writes it: the file is damaged, or was made by hand. Everything before it has been carried out by then, calls included, so
//! that a load that fails is no proof that nothing happened. Get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'builtins' 'list'
//! EMPTY_LIST
//! NEWOBJ
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'builtins' 'list'
//! EMPTY_TUPLE
//! NEWOBJ
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_newobj`: NEWOBJ args argument must be a tuple
//! - `Lib/pickle.py`, `load_newobj`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB104",
        name: "newobj-args-not-tuple",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("newobj_args_not_tuple.rs"),
    },
    checks: &[Check::Fault],
};
