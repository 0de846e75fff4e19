//! Find references: everything that has to do with the object at the cursor.

use pickle_machine::record::{Explorer, is_read, is_store};
use pickle_ops::Opcode;

use crate::{Context, Position};

/// Offsets of ops: for a memo slot the store and its reads; for a mark, the mark and the op that takes it; for an op that
/// pushes an object, the op that takes it, and the memo slot it is stored in with its reads. The declaration is the store, or the op
/// itself. At most `limit`.
#[must_use]
pub fn references(context: &Context<'_>, position: Position, declaration: bool, limit: usize) -> Vec<usize> {
    let Some(op) = context.view.op(context.bytes, position.row) else { return Vec::new() };
    let explorer = context.explorer();
    let everywhere = 0..context.bytes.len();
    let mut found = Vec::new();
    let mut declared = Some(op.start);
    if is_read(op.opcode) || is_store(op.opcode) {
        declared = explorer.memo_store(op.start);
        if let Some(store) = declared {
            found.extend(explorer.memo_reads(store, &everywhere, limit));
        }
    } else {
        found.extend(explorer.mark_partner(op.start).filter(|_| op.opcode == Opcode::Mark));
        found.extend(explorer.consumer(op.start));
        if let Some(store) = stored_by(&explorer, op.start) {
            found.push(store);
            found.extend(explorer.memo_reads(store, &everywhere, limit));
        }
    }
    found.extend(declared.filter(|_| declaration));
    found.sort_unstable();
    found.dedup();
    found.truncate(limit);
    found
}

/// The op right behind one that stores what it pushed: picklers memoise at once.
fn stored_by(explorer: &Explorer<'_, '_>, offset: usize) -> Option<usize> {
    let (_, step) = explorer.step(offset)?;
    let (_, next) = explorer.step(step.op.end)?;
    let pushes = !step.op.opcode.info().after.is_empty() && step.op.opcode != Opcode::Mark;
    (pushes && is_store(next.op.opcode)).then_some(next.op.start)
}

#[cfg(test)]
mod tests {
    use crate::fixture::check_targets;
    use crate::{Context, Position};

    fn all(context: &Context<'_>, position: Position) -> Vec<usize> {
        super::references(context, position, true, 100)
    }

    #[test]
    fn of_slots_marks_and_objects() {
        check_targets(all, b"]q\x05(h\x05h\x05e.", "BINGET", &["BINPUT", "BINGET", "BINGET"]);
        check_targets(all, b"]q\x05(h\x05e.", "BINPUT", &["BINPUT", "BINGET"]);
        check_targets(all, b"](K\x01e.", "MARK", &["MARK", "APPENDS"]);
        check_targets(all, b"cos\nx\nq\x00)Rh\x00.", "GLOBAL", &["GLOBAL", "BINPUT", "REDUCE", "BINGET"]);
        check_targets(all, b"h\x05.", "BINGET", &[]);
    }
}
