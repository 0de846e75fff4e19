//! ## What it does
//! Reports a `NEWOBJ` or `NEWOBJ_EX` whose class is a constant, a tuple or a container.
//!
//! ## Why is this bad?
//! An unpickler stops there: UnpicklingError, or TypeError with pickle.py. No pickler writes it: the file is damaged, or was
//! made by hand. Everything before it has been carried out by then, calls included, so that a load that fails is no proof
//! that nothing happened. Get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! NONE
//! EMPTY_TUPLE
//! NEWOBJ
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'collections' 'OrderedDict'
//! EMPTY_TUPLE
//! NEWOBJ
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_newobj`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB103",
        name: "newobj-class-not-type",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("newobj_class_not_type.rs"),
    },
    checks: &[Check::Fault],
};
