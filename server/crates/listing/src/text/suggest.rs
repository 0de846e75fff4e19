//! What somebody may have meant: opcodes by name, and names that are nearly right.

use std::sync::LazyLock;

use pickle_ops::{OPCODES, Opcode};

use super::syntax::{Mnemonic, Row};

/// Opcodes sorted by name.
static BY_NAME: LazyLock<Vec<(&str, Opcode)>> = LazyLock::new(|| {
    let mut names: Vec<_> = OPCODES.iter().map(|info| (info.name, info.opcode)).collect();
    names.sort_unstable_by_key(|(name, _)| *name);
    names
});

/// Mistakes of a kind in one text for which it is found out what was meant: that takes a thousand times as long as to read
/// a row.
pub(super) const MAX_SUGGESTIONS: usize = 500;

/// The opcode of this name, in capital letters.
pub(super) fn opcode(name: &str) -> Option<Opcode> {
    let found = BY_NAME.binary_search_by_key(&name, |(known, _)| known).ok()?;
    BY_NAME.get(found).map(|(_, opcode)| *opcode)
}

/// What people call an opcode elsewhere: the constants of `pickle.py` that are no names of `pickletools`, and slips.
const ALIASES: &[(&str, &str)] = &[
    ("EXTENSION1", "EXT1"),
    ("EXTENSION2", "EXT2"),
    ("EXTENSION4", "EXT4"),
    ("TRUE", "NEWTRUE"),
    ("FALSE", "NEWFALSE"),
    ("BYTEARRAY", "BYTEARRAY8"),
    ("STR", "BINUNICODE"),
    ("CALL", "REDUCE"),
    ("FROZEN_SET", "FROZENSET"),
    ("NEW_OBJ", "NEWOBJ"),
    ("NEW_OBJ_EX", "NEWOBJ_EX"),
    ("NEXTBUFFER", "NEXT_BUFFER"),
    ("BYTE", "BYTES"),
    ("DB", "BYTES"),
    ("RAW", "BYTES"),
];

/// Says what a word that is no mnemonic may have been meant for; whether there is such a word. That takes time, so it is no part of
/// reading a row.
pub(super) fn advise(row: &mut Row<'_>) -> bool {
    let Some(Mnemonic { word: None, columns }) = &row.mnemonic else { return false };
    let capitals = row.slice(columns).to_ascii_uppercase();
    let problem = row.problems.iter_mut().find(|problem| problem.columns == *columns);
    if let (Some(problem), Some(name)) = (problem, mnemonic(&capitals)) {
        *problem = problem.clone().replace(format!("did you mean {name}?"), name);
    }
    true
}

/// The mnemonic that `written` (in capital letters) is most like.
fn mnemonic(written: &str) -> Option<&'static str> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == written).map(|(_, name)| *name);
    alias.or_else(|| nearest(written, OPCODES.iter().map(|info| info.name).chain(["BYTES"])))
}

/// The candidate that differs least from `written`, if it differs little: a letter in three, with letters exchanged with
/// their neighbours, left out, added or mistaken.
#[must_use]
pub fn nearest<'c>(written: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    // Names are ASCII; and nobody means one by something much longer, as the time grows with both.
    const LONGEST: usize = 64;
    if written.len() > LONGEST {
        return None;
    }
    let allowed = (written.chars().count() / 3).max(1);
    let rated = candidates
        .filter(|candidate| candidate.len() <= LONGEST && candidate.len().abs_diff(written.len()) <= allowed)
        .map(|candidate| (distance(written, candidate), candidate));
    rated
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|found| found.1)
}

/// Damerau's distance (in its restricted form).
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for i in 0..from.len() {
        let mut next = vec![i + 1];
        for j in 0..to.len() {
            let replaced = row[j] + usize::from(from[i] != to[j]);
            let mut best = replaced.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && from[i] == to[j - 1] && from[i - 1] == to[j] {
                best = best.min(before[j - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_are_found() {
        for info in &OPCODES {
            assert_eq!(opcode(info.name), Some(info.opcode));
        }
        assert_eq!(opcode("newobj"), None);
    }

    #[test]
    fn advice() {
        let mut row = super::super::parse("  3: NEWOJB");
        assert!(advise(&mut row) && !advise(&mut super::super::parse("NEWOBJ")));
        assert_eq!(row.problems[0].suggestion.as_ref().unwrap().message, "did you mean NEWOBJ?");
    }

    #[test]
    fn slips() {
        let cases = [
            ("NEWOJB", Some("NEWOBJ")),
            ("MEMOISE", Some("MEMOIZE")),
            ("SHORT_UNICODE", Some("SHORT_BINUNICODE")),
            ("STACKGLOBAL", Some("STACK_GLOBAL")),
            ("BYTE", Some("BYTES")),
            ("TUPEL2", Some("TUPLE2")),
            ("EXTENSION1", Some("EXT1")),
            ("HELLO_WORLD", None),
        ];
        for (written, meant) in cases {
            assert_eq!(mnemonic(written), meant, "{written}");
        }
        assert_eq!(nearest(&"x".repeat(1000), ["x"].into_iter()), None);
    }
}
