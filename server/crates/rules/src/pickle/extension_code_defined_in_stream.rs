//! ## What it does
//! Reports a pickle that reaches the registry of extension codes: a call of `copyreg.add_extension`, or the tables
//! behind it.
//!
//! ## Why is this bad?
//! It decides itself what a code means. What it enters is loaded by a code of two bytes, by this pickle or by a
//! later one, and for codes that are in the cache `find_class` is not asked any more: an unpickler that restricts
//! globals does not see it.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'copyreg' 'add_extension'
//! MARK
//!   STRING 'os'
//!   STRING 'system'
//!   INT 1
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ```pickleasm
//! GLOBAL 'copyreg' '_inverted_registry'
//! STOP
//! ```
//!
//! ## Use instead
//! Do not load the file. Programs register extensions in their own code.
//!
//! ## References
//! - `Modules/_pickle.c`, `get_extension`: the cache comes before `find_class`
//! - [PEP 307](https://peps.python.org/pep-0307/): the extension registry

use super::code_execution_call::{denied_call, denied_load};
use crate::analysis::{CallSite, Entry, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::Category;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG111",
        name: "extension-code-defined-in-stream",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("extension_code_defined_in_stream.rs"),
    },
    checks: &[Check::Call(check_call), Check::Global(check_global)],
};

fn concerns(category: Category) -> bool {
    category == Category::ExtensionRegistry
}

fn check_call(view: &View<'_, '_>, site: &CallSite<'_, '_>, report: &mut Reporter<'_>) {
    if let Some(finding) = denied_call(view, site, report, concerns) {
        report.push(finding);
    }
}

fn check_global(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    if let Some(finding) = denied_load(entry, report, concerns) {
        report.push(finding);
    }
}
