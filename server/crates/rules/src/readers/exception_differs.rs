//! ## What it does
//! Reports a pickle that all unpicklers refuse, but not with the same exception: anything that no other rule of this family
//! is about. It names both.
//!
//! ## Why is this bad?
//! The C unpickler raises UnpicklingError or EOFError nearly everywhere, pickle.py also IndexError, KeyError, ValueError and
//! struct.error. A program that catches UnpicklingError only is ended by a damaged file wherever there is no C. Catch
//! Exception around a load.
//!
//! ## Example
//! ```pickleasm
//! POP
//! STOP
//! ```
//!
//! ```pickleasm
//! BYTES b'\xff'  # expected an opcode, found the byte 0xff, which is none
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! NONE
//! STOP
//! ```
//!
//! ## References
//! - [pickle: exceptions](https://docs.python.org/3/library/pickle.html#pickle.UnpicklingError)
//! - `Lib/pickle.py`, `load`
//! - `Modules/_pickle.c`, `load`

use pickle_machine::FaultKind;
use pickle_ops::Opcode;

use crate::analysis::{Comparison, Said};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::length_beyond_input::is_length;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD226",
        name: "exception-differs",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("exception_differs.rs"),
    },
    checks: &[Check::Comparison(check)],
};

fn check(comparison: &Comparison<'_>, report: &mut Reporter<'_>) {
    let (Said::Raises(c), Said::Raises(python)) = (&comparison.c, &comparison.python) else { return };
    if comparison.is_same() || is_told_elsewhere(comparison) {
        return;
    }
    let span = comparison.fault.start..comparison.fault.end;
    let also = if comparison.pickletools.accepts() { "; pickletools accepts it" } else { "" };
    let message = format!("the C unpickler raises {c}, pickle.py {python}{also}");
    report
        .push(report.finding(span, message).help("catch Exception around a load, not UnpicklingError alone"));
}

/// Whether another rule of the family says what readers make of it.
fn is_told_elsewhere(comparison: &Comparison<'_>) -> bool {
    let kind = comparison.fault.kind;
    comparison.at_line
        || !comparison.more.is_empty()
        || is_length(comparison)
        || matches!(
            kind,
            FaultKind::Underflow { mark: true, .. }
                | FaultKind::ArgumentsNotTuple(_)
                | FaultKind::UnfitTarget(Opcode::Build)
                | FaultKind::OddItems(_)
                | FaultKind::FrameTooLong { .. }
                | FaultKind::UnsupportedProtocol(_)
                | FaultKind::BadExtension(_)
                | FaultKind::NameNotStr
        )
}
