//! ## What it does
//! Reports a global that the project denies: `deny-globals` in its configuration. It comes before every list of
//! what is allowed.
//!
//! ## Why is this bad?
//! The project says that no file of its own needs it.
//!
//! ## Example
//! With `deny-globals = [{ name = "myapp.old.*", reason = "replaced in 2020" }]`, a pickle that holds an object of
//! `myapp.old.Model`.
//!
//! ## Use instead
//! Remove the object from the file, or the entry from the configuration.
//!
//! ## References
//! - [pickle: restricting globals](https://docs.python.org/3/library/pickle.html#restricting-globals)

use super::code_execution_call::{denied_call, denied_load};
use crate::analysis::{CallSite, Entry, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::Category;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG110",
        name: "denied-by-project",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("denied_by_project.rs"),
    },
    checks: &[Check::Call(check_call), Check::Global(check_global)],
};

fn concerns(category: Category) -> bool {
    category == Category::Project
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
