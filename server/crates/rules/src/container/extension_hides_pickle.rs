//! ## What it does
//! Reports a pickle, or a container that holds one, under a name that promises something else: a picture, a text, weights in a
//! format that cannot run code. What is in it is judged as everywhere.
//!
//! ## Why is this bad?
//! Whoever reads the name takes it for harmless, and tools that choose what to look at by name pass over it. Loaders do not
//! care what a file is called.
//!
//! ## Example
//! A member `weights.safetensors` whose content is a zip with a `data.pkl`.
//!
//! ## Use instead
//! A name that says what the file is, or the format that the name says.
//!
//! ## References
//! - `torch/serialization.py`, `_is_zipfile`: content decides

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC106",
        name: "extension-hides-pickle",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("extension_hides_pickle.rs"),
    },
    checks: &[],
};
