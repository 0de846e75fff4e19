//! ## What it does
//! Reports bytes that are valid as two formats at once, such as a pickle that is also a zip archive, or a pickle
//! behind a picture or a program. Both are analysed. What is called a pickle is searched for such, anything else with `--carve`.
//!
//! ## Why is this bad?
//! One reader takes it for the one, another for the other. Nothing that writes models does so by itself.
//!
//! ## Example
//! A pickle behind whose STOP a zip archive follows, in a file called `model.pt`.
//!
//! ## Use instead
//! One file a format.
//!
//! ## References
//! - `torch.load` asks for a zip archive first and reads a plain pickle otherwise
//! - [CWE-436](https://cwe.mitre.org/data/definitions/436.html): interpretation conflict

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC107",
        name: "polyglot",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("polyglot.rs"),
    },
    checks: &[],
};
