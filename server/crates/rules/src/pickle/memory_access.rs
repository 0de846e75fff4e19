//! ## What it does
//! Reports objects out of which numpy makes arrays over memory that is not theirs: attributes such as
//! `__array_interface__`, which hold an address, and dtypes whose state does not fit them: a field beyond the end of its
//! item, or Python objects that are said to be none.
//!
//! ## Why is this bad?
//! An array over any address reads all of the process, and writes to it when items are put into it: that is enough to run
//! native code, without a single global that is harmful. numpy believes the state of a dtype without a check.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'argparse'
//! SHORT_BINUNICODE 'Namespace'
//! STACK_GLOBAL
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! SHORT_BINUNICODE '__array_interface__'
//! EMPTY_DICT
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'numpy'
//! SHORT_BINUNICODE 'dtype'
//! STACK_GLOBAL
//! SHORT_BINUNICODE 'O8'
//! NEWFALSE
//! NEWTRUE
//! TUPLE3
//! REDUCE
//! MARK
//!   BININT1 3
//!   SHORT_BINUNICODE '|'
//!   NONE
//!   NONE
//!   NONE
//!   BININT -1
//!   BININT -1
//!   BININT1 0
//! TUPLE
//! BUILD
//! STOP
//! ```
//!
//! Models of LightGBM and XGBoost live in native memory, and their classes take a dict with the text of one. Out of another
//! object they take the address of a model, which they free:
//!
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'lightgbm.basic'
//! SHORT_BINUNICODE 'Booster'
//! STACK_GLOBAL
//! EMPTY_TUPLE
//! NEWOBJ
//! SHORT_BINUNICODE 'collections'
//! SHORT_BINUNICODE 'UserDict'
//! STACK_GLOBAL
//! EMPTY_TUPLE
//! NEWOBJ
//! BUILD
//! STOP
//! ```
//!
//! An array of objects takes as many from its list as its shape says, and what lies behind the end of the list for objects:
//!
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'numpy.core.multiarray' '_reconstruct'
//! GLOBAL 'numpy' 'ndarray'
//! BININT1 0
//! TUPLE1
//! SHORT_BINSTRING 'b'
//! TUPLE3
//! REDUCE
//! MARK
//!   BININT1 1
//!   BININT1 9
//!   TUPLE1
//!   GLOBAL 'numpy' 'dtype'
//!   SHORT_BINSTRING 'O8'
//!   TUPLE1
//!   REDUCE
//!   NEWFALSE
//!   EMPTY_LIST
//! TUPLE
//! BUILD
//! STOP
//! ```
//!
//! A random generator of torch takes its state for a tuple of three items, whatever it is: of another object it reads items where
//! there are none.
//!
//! ## Use instead
//! Do not load the file. numpy writes the items of an array, and never where they are. The state that it writes for
//! Python objects ends in 63:
//!
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'numpy'
//! SHORT_BINUNICODE 'dtype'
//! STACK_GLOBAL
//! SHORT_BINUNICODE 'O8'
//! NEWFALSE
//! NEWTRUE
//! TUPLE3
//! REDUCE
//! MARK
//!   BININT1 3
//!   SHORT_BINUNICODE '|'
//!   NONE
//!   NONE
//!   NONE
//!   BININT -1
//!   BININT -1
//!   BININT1 63
//! TUPLE
//! BUILD
//! STOP
//! ```
//!
//! ## References
//! - [NumPy: the array interface protocol](https://numpy.org/doc/stable/reference/arrays.interface.html)
//! - `numpy/_core/src/multiarray/descriptor.c`, `arraydescr_setstate`
//! - [CWE-822](https://cwe.mitre.org/data/definitions/822.html): untrusted pointer dereference

use crate::analysis::{BuildSite, Hook, Put, View};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG116",
        name: "memory-access",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("memory_access.rs"),
    },
    checks: &[Check::Build(check_build), Check::Put(check_put)],
};

fn check_build(view: &View<'_, '_>, site: &BuildSite<'_, '_>, report: &mut Reporter<'_>) {
    let (span, target) = (site.op.start..site.op.end, || view.render_target(site.target));
    if let Some(why) = site.lie {
        let message = format!("the state of `{}` does not fit it: {why}", target());
        let help = "arrays of this dtype read and write memory that is not their own";
        report.push(report.finding(span.clone(), message).help(help));
    }
    if let Some(Hook::Address(attribute)) = &site.hook {
        let how = site.op.opcode.name();
        let message = format!("{how} sets `{attribute}` of `{}`, which names an address of memory", target());
        report.push(report.finding(span.clone(), message).help(HELP));
    }
    if let Some(Hook::Model) = &site.hook {
        let message =
            format!("the state of `{}` is no plain dict: an address of memory can be in it", target());
        let help = "the class takes a dict with the text of a model; out of another object it takes the address of one, and frees it";
        report.push(report.finding(span.clone(), message).help(help));
    }
    if let Some(Hook::NoTuple) = &site.hook {
        let message = format!("the state of `{}` is no tuple of three items", target());
        let help = "compiled code takes whatever it is for one, and reads its items where there are none";
        report.push(report.finding(span, message).help(help));
    }
}

fn check_put(view: &View<'_, '_>, put: &Put<'_, '_>, report: &mut Reporter<'_>) {
    let Some(key) = &put.address else { return };
    let (how, target) = (put.op.opcode.name(), view.render(put.target));
    let message = format!("{how} sets `{key}` of `{target}`, which names an address of memory");
    report.push(report.finding(put.op.start..put.op.end, message).help(HELP));
}

const HELP: &str = "an array that numpy makes of this object lies wherever the pickle says";
