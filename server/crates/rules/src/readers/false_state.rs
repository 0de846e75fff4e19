//! ## What it does
//! Reports BUILD with a state that is false and no dict: 0, False, an empty string, tuple, list or set; and any state for an
//! object of a builtin type.
//!
//! ## Why is this bad?
//! pickle.py ignores a state that is false; the C unpickler refuses it, unless the class has a `__setstate__`. So the file
//! loads here and not there. A class whose `__getstate__` gives such a state needs a `__setstate__`.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'm' 'C'
//! EMPTY_TUPLE
//! NEWOBJ
//! BININT1 0
//! BUILD
//! STOP
//! ```
//!
//! ```pickleasm
//! EMPTY_LIST
//! BININT1 0
//! BUILD
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'collections' 'OrderedDict'
//! EMPTY_TUPLE
//! NEWOBJ
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_build`
//! - `Lib/pickle.py`, `load_build`

use pickle_machine::FaultKind;
use pickle_ops::Opcode;

use crate::analysis::{BuildSite, Comparison, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::readers::report_comparison;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD219",
        name: "false-state",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("false_state.rs"),
    },
    checks: &[Check::Build(check), Check::Comparison(check_builtin)],
};

fn check(_: &View<'_, '_>, site: &BuildSite<'_, '_>, report: &mut Reporter<'_>) {
    if site.class.is_none() || !site.is_false {
        return;
    }
    let message = "a state that is false: pickle.py ignores it, the C unpickler refuses it".to_owned();
    let help = "a class with __setstate__ takes it; without, the C unpickler raises that it is no dictionary";
    report.push(report.finding(site.op.start..site.op.end, message).help(help));
}

fn check_builtin(comparison: &Comparison<'_>, report: &mut Reporter<'_>) {
    if matches!(comparison.fault.kind, FaultKind::UnfitTarget(Opcode::Build)) {
        let severity = comparison.severity();
        report_comparison(comparison, severity, "a state for an object that takes none", report);
    }
}
