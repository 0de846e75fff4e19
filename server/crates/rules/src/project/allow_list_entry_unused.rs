//! ## What it does
//! Reports an entry of `allow-globals` that no file uses, when all of the folder of the configuration is looked at.
//!
//! ## Why is this bad?
//! It does no harm today. It vouches for a global that nobody looks at any more, and that the next file may bring.
//!
//! ## Example
//! `allow-globals = [{ name = "myapp.old.*", reason = "models of 2019" }]`, where no file holds such a global.
//!
//! ## Use instead
//! Remove the entry.
//!
//! ## References
//! - [pickle: restricting globals](https://docs.python.org/3/library/pickle.html#restricting-globals)

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG114",
        name: "allow-list-entry-unused",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("allow_list_entry_unused.rs"),
    },
    checks: &[],
};
