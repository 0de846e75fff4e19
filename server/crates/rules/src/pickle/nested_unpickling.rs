//! ## What it does
//! Reports a call that unpickles other data: a loader of pickle, dill, joblib, torch, numpy, pandas or the like.
//! Bytes that torch stores so are looked into, and reported only for what is in them. A loader of which no call is seen
//! counts: what it is given to can call it. The cache of a function that joblib keeps in a folder is a warning; that an estimator
//! names one for when it is fitted, an information.
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
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'joblib._store_backends' 'FileSystemStoreBackend'
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! SHORT_BINSTRING 'location'
//! SHORT_BINSTRING '/tmp/cache'
//! SETITEM
//! BUILD
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

use pickle_machine::Names;

use super::code_execution_call::{denied_call, denied_load};
use crate::analysis::{BuildSite, CallSite, Entry, Fit, Hook, Seen, View};
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
    checks: &[
        Check::Call(check),
        Check::Global(check_global),
        Check::Build(check_build),
        Check::Pickle(check_memory),
    ],
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

/// A function that is pickled in the state of an object, or a folder of pickles that it names, which it loads when it is used.
fn check_build(view: &View<'_, '_>, site: &BuildSite<'_, '_>, report: &mut Reporter<'_>) {
    if matches!(site.hook, Some(Hook::Function)) {
        let message =
            format!("`{}` unpickles a function in the bytes of its state", view.render_target(site.target));
        let help = "loading or using it runs what is in those bytes, which is not looked into; store the data, and \
                    build the expression again";
        report.push(report.finding(site.op.start..site.op.end, message).help(help));
        return;
    }
    if !matches!(site.hook, Some(Hook::Cache)) {
        return;
    }
    let message = format!(
        "`{}` names a folder of pickles, which what uses it loads and writes",
        view.render_target(site.target)
    );
    let finding = report.finding(site.op.start..site.op.end, message).of_severity(Severity::Warning);
    let help = "whoever can write to that folder runs code in what calls the cached function; store objects without their caches";
    report.push(finding.help(help));
}

/// The folder of a cache that an estimator of scikit-learn names.
fn check_memory(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    const CACHING: &[&str] = &["AgglomerativeClustering", "FeatureAgglomeration", "HDBSCAN", "Pipeline"];
    let caches =
        |names: &Names<'_>| names.module.starts_with("sklearn.") && CACHING.contains(&names.name.as_ref());
    if !seen.ledger.entries().any(|entry| caches(&entry.names)) {
        return;
    }
    for (span, folder) in seen.texts_under("memory") {
        // A folder of the machine is what most have; one of another machine is filled there.
        let is_elsewhere = folder.starts_with("//") || folder.starts_with(r"\\") || folder.contains("://");
        let severity = if is_elsewhere { Severity::Warning } else { Severity::Info };
        let folder = pickle_machine::render::escape(&folder);
        let message = format!(
            "`memory` names the folder of a cache, `{folder}`: to fit the estimator again loads pickles of it, a load of this file does not"
        );
        let finding = report.finding(span, message).of_severity(severity);
        report.push(finding.help("whoever can write to that folder runs code in what fits the estimator"));
    }
    for made in seen.tally.texts.iter().filter(|made| made.text.as_ref().is_none_or(|text| !text.is_empty()))
    {
        let message = "a text is computed beside an estimator, whose `memory` can be the folder that it names: to fit it loads \
                       pickles of that"
            .to_owned();
        let finding = report.finding(made.span.clone(), message).of_severity(Severity::Warning);
        report.push(finding.help("whoever can write to that folder runs code in what fits the estimator"));
    }
}
