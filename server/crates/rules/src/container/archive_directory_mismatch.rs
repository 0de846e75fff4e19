//! ## What it does
//! Reports an archive that says two different things of a member: its directory and the member's own header differ in
//! name, size or method, or two members have one name. All of them are analysed.
//!
//! ## Why is this bad?
//! Readers believe the one or the other, so that what a scanner sees need not be what is loaded.
//!
//! ## Example
//! A zip whose directory calls a member `data.txt`, while its own header says `data.pkl`.
//!
//! ## Use instead
//! An archive that is written in one go by `zipfile` or `torch.save`.
//!
//! ## References
//! - [APPNOTE 4.3](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT): local and central headers

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC101",
        name: "archive-directory-mismatch",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("archive_directory_mismatch.rs"),
    },
    checks: &[],
};
