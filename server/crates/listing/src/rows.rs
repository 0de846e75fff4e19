//! What editor features ask of a text whose rows stand for bytes, whoever wrote it.
//!
//! A [`View`] is a text that we wrote for bytes; a text that a person edits stands for the bytes that it assembles to. Both
//! answer the same questions, so each feature is written once.

use std::fmt::Debug;
use std::ops::Range;

use pickle_ops::{Op, Reader};

use crate::row::Token;
use crate::view::{RowKind, View};

/// A text, and the bytes that its rows stand for. Rows count from 0, and are in the order of their bytes.
pub trait Rows: Debug {
    /// Number of rows.
    fn len(&self) -> usize;

    /// Whether there is no row.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The whole text.
    fn text(&self) -> &str;

    /// What a row is; `None` for a row that stands for nothing, such as a comment.
    fn kind(&self, row: usize) -> Option<RowKind>;

    /// Nesting of the op of a row.
    fn depth(&self, row: usize) -> usize;

    /// The text of a row, without its newline.
    fn row_text(&self, row: usize) -> Option<&str>;

    /// The bytes that a row stands for; none for a heading or a comment, which stand before some.
    fn row_bytes(&self, row: usize) -> Option<Range<usize>>;

    /// All bytes that the text stands for.
    fn bytes(&self) -> Range<usize>;

    /// The row that stands for a byte; the last one with bytes for an offset at their end. `None`: no row does.
    fn row_at(&self, offset: usize) -> Option<usize>;

    /// The rows of the whole listing that a row stands for.
    fn elision(&self, row: usize) -> Option<Range<u64>>;

    /// The tokens of a row, blanks left out.
    fn tokens(&self, bytes: &[u8], row: usize) -> Vec<Token>;

    /// The columns of a row that say what it is: from behind its offset to its end.
    fn body(&self, row: usize) -> Range<usize> {
        let text = self.row_text(row).unwrap_or_default();
        let start = match text.find(": ") {
            Some(colon) if !text.starts_with('#') => {
                let behind = &text[colon + 1..];
                colon + 1 + (behind.len() - behind.trim_start().len())
            }
            _ => 0,
        };
        start..text.len()
    }

    /// The op of a row.
    fn op<'a>(&self, bytes: &'a [u8], row: usize) -> Option<Op<'a>> {
        if self.kind(row) != Some(RowKind::Op) {
            return None;
        }
        let start = self.row_bytes(row)?.start;
        Reader::new(bytes, start).next_op().ok().filter(|op| op.start == start)
    }
}

impl Rows for View {
    fn len(&self) -> usize {
        self.len()
    }

    fn text(&self) -> &str {
        self.text()
    }

    fn kind(&self, row: usize) -> Option<RowKind> {
        self.kind(row)
    }

    fn depth(&self, row: usize) -> usize {
        self.depth(row)
    }

    fn row_text(&self, row: usize) -> Option<&str> {
        self.row_text(row)
    }

    fn row_bytes(&self, row: usize) -> Option<Range<usize>> {
        self.row_bytes(row)
    }

    fn bytes(&self) -> Range<usize> {
        self.bytes()
    }

    fn row_at(&self, offset: usize) -> Option<usize> {
        self.row_at(offset)
    }

    fn elision(&self, row: usize) -> Option<Range<u64>> {
        self.elision(row)
    }

    fn tokens(&self, bytes: &[u8], row: usize) -> Vec<Token> {
        self.tokens(bytes, row)
    }
}
