//! ## What it does
//! Reports a call of `copyreg._reconstructor` with other than three arguments, or with a builtin base that takes no
//! None as its state.
//!
//! ## Why is this bad?
//! The call raises TypeError, and loading ends there. No pickler writes it: the file is damaged, or was made by hand.
//! Everything before it has been carried out by then, calls included, so that a load that fails is no proof that nothing
//! happened. Get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'copyreg' '_reconstructor'
//! MARK
//!   GLOBAL 'argparse' 'Namespace'
//!   GLOBAL '__builtin__' 'list'
//!   NONE
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! GLOBAL 'copyreg' '_reconstructor'
//! MARK
//!   GLOBAL 'argparse' 'Namespace'
//!   GLOBAL '__builtin__' 'object'
//!   NONE
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## References
//! - `Lib/copyreg.py`, `_reconstructor`

use crate::analysis::{CallSite, Callee, Fit, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB133",
        name: "reconstructor-operands",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("reconstructor_operands.rs"),
    },
    checks: &[Check::Call(check)],
};

/// Builtin classes that cannot be made out of None. Sorted.
const TAKE_NO_NONE: &[&str] =
    &["bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "set", "tuple"];

fn check(view: &View<'_, '_>, site: &CallSite<'_, '_>, report: &mut Reporter<'_>) {
    let (Fit::Reconstructor(count), Callee::Known(id)) = (&site.fit, site.callee) else { return };
    let why = match count {
        Some(count) => format!("takes 3 arguments, found {count}"),
        None => "the base cannot be made out of None".to_owned(),
    };
    let message = format!("`{}`: {why}", view.render(site.call));
    let finding = report.finding(site.span(), message).about(view.ledger.entry(id).as_loaded());
    report.push(finding.help("loading raises TypeError"));
}

/// Whether a builtin class cannot be made out of None.
pub(crate) fn takes_no_none(name: &str) -> bool {
    TAKE_NO_NONE.binary_search(&name).is_ok()
}
