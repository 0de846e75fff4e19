//! ## What it does
//! Reports a call of a global that is allowed in one shape only, in another: `type` with three arguments, a codec
//! that is not one of text, a reconstructor of what is no class known by name.
//!
//! So are, with globals that are allowed otherwise:
//! - one that is not called, but handed on to something that can call it, among others a class whose constructor reads or
//!   writes files;
//! - a call that goes through what has no end, computes with a number that is huge, or makes something as large, in one
//!   step or in many;
//! - one that makes an array out of bytes that numpy takes for whatever the type says;
//! - a call of what objects only keep, such as a layer of torch;
//! - a call that goes through an object which reads files then, such as a frame of a traceback.
//!
//! That a pattern repeats what is repeated is worth knowing, and no more: a load compiles it, and looks for it nowhere.
//!
//! ## Why is this bad?
//! The global is on the list because picklers write it in a harmless shape. In others it can do more: build a
//! class, decompress, call what it is given. A class that gets attributes or bases which are not plainly harmless is an
//! error: its methods run as soon as the rest of the pickle uses an instance.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'builtins' 'type'
//! MARK
//!   STRING 'A'
//!   EMPTY_TUPLE
//!   EMPTY_DICT
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! Do not load the file unless you know what wrote it. The shape that picklers write is harmless:
//!
//! ```pickleasm
//! GLOBAL 'builtins' 'type'
//! MARK
//!   NONE
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## References
//! - [pickle: restricting globals](https://docs.python.org/3/library/pickle.html#restricting-globals)

use crate::analysis::{CallSite, Callee, Fit, Seen, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::{Shape, Verdict};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG109",
        name: "unusual-call-shape",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("unusual_call_shape.rs"),
    },
    checks: &[Check::Call(check), Check::Pickle(check_print), Check::Pickle(check_unlooked)],
};

fn check(view: &View<'_, '_>, site: &CallSite<'_, '_>, report: &mut Reporter<'_>) {
    let Callee::Known(id) = site.callee else { return };
    let entry = view.ledger.entry(id);
    if site.fit == Fit::HandedOn {
        if !matches!(entry.verdict, Verdict::AllowedAs(Shape::GetAttr | Shape::UfuncOf)) {
            let message = format!("{} is handed on, not called", entry.described());
            let finding = report.finding(site.span(), message).about(entry.as_loaded());
            let help = "it is harmless in one shape of call only, and what is given it may call it in others";
            report.push(finding.help(help).related(entry.first.clone(), "loaded here"));
        }
        return;
    }
    if let Fit::Slow(what) = site.fit {
        let message = format!("`{}` {what}", view.render(site.call));
        let finding =
            report.finding(site.span(), message).of_severity(Severity::Info).about(entry.as_loaded());
        report.push(
            finding.help("a load only compiles it; what looks for it later can be kept busy by a text"),
        );
        return;
    }
    let (severity, why) = match site.fit {
        Fit::Unusual(why) => (Severity::Warning, why),
        Fit::Class(false) => (Severity::Warning, "with three arguments it builds a class"),
        Fit::Class(true) => (Severity::Error, "it builds a class out of what is not known to be harmless"),
        _ => return,
    };
    let message = format!("`{}` is an unusual call: {why}", view.render(site.call));
    let finding = report.finding(site.span(), message).of_severity(severity).about(entry.as_loaded());
    let help = "what is called is allowed, but only as its library's picklers write the call; this file was made otherwise";
    report.push(finding.help(help).related(entry.first.clone(), "loaded here"));
}

/// Calls whose arguments were not looked through to the end.
fn check_unlooked(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let Some(place) = &seen.tally.unlooked else { return };
    let message =
        "from here on, calls are given more values in each other than are looked through".to_owned();
    let help = "what these calls do with them is not judged; no pickler hands so much on again and again";
    report.push(report.finding(place.clone(), message).of_severity(Severity::Warning).help(help));
}

/// A `partial` over `print` beside something that writes files by a method `write`: the dict of keywords in the state of a
/// `partial` is not copied, and can get the object as `file` at any time.
fn check_print(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let loaded = |module: &str, name: &str| {
        let mut entries = seen.ledger.entries();
        entries.find(|entry| entry.loads > 0 && entry.names.module == module && entry.names.name == name)
    };
    // A function of dill may have looked it up.
    let print = seen.ledger.entries().find(|entry| {
        entry.names.name == "print" && ["builtins", "__builtin__"].contains(&entry.names.module.as_ref())
    });
    let partial = seen
        .ledger
        .entries()
        .find(|entry| entry.verdict == Verdict::AllowedAs(Shape::Partial) || entry.names.name == "partial");
    if let (Some(print), Some(partial), Some(tree)) =
        (print, partial, loaded("xml.etree.ElementTree", "ElementTree"))
    {
        let message = format!("{} can be given {} to write to", print.described(), tree.described());
        let finding = report.finding(tree.first.clone(), message).of_severity(Severity::Warning);
        let help = "`print` calls the method `write` of its `file`, and this one writes the file that the text names";
        report
            .push(finding.about(print.as_loaded()).help(help).related(partial.first.clone(), "passes it on"));
    }
}
