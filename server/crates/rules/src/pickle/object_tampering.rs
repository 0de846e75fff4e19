//! ## What it does
//! Reports what changes objects that other code relies on: `BUILD` on a global, which sets attributes of a class,
//! function or module, and globals that are registries or change attributes.
//!
//! ## Why is this bad?
//! Attributes that are replaced so (`__setitem__`, `append`, an entry of a registry) are called later: by the rest
//! of the pickle, or by the program.
//!
//! ## Example
//! ```pickle
//! b'\x80\x02ccollections\nOrderedDict\n}U\x01aK\x01sb.'
//! ```
//!
//! ```pickle
//! b'ccopyreg\n_inverted_registry\n.'
//! ```
//!
//! ## Use instead
//! ```pickle
//! b'\x80\x02cargparse\nNamespace\n)\x81}U\x01aK\x01sb.'
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_build`
//! - [PEP 307](https://peps.python.org/pep-0307/), extensions to the pickle protocol: the extension registry

use pickle_machine::arena::Value;
use pickle_ops::Op;

use crate::analysis::{Entry, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::{Category, Verdict};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG106",
        name: "object-tampering",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("object_tampering.rs"),
    },
    checks: &[Check::Build(check_build), Check::Global(check_global)],
};

fn check_build(view: &View<'_, '_>, op: &Op<'_>, target: Value, report: &mut Reporter<'_>) {
    let name = view.render(target);
    let message = format!("BUILD sets attributes of `{name}` itself, not of an instance");
    report.push(report.finding(op.start..op.end, message).about(name));
}

fn check_global(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    let Verdict::Denied(denial) = &entry.verdict else { return };
    if denial.category != Category::Tampering {
        return;
    }
    let message = format!("{} is loaded, which {}", entry.described(), denial.category.does());
    let finding = report.finding(entry.first.clone(), message).about(entry.dotted());
    report.push(finding.help(denial.reason));
}
