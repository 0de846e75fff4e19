//! Go to definition.
//!
//! | at | leads to |
//! |---|---|
//! | a memo read | the op that filled the slot |
//! | a memo store | the op that made what it stores |
//! | `MARK` | the op that takes it |
//! | an op that takes a mark | its `MARK` (for `OBJ` also the class) |
//! | a call | the global (or other op) that made the callable |
//! | `BUILD`, `APPEND`, `SETITEM` | the op that made the object |
//! | any other op | the ops that pushed what it takes |

use pickle_machine::arena::Shape;
use pickle_machine::record::{Explorer, Step, Window, is_read, is_store};
use pickle_ops::Opcode;

use crate::{Context, Position};

/// Offsets of the ops that an op refers to.
#[must_use]
pub fn definition(context: &Context<'_>, position: Position) -> Vec<usize> {
    let Some(op) = context.view.op(context.bytes, position.row) else { return Vec::new() };
    let explorer = context.explorer();
    let Some((window, step)) = explorer.step(op.start) else { return Vec::new() };
    let found = targets(&explorer, &window, &step);
    found.into_iter().filter(|&offset| offset != op.start).collect()
}

fn targets<'a>(explorer: &Explorer<'_, 'a>, window: &Window<'a>, step: &Step<'a>) -> Vec<usize> {
    let offset = step.op.start;
    let opcode = step.op.opcode;
    let made = |value| explorer.origin(window, value);
    if is_read(opcode) {
        return explorer.memo_store(offset).into_iter().collect();
    }
    if is_store(opcode) {
        return step.value.and_then(made).into_iter().collect();
    }
    match opcode {
        Opcode::Obj => {
            callee(explorer, window, step).into_iter().chain(explorer.mark_partner(offset)).collect()
        }
        Opcode::Reduce | Opcode::NewObj | Opcode::NewObjEx => {
            callee(explorer, window, step).into_iter().collect()
        }
        Opcode::Build | Opcode::Append | Opcode::SetItem | Opcode::Stop => {
            step.value.and_then(made).into_iter().collect()
        }
        _ => match explorer.mark_partner(offset) {
            Some(partner) => vec![partner],
            None => window.operands(step).iter().map(|operand| operand.pushed_by).collect(),
        },
    }
}

/// The op that made what a call calls.
fn callee<'a>(explorer: &Explorer<'_, 'a>, window: &Window<'a>, step: &Step<'a>) -> Option<usize> {
    match window.arena.shape(step.value?) {
        Shape::Call { callee, .. } => explorer.origin(window, callee),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::check_targets;

    #[test]
    fn memo_marks_and_calls() {
        // The cursor is on the row of the op with the first name; the second names where it leads.
        check_targets(super::definition, b"]q\x05(h\x05e.", "BINGET", &["BINPUT"]);
        check_targets(super::definition, b"]q\x05(h\x05e.", "BINPUT", &["EMPTY_LIST"]);
        check_targets(super::definition, b"](K\x01e.", "MARK", &["APPENDS"]);
        check_targets(super::definition, b"](K\x01e.", "APPENDS", &["MARK"]);
        check_targets(super::definition, b"cos\nsystem\n(S'x'\ntR.", "REDUCE", &["GLOBAL"]);
        check_targets(super::definition, b"\x80\x02cos\nx\nq\x000h\x00)\x81.", "NEWOBJ", &["GLOBAL"]);
        check_targets(super::definition, b"(cos\nx\nK\x01o.", "OBJ", &["GLOBAL", "MARK"]);
        check_targets(super::definition, b"\x80\x02cos\nx\n)\x81}b.", "BUILD", &["NEWOBJ"]);
        check_targets(super::definition, b"K\x01K\x02\x86.", "TUPLE2", &["BININT1", "BININT1"]);
        check_targets(super::definition, b"h\x05.", "BINGET", &[]);
    }
}
