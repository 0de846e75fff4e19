//! Rename of a memo slot in a text that is edited: from number or label to another one, in the row that fills it and in those
//! that read it.

use std::ops::Range;

use pickle_listing::{Rows, TokenKind};
use pickle_machine::record::{Explorer, is_read, is_store};
use pickle_ops::Opcode;

use crate::{Position, Sheet, Span};

/// A change of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// What goes; nothing where something is put in.
    pub span: Span,
    /// What comes.
    pub text: String,
}

/// The slot at a place, as it is written there, and where: it may be meant by the mnemonic as well, which is all that there is of
/// a `MEMOIZE`. `None`: no slot is there.
#[must_use]
pub fn slot_at(sheet: &Sheet, position: Position) -> Option<(Span, String)> {
    let row = position.row;
    let body = sheet.body(row);
    let op = sheet.op(&sheet.assembled.bytes, row).filter(|op| is_store(op.opcode) || is_read(op.opcode));
    let known = op.map(|op| body.start..body.start + op.opcode.name().len());
    let slot = slot_columns(sheet, row);
    let under = |columns: &Range<usize>| columns.start <= position.column && position.column <= columns.end;
    if ![&slot, &known].into_iter().flatten().any(under) {
        return None;
    }
    let Some(columns) = slot else {
        let (_, step) = sheet.context().explorer().step(op?.start)?;
        return Some((Span { row, columns: known? }, step.slot?.to_string()));
    };
    let text = sheet.row_text(row)?.get(columns.clone())?.to_owned();
    Some((Span { row, columns }, text))
}

/// The changes that give the slot at a place another name: a number, or `$label` (the `$` may be left out).
///
/// # Errors
/// Why that is not possible, for people.
pub fn rename(sheet: &Sheet, position: Position, name: &str) -> Result<Vec<Replacement>, String> {
    let (_, written) = slot_at(sheet, position).ok_or("there is no memo slot here")?;
    let name = Name::parse(name.trim())?;
    let rows = rows(sheet, position.row, &written)?;
    check(sheet, &rows, &name)?;
    let text = name.text();
    let replaced = rows.iter().map(|&row| match slot_columns(sheet, row) {
        Some(columns) => Replacement { span: Span { row, columns }, text: text.clone() },
        None => {
            // MEMOIZE has no slot in its row; a label can be put there.
            let end = sheet.body(row).end;
            Replacement { span: Span { row, columns: end..end }, text: format!(" {text}") }
        }
    });
    Ok(replaced.collect())
}

/// A name of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Number(u64),
    Label(String),
}

impl Name {
    fn parse(text: &str) -> Result<Self, String> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
            let number = text.parse().ok().filter(|&number: &u64| number <= u64::from(u32::MAX));
            return number.map(Self::Number).ok_or_else(|| format!("slot {text} is too large"));
        }
        let label = text.strip_prefix('$').unwrap_or(text);
        let begins = label.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        if begins && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Ok(Self::Label(label.to_owned()));
        }
        Err("a memo slot is a number, or a label: $ and letters, digits and _, a letter first".to_owned())
    }

    fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Label(label) => format!("${label}"),
        }
    }
}

/// The columns of the memo slot in a row; none in that of a `MEMOIZE` without a label.
#[must_use]
pub fn slot_columns(sheet: &Sheet, row: usize) -> Option<Range<usize>> {
    let tokens = sheet.tree.tokens(row);
    tokens.into_iter().find(|token| token.kind == TokenKind::Memo).map(|token| token.columns)
}

/// The rows that fill and read the slot of a row, the one that fills it first.
fn rows(sheet: &Sheet, row: usize, written: &str) -> Result<Vec<usize>, String> {
    let context = sheet.context();
    let explorer = context.explorer();
    let store = sheet.op(context.bytes, row).and_then(|op| explorer.memo_store(op.start));
    match store {
        Some(store) => {
            let reads = explorer.memo_reads(store, &sheet.bytes(), usize::MAX);
            let mut rows: Vec<_> =
                std::iter::once(store).chain(reads).filter_map(|offset| sheet.row_at(offset)).collect();
            // A label that is read behind the end of its pickle is the same label.
            if let Some(label) = written.strip_prefix('$') {
                rows.extend(label_rows(sheet, label, row));
                rows.sort_unstable();
                rows.dedup();
            }
            Ok(rows)
        }
        None => match written.strip_prefix('$').map(|label| label_rows(sheet, label, row)) {
            Some(rows) if !rows.is_empty() => Ok(rows),
            _ => Err("nothing fills this memo slot".to_owned()),
        },
    }
}

/// The rows with a label, from its definition to the next one of the same name.
fn label_rows(sheet: &Sheet, label: &str, row: usize) -> Vec<usize> {
    let definitions = sheet.assembled.labels.iter().filter(|found| found.name == label);
    let all: Vec<usize> = definitions.map(|found| found.line).collect();
    let Some(first) = all.iter().rfind(|&&line| line <= row) else { return Vec::new() };
    let end = all.iter().find(|line| *line > first).copied().unwrap_or(sheet.len());
    let has_label = |row: &usize| {
        let text = sheet.row_text(*row).unwrap_or_default();
        let slot = slot_columns(sheet, *row).and_then(|columns| text.get(columns));
        slot.and_then(|slot| slot.strip_prefix('$')) == Some(label)
    };
    (*first..end).filter(has_label).collect()
}

