//! ## What it does
//! Reports a NUL in the name of a module.
//!
//! ## Why is this bad?
//! Python 3.11 and later look for frozen modules by the name up to the NUL: `os\0` and `os\0junk` import a second copy of
//! `os`, with everything in it. A list of names that compares all of it does not find `os` there. Older versions refuse the
//! name. Do not load the file.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'os\x00' 'getpid'
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
//! - `Python/import.c`, `find_frozen`

use crate::analysis::{Entry, shown};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD205",
        name: "nul-in-module",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("nul_in_module.rs"),
    },
    checks: &[Check::AnyGlobal(check)],
};

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    let Some((module, _)) = entry.names.module.split_once('\0') else { return };
    let module = shown(module);
    let message = format!("the name of the module has a NUL: Python 3.11 and later import `{module}`");
    let help = "frozen modules are looked up by the name up to the NUL";
    report.push(report.finding(entry.first.clone(), message).about(entry.as_loaded()).help(help));
}
