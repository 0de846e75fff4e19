//! ## What it does
//! Reports a number of more than 4,300 decimal digits, written as text.
//!
//! ## Why is this bad?
//! To read it takes time that grows with the square of its length: a megabyte of digits takes seconds, ten megabytes take a
//! quarter of an hour. Python 3.11 and later refuse it, and so do the last releases of 3.7 to 3.10. Picklers write such numbers in
//! binary from protocol 2 on.
//!
//! ## Example
//! A `LONG` followed by a million digits.
//!
//! ## Use instead
//! Dump with protocol 2 or higher.
//!
//! ## References
//! - [Integer string conversion length limitation](https://docs.python.org/3/library/stdtypes.html#integer-string-conversion-length-limitation)
//! - `Modules/_pickle.c`, `load_int`, `load_long`
//! - [CVE-2020-10735](https://nvd.nist.gov/vuln/detail/CVE-2020-10735): time to convert text to int

use pickle_ops::{Op, Opcode};

use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD304",
        name: "quadratic-number",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("quadratic_number.rs"),
    },
    checks: &[Check::OddLine(check)],
};

/// The limit of CPython (`sys.int_info.default_max_str_digits`).
const MOST_DIGITS: usize = 4300;

fn check(op: &Op<'_>, report: &mut Reporter<'_>) {
    let digits = op.raw.iter().filter(|byte| byte.is_ascii_digit()).count();
    if matches!(op.opcode, Opcode::Int | Opcode::Long)
        && digits > MOST_DIGITS
        && !is_power_of_two_base(op.raw)
    {
        let message = format!("{}: a number of {digits} decimal digits", op.opcode.name());
        let help = "Python 3.11 and later raise ValueError; older ones take time that grows with its square";
        report.push(report.finding(op.start..op.end, message).help(help));
    }
}

/// Hexadecimal, octal and binary numbers are read in one go.
fn is_power_of_two_base(raw: &[u8]) -> bool {
    let digits = raw.strip_prefix(b"-").unwrap_or(raw);
    matches!(digits, [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..])
}
