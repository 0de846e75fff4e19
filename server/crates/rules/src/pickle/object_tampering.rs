//! ## What it does
//! Reports what changes objects that other code relies on: attributes that `BUILD` sets on a class, function or module, items
//! that are put into one, and methods of an object that a state replaces (`append`, `__setstate__`, `__class__`, ...).
//!
//! So are items that are put into an object which is no container, a state whose names are computed, and globals that are
//! registries or change attributes. So are items that are put into a list, dict or set elsewhere than where it was made: what has it by
//! then becomes something else.
//!
//! ## Why is this bad?
//! Attributes that are replaced so (`__setitem__`, `append`, an entry of a registry) are called later: by the rest
//! of the pickle, or by the program.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'collections' 'OrderedDict'
//! EMPTY_DICT
//! SHORT_BINSTRING 'a'
//! BININT1 1
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! ```pickleasm
//! GLOBAL 'copyreg' 'dispatch_table'
//! STOP
//! ```
//!
//! A class counts as well that the stream reaches by `type`, or builds itself, and an object that the program has too:
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'builtins' 'type'
//! GLOBAL 'argparse' 'Namespace'
//! EMPTY_TUPLE
//! NEWOBJ
//! TUPLE1
//! REDUCE
//! NONE
//! EMPTY_DICT
//! SHORT_BINSTRING '__setitem__'
//! GLOBAL 'builtins' 'print'
//! SETITEM
//! TUPLE2
//! BUILD
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'functools' 'partial'
//! GLOBAL 'builtins' 'len'
//! TUPLE1
//! REDUCE
//! MARK
//!   GLOBAL 'builtins' 'len'
//!   EMPTY_TUPLE
//!   EMPTY_DICT
//!   EMPTY_DICT
//!   BINPUT 0
//! TUPLE
//! BUILD
//! BINGET 0
//! SHORT_BINSTRING 'owner'
//! NONE
//! SETITEM
//! TUPLE2
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'logging' 'getLogger'
//! EMPTY_TUPLE
//! REDUCE
//! EMPTY_DICT
//! SHORT_BINSTRING 'disabled'
//! NEWTRUE
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'argparse' 'Namespace'
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! SHORT_BINSTRING 'append'
//! GLOBAL 'builtins' 'getattr'
//! GLOBAL 'pathlib' 'Path'
//! SHORT_BINSTRING 'x'
//! TUPLE1
//! REDUCE
//! SHORT_BINSTRING 'write_text'
//! TUPLE2
//! REDUCE
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'argparse' 'Namespace'
//! EMPTY_TUPLE
//! NEWOBJ
//! GLOBAL 'builtins' 'dict'
//! EMPTY_LIST
//! TUPLE1
//! REDUCE
//! BUILD
//! STOP
//! ```
//!
//! What a function takes out of something else can be a class again:
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'operator' 'getitem'
//! EMPTY_LIST
//! GLOBAL 'argparse' 'Namespace'
//! APPEND
//! BININT1 0
//! TUPLE2
//! REDUCE
//! NONE
//! EMPTY_DICT
//! SHORT_BINSTRING '__eq__'
//! GLOBAL 'builtins' 'print'
//! SETITEM
//! TUPLE2
//! BUILD
//! STOP
//! ```
//!
//! So can what `getattr` reads of an object that the stream makes, and what an alias of a type (`types.GenericAlias`) hands a state on to:
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'builtins' 'getattr'
//! GLOBAL 'argparse' 'Namespace'
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! SHORT_BINSTRING 'a'
//! GLOBAL 'logging' 'Formatter'
//! SETITEM
//! BUILD
//! SHORT_BINSTRING 'a'
//! TUPLE2
//! REDUCE
//! EMPTY_DICT
//! BUILD
//! STOP
//! ```
//!
//! Items that are put into an object which is no container go to a method of its class, which does more than to keep them:
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'configparser' 'RawConfigParser'
//! EMPTY_TUPLE
//! REDUCE
//! SHORT_BINSTRING 'DEFAULT'
//! EMPTY_DICT
//! SETITEM
//! STOP
//! ```
//!
//! So do items of a list that are set, where picklers append: a slice as the key takes items out of it, or puts in whatever an iterator
//! gives.
//!
//! ```pickleasm
//! PROTO 2
//! EMPTY_LIST
//! BININT1 1
//! APPEND
//! BININT1 0
//! BININT1 2
//! SETITEM
//! STOP
//! ```
//!
//! An object has one state. With a first one, some hand the next on to an object that they hold:
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'argparse' 'Namespace'
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! SHORT_BINSTRING 'a'
//! GLOBAL 'argparse' 'Namespace'
//! EMPTY_TUPLE
//! NEWOBJ
//! SETITEM
//! BUILD
//! EMPTY_DICT
//! SHORT_BINSTRING 'b'
//! BININT1 1
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! `setattr` is harmless on cells and classes that the stream itself makes, as dill writes those that hold themselves; on others it
//! is not:
//!
//! ```pickleasm
//! GLOBAL 'builtins' 'setattr'
//! MARK
//!   GLOBAL 'argparse' 'Namespace'
//!   STRING '__eq__'
//!   NONE
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! Do not load a file that changes what it did not make. A state belongs to an instance:
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'argparse' 'Namespace'
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! SHORT_BINSTRING 'a'
//! BININT1 1
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_build`
//! - [PEP 307](https://peps.python.org/pep-0307/), extensions to the pickle protocol: the extension registry
//! - [CWE-915](https://cwe.mitre.org/data/definitions/915.html): attributes that are set by input

use pickle_ops::Opcode;

use super::code_execution_call::denied_call;
use crate::analysis::{BuildSite, CallSite, Callee, Entry, Hook, Put, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::{Category, Shape, Verdict, passes_on};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG106",
        name: "object-tampering",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("object_tampering.rs"),
    },
    checks: &[
        Check::Build(check_build),
        Check::Call(check_call),
        Check::Put(check_put),
        Check::Global(check_global),
    ],
};

/// What is the matter with a change of what the pickle has not made.
const CHANGED: &str =
    "the program that loads the file goes on with what was changed; data changes only what it makes itself";

fn check_build(view: &View<'_, '_>, site: &BuildSite<'_, '_>, report: &mut Reporter<'_>) {
    let span = site.op.start..site.op.end;
    if let Some(global) = site.global.map(|id| view.ledger.entry(id)) {
        let (target, how) = (view.render_target(site.target), site.op.opcode.name());
        let message = if site.op.opcode != Opcode::Build {
            format!("`{target}` sets an attribute of {} itself", global.described())
        } else if passes_on(&global.names.module, &global.names.name) || reads_attributes(global) {
            format!("{how} changes what `{target}` gives, which can be an object of the program")
        } else if view.arena.call_of(site.target).is_some() {
            format!(
                "{how} sets attributes of `{target}`, which is an object of the program, not one of the pickle"
            )
        } else {
            format!("{how} sets attributes of `{target}` itself, not of an instance")
        };
        let mut finding = report.finding(span.clone(), message).about(global.as_loaded()).help(CHANGED);
        // The state of a session of dill: names of the main module, whose functions are told with their code.
        if is_main_of_dill(view, site) {
            finding = finding.of_severity(Severity::Warning);
        }
        report.push(finding.related(global.first.clone(), "loaded here"));
    }
    if let Some(hook) = &site.hook {
        check_hook(view, site, hook, report);
    }
    if site.again {
        let (target, how) = (view.render_target(site.target), site.op.opcode.name());
        let message = format!("{how} gives `{target}` another state than it has");
        let help = "no pickler writes two: with the first, an object can hand the second on to what it holds, as its class does not";
        report.push(report.finding(span, message).of_severity(Severity::Warning).help(help));
    }
}

/// Whether a `BUILD` is on the main module as dill imports it.
fn is_main_of_dill(view: &View<'_, '_>, site: &BuildSite<'_, '_>) -> bool {
    let by_value = |id| {
        let entry = view.ledger.entry(id);
        entry.names.name == "_import_module"
            && matches!(&entry.verdict, Verdict::Denied(denial) if denial.category == Category::ByValue)
    };
    let imported = view.arena.call_of(site.target).and_then(|(_, arguments)| view.arena.tuple(arguments));
    site.global.is_some_and(by_value)
        && imported.is_some_and(
            |names| matches!(names, &[name] if view.arena.text(name).as_deref() == Some("__main__")),
        )
}

/// Whether a global reads attributes of objects, by names.
fn reads_attributes(global: &Entry<'_>) -> bool {
    match &global.verdict {
        Verdict::AllowedAs(shape) => *shape == Shape::GetAttr,
        Verdict::Denied(denial) => denial.unless == Some(Shape::Lookup),
        _ => false,
    }
}

/// An attribute that is called later, or whose name the stream does not show.
fn check_hook(view: &View<'_, '_>, site: &BuildSite<'_, '_>, hook: &Hook, report: &mut Reporter<'_>) {
    let span = site.op.start..site.op.end;
    let (target, how) = (view.render_target(site.target), site.op.opcode.name());
    let later = "the rest of the pickle, or what uses the object, calls it";
    match hook {
        Hook::Replaced(attribute, id) => {
            let function = view.ledger.entry(*id);
            let message = format!("{how} replaces `{attribute}` of `{target}` by {}", function.described());
            let finding = report.finding(span, message).about(function.as_loaded()).help(later);
            report.push(finding.related(function.first.clone(), "loaded here"));
        }
        Hook::Unknown(attribute) => {
            let message = format!("{how} replaces `{attribute}` of `{target}` by what cannot be told");
            report.push(report.finding(span, message).help(later));
        }
        Hook::Computed => {
            let message = format!("{how} sets attributes of `{target}` whose names are computed");
            let help = "picklers write names as they are; these become known when the file is loaded";
            report.push(report.finding(span, message).help(help));
        }
        Hook::Checked => {
            let message = format!("{how} sets attributes of `{target}` one by one, which its class checks");
            let help = "it checks them by functions that the object holds (`__validators__`); no pickler writes that";
            report.push(report.finding(span, message).help(help));
        }
        Hook::Setter(attribute) => {
            let message =
                format!("{how} sets attributes of `{target}` one by one, which changes what it holds");
            let help = format!(
                "its class sets `{attribute}` of what the object holds, which can be an object of the program; no pickler writes that"
            );
            report.push(report.finding(span, message).help(help));
        }
        // These are told by rules of their own.
        Hook::Address(_)
        | Hook::Source(_)
        | Hook::Evaluated(..)
        | Hook::Untold
        | Hook::Model
        | Hook::NoTuple
        | Hook::Function
        | Hook::Cache => {}
    }
}

/// A call that changes what the stream has not made.
fn check_call(view: &View<'_, '_>, site: &CallSite<'_, '_>, report: &mut Reporter<'_>) {
    let Callee::Known(id) = site.callee else { return };
    let Verdict::Denied(denial) = &view.ledger.entry(id).verdict else { return };
    if denial.unless == Some(Shape::Own)
        && let Some(finding) = denied_call(view, site, report, |category| category == Category::Tampering)
    {
        report.push(finding);
    }
}

fn check_put(view: &View<'_, '_>, put: &Put<'_, '_>, report: &mut Reporter<'_>) {
    let (how, target) = (put.op.opcode.name(), view.render(put.target));
    if put.replaces {
        let message = format!("{how} replaces items of the list `{target}`");
        let help = "a slice takes items out of what was looked at, or goes through an iterator; no pickler writes that";
        let finding = report.finding(put.op.start..put.op.end, message);
        report.push(finding.of_severity(Severity::Warning).help(help));
        return;
    }
    if put.taken {
        let message = format!("{how} puts items into `{target}` when something may have it already");
        let help = "what has it by then was judged by what it held, and has more now; picklers fill a container where they make it";
        let finding = report.finding(put.op.start..put.op.end, message);
        report.push(finding.of_severity(Severity::Warning).help(help));
        return;
    }
    if let Some(class) = put.class.map(|id| view.ledger.entry(id)) {
        let message = format!("{how} puts items into `{target}`, which is no container");
        let finding = report.finding(put.op.start..put.op.end, message).about(class.as_loaded());
        let help =
            "a method of its class takes them, and does with them what it likes; no pickler writes that";
        report.push(finding.help(help).related(class.first.clone(), "loaded here"));
        return;
    }
    let Some(entry) = put.entry.map(|id| view.ledger.entry(id)) else { return };
    let message = if passes_on(&entry.names.module, &entry.names.name) {
        format!("{how} puts items into what `{target}` gives, which can be an object of the program")
    } else {
        format!("{how} puts items into `{target}` itself")
    };
    let finding = report.finding(put.op.start..put.op.end, message).about(entry.as_loaded());
    report.push(finding.help(CHANGED).related(entry.first.clone(), "loaded here"));
}

fn check_global(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    let Verdict::Denied(denial) = &entry.verdict else { return };
    // Calls of what may change what the stream makes are judged one by one.
    let is_harmless = entry.is_name || denial.unless == Some(Shape::Own) && !entry.goes_unseen();
    if denial.category != Category::Tampering || is_harmless {
        return;
    }
    let message = format!("{} is loaded: it {}", entry.described(), denial.reason);
    let finding = report.finding(entry.first.clone(), message).about(entry.as_loaded());
    report.push(finding.help("data does not need it; a call changes things for the whole program"));
}
