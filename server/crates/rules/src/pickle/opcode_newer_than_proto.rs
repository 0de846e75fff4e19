//! ## What it does
//! Reports the first opcode of a pickle that is newer than the protocol it declares. A pickle that declares none is
//! of protocol 0 or 1.
//!
//! ## Why is this bad?
//! It loads: unpicklers do not look at the protocol for that. But no pickler writes it, so the stream was made or changed by
//! hand, maybe to get past a reader that trusts the declaration. Look at what else is in the file before you load it.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! SHORT_BINUNICODE 'a'
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'a'
//! STOP
//! ```
//!
//! ## References
//! - `Lib/pickletools.py`, `dis`: the highest protocol among opcodes
//! - [PEP 3154](https://peps.python.org/pep-3154/), pickle protocol 4

use pickle_ops::Op;

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB127",
        name: "opcode-newer-than-proto",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("opcode_newer_than_proto.rs"),
    },
    checks: &[Check::NewerOpcode(check)],
};

fn check(op: &Op<'_>, declared: Option<u8>, report: &mut Reporter<'_>) {
    let says = match declared {
        Some(protocol) => format!("the pickle declares {protocol}"),
        None => "the pickle declares none, which means 0 or 1".to_owned(),
    };
    let message = format!("{} is of protocol {}, {says}", op.opcode.name(), op.opcode.protocol());
    report.push(
        report.finding(op.start..op.end, message).help("it loads all the same, but no pickler writes it"),
    );
}
