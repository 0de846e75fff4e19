//! ## What it does
//! Reports a global that reaches the extension registry: what EXT1, EXT2 and EXT4 stand for.
//!
//! ## Why is this bad?
//! An unpickler asks `find_class` for the global of an extension code the first time only, and remembers it in
//! `copyreg._extension_cache`. Once something is there, a `find_class` that restricts what is loaded, and the audit event, are
//! both passed by. A pickle that can write there can name anything by a code. Do not load the file.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'copyreg' '_extension_cache'
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
//! - `Lib/copyreg.py`
//! - `Modules/_pickle.c`, `load_extension`
//! - `Lib/pickle.py`, `get_extension`

use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD206",
        name: "extension-cache",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("extension_cache.rs"),
    },
    checks: &[Check::AnyGlobal(check)],
};

/// What leads to the registry. Sorted.
const NAMES: &[&str] = &[
    "_extension_cache",
    "_extension_registry",
    "_inverted_registry",
    "add_extension",
    "clear_extension_cache",
    "remove_extension",
];

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    let name = entry.names.name.split('.').next().unwrap_or_default();
    if entry.names.module != "copyreg" || NAMES.binary_search(&name).is_err() {
        return;
    }
    let message = format!("`{}` changes what extension codes load, past find_class", entry.dotted());
    let help = "find_class and the audit event see the global of a code only the first time";
    report.push(report.finding(entry.first.clone(), message).about(entry.as_loaded()).help(help));
}
