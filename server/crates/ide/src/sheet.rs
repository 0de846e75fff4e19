//! A text that somebody edits, with the bytes that it assembles to: what a view is for a text that we wrote.
//!
//! The rows that are right make their bytes whatever is wrong with others, so features answer about them while something is
//! being typed. Tokens and nesting come from the tree, bytes and labels from the assembler.

use std::ops::Range;

use pickle_listing::row::Token;
use pickle_listing::text::{Assembled, assemble_unless};
use pickle_listing::view::RowKind;
use pickle_listing::{Rows, TokenKind};
use pickle_machine::Interrupt;
use pickle_machine::record::{Recording, record};
use pickle_syntax::Tree;

use crate::Context;

/// One state of a text, and all that is known of it.
#[derive(Debug)]
pub struct Sheet {
    /// Its rows and tokens.
    pub tree: Tree,
    /// Its bytes, its labels, and what is wrong with it.
    pub assembled: Assembled,
    /// The index of its bytes.
    pub recording: Recording,
}

impl Sheet {
    /// Of a text that was parsed. `None` if it was interrupted.
    #[must_use]
    pub fn new(tree: Tree, interrupt: Interrupt<'_>) -> Option<Self> {
        let assembled = assemble_unless(tree.text(), interrupt)?;
        let recording = record(&assembled.bytes, interrupt);
        recording.complete.then_some(Self { tree, assembled, recording })
    }

    /// What features work on.
    #[must_use]
    pub fn context(&self) -> Context<'_> {
        Context { bytes: &self.assembled.bytes, recording: &self.recording, view: self }
    }

    /// The bytes of memory that it takes, more or less.
    #[must_use]
    pub fn weight(&self) -> usize {
        2 * self.tree.text().len()
            + self.tree.len() * 64
            + self.assembled.bytes.len()
            + self.recording.weight()
    }

    /// The first row that makes no bytes because something is wrong with it.
    #[must_use]
    pub fn first_fault(&self) -> Option<usize> {
        let mut errors = self.assembled.diagnostics.iter();
        let is_error = |severity| severity == pickle_listing::text::Severity::Error;
        errors.find(|diagnostic| is_error(diagnostic.problem.severity)).map(|diagnostic| diagnostic.line)
    }
}

/// What the comments above the pickles of a listing begin with.
const HEADING: &str = "# pickle ";

impl Rows for Sheet {
    fn len(&self) -> usize {
        self.tree.len()
    }

    fn text(&self) -> &str {
        self.tree.text()
    }

    fn kind(&self, row: usize) -> Option<RowKind> {
        let first = self.tree.tokens(row).into_iter().find(|token| token.kind != TokenKind::Offset)?;
        match first.kind {
            TokenKind::Comment if self.row_text(row)?.trim_start().starts_with(HEADING) => {
                Some(RowKind::Heading)
            }
            _ if self.assembled.line_bytes(row).is_empty() => None,
            TokenKind::Mnemonic | TokenKind::MarkMnemonic => Some(RowKind::Op),
            TokenKind::Directive => Some(RowKind::Gap),
            _ => None,
        }
    }

    fn depth(&self, row: usize) -> usize {
        self.tree.depth(row)
    }

    fn row_text(&self, row: usize) -> Option<&str> {
        self.tree.row_text(row)
    }

    fn row_bytes(&self, row: usize) -> Option<Range<usize>> {
        (row < self.len()).then(|| self.assembled.line_bytes(row))
    }

    fn bytes(&self) -> Range<usize> {
        0..self.assembled.bytes.len()
    }

    fn row_at(&self, offset: usize) -> Option<usize> {
        if offset > self.assembled.bytes.len() { None } else { self.assembled.line_at(offset) }
    }

    fn elision(&self, _row: usize) -> Option<Range<u64>> {
        None
    }

    fn tokens(&self, _bytes: &[u8], row: usize) -> Vec<Token> {
        self.tree.tokens(row)
    }

    fn body(&self, row: usize) -> Range<usize> {
        let tokens = self.tree.tokens(row);
        let said = tokens.iter().find(|token| token.kind != TokenKind::Offset);
        // A comment is what the row says only where there is nothing else.
        let last = tokens
            .iter()
            .rfind(|token| token.kind != TokenKind::Comment)
            .filter(|last| last.kind != TokenKind::Offset);
        match (said, last.or(said)) {
            (Some(first), Some(last)) => first.columns.start..last.columns.end,
            _ => 0..self.row_text(row).map_or(0, str::len),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pickle_syntax::Buffer;

    const TEXT: &str =
        "# pickle 0\n  0: PROTO 4\n\nMARK\n  BINUNICODE 'a: b' # x\nNEWOJB\n  BYTES b'\\xff'\nSTOP\n";

    fn sheet(text: &str) -> Sheet {
        Sheet::new(Buffer::new(text).parse(&|| false).unwrap(), &|| false).unwrap()
    }

    #[test]
    fn rows_and_bytes() {
        let sheet = sheet(TEXT);
        let bytes = &sheet.assembled.bytes;
        assert_eq!(bytes, b"\x80\x04(X\x04\0\0\0a: b\xff.");
        let kinds: Vec<_> = (0..sheet.len()).map(|row| sheet.kind(row)).collect();
        let op = Some(RowKind::Op);
        assert_eq!(kinds, [Some(RowKind::Heading), op, None, op, op, None, Some(RowKind::Gap), op, None]);
        assert_eq!([0, 1, 2, 3, 12, 13, 14].map(|at| sheet.row_at(at).unwrap()), [1, 1, 3, 4, 6, 7, 7]);
        assert_eq!(sheet.row_at(15), None);
        assert_eq!(sheet.first_fault(), Some(5));
        let body = |row: usize| &sheet.row_text(row).unwrap()[sheet.body(row)];
        assert_eq!([0, 1, 4, 6].map(body), ["# pickle 0", "PROTO 4", "BINUNICODE 'a: b'", "BYTES b'\\xff'"]);
        assert_eq!(sheet.depth(4), 1);
    }

    #[test]
    fn nothing() {
        let sheet = sheet("");
        assert_eq!((sheet.row_at(0), sheet.kind(0), sheet.kind(5)), (None, None, None));
    }
}
