//! ## What it does
//! Reports a call of a global that runs code: one that evaluates Python, starts processes, imports by name, or
//! reaches native code. The callee is followed through the memo, through attributes that `getattr` gives, and
//! through `functools.partial`.
//!
//! Also a call of a function that the pickle makes of code in it, as cloudpickle and dill store functions by value: by itself, by
//! something that calls its argument (`functools.reduce`), or by going through an iterator over its calls (`list(map(f, …))`). And an
//! expression of sympy that is made of a text in which something is called: sympy evaluates it.
//!
//! ## Why is this bad?
//! It runs when the file is loaded, before anyone sees an object, and with the rights of whoever loads it. What is loaded in
//! the end can look like what was expected. That loading fails behind it changes nothing: it has run.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'os' 'system'
//! MARK
//!   STRING 'echo hi'
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'random'
//! SHORT_BINUNICODE '_os.system'
//! STACK_GLOBAL
//! SHORT_BINUNICODE 'echo hi'
//! TUPLE1
//! REDUCE
//! STOP
//! ```
//!
//! ```pickleasm
//! MARK
//!   STRING 'echo hi'
//! INST 'os' 'system'
//! STOP
//! ```
//!
//! Distributions of scipy keep source text in their state, and run it when they get it. What scipy writes is known:
//!
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'scipy.stats._continuous_distns'
//! SHORT_BINUNICODE 'norm_gen'
//! STACK_GLOBAL
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! SHORT_BINUNICODE '_parse_arg_template'
//! SHORT_BINUNICODE 'print("hi")'
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! scipy writes this state as a dict. A list of pairs fills the attributes just as well, and its text runs too:
//!
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'scipy.stats._continuous_distns'
//! SHORT_BINUNICODE 'norm_gen'
//! STACK_GLOBAL
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_LIST
//! SHORT_BINUNICODE '_parse_arg_template'
//! SHORT_BINUNICODE 'print("hi")'
//! TUPLE2
//! APPEND
//! BUILD
//! STOP
//! ```
//!
//! Formulas are evaluated as Python: those of statsmodels when a model is loaded, those of formulaic and of the parameters of lmfit when
//! they are used. One that computes with columns is nothing to be told, one that does more is:
//!
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'statsmodels.base.data'
//! SHORT_BINUNICODE 'PandasData'
//! STACK_GLOBAL
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! SHORT_BINUNICODE 'formula'
//! SHORT_BINUNICODE 'y ~ x + open(path)'
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! A search for parameters with scikit-learn says how many jobs are sent ahead, as an expression of `n_jobs`. joblib before 1.2
//! evaluates whatever text it is when the search is fitted again:
//!
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'sklearn.model_selection._search'
//! SHORT_BINUNICODE 'GridSearchCV'
//! STACK_GLOBAL
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! SHORT_BINUNICODE 'pre_dispatch'
//! SHORT_BINUNICODE 'open(path)'
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! Types are made of texts as well (`typing.List['Node']`), which `typing.get_type_hints` evaluates when somebody asks for them. One that calls
//! something names no type, and is worth a warning:
//!
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'operator'
//! SHORT_BINUNICODE 'getitem'
//! STACK_GLOBAL
//! SHORT_BINUNICODE 'typing'
//! SHORT_BINUNICODE 'List'
//! STACK_GLOBAL
//! SHORT_BINUNICODE 'open(path)'
//! TUPLE2
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! Do not load the file, and if it was loaded, treat the machine as one on which a stranger has run a program. To see what it
//! does, list it (`pickle-lsp disassemble`); nothing is executed. Data needs no call of such a global: store it as plain
//! containers, or in a format that cannot call.
//!
//! ## References
//! - [pickle: restricting globals](https://docs.python.org/3/library/pickle.html#restricting-globals)
//! - `Modules/_pickle.c`, `load_reduce`, `load_inst`, `load_obj`, `load_newobj`
//! - [CVE-2022-21797](https://nvd.nist.gov/vuln/detail/CVE-2022-21797): `pre_dispatch` of joblib
//! - [CWE-502](https://cwe.mitre.org/data/definitions/502.html): deserialization of untrusted data

