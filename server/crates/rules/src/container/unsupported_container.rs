//! ## What it does
//! Reports a container, or a method of compression, that is recognised but not read. What is inside was not looked
//! at. Nor were chunks of an array of zarr that are unpickled after a codec which is not undone here (one that counts with fractions,
//! one that no library has), or that lie in a database, where they are not looked for by their keys.
//!
//! ## Why is this bad?
//! There may be pickles in it, and silence would look like a clean bill. Nothing in it was judged.
//!
//! It is told whatever rules are selected, unless it is ignored, and with `--fail-on error` it makes the
//! exit status 2: what was not looked at may hold anything.
//!
//! ## Example
//! A pickle in a RAR archive.
//!
//! ## Use instead
//! Unpack it and look at the parts.
//!
//! ## References
//! - `server/docs/containers.md`: what is read

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC113",
        name: "unsupported-container",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("unsupported_container.rs"),
    },
    checks: &[],
};
