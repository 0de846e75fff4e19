//! What every feature works on.

use std::ops::Range;

use pickle_listing::Rows;
use pickle_listing::row::Token;
use pickle_machine::record::{Explorer, Recording};

/// Rows of text, with the stream that they stand for and its index.
#[derive(Clone, Copy, Debug)]
pub struct Context<'d> {
    /// The stream.
    pub bytes: &'d [u8],
    /// Its index.
    pub recording: &'d Recording,
    /// What the editor shows of it: a view, or a text that assembles to it.
    pub view: &'d dyn Rows,
}

/// A place in a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Row, from 0.
    pub row: usize,
    /// Column in bytes of UTF-8, from 0.
    pub column: usize,
}

/// A part of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Row, from 0.
    pub row: usize,
    /// Columns in bytes of UTF-8.
    pub columns: Range<usize>,
}

impl<'d> Context<'d> {
    /// For questions about ops; keeps what it finds out for as long as it lives.
    #[must_use]
    pub fn explorer(&self) -> Explorer<'d, 'd> {
        Explorer::new(self.bytes, self.recording)
    }

    /// The token at a place, the one before it where two meet.
    #[must_use]
    pub fn token_at(&self, position: Position) -> Option<Token> {
        let tokens = self.view.tokens(self.bytes, position.row);
        tokens
            .into_iter()
            .find(|token| token.columns.start <= position.column && position.column <= token.columns.end)
    }

    /// The part of a row that says what it is: from behind its offset to its end.
    #[must_use]
    pub fn body(&self, row: usize) -> Span {
        Span { row, columns: self.view.body(row) }
    }
}
