//! ## What it does
//! Reports a global whose name has `<locals>` or `<lambda>` in it.
//!
//! ## Why is this bad?
//! Such a name belongs to a function or class made inside a function, or to a lambda: no module has it, and an unpickler
//! stops there with AttributeError. Picklers refuse to write it: an object has named itself so in `__reduce__`, or the stream
//! was made by hand.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'myapp.models'
//! SHORT_BINUNICODE 'make.<locals>.Inner'
//! STACK_GLOBAL
//! STOP
//! ```
//!
//! ## Use instead
//! Move the function or class to the top level of its module, and dump again.
//!
//! ## References
//! - [What can be pickled](https://docs.python.org/3/library/pickle.html#what-can-be-pickled-and-unpickled)
//! - `Modules/_pickle.c`, `getattribute`

use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB118",
        name: "local-name",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("local_name.rs"),
    },
    checks: &[Check::AnyGlobal(check)],
};

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    let name = &entry.names.name;
    if name.contains("<locals>") || name.contains("<lambda>") {
        let message = format!("`{}` is local to a function: no module has it", entry.dotted());
        let help = "loading raises AttributeError: Can't get local attribute";
        report.push(report.finding(entry.first.clone(), message).about(entry.as_loaded()).help(help));
    }
}
