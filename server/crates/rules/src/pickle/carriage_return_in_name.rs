//! ## What it does
//! Reports, once a pickle, a line of protocol 0 that ends in a carriage return: a name, number, memo slot or id.
//!
//! ## Why is this bad?
//! The file was copied as text, and its line ends were changed on the way. A name with a carriage return is found
//! in no module; numbers may survive, strings do not.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'myapp.models\r' 'Model\r'
//! STOP
//! ```
//!
//! ```pickleasm
//! INT b'1\r'
//! STOP
//! ```
//!
//! ## Use instead
//! Copy the file again as binary, or write `data.replace(b'\r\n', b'\n')` to a new file.
//!
//! ## References
//! - [pickle.load](https://docs.python.org/3/library/pickle.html#pickle.load): files are opened in binary mode
//! - `Modules/_pickle.c`, `load_global`

use pickle_ops::Op;

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB120",
        name: "carriage-return-in-name",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("carriage_return_in_name.rs"),
    },
    checks: &[Check::OddLine(check)],
};

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    let is_damaged =
        op.raw.ends_with(b"\r") || op.global().is_some_and(|(module, _)| module.ends_with(b"\r"));
    if is_damaged && !report.has_reported() {
        let message = format!("{}: the line ends in a carriage return", op.opcode.name());
        let help = "the file was copied as text; replace every CR LF by LF, in binary mode";
        report.push(report.finding(op.start..op.end, message).help(help));
    }
}
