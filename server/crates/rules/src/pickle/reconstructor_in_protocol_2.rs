//! ## What it does
//! Reports, once a pickle, `copyreg._reconstructor` at protocol 2 or higher.
//!
//! ## Why is this bad?
//! Picklers use it below protocol 2 only. Here a `__reduce__` has called `super().__reduce__()`, which ignores the
//! protocol: the file is larger, `__slots__` are lost, and `__getnewargs__` is not asked.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'copyreg' '_reconstructor'
//! GLOBAL 'argparse' 'Namespace'
//! GLOBAL 'builtins' 'object'
//! NONE
//! TUPLE3
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! Let the class define `__reduce_ex__(self, protocol)` and call `super().__reduce_ex__(protocol)`.
//!
//! ## References
//! - `Lib/copyreg.py`, `_reduce_ex`

use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB137",
        name: "reconstructor-in-protocol-2",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("reconstructor_in_protocol_2.rs"),
    },
    checks: &[Check::AnyGlobal(check)],
};

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    let is_reconstructor = entry.names.module == "copyreg" && entry.names.name == "_reconstructor";
    if is_reconstructor && entry.protocol.is_some_and(|protocol| protocol >= 2) {
        let message =
            "copyreg._reconstructor at protocol 2 or higher: super().__reduce__() was called".to_owned();
        report.push(report.finding(entry.first.clone(), message).about(entry.as_loaded()));
    }
}