use pickle_ops::Opcode;

use crate::analysis::{BuildSite, CallSite, Callee, Entry, Fit, Harm, Hook, Seen, View, shortened};
use crate::diagnostic::{Finding, Severity};
use crate::lint::Reporter;
use crate::policy::{Category, Shape, Verdict};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG101",
        name: "code-execution-call",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("code_execution_call.rs"),
    },
    checks: &[Check::Call(check), Check::Build(check_build), Check::Pickle(check_layers)],
};

/// Categories of which a call runs code.
pub(super) fn is_execution(category: Category) -> bool {
    match category {
        Category::CodeExecution | Category::Process | Category::Import | Category::NativeLibrary => true,
        Category::FileOrNetwork
        | Category::NestedUnpickling
        | Category::Tampering
        | Category::ByValue
        | Category::CodeObject
        | Category::ExtensionRegistry
        | Category::Project
        | Category::AttributeWalk => false,
    }
}

fn check(view: &View<'_, '_>, site: &CallSite<'_, '_>, report: &mut Reporter<'_>) {
    if let Fit::Stored(name) = &site.fit {
        let code = if name == "a function" { "code" } else { &format!("the code of `{name}`") };
        let message =
            format!("{code}, which is stored in the pickle, is called on load: `{}`", view.render(site.call));
        let help = "to load the file runs this program: no list of globals says what it does";
        report.push(report.finding(site.span(), message).help(help));
        return;
    }
    if site.fit == Fit::Evaluates {
        let call = view.render(site.call);
        let message = format!("`{call}` is made on load, and evaluates the text that it is given");
        let help = "symbols have names, and expressions are made of symbols and numbers: no file of sympy has text there";
        report.push(report.finding(site.span(), message).help(help));
        return;
    }
    if let Fit::Annotates(text, harm) = &site.fit {
        let harm = match harm {
            Harm::Does(what_it_does) => what_it_does.clone(),
            Harm::Calls(function) => format!("calls {function}"),
        };
        let message = format!(
            "a type is made of the text `{text}`, which is evaluated when types are asked for: it {harm}"
        );
        let help =
            "texts in types are names of types; `typing.get_type_hints` and what asks it evaluate this one";
        let finding = report.finding(site.span(), message).of_severity(Severity::Warning);
        report.push(finding.help(help));
        return;
    }
    if let Some(finding) = denied_call(view, site, report, is_execution) {
        report.push(finding);
    }
}

/// A state whose text the class of the object runs.
fn check_build(view: &View<'_, '_>, site: &BuildSite<'_, '_>, report: &mut Reporter<'_>) {
    let target = || view.render_target(site.target);
    let (message, help) = match &site.hook {
        Some(Hook::Source(attribute)) => (
            format!("BUILD sets `{attribute}` of `{}`, which is run as source text on load", target()),
            "it is not the text that scipy writes; `rv_generic.__setstate__` executes it",
        ),
        Some(Hook::Untold) => (
            format!(
                "BUILD gives `{}` a state that is no plain dict, out of which source text is run on load",
                target()
            ),
            "scipy writes a dict; `rv_generic.__setstate__` executes the item `_parse_arg_template` of whatever it gets",
        ),
        Some(Hook::Evaluated(member, text, harm)) => {
            return check_evaluated(site, (member, text, harm), &target(), report);
        }
        _ => return,
    };
    report.push(report.finding(site.op.start..site.op.end, message).help(help));
}

/// A member that is text which code evaluates, on load or when the object is used.
fn check_evaluated(
    site: &BuildSite<'_, '_>,
    (member, text, harm): (&str, &str, &Harm),
    target: &str,
    report: &mut Reporter<'_>,
) {
    let what = format!("BUILD sets `{member}` of `{target}`, which is evaluated as Python");
    let (severity, message) = match harm {
        Harm::Does(what_it_does) => (Severity::Error, format!("{what}: `{text}` {what_it_does}")),
        Harm::Calls(function) if text.is_empty() => (Severity::Warning, format!("{what}, to {function}")),
        Harm::Calls(function) => (Severity::Warning, format!("{what}: `{text}` calls {function}")),
    };
    let help = "formulas compute with columns and parameters; this one does more, when the file is loaded or the object is used";
    report.push(report.finding(site.op.start..site.op.end, message).of_severity(severity).help(help));
}

