//! ## What it does
//! Reports a blank in the module or in the name of GLOBAL or INST.
//!
//! ## Why is this bad?
//! pickletools, and what is built on it, joins the two by a blank: module `a b` with the name `c` prints like module `a`
//! with the name `b c`, and whoever splits it again gets the wrong one. No module and no class has a blank in its name.
//! Do not load the file.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'a b' 'c'
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
//! - `Lib/pickletools.py`, `read_stringnl_noescape_pair`

use pickle_ops::Op;

use crate::analysis::shown;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD204",
        name: "blank-in-name",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("blank_in_name.rs"),
    },
    checks: &[Check::ForeignLine(check)],
};

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    let Some((module, name)) = op.global().filter(|_| op.raw.contains(&b' ')) else { return };
    let text = |raw: &[u8]| shown(&String::from_utf8_lossy(raw));
    let (module, name) = (text(module), text(name));
    let message =
        format!("{} loads `{name}` of module `{module}`; joined they read otherwise", op.opcode.name());
    let help = format!("pickletools shows `{module} {name}`, which can be split in more than one way");
    report.push(report.finding(op.start..op.end, message).help(help));
}
