//! ## What it does
//! Reports a container whose bytes contradict its format, or end too early. What could be read of it is analysed.
//!
//! ## Why is this bad?
//! Loading fails, or another reader than ours goes on where this one had to stop.
//!
//! ## Example
//! A gzip file of which the last half is missing.
//!
//! ## Use instead
//! Fetch or write the file again.
//!
//! ## References
//! - `server/crates/containers`: one file a format says what is read and what is refused

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC111",
        name: "damaged-container",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("damaged_container.rs"),
    },
    checks: &[],
};
