//! ## What it does
//! Reports a call of `getattr` that reads an attribute of a builtin function. Picklers write `getattr` for nested
//! classes and for bound methods, of which neither begins there.
//!
//! ## Why is this bad?
//! A function has no attributes of its own that data needs; from those that it has, any object of the interpreter
//! is near.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'builtins' 'getattr'
//! MARK
//!   GLOBAL 'builtins' 'len'
//!   STRING '__name__'
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! Look at what is done with the attribute. Picklers read attributes of classes:
//!
//! ```pickleasm
//! GLOBAL 'builtins' 'getattr'
//! MARK
//!   GLOBAL 'collections' 'OrderedDict'
//!   STRING 'fromkeys'
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## References
//! - `Lib/pickle.py`, `save_global`, `save_reduce`

use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::{Verdict, is_way_out};
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB134",
        name: "getattr-call",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("getattr_call.rs"),
    },
    checks: &[Check::AnyGlobal(check)],
};

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    if entry.protocol.is_some() || entry.names.module != "builtins" {
        return;
    }
    let Some((base, attribute)) = entry.names.name.split_once('.') else { return };
    // Those that are reported as what leads out of the object are reported there.
    if FUNCTIONS.binary_search(&base).is_ok() && !attribute.split('.').any(is_way_out) {
        let message = format!("getattr reads `{attribute}` of the function `{base}`");
        let finding = report.finding(entry.first.clone(), message).about(entry.as_loaded());
        // One cause, one warning: what no list knows is told by the rule for that.
        let is_told = entry.verdict == Verdict::Unlisted && entry.part_of_unlisted.is_none();
        report.push(if is_told { finding.of_severity(Severity::Info) } else { finding });
    }
}

/// Builtin functions. Sorted.
const FUNCTIONS: &[&str] = &[
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "callable",
    "chr",
    "delattr",
    "dir",
    "divmod",
    "format",
    "getattr",
    "hasattr",
    "hash",
    "hex",
    "id",
    "input",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "max",
    "min",
    "next",
    "oct",
    "ord",
    "pow",
    "print",
    "repr",
    "round",
    "setattr",
    "sorted",
    "sum",
];

#[cfg(test)]
mod tests {
    #[test]
    fn functions_are_sorted() {
        assert!(super::FUNCTIONS.is_sorted());
    }
}
