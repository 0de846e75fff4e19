//! ## What it does
//! Reports a global that only newer versions of Python have: which version it came with.
//!
//! ## Why is this bad?
//! An older Python cannot load the file, whatever the protocol.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'types'
//! SHORT_BINUNICODE 'GenericAlias'
//! STACK_GLOBAL
//! STOP
//! ```
//!
//! ## Use instead
//! Load it with that version or a newer one.
//!
//! ## References
//! - What's New in Python 3.9 to 3.14

use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB126",
        name: "needs-python",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("needs_python.rs"),
    },
    checks: &[Check::AnyGlobal(check)],
};

/// Globals, with the minor version of Python 3 that brought them. Sorted.
const SINCE: &[(&str, &str, u8)] = &[
    ("annotationlib", "", 14),
    ("asyncio.exceptions", "BrokenBarrierError", 11),
    ("builtins", "BaseExceptionGroup", 11),
    ("builtins", "EncodingWarning", 10),
    ("builtins", "ExceptionGroup", 11),
    ("builtins", "PythonFinalizationError", 13),
    ("compression", "", 14),
    ("concurrent.interpreters", "", 14),
    ("datetime", "UTC", 11),
    ("enum", "EnumType", 11),
    ("enum", "FlagBoundary", 11),
    ("enum", "ReprEnum", 11),
    ("enum", "StrEnum", 11),
    ("functools", "Placeholder", 14),
    ("graphlib", "", 9),
    ("http", "HTTPMethod", 11),
    ("itertools", "batched", 12),
    ("itertools", "pairwise", 10),
    ("pathlib", "UnsupportedOperation", 13),
    ("re._compiler", "", 11),
    ("string.templatelib", "", 14),
    ("tomllib", "", 11),
    ("types", "EllipsisType", 10),
    ("types", "GenericAlias", 9),
    ("types", "NoneType", 10),
    ("types", "NotImplementedType", 10),
    ("types", "UnionType", 10),
    ("typing", "ParamSpec", 10),
    ("typing", "TypeAliasType", 12),
    ("typing", "TypeVarTuple", 11),
    ("typing", "_UnpackGenericAlias", 11),
    ("zoneinfo", "", 9),
];

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    let (module, name) = (entry.names.module.as_ref(), entry.names.name.as_ref());
    let from = SINCE.partition_point(|row| row.0 < module);
    let mut of_module = SINCE[from..].iter().take_while(|row| row.0 == module).peekable();
    if of_module.peek().is_none() {
        return;
    }
    let first = name.split('.').next().unwrap_or_default();
    let found = of_module.find(|row| row.1.is_empty() || row.1 == first);
    if let Some((.., minor)) = found {
        let message = format!("`{}` needs Python 3.{minor} or newer", entry.dotted());
        report.push(report.finding(entry.first.clone(), message).about(entry.as_loaded()));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn table_is_sorted() {
        assert!(super::SINCE.is_sorted());
    }
}
