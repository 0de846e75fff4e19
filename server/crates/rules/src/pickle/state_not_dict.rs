//! ## What it does
//! Reports, for a class that no list knows, a state that is neither None, nor a dict, nor a pair of dict (or None)
//! and dict.
//!
//! ## Why is this bad?
//! Only a class with `__setstate__` takes it. Where the class has lost that method since, or never had it, loading
//! fails.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'myapp.models' 'Model'
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_LIST
//! BUILD
//! STOP
//! ```
//!
//! ## Use instead
//! Keep `__setstate__` in the class for as long as such files are around, or let `__getstate__` return a dict.
//!
//! ## References
//! - `Modules/_pickle.c`, `load_build`: state is not a dictionary
//! - [object.__setstate__](https://docs.python.org/3/library/pickle.html#object.__setstate__)

use crate::analysis::{BuildSite, StateKind, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::Verdict;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB106",
        name: "state-not-dict",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("state_not_dict.rs"),
    },
    checks: &[Check::Build(check)],
};

fn check(view: &View<'_, '_>, site: &BuildSite<'_, '_>, report: &mut Reporter<'_>) {
    let Some(class) = site.class.map(|id| view.ledger.entry(id)) else { return };
    if site.state == StateKind::Other && class.verdict == Verdict::Unlisted {
        let message = format!("the state of a `{}` is no dict: the class needs __setstate__", class.dotted());
        let help = "without it, loading raises UnpicklingError: state is not a dictionary";
        report.push(report.finding(site.op.start..site.op.end, message).about(class.as_loaded()).help(help));
    }
}
