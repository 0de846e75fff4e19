//! ## What it does
//! Reports a length that the input does not hold, where readers stop in different ways.
//!
//! ## Why is this bad?
//! The C unpickler allocates bytes and bytearrays before it looks whether they are there, so that five bytes can ask for
//! 4 GiB and end in MemoryError; pickle.py reads what is there and stops at the next opcode. Whoever catches one of the
//! exceptions does not catch the other: catch Exception around a load, and limit memory where input is not trusted.
//!
//! ## Example
//! ```pickleasm
//! BYTES b'B\xff\x00\x00\x00ab'  # expected 255 bytes of operand, found 2 before the end of the data
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 3
//! BINBYTES b'ab'
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_counted_binbytes`, `_Unpickler_ReadInto`
//! - `Lib/pickle.py`, `load_binbytes`

use pickle_machine::FaultKind;

use crate::analysis::Comparison;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::report_comparison;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD225",
        name: "length-beyond-input",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("length_beyond_input.rs"),
    },
    checks: &[Check::Comparison(check)],
};

fn check(comparison: &Comparison<'_>, report: &mut Reporter<'_>) {
    if comparison.more.is_empty() && is_length(comparison) {
        report_comparison(comparison, comparison.severity(), "a length that the input does not hold", report);
    }
}

pub(super) fn is_length(comparison: &Comparison<'_>) -> bool {
    use pickle_ops::FaultKind as Op;
    matches!(
        comparison.fault.kind,
        FaultKind::Op(Op::Truncated { .. } | Op::NegativeLength(_) | Op::HugeLength(_))
    )
}
