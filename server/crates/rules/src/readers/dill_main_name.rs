//! ## What it does
//! Reports the globals `__builtin__ __main__` and `__builtin__ NoneType`, which dill writes for the main module and for the type of
//! None.
//!
//! ## Why is this bad?
//! Only dill's own unpickler finds them: `pickle.load` raises AttributeError, as builtins has no such names. Load the file with
//! dill. The first gives the main module of the program that loads: what the pickle does with it is done there.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL '__builtin__' '__main__'
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! GLOBAL 'datetime' 'date'
//! STOP
//! ```
//!
//! ## References
//! - dill, `_dill.py`: `Unpickler.find_class`

use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD230",
        name: "dill-main-name",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("dill_main_name.rs"),
    },
    checks: &[Check::AnyGlobal(check)],
};

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    let what = match entry.names.name.as_ref() {
        "__main__" => "the main module",
        "NoneType" => "the type of None",
        _ => return,
    };
    if matches!(entry.names.module.as_ref(), "builtins" | "__builtin__") {
        let message = format!("dill's name for {what}, which only dill's unpickler finds");
        let help =
            format!("pickle.load raises AttributeError: builtins has no attribute '{}'", entry.names.name);
        report.push(report.finding(entry.first.clone(), message).about(entry.as_loaded()).help(help));
    }
}
