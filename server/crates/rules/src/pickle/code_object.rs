//! ## What it does
//! Reports functions and classes that are stored by value, as cloudpickle and dill do: for each code object its
//! name, the names that it uses and the texts among its constants. As an error, code objects and functions that are
//! made in any other way: `marshal`, `types.CodeType`, `types.FunctionType`.
//!
//! Methods of a class by value that unpicklers call are named: `__setstate__` by `BUILD`, `__new__` by `NEWOBJ`, `__init__` only
//! where the class is called. So are globals that would be errors by themselves, and are nothing but names in the namespace of
//! such functions; `dill` without `recurse` writes all of the namespace that a function was defined in. If anything else is done
//! with the namespace or with what is in it, they are errors.
//!
//! ## Why is this bad?
//! The file holds a program. It does not run when the file is loaded, but as soon as the function is called, and no list of
//! globals says what it does. It loads in the version of Python that wrote it only. A function that is called when the file
//! is loaded runs at once: a call by the pickle itself is an error (`code-execution-call`).
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! GLOBAL 'cloudpickle.cloudpickle' '_builtin_type'
//! SHORT_BINUNICODE 'CodeType'
//! TUPLE1
//! REDUCE
//! MARK
//!   BININT1 0
//!   BININT1 0
//!   BININT1 0
//!   BININT1 0
//!   BININT1 1
//!   BININT1 67
//!   SHORT_BINBYTES b't\x00S\x00'
//!   NONE
//!   TUPLE1
//!   SHORT_BINUNICODE 'eval'
//!   TUPLE1
//!   EMPTY_TUPLE
//!   SHORT_BINUNICODE 'a.py'
//!   SHORT_BINUNICODE 'f'
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ```pickleasm
//! GLOBAL 'marshal' 'loads'
//! MARK
//!   STRING 'c'
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! Store functions by name: put them into a module that is there where the file is loaded. Review the code at its
//! source before you trust such a file.
//!
//! ## References
//! - [cloudpickle](https://github.com/cloudpipe/cloudpickle): pickling by value
//! - [types.CodeType](https://docs.python.org/3/library/types.html#types.CodeType)
//! - [pickle: restricting globals](https://docs.python.org/3/library/pickle.html#restricting-globals)

use pickle_machine::arena::Shape as Made;

use super::code_execution_call::{denied_call, denied_load};
use crate::analysis::{CallSite, Callee, Code, Entry, Fit, Seen, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::{Category, Denial, Shape, Verdict};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG112",
        name: "code-object",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("code_object.rs"),
    },
    checks: &[Check::Call(check_call), Check::Global(check_global), Check::Pickle(check_pickle)],
};

fn check_call(view: &View<'_, '_>, site: &CallSite<'_, '_>, report: &mut Reporter<'_>) {
    if let Fit::StoredMethod(method) = &site.fit {
        let message = format!("`{method}`, which is stored in the pickle, runs on load");
        let help = "review the code where it comes from: it runs before anyone sees the object";
        report.push(report.finding(site.span(), message).help(help));
        return;
    }
    if let Fit::StoredMethods(class) = &site.fit {
        let message = format!(
            "`{}` computes with an instance of `{class}`, whose methods are stored in the pickle: it calls them",
            view.render(site.call)
        );
        report.push(report.finding(site.span(), message).help("review the code where it comes from"));
        return;
    }
    if site.callee != Callee::Code {
        let made_otherwise = |category| category == Category::CodeObject;
        if let Some(finding) = denied_call(view, site, report, made_otherwise) {
            report.push(finding.of_severity(Severity::Error));
        }
        return;
    }
    let Made::Call { arguments, .. } = view.arena.shape(site.call) else { return };
    let code = Code::of(view.arena, view.arena.tuple(arguments).unwrap_or_default());
    let name = code.name.map_or_else(|| "a function".to_owned(), |name| format!("`{name}`"));
    let mut message = format!("the code of {name} is stored by value");
    for (what, texts) in [("it uses", &code.names), ("its constants hold", &code.texts)] {
        if !texts.is_empty() {
            message.push_str(&format!("; {what} `{}`", texts.join("`, `")));
        }
    }
    let help = "whoever calls it runs this code; review it where it comes from";
    report.push(report.finding(site.span(), message).help(help));
}

fn check_global(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    if let Some(finding) = denied_load(entry, report, |category| category == Category::CodeObject) {
        report.push(finding.of_severity(Severity::Error));
    }
}

/// The helpers alone, where no code object of theirs is seen.
fn check_pickle(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    if seen.tally.code > 0 {
        tell_names(seen, report);
        return;
    }
    let by_value = |entry: &&Entry<'_>| {
        let is_plain = |denial: &Denial| denial.unless == Some(Shape::Imports) && !entry.goes_unseen();
        matches!(&entry.verdict, Verdict::Denied(denial)
            if denial.category == Category::ByValue && !is_plain(denial) || denial.unless == Some(Shape::ClassBody))
    };
    let mut helpers = seen.ledger.entries().filter(by_value);
    let Some(first) = helpers.next() else { return };
    let Verdict::Denied(denial) = &first.verdict else { return };
    let message = format!("{} is loaded: it {}", first.described(), denial.reason);
    let mut finding = report.finding(first.first.clone(), message).about(first.as_loaded());
    for helper in helpers.take(MOST_RELATED) {
        finding = finding.related(helper.first.clone(), &format!("and {}", helper.described()));
    }
    report.push(finding.help("no code object of it is seen: check what is done with it"));
}

/// What would be told of loads by themselves, were they not names that functions by value can use.
fn tell_names(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let names: Vec<_> = seen.ledger.entries().filter(|entry| entry.is_name).collect();
    let Some(first) = names.first() else { return };
    let shown: Vec<_> = names.iter().take(MOST_RELATED).map(|entry| entry.described()).collect();
    let more = names.len().saturating_sub(MOST_RELATED);
    let mut message = format!("the namespace of functions by value holds {}", shown.join(", "));
    if more > 0 {
        message.push_str(&format!(" and {more} more"));
    }
    let help = "nothing calls them when the file is loaded; code that is stored in it can: review it where it comes from";
    let mut finding = report.finding(first.first.clone(), message).about(first.as_loaded()).help(help);
    for name in names.iter().skip(1).take(MOST_RELATED) {
        finding = finding.related(name.first.clone(), &format!("and {}", name.described()));
    }
    report.push(finding);
}

/// Further helpers that are named.
const MOST_RELATED: usize = 8;
