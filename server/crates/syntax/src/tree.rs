//! One state of a text: its rows, what they are made of, and what stands around a place.

use std::ops::Range;

use pickle_listing::TokenKind;
use pickle_listing::row::Token;
use tree_sitter::{Node, TreeCursor};

/// A text with its tree.
#[derive(Clone, Debug)]
pub struct Tree {
    text: String,
    rows: Vec<Row>,
    tokens: Vec<Piece>,
    inner: tree_sitter::Tree,
}

/// A row: where its text and its tokens begin, and in how many groups it is that it neither opens nor closes.
#[derive(Clone, Copy, Debug)]
struct Row {
    start: usize,
    token: usize,
    depth: usize,
}

/// A token, in bytes of the text.
#[derive(Clone, Copy, Debug)]
struct Piece {
    kind: TokenKind,
    start: usize,
    end: usize,
}

impl Tree {
    /// Of a text that was parsed.
    pub(crate) fn new(text: String, inner: tree_sitter::Tree) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        let rows = starts.map(|start| Row { start, token: 0, depth: 0 }).collect();
        let mut tree = Self { text, rows, tokens: Vec::new(), inner };
        tree.collect();
        tree
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Number of rows, the one behind the last newline among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row: never.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Offset of the first byte of a row in the text; the length of the text behind the last one.
    #[must_use]
    pub fn row_start(&self, row: usize) -> usize {
        self.rows.get(row).map_or(self.text.len(), |row| row.start)
    }

    /// The text of a row, without its end.
    #[must_use]
    pub fn row_text(&self, row: usize) -> Option<&str> {
        let start = self.rows.get(row)?.start;
        let line = self.text.get(start..self.row_start(row + 1))?;
        let line = line.strip_suffix('\n').unwrap_or(line);
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// In how many groups a row is that it neither opens nor closes.
    #[must_use]
    pub fn depth(&self, row: usize) -> usize {
        self.rows.get(row).map_or(0, |row| row.depth)
    }

    /// The row of a byte of the text.
    #[must_use]
    pub fn row_of(&self, byte: usize) -> usize {
        self.rows.partition_point(|row| row.start <= byte).saturating_sub(1)
    }

    /// The tokens of a row.
    #[must_use]
    pub fn tokens(&self, row: usize) -> Vec<Token> {
        let Some(found) = self.rows.get(row) else { return Vec::new() };
        let end = self.rows.get(row + 1).map_or(self.tokens.len(), |next| next.token);
        let length = self.row_text(row).map_or(0, str::len);
        let pieces = self.tokens.get(found.token..end).unwrap_or_default();
        let columns = |piece: &Piece| piece.start - found.start..(piece.end - found.start).min(length);
        pieces.iter().map(|piece| Token { kind: piece.kind, columns: columns(piece) }).collect()
    }

    /// Ranges of bytes of the text around a byte, from the inside out, each larger than the one before: what stands there,
    /// its row, the groups, the pickle, the whole text.
    #[must_use]
    pub fn around(&self, byte: usize) -> Vec<Range<usize>> {
        let mut cursor = self.inner.walk();
        let mut ranges: Vec<Range<usize>> = Vec::new();
        ranges.push(0..self.text.len());
        loop {
            let range = self.trimmed(cursor.node());
            let inside = ranges.last().is_none_or(|last| last.start <= range.start && range.end <= last.end);
            if inside && range.start <= byte && byte <= range.end && ranges.last() != Some(&range) {
                ranges.push(range);
            }
            if !descend(&mut cursor, byte) {
                break;
            }
        }
        ranges.reverse();
        ranges
    }

    /// The tree as an s-expression, for tests and reports.
    #[must_use]
    pub fn sexp(&self) -> String {
        self.inner.root_node().to_sexp()
    }

    /// The bytes of a node without the end of its last row.
    fn trimmed(&self, node: Node<'_>) -> Range<usize> {
        let range = node.byte_range();
        let text = self.text.get(range.clone()).unwrap_or_default();
        range.start..range.start + text.trim_end().len()
    }

    /// Walks over the whole tree for tokens and depths.
    fn collect(&mut self) {
        let inner = self.inner.clone();
        let mut cursor = inner.walk();
        let mut depth = 0_usize;
        let mut row = 0;
        loop {
            let node = cursor.node();
            let kind = token_kind(&cursor);
            if let Some(kind) = kind {
                while row < self.rows.len() && self.rows[row].start <= node.start_byte() {
                    self.rows[row].token = self.tokens.len();
                    row += 1;
                }
                let (start, end) = (node.start_byte(), node.end_byte());
                if start < end {
                    self.tokens.push(Piece { kind, start, end });
                }
            }
            match node.kind() {
                "group" => depth += 1,
                "row" => self.note_depth(&cursor, depth),
                _ => {}
            }
            if kind.is_none() && cursor.goto_first_child() {
                continue;
            }
            loop {
                if cursor.node().kind() == "group" {
                    depth -= 1;
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    for rest in self.rows.iter_mut().skip(row) {
                        rest.token = self.tokens.len();
                    }
                    return;
                }
            }
        }
    }

    /// A row that opens or closes a group is not in it.
    fn note_depth(&mut self, cursor: &TreeCursor<'_>, depth: usize) {
        let own = usize::from(matches!(cursor.field_name(), Some("open" | "close")));
        let row = self.row_of(cursor.node().start_byte());
        if let Some(row) = self.rows.get_mut(row) {
            row.depth = depth.saturating_sub(own);
        }
    }
}

/// Goes to the child that a byte is in; where two meet, to the one before.
fn descend(cursor: &mut TreeCursor<'_>, byte: usize) -> bool {
    if cursor.goto_first_child_for_byte(byte).is_some() {
        return true;
    }
    // Behind everything: the last child ends there.
    cursor.goto_last_child()
}

/// What a node is as a token; `None` if it is none, or none that is shown.
fn token_kind(cursor: &TreeCursor<'_>) -> Option<TokenKind> {
    Some(match cursor.node().kind() {
        "offset" => TokenKind::Offset,
        "opcode" | "call_opcode" | "global_opcode" | "memo_opcode" | "unknown_opcode" => TokenKind::Mnemonic,
        "mark" | "mark_opcode" => TokenKind::MarkMnemonic,
        "directive" | "auto" => TokenKind::Directive,
        "integer" | "float" | "boolean" => TokenKind::Number,
        "slot" | "label" => TokenKind::Memo,
        "string" => match cursor.field_name() {
            Some("module") => TokenKind::Module,
            Some("name") => TokenKind::Name,
            _ => TokenKind::String,
        },
        "bytes" => TokenKind::Bytes,
        "truncation" | "elision" => TokenKind::Ellipsis,
        "comment" => TokenKind::Comment,
        _ => return None,
    })
}
