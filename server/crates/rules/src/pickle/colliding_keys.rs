//! ## What it does
//! Reports keys of dicts and items of sets that are made so that to find the place of each takes as long as to look at all others:
//! they have the same hash, or meet in the table of the dict; or they are long, and are hashed or compared again and again.
//!
//! ## Why is this bad?
//! Loading takes time that grows with the square of the size of the file: 16,000 numbers in 200 kB take seconds, a megabyte or two
//! takes minutes. Hashes of numbers, and of what is made of numbers, can be foreseen: those of all multiples of 2^61 - 1 are 0, and -1
//! and -2 have the same one. What the loop of a table costs is worked out as CPython 3.11 does it. Keys that nobody has chosen do
//! not meet, whatever they are: identifiers, times, coordinates.
//!
//! ## Example
//! A dict whose keys are the first ten thousand multiples of 2^61 - 1.
//!
//! ## Use instead
//! Do not load the file. Where input is not trusted, limit the time of the process that loads.
//!
//! ## References
//! - `Objects/dictobject.c`, `lookdict_index`; `Objects/setobject.c`, `set_add_entry`
//! - [Hashing of numeric types](https://docs.python.org/3/library/stdtypes.html#hashing-of-numeric-types)
//! - [CWE-407](https://cwe.mitre.org/data/definitions/407.html): inefficient algorithmic complexity

use crate::analysis::{Meeting, Seen};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD308",
        name: "colliding-keys",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("colliding_keys.rs"),
    },
    checks: &[Check::Pickle(check)],
};

/// Keys of the same hash that are told as such.
const ALIKE: usize = 32;
/// Slots that were looked at for each key, from which on it is they that take the time.
const STEPS: u64 = 100;

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let Some(meeting) = seen.meeting else { return };
    let message = format!("{}: to load them takes {}", kind_of(&meeting), time_of(&meeting));
    let span = meeting.at..meeting.at + 1;
    report.push(
        report.finding(span, message).help("do not load the file: keys that nobody has chosen do not meet"),
    );
}

/// What is the matter with the keys.
fn kind_of(meeting: &Meeting) -> String {
    let &Meeting { asked, steps, alike, .. } = meeting;
    if alike >= ALIKE {
        format!("{alike} different keys have the same hash")
    } else if steps / asked.max(1) >= STEPS {
        format!("{asked} keys meet in their table")
    } else {
        format!("long keys are looked up {asked} times")
    }
}

/// How long it takes.
fn time_of(meeting: &Meeting) -> String {
    let more = if meeting.is_more { "more than " } else { "about " };
    let seconds = meeting.nanos as f64 / 1e9;
    if seconds < 1.0 { format!("{more}{:.0} ms", seconds * 1e3) } else { format!("{more}{seconds:.0} s") }
}
