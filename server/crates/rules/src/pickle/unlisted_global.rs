//! ## What it does
//! Reports a global that no list allows and none of the other rules reports, once a pickle, where it is first
//! loaded.
//!
//! ## Why is this bad?
//! Loading it imports its module, and calling it does what that code does: neither is known to be harmless. That is
//! so for every class of your own project until you say that it is fine.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'myapp.models' 'Model'
//! EMPTY_TUPLE
//! NEWOBJ
//! STOP
//! ```
//!
//! ```pickleasm
//! GLOBAL 'itertools' 'starmap'
//! STOP
//! ```
//!
//! ## Use instead
//! Allow what you know, in the configuration: `allow-globals`, with a reason.
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'collections' 'OrderedDict'
//! EMPTY_TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## References
//! - [pickle: restricting globals](https://docs.python.org/3/library/pickle.html#restricting-globals)
//! - `Modules/_pickle.c`, `find_class`
//! - [CWE-502](https://cwe.mitre.org/data/definitions/502.html): deserialization of untrusted data

use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::{Category, Shape, Verdict};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG108",
        name: "unlisted-global",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("unlisted_global.rs"),
    },
    checks: &[Check::Global(check)],
};

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    // Told with the class that it is of, or with the method of it that is called.
    if entry.part_of_unlisted.is_some() || (entry.told_by_method && entry.calls == 0) {
        return;
    }
    let judged = match &entry.verdict {
        Verdict::Unlisted => "is on no list of allowed globals".to_owned(),
        // Other shaped globals harm only when they are called, and what calls its arguments is not allowed.
        Verdict::AllowedAs(Shape::Nested) if entry.calls == 0 => "unpickles what it is given".to_owned(),
        Verdict::Denied(denial) if entry.calls == 0 && denial.category == Category::FileOrNetwork => {
            format!("{}, and no call of it is seen", denial.reason)
        }
        _ => return,
    };
    let loads = match entry.loads {
        0 | 1 => String::new(),
        loads => format!(" (loaded {loads} times)"),
    };
    let message = format!("{} {judged}{loads}", entry.described());
    let is_method = matches!(entry.verdict, Verdict::Denied(_)) && entry.names.name.contains('.');
    let help = if is_method {
        "no data needs such a method, and what it is handed to may call it"
    } else {
        "loading it imports its module; if you know it, allow it in the configuration: `pickle-lsp globals --format toml` writes the lines"
    };
    let finding = report.finding(entry.first.clone(), message).about(entry.as_loaded()).help(help);
    // A method that reads or writes files, and the object with it: no data needs that, and much calls what it holds.
    report.push(if is_method { finding.of_severity(Severity::Error) } else { finding });
}
