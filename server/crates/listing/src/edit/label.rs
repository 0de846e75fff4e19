//! Names for the memo slots that are read: rows can come and go then, and what is read stays the same, however `MEMOIZE` counts.

use std::collections::{BTreeMap, HashSet};

use pickle_machine::Interrupt;

use super::Edited;
use super::draft::{Draft, New};
use super::memo::{MemoUse, Role};
use super::program::Program;

/// Gives a label to each memo slot that is read and has none. The other slots are numbered in the order in which they are filled.
///
/// # Errors
/// Errors of the text, and memo ops that cannot be followed.
pub fn label(text: &str, interrupt: Interrupt<'_>) -> Edited {
    let program = Program::read(text, interrupt)?;
    let memo = MemoUse::of(&program)?;
    let mut draft = Draft::new(&program, Some(&memo));
    let mut known: BTreeMap<usize, String> = BTreeMap::new();
    let mut taken = HashSet::new();
    for (line, role) in memo.roles.iter().enumerate() {
        program.pause(line)?;
        let Some(written) = draft.label(line) else { continue };
        taken.insert(written.clone());
        if let Some(Role::Store(store)) = role {
            known.insert(*store, written);
        }
    }
    for (line, role) in memo.roles.iter().enumerate() {
        program.pause(line)?;
        let Some(Role::Store(store) | Role::Load(store)) = *role else { continue };
        let Some(opcode) = program.opcode(line) else { continue };
        if memo.reads[store] == 0 || draft.label(line).is_some() {
            continue;
        }
        let name = known.entry(store).or_insert_with(|| free(store, &taken)).clone();
        draft.replace(line, vec![New::Memo(opcode, store, Some(name))]);
    }
    draft.finish()
}

/// A label that the text does not have.
fn free(store: usize, taken: &HashSet<String>) -> String {
    let mut name = format!("$m{store}");
    while taken.contains(&name) {
        name.push('_');
    }
    name
}
