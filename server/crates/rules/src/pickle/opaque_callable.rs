//! ## What it does
//! Reports a call of something that the stream does not tell: the result of another call, a persistent object, an
//! extension, an out-of-band object; and a global whose name is computed when the file is loaded.
//!
//! ## Why is this bad?
//! What is called cannot be judged. Picklers write such a call only for bound methods and the like.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! PERSID 'method'
//! EMPTY_TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'os'
//! PERSID 'name'
//! STACK_GLOBAL
//! STOP
//! ```
//!
//! ## Use instead
//! Find out what is called (the persistent objects, the extension registry, the buffers of the program that loads the file)
//! before you load it. Data calls what it names:
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'collections' 'OrderedDict'
//! EMPTY_TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## References
//! - [pickle: restricting globals](https://docs.python.org/3/library/pickle.html#restricting-globals)
//! - `Modules/_pickle.c`, `load_reduce`, `load_stack_global`

use pickle_ops::Op;

use crate::analysis::{CallSite, Callee, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG107",
        name: "opaque-callable",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("opaque_callable.rs"),
    },
    checks: &[Check::Call(check_call), Check::ComputedGlobal(check_global)],
};

fn check_call(view: &View<'_, '_>, site: &CallSite<'_, '_>, report: &mut Reporter<'_>) {
    if site.callee == Callee::Opaque {
        let message = format!("`{}` calls what cannot be told from the pickle", view.render(site.call));
        report.push(
            report
                .finding(site.span(), message)
                .help("it is known only when the file is loaded; picklers name what they call"),
        );
    }
}

fn check_global(op: &Op<'_>, report: &mut Reporter<'_>) {
    let message = format!("{}: the name of the global is no constant, or too long for one", op.opcode.name());
    report.push(report.finding(op.start..op.end, message));
}
