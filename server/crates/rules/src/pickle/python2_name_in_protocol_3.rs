//! ## What it does
//! Reports a global by a name of Python 2 (`__builtin__`, `copy_reg`, `exceptions`, ...) where the protocol is 3 or
//! higher.
//!
//! ## Why is this bad?
//! Unpicklers map such names to those of Python 3 below protocol 3 only. Here the module is looked up as it is
//! called, and there is none.
//!
//! ## Example
//! ```pickleasm
//! PROTO 3
//! GLOBAL '__builtin__' 'set'
//! EMPTY_LIST
//! TUPLE1
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 3
//! GLOBAL 'builtins' 'set'
//! EMPTY_LIST
//! TUPLE1
//! REDUCE
//! STOP
//! ```
//!
//! ## References
//! - `Lib/_compat_pickle.py`
//! - `Modules/_pickle.c`, `_pickle_Unpickler_find_class_impl`

use pickle_machine::renamed;

use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB116",
        name: "python2-name-in-protocol-3",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("python2_name_in_protocol_3.rs"),
    },
    checks: &[Check::AnyGlobal(check)],
};

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    // `dill` names its session and the type of None so, which only its own unpickler understands.
    let is_of_dill = entry.names.name.starts_with("__main__") || entry.names.name == "NoneType";
    if entry.protocol.is_none_or(|protocol| protocol < 3) || is_of_dill {
        return;
    }
    let Some(today) = renamed(&entry.names) else { return };
    let message = format!("`{}` is a name of Python 2; did you mean `{}`?", entry.dotted(), today.dotted());
    let help = "names are mapped below protocol 3 only: loading raises ModuleNotFoundError or AttributeError";
    report.push(report.finding(entry.first.clone(), message).about(entry.as_loaded()).help(help));
}
