//! ## What it does
//! Reports a file that should be a pickle, for its name or because it was named to be checked, and holds something else;
//! says what. In a folder that is searched this is only worth knowing, and nothing of texts whose names other
//! programs give to texts as well (`.jl`, `.p`, `.pcl`, `.dump`, `.model`).
//!
//! The pointer of git LFS or git-annex in place of a pickle, an array or a model is a warning there too: whoever finds nothing in
//! such a folder has seen no model. Nothing is said of what macOS keeps beside files (`._model.pkl`).
//!
//! ## Why is this bad?
//! Loading it fails. What stands in its place often tells why: a git LFS pointer that was not fetched, an error page that
//! was saved in place of a download, a source file of Apple's Pkl language, which has the same file extension.
//!
//! ## Example
//! A file `model.pkl` that begins with `<!DOCTYPE html>`.
//!
//! ## Use instead
//! The file itself: `git lfs pull`, or another download.
//!
//! ## References
//! - `Modules/_pickle.c`, `load`: invalid load key

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD112",
        name: "not-a-pickle",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("not_a_pickle.rs"),
    },
    checks: &[],
};
