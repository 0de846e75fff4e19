//! Memo slots from 0 on, in the order in which they are filled, as picklers number them.

use pickle_machine::Interrupt;

use super::Edited;
use super::draft::Draft;
use super::memo::MemoUse;
use super::program::Program;

/// Numbers the memo slots of each pickle anew. A slot that is filled twice becomes two.
///
/// # Errors
/// Errors of the text, and memo ops that cannot be followed.
pub fn renumber(text: &str, interrupt: Interrupt<'_>) -> Edited {
    let program = Program::read(text, interrupt)?;
    let memo = MemoUse::of(&program)?;
    Draft::new(&program, Some(&memo)).finish()
}
