//! A text without the memo ops that nothing reads: most of those that a pickler writes.

use pickle_machine::Interrupt;

use super::Edited;
use super::draft::Draft;
use super::memo::{MemoUse, Role};
use super::program::Program;

/// Drops `PUT`s and `MEMOIZE`s that nothing reads. The slots of the others change only where `MEMOIZE` or a label numbers
/// them.
///
/// # Errors
/// Errors of the text, and memo ops that cannot be followed.
pub fn drop_unused(text: &str, interrupt: Interrupt<'_>) -> Edited {
    let program = Program::read(text, interrupt)?;
    let memo = MemoUse::of(&program)?;
    let mut draft = Draft::new(&program, memo.counted.then_some(&memo));
    for (line, role) in memo.roles.iter().enumerate() {
        program.pause(line)?;
        if matches!(role, Some(Role::Store(store)) if memo.reads[*store] == 0) {
            draft.replace(line, Vec::new());
        }
    }
    draft.finish()
}
