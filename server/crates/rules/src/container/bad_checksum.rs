//! ## What it does
//! Reports a member whose checksum does not fit its bytes. The bytes are analysed all the same.
//!
//! ## Why is this bad?
//! The file was damaged or changed after it was written. Some readers refuse it, others, `torch.load` among them, may not
//! check, so that a scanner that gives up here sees less than the loader.
//!
//! ## Example
//! A gzip file in which a byte was changed.
//!
//! ## Use instead
//! Fetch the file again, or write it again from its source, and compare it with what its source says of it.
//!
//! ## References
//! - [RFC 1952](https://www.rfc-editor.org/rfc/rfc1952), 2.3.1: CRC32
//! - [APPNOTE 4.4.7](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT): CRC-32 of zip archives
//! - [CWE-354](https://cwe.mitre.org/data/definitions/354.html): integrity check values that are not validated

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC102",
        name: "bad-checksum",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("bad_checksum.rs"),
    },
    checks: &[],
};
