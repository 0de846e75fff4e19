//! ## What it does
//! Reports a call whose result is thrown away, other than picklers write it: for a state setter (`setter(obj,
//! state)`), or for an object that its own arguments refer to.
//!
//! ## Why is this bad?
//! The call is made for its side effect alone. Its result is no part of what is loaded, so that nobody sees it.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'collections' 'OrderedDict'
//! EMPTY_TUPLE
//! REDUCE
//! POP
//! NONE
//! STOP
//! ```
//!
//! ## Use instead
//! Do not load a file that calls for the side effect. A call belongs to what is loaded:
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
//! - `Modules/_pickle.c`, `save_reduce`: where picklers write POP

use pickle_machine::arena::{Shape, Value};
use pickle_ops::{Op, Opcode};

use crate::analysis::View;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB131",
        name: "discarded-call",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("discarded_call.rs"),
    },
    checks: &[Check::Discard(check)],
};

fn check(view: &View<'_, '_>, op: &Op<'_>, value: Value, report: &mut Reporter<'_>) {
    let Shape::Call { op: call, arguments, .. } = view.arena.shape(value) else { return };
    let is_call = matches!(call.opcode, Opcode::Reduce | Opcode::Inst | Opcode::Obj);
    if !is_call
        || view.ledger.is_settled(call.start)
        || is_setter(view, &call, arguments, op)
        || is_recursion(view, op)
    {
        return;
    }
    let message = format!("the result of `{}` is thrown away", view.render(value));
    let finding = report.finding(op.start..op.end, message).related(call.start..call.end, "called here");
    report.push(finding.help("the call is made all the same, for what else it does"));
}

/// `setter (object state) TUPLE2 REDUCE POP`, one behind the other.
fn is_setter(view: &View<'_, '_>, call: &Op<'_>, arguments: Value, op: &Op<'_>) -> bool {
    let pair = view.arena.tuple(arguments).is_some_and(|items| items.len() == 2);
    pair && call.opcode == Opcode::Reduce && call.end == op.start && op.opcode == Opcode::Pop
}

/// `REDUCE POP GET`: the object was made while its arguments were. The items of a tuple that was made while they were are
/// popped one by one (`save_tuple` in `Modules/_pickle.c`).
fn is_recursion(view: &View<'_, '_>, op: &Op<'_>) -> bool {
    /// Items of a tuple that has no mark below it.
    const MOST_ITEMS: usize = 3;
    let mut end = op.end;
    for _ in 0..MOST_ITEMS {
        match view.arena.op_at(end) {
            Some(next) if next.opcode == Opcode::Pop => end = next.end,
            next => {
                let next = next.map(|op| op.opcode);
                return matches!(next, Some(Opcode::Get | Opcode::BinGet | Opcode::LongBinGet));
            }
        }
    }
    false
}
