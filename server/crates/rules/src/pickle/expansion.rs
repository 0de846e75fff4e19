//! ## What it does
//! Reports a pickle whose object is out of proportion when it is written out: containers that hold the same
//! container several times, level upon level.
//!
//! ## Why is this bad?
//! The file is small and loads at once. Whatever walks over the object (repr, json, copy, a comparison, dumping it
//! with another pickler) takes time and memory without end.
//!
//! ## Example
//! A list that holds the same list ten times, which holds the same list ten times, and so on nine times over: 200 bytes, a billion
//! entries.
//!
//! ## Use instead
//! Do not load the file where the object is shown, copied or converted. Data does not look like this.
//!
//! ## References
//! - [Billion laughs](https://en.wikipedia.org/wiki/Billion_laughs_attack)
//! - `Modules/_pickle.c`, `load_dup`, `load_get`
//! - [CWE-776](https://cwe.mitre.org/data/definitions/776.html): recursive entity references, the same in XML

use crate::analysis::Seen;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD301",
        name: "expansion",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("expansion.rs"),
    },
    checks: &[Check::Pickle(check)],
};

/// Objects, written out, from which on it is reported.
const OBJECTS: f64 = 1e7;
/// An object of one level, whose parts are all one other object, has less of them than the square of the bytes, divided by that: a part
/// and a reference take two bytes each, and half of these are parts. Records that share a vocabulary have as many.
const OF_ONE_LEVEL: f64 = 16.0;

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let Some(extent) = seen.extent else { return };
    let bytes = seen.summary.end - seen.summary.start;
    if extent.objects < OBJECTS || extent.objects < (bytes as f64).powi(2) / OF_ONE_LEVEL {
        return;
    }
    let message = format!("written out, the object of these {bytes} bytes has {:.1e} parts", extent.objects);
    report.push(
        report.finding(seen.stop(), message).help("what walks over the object does not come to an end"),
    );
}
