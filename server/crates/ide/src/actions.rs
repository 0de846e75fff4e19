//! Code actions of a text that is edited: what to do about a mistake, and rewrites of the whole text.

use std::ops::Range;

use pickle_listing::edit::{Edited, LineEdit, Refusal, convert, drop_unused, label, reframe, renumber};
use pickle_listing::text::Severity;
use pickle_listing::{Rows, TokenKind};
use pickle_machine::Interrupt;
use pickle_ops::Opcode;

use crate::Sheet;

/// A change of one row that mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, for people.
    pub title: String,
    /// The row.
    pub row: usize,
    /// The columns that are wrong.
    pub about: Range<usize>,
    /// The columns that are replaced.
    pub replaced: Range<usize>,
    /// What stands there then.
    pub text: String,
}

/// A rewrite of the whole text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// Names for memo slots.
    Label,
    /// Memo slots are numbered in the order in which they are filled.
    Renumber,
    /// Memo slots that nothing reads go.
    DropUnused,
    /// Frames as the pickler of Python makes them.
    Reframe,
    /// The ops of a protocol.
    Convert(u8),
}

/// The lines that a rewrite changes; or why it is not possible, or of no use.
pub type Outcome = Result<Vec<LineEdit>, String>;

/// What can be done about the mistakes in some rows.
#[must_use]
pub fn fixes(sheet: &Sheet, rows: Range<usize>) -> Vec<Fix> {
    let frames = rows.clone().take(ROWS).filter_map(|row| frame(sheet, row));
    let found = sheet.assembled.diagnostics.iter().filter(|diagnostic| rows.contains(&diagnostic.line));
    let fix = |diagnostic: &pickle_listing::text::Diagnostic| {
        let suggestion = diagnostic.problem.suggestion.as_ref()?;
        let edit = suggestion.edit.as_ref()?;
        let title = match sheet.row_text(diagnostic.line)?.get(edit.columns.clone())? {
            "" => format!("Insert {}", edit.text.trim()),
            written if edit.text.is_empty() => format!("Remove {}", shown(written)),
            _ => format!("Replace with {}", shown(&edit.text)),
        };
        Some(Fix {
            title,
            row: diagnostic.line,
            about: diagnostic.problem.columns.clone(),
            replaced: edit.columns.clone(),
            text: edit.text.clone(),
        })
    };
    found.filter_map(fix).chain(frames).collect()
}

/// Rows in which frames are looked for.
const ROWS: usize = 1000;

/// A frame that is not as long as what it holds: the assembler can count.
fn frame(sheet: &Sheet, row: usize) -> Option<Fix> {
    let bytes = &sheet.assembled.bytes;
    let op = sheet.op(bytes, row).filter(|op| op.opcode == Opcode::Frame)?;
    let end = usize::try_from(op.number()).ok().and_then(|length| op.end.checked_add(length));
    let mut rows = (row + 1..sheet.len()).filter_map(|row| sheet.op(bytes, row));
    let last = rows.find(|op| matches!(op.opcode, Opcode::Frame | Opcode::Stop))?;
    let counted = if last.opcode == Opcode::Stop { last.end } else { last.start };
    let body = sheet.body(row);
    let operand = sheet.tree.tokens(row).into_iter().find(|token| token.kind == TokenKind::Number)?;
    (end != Some(counted)).then(|| Fix {
        title: "Replace with FRAME auto".to_owned(),
        row,
        about: body,
        replaced: operand.columns,
        text: "auto".to_owned(),
    })
}

/// A piece of text in a title.
fn shown(text: &str) -> String {
    const SHOWN: usize = 40;
    let cut: String = text.chars().take(SHOWN).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{}{more}", pickle_machine::render::escape(&cut))
}

impl Rewrite {
    /// All of them, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        let conversions = (0..=pickle_ops::HIGHEST_PROTOCOL).map(Self::Convert);
        [Self::Label, Self::Renumber, Self::DropUnused, Self::Reframe].into_iter().chain(conversions)
    }

    /// What it does, for people. No two have the same.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::Label => "Label memo slots that are read".to_owned(),
            Self::Renumber => "Renumber the memo".to_owned(),
            Self::DropUnused => "Drop unused memo slots".to_owned(),
            Self::Reframe => "Make frames anew".to_owned(),
            Self::Convert(protocol) => format!("Convert to protocol {protocol}"),
        }
    }

    /// What it does to a text. `None` if it was interrupted.
    #[must_use]
    pub fn apply(self, sheet: &Sheet, interrupt: Interrupt<'_>) -> Option<Outcome> {
        let text = sheet.text();
        outcome(match self {
            Self::Label => label(text, interrupt),
            Self::Renumber => renumber(text, interrupt),
            Self::DropUnused => drop_unused(text, interrupt),
            Self::Reframe => reframe(text, interrupt),
            Self::Convert(protocol) => convert(text, protocol, interrupt),
        })
    }
}

