//! ## What it does
//! Reports a persistent id of protocol 0 that is empty, not ASCII, or looks like a tuple or bytes.
//!
//! ## Why is this bad?
//! Protocol 0 stores the id as a line of text. Another object was turned into text when it was written, and comes
//! back as that text.
//!
//! ## Example
//! ```pickleasm
//! PERSID "('a', 1)"
//! STOP
//! ```
//!
//! ## Use instead
//! Use protocol 1 or higher, which stores any object as an id, or make the id a plain text.
//!
//! ## References
//! - [Persistence of external objects](https://docs.python.org/3/library/pickle.html#persistence-of-external-objects)
//! - `Modules/_pickle.c`, `save_pers`

use pickle_machine::arena::Value;
use pickle_ops::{Op, Opcode};

use crate::analysis::View;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB122",
        name: "persistent-id-text",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("persistent_id_text.rs"),
    },
    checks: &[Check::Persistent(check)],
};

fn check(_: &View<'_, '_>, op: &Op<'_>, _: Value, report: &mut Reporter<'_>) {
    if op.opcode != Opcode::PersId {
        return;
    }
    let id = op.raw;
    let why = if id.is_empty() {
        "is empty"
    } else if !id.is_ascii() {
        "is not ASCII"
    } else if id.starts_with(b"(") && id.ends_with(b")") {
        "looks like a tuple that was made text"
    } else if id.starts_with(b"b'") || id.starts_with(b"b\"") {
        "looks like bytes that were made text"
    } else {
        return;
    };
    let message = format!("the persistent id {why}");
    report.push(report.finding(op.start..op.end, message).help("persistent_load is given the text"));
}
