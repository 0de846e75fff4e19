//! ## What it does
//! Reports an object that is used as a key, or as an item of a set, before it gets its state, as happens in cycles.
//!
//! ## Why is this bad?
//! If its class defines `__hash__` over its attributes, those are not there yet: loading fails, or the key is filed
//! under a wrong hash and is never found again. The default hash does not look at attributes.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! GLOBAL 'myapp.models' 'Key'
//! EMPTY_TUPLE
//! NEWOBJ
//! MEMOIZE
//! EMPTY_SET
//! MARK
//!   BINGET 0
//! ADDITEMS
//! BINGET 0
//! EMPTY_DICT
//! SHORT_BINUNICODE 'k'
//! BINGET 0
//! SETITEM
//! BUILD
//! TUPLE3
//! STOP
//! ```
//!
//! ## Use instead
//! Keep what `__hash__` uses out of the cycle: give it to the constructor (`__getnewargs__`, `__reduce__`).
//!
//! ## References
//! - [python/cpython#124937](https://github.com/python/cpython/issues/124937)
//! - `Modules/_pickle.c`, `do_setitems`, `load_additems`

use crate::analysis::{BuildSite, StateKind, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB113",
        name: "hash-before-state",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("hash_before_state.rs"),
    },
    checks: &[Check::Build(check)],
};

fn check(view: &View<'_, '_>, site: &BuildSite<'_, '_>, report: &mut Reporter<'_>) {
    if !site.hashed || site.state == StateKind::Empty {
        return;
    }
    let target = view.render_target(site.target);
    let message = format!("`{target}` was hashed before it got its state");
    let help = "a __hash__ that uses attributes raises AttributeError, or gives another hash than later";
    report.push(report.finding(site.op.start..site.op.end, message).help(help));
}
