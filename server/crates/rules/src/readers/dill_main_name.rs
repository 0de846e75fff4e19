//! ## What it does
//! Reports the global `__builtin__ __main__`, which dill writes for the main module.
//!
//! ## Why is this bad?
//! Only dill's own unpickler finds it: `pickle.load` raises AttributeError, as builtins has no such name. Load the file with
//! dill, in an environment that has it. It gives the main module of the program that loads: what is done with it is done
//! there.
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
    if matches!(entry.names.module.as_ref(), "builtins" | "__builtin__") && entry.names.name == "__main__" {
        let message = "dill's name for the main module, which only dill's unpickler finds".to_owned();
        let help = "pickle.load raises AttributeError: builtins has no attribute '__main__'";
        report.push(report.finding(entry.first.clone(), message).about(entry.as_loaded()).help(help));
    }
}