/// Why there is no rewrite of a text at all: it has mistakes. That is known without trying one.
#[must_use]
pub fn refusal(sheet: &Sheet) -> Option<String> {
    sheet.first_fault()?;
    let errors = sheet.assembled.diagnostics.iter().filter(|found| found.problem.severity == Severity::Error);
    Some(reason(errors.map(|found| (found.line, found.problem.message.as_str()))))
}

/// The lines that change, or why none does. `None`: it was interrupted.
fn outcome(edited: Edited) -> Option<Outcome> {
    let reasons = match edited {
        Ok(edits) if edits.is_empty() => return Some(Err("nothing would change".to_owned())),
        Ok(edits) => return Some(Ok(edits)),
        Err(Refusal::Interrupted) => return None,
        Err(Refusal::Reasons(reasons)) => reasons,
    };
    Some(Err(reason(reasons.iter().map(|reason| (reason.line, reason.message.as_str())))))
}

/// The first of some reasons, each with its row, and how many more there are.
fn reason<'r>(mut reasons: impl Iterator<Item = (usize, &'r str)>) -> String {
    let Some((line, message)) = reasons.next() else { return "it is not possible".to_owned() };
    let more = match reasons.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    format!("line {}: {message}{more}", line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::sheet;
    use pickle_listing::edit::apply;
    use pickle_machine::never;

    #[test]
    fn mistakes_are_mended() {
        let text = "NONE\nNEWOJB\nBININT1 1STOP\nstop\n";
        let sheet = sheet(text);
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        let found = fixes(&sheet, 0..sheet.len());
        assert_eq!(found[0].title, "Replace with NEWOBJ");
        for fix in found.iter().filter(|fix| fix.row != 2) {
            lines[fix.row].replace_range(fix.replaced.clone(), &fix.text);
        }
        assert_eq!((lines[1].as_str(), lines[3].as_str()), ("NEWOBJ", "STOP"));
        assert!(fixes(&sheet, 0..1).is_empty());
    }

    #[test]
    fn frames_are_counted() {
        let found = |frame: &str| {
            let text = format!("PROTO 4\n  2: {frame}\nNONE\nFRAME auto\nPOP\nNONE\nSTOP\n");
            fixes(&sheet(&text), 0..8)
                .into_iter()
                .map(|fix| (fix.row, fix.replaced, fix.text))
                .collect::<Vec<_>>()
        };
        assert_eq!(found("FRAME 1"), []);
        assert_eq!(found("FRAME auto"), []);
        assert_eq!(found("FRAME 34"), [(1, 11..13, "auto".to_owned())]);
    }

    #[test]
    fn rewrites_of_a_text() {
        let text = "PROTO 2\nEMPTY_LIST\nBINPUT 5\nNONE\nAPPEND\nBINGET 5\nTUPLE2\nSTOP\n";
        let sheet = sheet(text);
        let outcome = |rewrite: Rewrite| rewrite.apply(&sheet, &never).unwrap();
        assert_eq!(Rewrite::all().count(), 10);
        let renumbered = apply(text, &outcome(Rewrite::Renumber).unwrap());
        assert!(renumbered.contains("BINPUT 0") && renumbered.contains("BINGET 0"), "{renumbered}");
        assert_eq!(outcome(Rewrite::DropUnused), Err("nothing would change".to_owned()));
        assert_eq!(refusal(&sheet), None);
    }

    #[test]
    fn a_text_with_mistakes_is_refused_without_trying() {
        for text in ["NONE\nOOPS\n", "NONE\nOOPS\nBININT1 'a'\nSTOP\n", "1: NONE\nBINGET $a\nSTOP\n"] {
            let sheet = crate::fixture::sheet(text);
            let reason = refusal(&sheet).unwrap();
            assert!(reason.starts_with("line 2: "), "{reason}");
            assert_eq!(Rewrite::Label.apply(&sheet, &never), Some(Err(reason)));
        }
    }
}
