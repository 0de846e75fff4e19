//! ## What it does
//! Reports an archive that says two different things of a member: its directory and the member's own header differ in
//! name, size or method, or two members have one name. All of them are analysed.
//!
//! ## Why is this bad?
//! Readers believe the one or the other, so that what was looked at need not be what is loaded: a harmless `data.pkl` by the
//! directory, another one by the headers. Writers produce neither. Do not load the file.
//!
//! ## Example
//! A zip whose directory calls a member `data.txt`, while its own header says `data.pkl`.
//!
//! ## Use instead
//! An archive that is written in one go by `zipfile` or `torch.save`.
//!
//! ## References
//! - [APPNOTE 4.3](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT): local and central headers
//! - [CWE-436](https://cwe.mitre.org/data/definitions/436.html): interpretation conflict

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
