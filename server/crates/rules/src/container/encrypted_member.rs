//! ## What it does
//! Reports a member of an archive that is, or says that it is, encrypted. What is in it was not read.
//!
//! ## Why is this bad?
//! Nothing can be said of it. A flag alone keeps scanners out, while a loader that ignores the flag reads on.
//!
//! It is told whatever rules are selected, unless it is ignored, and with `--fail-on error` it makes the
//! exit status 2: what was not looked at may hold anything.
//!
//! ## Example
//! A zip with the encryption bit set on `data.pkl`.
//!
//! ## Use instead
//! Decrypt it and look again. Do not load what nobody has looked at.
//!
//! ## References
//! - [APPNOTE 4.4.4](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT): general purpose bit flag

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC103",
        name: "encrypted-member",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("encrypted_member.rs"),
    },
    checks: &[],
};
