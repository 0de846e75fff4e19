//! ## What it does
//! Reports a global whose dotted name leads through attributes to what its module merely holds (another module, a
//! namespace, a class hierarchy), calls of `getattr` that do the same or whose attribute is computed, and `getattr` itself where it
//! is no callee but given to something else.
//!
//! ## Why is this bad?
//! From any function or class such a walk reaches every object of the interpreter, so that a list of harmless names
//! says nothing. From protocol 4 on, dotted names are walked by the unpickler itself.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'builtins'
//! SHORT_BINUNICODE 'len.__self__'
//! STACK_GLOBAL
//! STOP
//! ```
//!
//! ```pickleasm
//! GLOBAL 'builtins' 'getattr'
//! MARK
//!   GLOBAL 'builtins' 'len'
//!   STRING '__self__'
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! What is given `getattr` may call it with anything, where no call is seen: here a `defaultdict` does so for a key that it has not.
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'collections' 'defaultdict'
//! GLOBAL 'functools' 'partial'
//! GLOBAL 'builtins' 'getattr'
//! GLOBAL 'builtins' 'len'
//! SHORT_BINSTRING '__self__'
//! TUPLE3
//! REDUCE
//! TUPLE1
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! Do not load a file that has such a walk. Data names classes directly:
//!
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'collections'
//! SHORT_BINUNICODE 'OrderedDict'
//! STACK_GLOBAL
//! EMPTY_TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `getattribute`
//! - [PEP 3154](https://peps.python.org/pep-3154/), pickle protocol 4
//! - [CWE-502](https://cwe.mitre.org/data/definitions/502.html): deserialization of untrusted data

use crate::analysis::{CallSite, Callee, Entry, Fit, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::{Category, Shape, Verdict};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG105",
        name: "attribute-walk",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("attribute_walk.rs"),
    },
    checks: &[Check::Global(check_global), Check::Call(check_call)],
};

fn check_global(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    let Verdict::Denied(denial) = &entry.verdict else { return };
    // Calls that look up a name that is there to be read are judged by what they give.
    let is_looked_at = denial.unless == Some(Shape::Lookup) && !entry.goes_unseen();
    if denial.category != Category::AttributeWalk || is_looked_at || entry.is_name {
        return;
    }
    let message = format!("{} is loaded: it {}", entry.described(), denial.reason);
    let finding = report.finding(entry.first.clone(), message).about(entry.as_loaded());
    report.push(finding.help("from there any object of the interpreter can be reached"));
}

fn check_call(view: &View<'_, '_>, site: &CallSite<'_, '_>, report: &mut Reporter<'_>) {
    if site.fit == Fit::HandedOn
        && let Callee::Known(id) = site.callee
        && matches!(view.ledger.entry(id).verdict, Verdict::AllowedAs(Shape::GetAttr | Shape::UfuncOf))
    {
        let entry = view.ledger.entry(id);
        let message =
            format!("{} is handed on, not called: what it looks up then cannot be told", entry.described());
        let finding = report.finding(site.span(), message).about(entry.as_loaded());
        let help = "containers, `partial` and hooks call what they are given, out of sight";
        report.push(finding.help(help).related(entry.first.clone(), "loaded here"));
    }
    let looks_up = |verdict: &Verdict| matches!(verdict, Verdict::Denied(denial) if denial.unless == Some(Shape::Lookup));
    let is_lookup = matches!(site.callee, Callee::Known(id) if looks_up(&view.ledger.entry(id).verdict));
    if site.fit == Fit::Walk || is_lookup {
        let message =
            format!("`{}` leads out of the object, or to what cannot be told", view.render(site.call));
        report.push(report.finding(site.span(), message));
    }
}
