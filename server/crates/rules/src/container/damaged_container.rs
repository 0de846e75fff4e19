//! ## What it does
//! Reports a container whose bytes contradict its format, or end too early. What could be read of it is analysed.
//!
//! ## Why is this bad?
//! Loading fails, or another reader than ours goes on where this one had to stop and finds a pickle there. A file that is
//! damaged on purpose is a way to keep it from being looked at: that nothing was found in it says nothing.
//!
//! ## Example
//! A gzip file of which the last half is missing.
//!
//! ## Use instead
//! Fetch or write the file again. Do not load what could not be read to its end.
//!
//! ## References
//! - `server/docs/containers.md`: the formats that are read

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
