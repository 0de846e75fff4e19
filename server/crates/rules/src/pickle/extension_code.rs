//! ## What it does
//! Reports a global that is named by a code of the extension registry; as an error, a code of zero or less.
//!
//! ## Why is this bad?
//! What it loads is decided by whoever loads the file: by what `copyreg.add_extension` has registered there. It fails where
//! nothing is registered, and once it was loaded, `find_class` is asked no more. A code below 1 is refused. What the code
//! stands for cannot be told from the file: ask the program that wrote it.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! EXT1 1
//! STOP
//! ```
//! ```pickleasm
//! PROTO 2
//! EXT1 0
//! STOP
//! ```
//!
//! ## Use instead
//! Write the global by name: do not register it.
//!
//! ## References
//! - `Modules/_pickle.c`, `load_extension`: EXT specifies code <= 0
//! - [PEP 307](https://peps.python.org/pep-0307/), extensions to the pickle protocol

use pickle_ops::{Op, Operand};

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB125",
        name: "extension-code",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("extension_code.rs"),
    },
    checks: &[Check::Fault, Check::Extension(check)],
};

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    let code = match op.operand() {
        Ok(Operand::Number(code)) => code,
        _ => return,
    };
    // Others are faults.
    if code > 0 {
        let message = format!(
            "the global is named by extension code {code}, which means what the loader has registered"
        );
        let help = format!(
            "loading raises ValueError: unregistered extension code {code}, where it is not registered"
        );
        report.push(report.finding(op.start..op.end, message).help(help));
    }
}
