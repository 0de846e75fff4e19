//! ## What it does
//! Reports a pickle that the C unpickler refuses before it imports something that pickle.py imports first: an INST without
//! a mark, a GLOBAL that the end of the data cuts.
//!
//! ## Why is this bad?
//! pickle.py asks `find_class` and fails then; the module is imported, with what that runs. Of a line that is cut it takes
//! all but the last character: `getpid` becomes `getpi`. A test that loads the file with the C unpickler, and concludes
//! from its refusal that nothing happens, is wrong wherever there is no C (and for subclasses of `pickle._Unpickler`). Do
//! not load the file.
//!
//! ## Example
//! ```pickleasm
//! INST 'os' 'getpid'
//! STOP
//! ```
//!
//! ```pickleasm
//! BYTES b'cos\ngetpid'  # expected a line that ends in a newline, found 9 bytes without one
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! MARK
//! INST 'collections' 'OrderedDict'
//! STOP
//! ```
//!
//! ## References
//! - `Lib/pickle.py`, `load_inst`, `load_global`, `_Unframer.readline`
//! - `Modules/_pickle.c`, `load_inst`

use pickle_machine::render::escape;

use crate::analysis::Comparison;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD208",
        name: "import-before-refusal",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("import_before_refusal.rs"),
    },
    checks: &[Check::Comparison(check)],
};

fn check(comparison: &Comparison<'_>, report: &mut Reporter<'_>) {
    // What is wrong with the line itself is said by the rules for such lines.
    let Some(asked) = comparison.more.first().filter(|_| !comparison.at_line) else { return };
    let (module, name) = asked.resolved();
    let global = format!("{module}.{name}");
    let names = if comparison.more.len() > 1 { " and more" } else { "" };
    let message = format!("pickle.py imports `{}`{names} where the C unpickler has stopped", escape(&global));
    let span = comparison.fault.start..comparison.fault.end;
    report.push(report.finding(span, message).about(global).help(comparison.described()));
}
