//! A text that is edited, and its tree.

use std::ops::{ControlFlow, Range};

use ropey::Rope;
use tree_sitter::{InputEdit, ParseOptions, Parser, Point};

use crate::tree::Tree;

/// A text, and what is known of its tree. Copies share what they have in common, and are cheap.
#[derive(Clone, Debug, Default)]
pub struct Buffer {
    rope: Rope,
    /// Of an earlier state, with all edits since then entered.
    tree: Option<tree_sitter::Tree>,
    /// Whether there were edits since.
    stale: bool,
}

impl Buffer {
    /// A text that was not parsed yet.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { rope: Rope::from_str(text), tree: None, stale: true }
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rope.len_bytes()
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of rows; what stands behind the last newline is one, even if nothing does.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rope.len_lines()
    }

    /// The text of a row without its end; nothing behind the last row.
    #[must_use]
    pub fn row_text(&self, row: usize) -> String {
        let line = if row < self.rows() { String::from(self.rope.line(row)) } else { String::new() };
        line.trim_end_matches(['\n', '\r']).to_owned()
    }

    /// Offset of the first byte of a row; the length of the text behind the last row.
    #[must_use]
    pub fn row_start(&self, row: usize) -> usize {
        if row < self.rows() { self.rope.line_to_byte(row) } else { self.len() }
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.rope.to_string()
    }

    /// Puts other text in the place of some bytes. A range that goes beyond the end ends there; one that cuts a character
    /// begins or ends before it.
    pub fn replace(&mut self, range: Range<usize>, text: &str) {
        let start = self.boundary(range.start);
        let end = self.boundary(range.end.max(range.start));
        let (start_position, old_end_position) = (self.point(start), self.point(end));
        let (from, to) = (self.rope.byte_to_char(start), self.rope.byte_to_char(end));
        self.rope.remove(from..to);
        self.rope.insert(from, text);
        let new_end = start + text.len();
        let new_end_position = self.point(new_end);
        self.stale = true;
        if let Some(tree) = &mut self.tree {
            tree.edit(&InputEdit {
                start_byte: start,
                old_end_byte: end,
                new_end_byte: new_end,
                start_position,
                old_end_position,
                new_end_position,
            });
        }
    }

    /// The beginning of the character that a byte belongs to.
    fn boundary(&self, byte: usize) -> usize {
        self.rope.char_to_byte(self.rope.byte_to_char(byte.min(self.len())))
    }

    fn point(&self, byte: usize) -> Point {
        let row = self.rope.byte_to_line(byte);
        Point { row, column: byte - self.rope.line_to_byte(row) }
    }

    /// Parses what changed, and gives text and tree as they are now. `None` if it was interrupted; then nothing is lost.
    pub fn parse(&mut self, interrupt: &dyn Fn() -> bool) -> Option<Tree> {
        if self.stale {
            self.tree = Some(self.reparse(interrupt)?);
            self.stale = false;
        }
        Some(Tree::new(self.text(), self.tree.clone()?))
    }

    fn reparse(&self, interrupt: &dyn Fn() -> bool) -> Option<tree_sitter::Tree> {
        let mut parser = Parser::new();
        parser.set_language(&tree_sitter_pickleasm::LANGUAGE.into()).ok()?;
        let mut chunk = |byte: usize, _: Point| -> &[u8] {
            if byte >= self.len() {
                return &[];
            }
            let (chunk, start, ..) = self.rope.chunk_at_byte(byte);
            chunk.as_bytes().get(byte - start..).unwrap_or_default()
        };
        let mut progress = |_: &tree_sitter::ParseState| {
            if interrupt() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        parser.parse_with_options(&mut chunk, self.tree.as_ref(), Some(options))
    }
}
