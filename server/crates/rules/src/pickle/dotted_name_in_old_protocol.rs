//! ## What it does
//! Reports a global with a dotted name where the protocol is below 4.
//!
//! ## Why is this bad?
//! Unpicklers walk dotted names from protocol 4 on. Below, they look for an attribute with a dot in its name: AttributeError.
//! Picklers write a call of `getattr` instead. A reader that walks the name at any protocol shows a global that is never
//! found.
//!
//! ## Example
//! ```pickleasm
//! PROTO 3
//! GLOBAL 'argparse' 'Namespace.Inner'
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'collections' 'OrderedDict'
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `_pickle_Unpickler_find_class_impl`
//! - [PEP 3154](https://peps.python.org/pep-3154/): serializing more "lookupable" objects

use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB117",
        name: "dotted-name-in-old-protocol",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("dotted_name_in_old_protocol.rs"),
    },
    checks: &[Check::AnyGlobal(check)],
};

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    let Some(protocol) = entry.protocol.filter(|&protocol| protocol < 4) else { return };
    if !entry.names.name.contains('.') {
        return;
    }
    let message =
        format!("the dotted name `{}` is looked up as it is at protocol {protocol}", entry.dotted());
    let help = "loading raises AttributeError; names are walked from protocol 4 on";
    report.push(report.finding(entry.first.clone(), message).about(entry.as_loaded()).help(help));
}
