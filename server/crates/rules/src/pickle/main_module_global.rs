//! ## What it does
//! Reports a global of `__main__` or `__mp_main__`: of the script that was run when the file was written.
//!
//! ## Why is this bad?
//! It loads only where the program that loads it defines the same name in its main script. Elsewhere loading fails,
//! or finds another object of that name.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL '__main__' 'Model'
//! EMPTY_TUPLE
//! NEWOBJ
//! STOP
//! ```
//!
//! ## Use instead
//! Move the class to a module, import it from there, and dump again.
//!
//! ## References
//! - [What can be pickled](https://docs.python.org/3/library/pickle.html#what-can-be-pickled-and-unpickled)

use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB119",
        name: "main-module-global",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("main_module_global.rs"),
    },
    checks: &[Check::AnyGlobal(check)],
};

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    if matches!(entry.names.module.as_ref(), "__main__" | "__mp_main__") {
        let message = format!("`{}` loads only where the main script defines it", entry.dotted());
        let help = "elsewhere loading raises AttributeError: Can't get attribute on <module '__main__'>";
        report.push(report.finding(entry.first.clone(), message).about(entry.as_loaded()).help(help));
    }
}
