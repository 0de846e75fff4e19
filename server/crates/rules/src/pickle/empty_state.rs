//! ## What it does
//! Reports, once a pickle, an object of a class that no list knows and that is given an empty dict as its state.
//!
//! ## Why is this bad?
//! `__getstate__` returned something empty. At protocols 0 and 1 such a state is dropped and `__setstate__` is not
//! called; here it is. A class that relies on either behaves differently with the other protocols.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'myapp.models' 'Model'
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! BUILD
//! STOP
//! ```
//!
//! ## Use instead
//! Let `__getstate__` return something that is not empty, or None.
//!
//! ## References
//! - [python/cpython#56499](https://github.com/python/cpython/issues/56499)
//! - [object.__setstate__](https://docs.python.org/3/library/pickle.html#object.__setstate__)

use crate::analysis::{BuildSite, StateKind, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::Verdict;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB138",
        name: "empty-state",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("empty_state.rs"),
    },
    checks: &[Check::Build(check)],
};

fn check(view: &View<'_, '_>, site: &BuildSite<'_, '_>, report: &mut Reporter<'_>) {
    let Some(class) = site.class.map(|id| view.ledger.entry(id)) else { return };
    if site.state == StateKind::Empty && class.verdict == Verdict::Unlisted && !report.has_reported() {
        let message = format!("a `{}` is given an empty state", class.dotted());
        report.push(report.finding(site.op.start..site.op.end, message).about(class.as_loaded()));
    }
}