/// Whether the rows can have the name.
fn check(sheet: &Sheet, rows: &[usize], name: &Name) -> Result<(), String> {
    let context = sheet.context();
    let explorer = context.explorer();
    let ops = || rows.iter().filter_map(|&row| sheet.op(context.bytes, row));
    match name {
        Name::Label(label) => {
            let taken = sheet.assembled.labels.iter().find(|found| {
                found.name == *label && !rows.contains(&found.line) && same_pickle(sheet, found.line, rows)
            });
            taken.map_or(Ok(()), |found| {
                Err(format!("${label} is defined in line {} already", found.line + 1))
            })
        }
        Name::Number(number) => {
            if ops().any(|op| op.opcode == Opcode::Memoize) {
                return Err("MEMOIZE takes the next slot, whatever its number; give it a label".to_owned());
            }
            let short = |opcode| matches!(opcode, Opcode::BinPut | Opcode::BinGet);
            if *number > 255 && ops().any(|op| short(op.opcode)) {
                return Err("BINPUT and BINGET have slots up to 255".to_owned());
            }
            let own: Vec<_> = ops().map(|op| op.start).collect();
            if other_uses(sheet, &explorer, &own, *number) {
                return Err(format!("slot {number} is used in this pickle already"));
            }
            Ok(())
        }
    }
}

fn same_pickle(sheet: &Sheet, row: usize, rows: &[usize]) -> bool {
    let pickle = |row: usize| {
        let start = sheet.assembled.line_bytes(row).start;
        sheet.recording.pickle_at(start).map(|pickle| pickle.bytes.start)
    };
    rows.iter().any(|&other| pickle(other) == pickle(row))
}

/// Whether an op of the same pickle, and none of `own`, fills or reads a slot.
fn other_uses(sheet: &Sheet, explorer: &Explorer<'_, '_>, own: &[usize], number: u64) -> bool {
    let Some(pickle) = own.first().and_then(|&offset| sheet.recording.pickle_at(offset)) else {
        return false;
    };
    let ends = (sheet.row_at(pickle.bytes.start), sheet.row_at(pickle.bytes.end.saturating_sub(1)));
    let (Some(first), Some(last)) = ends else { return false };
    (first..=last).filter_map(|row| sheet.op(&sheet.assembled.bytes, row)).any(|op| {
        (is_store(op.opcode) || is_read(op.opcode))
            && !own.contains(&op.start)
            && explorer.step(op.start).is_some_and(|(_, step)| step.slot == Some(number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{cursor, sheet};

    /// The text after a rename of the slot at `|`, or why there is none.
    fn renamed(text: &str, name: &str) -> Result<String, String> {
        let (text, position) = cursor(text);
        let mut lines: Vec<_> = text.split('\n').map(str::to_owned).collect();
        for change in rename(&sheet(&text), position, name)? {
            lines[change.span.row].replace_range(change.span.columns, &change.text);
        }
        let before = sheet(&text);
        let after = sheet(&lines.join("\n"));
        assert!(!after.assembled.faulty || before.assembled.faulty, "{:?}", after.assembled.diagnostics);
        Ok(lines.join("\n"))
    }

    #[test]
    fn labels() {
        let text = "NONE\nMEMOIZE $a # $a\nBINGET $|a\nSTOP\nGET $a\nNONE\nPUT $a\nSTOP\n";
        let expected = "NONE\nMEMOIZE $b # $a\nBINGET $b\nSTOP\nGET $b\nNONE\nPUT $a\nSTOP\n";
        assert_eq!(renamed(text, "$b").unwrap(), expected);
        assert_eq!(renamed(text, "b").unwrap(), expected);
        assert!(renamed(text, "5").unwrap_err().contains("MEMOIZE"));
        assert!(renamed(text, "a b").is_err() && renamed(text, "").is_err() && renamed(text, "$").is_err());
        let taken = "NONE\nPUT $|a\nPUT $b\nSTOP";
        assert!(renamed(taken, "$b").unwrap_err().contains("line 3"));
        // Other rows may be wrong meanwhile.
        assert_eq!(renamed("NONE\nPUT $|a\nOOPS\nGET $a", "c").unwrap(), "NONE\nPUT $c\nOOPS\nGET $c");
    }

    #[test]
    fn numbers() {
        let text = "NONE\nBINPUT 1\nBINGET |1\nBINPUT 2\nBINPUT 1\nBINGET 1\nSTOP";
        let expected = "NONE\nBINPUT 9\nBINGET 9\nBINPUT 2\nBINPUT 1\nBINGET 1\nSTOP";
        assert_eq!(renamed(text, "9").unwrap(), expected);
        assert!(renamed(text, "2").unwrap_err().contains("slot 2"));
        assert!(renamed(text, "256").unwrap_err().contains("255"));
        assert!(renamed(text, "99999999999999999999").unwrap_err().contains("too large"));
        assert_eq!(renamed("NONE\nMEMOIZE # x\nGET |0", "n").unwrap(), "NONE\nMEMOIZE $n # x\nGET $n");
        assert_eq!(renamed("NONE\nMEM|OIZE\nGET 0", "n").unwrap(), "NONE\nMEMOIZE $n\nGET $n");
        assert_eq!(renamed("NONE\nMEMOIZE $a\nG|ET $a", "n").unwrap(), "NONE\nMEMOIZE $n\nGET $n");
        assert!(renamed("GET |5", "n").unwrap_err().contains("nothing fills"));
        assert!(renamed("NO|NE", "n").unwrap_err().contains("no memo slot"));
    }
}
