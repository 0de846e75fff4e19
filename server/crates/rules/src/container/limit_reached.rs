//! ## What it does
//! Reports that a limit was reached: containers inside containers, members, decompressed bytes, the ratio of compression,
//! the search for pickles between other bytes, or the memory for what one pickle builds (4 GB; 512 MB for a pickle that was
//! unpacked). What lies behind the limit was not read.
//!
//! ## Why is this bad?
//! The analysis is not complete. Limits are far above what honest files need; what reaches them wants to exhaust a reader,
//! or to hide something behind what it does read.
//!
//! It is told whatever rules are selected, unless it is ignored, and it makes the exit
//! status 2: what was not looked at may hold anything.
//!
//! ## Example
//! A gzip of a few kilobytes that becomes gigabytes of zeros.
//!
//! ## Use instead
//! Unpack the file with a tool that you trust, in a place that may fill up, and look at the parts.
//!
//! ## References
//! - `server/crates/containers/src/limits.rs`: each limit with its reason
//! - [CWE-409](https://cwe.mitre.org/data/definitions/409.html): highly compressed data

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC104",
        name: "limit-reached",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("limit_reached.rs"),
    },
    checks: &[],
};
