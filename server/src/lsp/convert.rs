//! Between our rows, columns and kinds and those of LSP: the only place that knows both.

use std::ops::Range as Span;

use pickle_ide::highlights::HighlightKind;
use pickle_ide::symbols::SymbolKind as OurSymbolKind;
use pickle_ide::{Position as OurPosition, semantic_tokens};
use pickle_listing::Rows;
use pickle_listing::edit::LineEdit;
use pickle_rules::Severity;
use tower_lsp::gen_lsp_types::*;

/// How columns are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// In bytes.
    Utf8,
    /// In units of UTF-16: what every client can do.
    #[default]
    Utf16,
    /// In code points.
    Utf32,
}

impl Encoding {
    /// The first that the client names and we can do.
    pub(crate) fn negotiate(wanted: &[PositionEncodingKind]) -> Self {
        let known = wanted.iter().find_map(|kind| match kind {
            PositionEncodingKind::UTF8 => Some(Self::Utf8),
            PositionEncodingKind::UTF16 => Some(Self::Utf16),
            PositionEncodingKind::UTF32 => Some(Self::Utf32),
            PositionEncodingKind::Custom(_) => None,
        });
        known.unwrap_or_default()
    }

    /// What LSP calls it.
    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn units(self, text: &str) -> usize {
        match self {
            _ if text.is_ascii() => text.len(),
            Self::Utf8 => text.len(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Utf32 => text.chars().count(),
        }
    }

    /// The column of a byte of a row.
    pub(crate) fn column(self, text: &str, byte: usize) -> u32 {
        let mut byte = byte.min(text.len());
        while !text.is_char_boundary(byte) {
            byte -= 1;
        }
        number(self.units(&text[..byte]))
    }

    /// The byte of a column of a row; the end of the row for a column behind it.
    pub(crate) fn byte(self, text: &str, column: u32) -> usize {
        let mut left = column as usize;
        for (byte, character) in text.char_indices() {
            let width = self.units(character.encode_utf8(&mut [0; 4]));
            if left < width {
                return byte;
            }
            left -= width;
        }
        text.len()
    }
}

/// As LSP counts; a text never has more.
pub(crate) fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

/// Columns of a row whose text is given.
pub(crate) fn range_in(text: &str, row: usize, columns: &Span<usize>, encoding: Encoding) -> Range {
    let at = |byte| Position { line: number(row), character: encoding.column(text, byte) };
    Range { start: at(columns.start), end: at(columns.end) }
}

/// Columns of a row.
pub(crate) fn range(view: &dyn Rows, row: usize, columns: &Span<usize>, encoding: Encoding) -> Range {
    range_in(view.row_text(row).unwrap_or_default(), row, columns, encoding)
}

/// The changes of one document.
pub(crate) fn workspace_edit(uri: &Uri, edits: Vec<TextEdit>) -> WorkspaceEdit {
    WorkspaceEdit { changes: Some([(uri.clone(), edits)].into()), ..WorkspaceEdit::default() }
}

/// A line that changes, with the line ends that it has.
pub(crate) fn line_edit(rows: &dyn Rows, edit: &LineEdit, encoding: Encoding) -> TextEdit {
    let line = range(rows, edit.line, &(0..usize::MAX), encoding);
    if edit.lines.is_empty() {
        let next = Position { line: line.end.line + 1, character: 0 };
        let end = if edit.line + 1 < rows.len() { next } else { line.end };
        return TextEdit { range: Range { start: line.start, end }, new_text: String::new() };
    }
    let ends = if rows.text().contains("\r\n") { "\r\n" } else { "\n" };
    TextEdit { range: line, new_text: edit.lines.join(ends) }
}

/// Whole rows.
pub(crate) fn rows(view: &dyn Rows, rows: &Span<usize>, encoding: Encoding) -> Range {
    let last = rows.end.saturating_sub(1).max(rows.start);
    let end = range(view, last, &(0..usize::MAX), encoding).end;
    Range { start: Position { line: number(rows.start), character: 0 }, end }
}

/// A place in a text; `None` behind its last row.
pub(crate) fn position(view: &dyn Rows, position: Position, encoding: Encoding) -> Option<OurPosition> {
    let row = position.line as usize;
    let text = view.row_text(row)?;
    Some(OurPosition { row, column: encoding.byte(text, position.character) })
}

/// The rows of a text that a range touches.
pub(crate) fn touched(view: &dyn Rows, range: Range) -> Span<usize> {
    let end =
        range.end.line as usize + usize::from(range.end.character > 0 || range.end.line == range.start.line);
    let end = end.min(view.len());
    (range.start.line as usize).min(end)..end
}

/// How bad a finding is.
pub(crate) fn severity(of: Severity) -> DiagnosticSeverity {
    match of {
        Severity::Info => DiagnosticSeverity::Information,
        Severity::Warning => DiagnosticSeverity::Warning,
        Severity::Error => DiagnosticSeverity::Error,
    }
}

/// What a highlight is.
pub(crate) fn highlight(of: HighlightKind) -> DocumentHighlightKind {
    match of {
        HighlightKind::Text => DocumentHighlightKind::Text,
        HighlightKind::Read => DocumentHighlightKind::Read,
        HighlightKind::Write => DocumentHighlightKind::Write,
    }
}

/// What a symbol is.
pub(crate) fn symbol(of: OurSymbolKind) -> SymbolKind {
    match of {
        OurSymbolKind::Pickle => SymbolKind::File,
        OurSymbolKind::Globals => SymbolKind::Namespace,
        OurSymbolKind::Global => SymbolKind::Class,
        OurSymbolKind::Array => SymbolKind::Array,
        OurSymbolKind::Dict | OurSymbolKind::Object => SymbolKind::Object,
        OurSymbolKind::String => SymbolKind::String,
        OurSymbolKind::Number => SymbolKind::Number,
        OurSymbolKind::Other => SymbolKind::Variable,
    }
}

/// Tokens in order, each relative to the one before.
#[derive(Debug, Default)]
pub(crate) struct TokenStream {
    /// What LSP wants.
    pub(crate) data: Vec<SemanticToken>,
    line: u32,
    start: u32,
}

impl TokenStream {
    /// Adds a token.
    pub(crate) fn push(
        &mut self,
        view: &dyn Rows,
        token: &semantic_tokens::SemanticToken,
        encoding: Encoding,
    ) {
        let Range { start, end } = range(view, token.row, &token.columns, encoding);
        let delta_line = start.line - self.line;
        let delta_start = if delta_line == 0 { start.character - self.start } else { start.character };
        (self.line, self.start) = (start.line, start.character);
        self.data.push(SemanticToken {
            delta_line,
            delta_start,
            length: end.character - start.character,
            token_type: token.kind,
            token_modifiers_bitset: token.modifiers,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two bytes and one unit; four bytes and two units; three bytes and one unit.
    const TEXT: &str = "aé😀€b";

    #[test]
    fn columns() {
        let ends = [0, 1, 3, 7, 10, 11];
        for (encoding, columns) in [
            (Encoding::Utf8, [0, 1, 3, 7, 10, 11]),
            (Encoding::Utf16, [0, 1, 2, 4, 5, 6]),
            (Encoding::Utf32, [0, 1, 2, 3, 4, 5]),
        ] {
            for (byte, column) in ends.into_iter().zip(columns) {
                assert_eq!(encoding.column(TEXT, byte), column);
                assert_eq!(encoding.byte(TEXT, column), byte);
            }
            assert_eq!(encoding.byte(TEXT, 99), 11);
            assert_eq!(encoding.column(TEXT, usize::MAX), *columns.last().unwrap());
        }
    }

    #[test]
    fn inside_a_character() {
        assert_eq!(Encoding::Utf16.byte(TEXT, 3), 3);
        assert_eq!(Encoding::Utf8.byte(TEXT, 4), 3);
        assert_eq!(Encoding::Utf16.column(TEXT, 5), 2);
    }

    #[test]
    fn the_first_that_is_known() {
        let custom = PositionEncodingKind::Custom("utf-7".into());
        assert_eq!(Encoding::negotiate(&[]), Encoding::Utf16);
        assert_eq!(Encoding::negotiate(&[custom.clone(), PositionEncodingKind::UTF8]), Encoding::Utf8);
        assert_eq!(
            Encoding::negotiate(&[PositionEncodingKind::UTF32, PositionEncodingKind::UTF8]),
            Encoding::Utf32
        );
        assert_eq!(Encoding::negotiate(&[custom]), Encoding::Utf16);
    }
}
