//! ## What it does
//! Reports a call that unpickles other data: a loader of pickle, dill, joblib, torch, numpy, pandas or the like.
//! Bytes that torch stores so are looked into, and reported only for what is in them. A loader of which no call is seen
//! counts: what it is given to can call it.
//!
//! ## Why is this bad?
//! What is in those data can run code just as well as this pickle, and a reader of this file does not see it: a list of
//! globals shows one harmless-looking loader. Where the data are a constant, they are looked into and judged as a part of the
//! file; where they come from a file, an address or a computation, nothing is known of them.
//!
//! ## Example
//! ```pickleasm
//! PROTO 3
//! GLOBAL '_pickle' 'loads'
//! SHORT_BINBYTES b'N.'
//! TUPLE1
//! REDUCE
//! STOP
//! ```
//!
//! ```pickleasm
//! GLOBAL 'pickle' 'loads'
//! STOP
//! ```
//!
//! ## Use instead
//! Store the object itself, not a pickle of it. Do not load a file whose inner data you have not seen.
//!
//! ## References
//! - [pickle: restricting globals](https://docs.python.org/3/library/pickle.html#restricting-globals)
//! - `Modules/_pickle.c`, `load_reduce`
//! - [CWE-502](https://cwe.mitre.org/data/definitions/502.html): deserialization of untrusted data

use super::code_execution_call::{denied_call, denied_load};
use crate::analysis::{CallSite, Entry, Fit, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::Category;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG104",
        name: "nested-unpickling",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("nested_unpickling.rs"),
    },
    checks: &[Check::Call(check), Check::Global(check_global)],
};

fn check(view: &View<'_, '_>, site: &CallSite<'_, '_>, report: &mut Reporter<'_>) {
    let inside = match &site.fit {
        Fit::Pickle(message) => {
            format!("in the bytes that are unpickled on load: {message}")
        }
        Fit::UnknownPickle => format!("`{}` unpickles what is not constant", view.render(site.call)),
        _ => {
            let concerns = |category| category == Category::NestedUnpickling;
            if let Some(finding) = denied_call(view, site, report, concerns) {
                report.push(finding);
            }
            return;
        }
    };
    report.push(report.finding(site.span(), inside));
}

/// One that is loaded and of which no call is seen can be called by what it is given to.
fn check_global(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    if let Some(finding) = denied_load(entry, report, |category| category == Category::NestedUnpickling) {
        report.push(finding);
    }
}
