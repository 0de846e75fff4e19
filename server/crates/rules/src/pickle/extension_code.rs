//! ## What it does
//! Reports an extension code of zero or less.
//!
//! ## Why is this bad?
//! An unpickler refuses it. No pickler writes it: codes begin at 1.
//!
//! ## Example
//! ```pickle
//! b'\x80\x02\x82\x00.'
//! ```
//!
//! ## Use instead
//! A code that `copyreg.add_extension` has registered.
//!
//! ## References
//! - `Modules/_pickle.c`, `load_extension`: EXT specifies code <= 0
//! - [PEP 307](https://peps.python.org/pep-0307/), extensions to the pickle protocol

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB125",
        name: "extension-code",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("extension_code.rs"),
    },
    checks: &[Check::Fault],
};
