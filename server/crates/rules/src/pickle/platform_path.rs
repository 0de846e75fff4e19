//! ## What it does
//! Reports a `pathlib.WindowsPath`, and as worth knowing a `PosixPath`.
//!
//! ## Why is this bad?
//! A concrete path can be made on its own platform only: elsewhere loading fails.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'pathlib' 'WindowsPath'
//! MARK
//!   STRING 'a'
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! Store `PurePath` objects, or text.
//!
//! ```pickleasm
//! GLOBAL 'pathlib' 'PurePosixPath'
//! MARK
//!   STRING 'a'
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## References
//! - [pathlib: concrete paths](https://docs.python.org/3/library/pathlib.html#concrete-paths)
//! - [python/cpython#71362](https://github.com/python/cpython/issues/71362)

use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB130",
        name: "platform-path",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("platform_path.rs"),
    },
    checks: &[Check::AnyGlobal(check)],
};

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    if !matches!(entry.names.module.as_ref(), "pathlib" | "pathlib._local") {
        return;
    }
    let (severity, platform) = match entry.names.name.as_ref() {
        "WindowsPath" => (Severity::Warning, "on Windows"),
        "PosixPath" => (Severity::Info, "on other systems than Windows"),
        _ => return,
    };
    let message = format!("`{}` can be made {platform} only", entry.dotted());
    let help = "elsewhere loading raises NotImplementedError: cannot instantiate it on your system";
    let finding = report.finding(entry.first.clone(), message).of_severity(severity);
    report.push(finding.about(entry.as_loaded()).help(help));
}
