//! ## What it does
//! Reports objects that are nested more than 3,000 levels deep, as far as one pass over the file can tell.
//!
//! ## Why is this bad?
//! Unpicklers do not recurse and load it. What walks over the object does: comparing, hashing, showing, copying or
//! dumping it raises RecursionError, or overflows the C stack and ends the process.
//!
//! ## Example
//! A list in a list in a list, 100,000 levels deep.
//!
//! ## Use instead
//! Store a long chain as a list of its links. Where input is not trusted, do not compare, hash, show or copy what was loaded.
//!
//! ## References
//! - `Modules/_pickle.c`, `load`
//! - [sys.setrecursionlimit](https://docs.python.org/3/library/sys.html#sys.setrecursionlimit)
//! - [CWE-674](https://cwe.mitre.org/data/definitions/674.html): uncontrolled recursion

use crate::analysis::Seen;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD303",
        name: "deep-nesting",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("deep_nesting.rs"),
    },
    checks: &[Check::Pickle(check)],
};

/// Levels above which objects are reported: three times as many as picklers can write without a higher recursion limit.
const LEVELS: usize = 3000;

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let counted = seen.extent.map_or(0, |extent| extent.levels as usize);
    let levels = seen.summary.nesting.max(counted);
    if levels > LEVELS {
        let message = format!("objects are nested {levels} levels deep or more");
        let help = "what walks over the object raises RecursionError, or crashes";
        report.push(report.finding(seen.stop(), message).help(help));
    }
}
