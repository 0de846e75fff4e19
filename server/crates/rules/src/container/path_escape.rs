//! ## What it does
//! Reports a member whose name leads out of the folder that the archive would be extracted to.
//!
//! ## Why is this bad?
//! A tool that extracts by name writes where the name says: over configuration, or into a folder of modules.
//!
//! ## Example
//! A member called `../../.bashrc`.
//!
//! ## Use instead
//! Names that are relative and stay inside.
//!
//! ## References
//! - [Zip Slip](https://security.snyk.io/research/zip-slip-vulnerability)

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC105",
        name: "path-escape",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("path_escape.rs"),
    },
    checks: &[],
};
