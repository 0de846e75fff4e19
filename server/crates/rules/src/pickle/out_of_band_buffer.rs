//! ## What it does
//! Reports, once a pickle, that it needs buffers which are not in it, and how many.
//!
//! ## Why is this bad?
//! The pickle alone does not load: the buffers travel beside it, and have to be given to `pickle.loads` in the same
//! order.
//!
//! ## Example
//! ```pickleasm
//! PROTO 5
//! NEXT_BUFFER
//! STOP
//! ```
//!
//! ## Use instead
//! Pass `buffers=[...]` when it is loaded, or dump without `buffer_callback`.
//!
//! ## References
//! - [Out-of-band buffers](https://docs.python.org/3/library/pickle.html#out-of-band-buffers)
//! - [PEP 574](https://peps.python.org/pep-0574/), pickle protocol 5

use crate::analysis::Seen;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB123",
        name: "out-of-band-buffer",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("out_of_band_buffer.rs"),
    },
    checks: &[Check::Pickle(check)],
};

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let places = &seen.tally.buffers;
    let Some(first) = places.first.first() else { return };
    let message = match places.count {
        1 => "needs a buffer that is not in the pickle".to_owned(),
        count => format!("needs {count} buffers that are not in the pickle"),
    };
    let mut finding = report.finding(first.clone(), message);
    for (number, place) in places.first.iter().enumerate().skip(1) {
        finding = finding.related(place.clone(), &format!("buffers[{number}]"));
    }
    report.push(finding.help("without buffers= loading raises UnpicklingError: out-of-band data"));
}