/// Functions that a description of a model can name as a layer, and what they do: `parse_model` calls what its module has by that name.
const LAYERS: &[(&str, &str)] = &[
    ("attempt_load_one_weight", "unpickles a file"),
    ("attempt_load_weights", "unpickles files"),
    ("check_requirements", "installs packages"),
    ("check_yaml", "fetches a file"),
    ("load_checkpoint", "unpickles a file"),
    ("torch_safe_load", "unpickles a file"),
    ("yaml_model_load", "fetches a file"),
];

/// What checkpoints of Ultralytics have models made of when somebody goes on to train them: layers by their names, and an activation
/// that is evaluated.
fn check_layers(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    if !seen.loads_of("ultralytics") {
        return;
    }
    for (span, text) in seen.texts_under("activation") {
        // `nn.LeakyReLU(0.1)`
        let name = text.strip_prefix("torch.").unwrap_or(&text);
        let plain = |one: char| one.is_ascii_alphanumeric() || "_.=, ()".contains(one);
        if name.starts_with("nn.") && name.matches('(').count() < 2 && name.chars().all(plain) {
            continue;
        }
        let message = format!(
            "`activation` of a model is evaluated as Python when it is made again to be trained: `{}`",
            shortened(&text)
        );
        let help = "an activation is a class of `torch.nn` with numbers: `nn.LeakyReLU(0.1)`";
        report.push(report.finding(span, message).of_severity(Severity::Warning).help(help));
    }
    let names: Vec<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    for (span, text) in seen.texts_with(&names) {
        let Some((name, does)) = LAYERS.iter().find(|(name, _)| *name == text) else { continue };
        let message =
            format!("a layer of a model can be `{name}`, which {does} when the model is made again");
        let help = "layers of a model are classes";
        report.push(report.finding(span, message).of_severity(Severity::Warning).help(help));
    }
}

/// The finding for a call of a denied global of some categories: rules of other categories say the same.
pub(super) fn denied_call(
    view: &View<'_, '_>,
    site: &CallSite<'_, '_>,
    report: &Reporter<'_>,
    concerns: fn(Category) -> bool,
) -> Option<Finding> {
    let Callee::Known(id) = site.callee else { return None };
    let entry = view.ledger.entry(id);
    let Verdict::Denied(denial) = &entry.verdict else { return None };
    if !concerns(denial.category) {
        return None;
    }
    let makes = if matches!(site.op.opcode, Opcode::NewObj | Opcode::NewObjEx) {
        "makes an instance"
    } else {
        "is called"
    };
    let call = view.render(site.call);
    let message = format!("`{call}` {makes} on load: {} {}", entry.described(), denial.reason);
    let help = "loading the file makes this call, whatever becomes of its result";
    let finding = report.finding(site.span(), message).about(entry.as_loaded()).help(help);
    let elsewhere = entry.first.start != site.op.start;
    Some(if elsewhere { finding.related(entry.first.clone(), "loaded here") } else { finding })
}

/// The finding for a denied global of some categories that is loaded, and of which no call is seen.
pub(super) fn denied_load(
    entry: &Entry<'_>,
    report: &Reporter<'_>,
    concerns: fn(Category) -> bool,
) -> Option<Finding> {
    let Verdict::Denied(denial) = &entry.verdict else { return None };
    if !concerns(denial.category) || !entry.goes_unseen() {
        return None;
    }
    // Objects keep it for later, as those that try again keep what waits: harmless as long as nothing in the file calls it.
    if denial.unless == Some(Shape::Uncalled) && !entry.strays {
        return None;
    }
    let unseen = if entry.calls == 0 { "no call of it is seen" } else { "not only to be called" };
    let message = format!("{} is loaded, {unseen}: it {}", entry.described(), denial.reason);
    let finding = report.finding(entry.first.clone(), message).about(entry.as_loaded());
    Some(finding.help("what it is given to can call it, and so can the program"))
}
