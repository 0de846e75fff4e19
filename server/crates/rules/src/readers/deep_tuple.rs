//! ## What it does
//! Reports tuples and calls that are nested more than 20,000 levels deep.
//!
//! ## Why is this bad?
//! To hash or to compare a tuple goes down into its items by recursion in C, without a limit: as a key of a dict, or an
//! item of a set, such a tuple ends the process (signal 11), with both unpicklers, where pickletools sees nothing amiss. On
//! a stack of 1 MB, as threads often have, that takes 20,000 levels; in the main thread of Linux, with 8 MB, between 100,000 and
//! 200,000. No pickler writes it, as picklers have a limit of recursion. Do not load the file in a process that matters.
//!
//! ## Example
//! `)` and 20,001 times TUPLE1, as the key of a dict.
//!
//! ## Use instead
//! Data that is nested less deeply; a list of parents where a tree is deep.
//!
//! ## References
//! - `Objects/tupleobject.c`, `tuplehash`

use crate::analysis::Seen;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD227",
        name: "deep-tuple",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("deep_tuple.rs"),
    },
    checks: &[Check::Pickle(check)],
};

/// Levels at which stacks of threads, which are smaller than that of a process, are at their end.
const LEVELS: usize = 20_000;

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let levels = seen.summary.tuples;
    if levels > LEVELS {
        let message = format!("tuples are nested {levels} levels deep: hashing one can end the process");
        report.push(
            report
                .finding(seen.stop(), message)
                .help("unpicklers can crash where it is a key; pickletools does not"),
        );
    }
}
