//! A listing, or a part of one, within a budget, with the map between its text and the bytes.

use std::ops::Range;

use pickle_machine::Interrupt;
use pickle_machine::record::{self, Recording, Walk};
use pickle_ops::{Op, Opcode, Reader};

use crate::layout::{Layout, Row};
use crate::row::{Sink, Style, Token, Tokens};

/// How large a view may be. Above 300,000 rows or 20 MB, VS Code drops tokens and folding.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Rows.
    pub rows: u64,
    /// Bytes of text.
    pub bytes: usize,
    /// Rows at the beginning of a listing that does not fit.
    pub head: u64,
    /// Rows that one elision stands for, and that its view shows.
    pub page: u64,
    /// Rows at the end of a listing that does not fit.
    pub tail: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { rows: 290_000, bytes: 15 << 20, head: 60_000, page: 60_000, tail: 2_000 }
    }
}

/// Which part of a stream a view shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// All of it.
    #[default]
    All,
    /// Rows of the whole listing.
    Rows(Range<u64>),
    /// Bytes, a few a row: the whole of a long operand.
    Bytes(Range<usize>),
}

impl Selection {
    /// Reads the query of a listing's URI: empty, `rows=A-B` or `bytes=A-B` (from A up to, not with, B).
    #[must_use]
    pub fn parse(query: &str) -> Option<Self> {
        if query.is_empty() {
            return Some(Self::All);
        }
        let (key, range) = query.split_once('=')?;
        let (start, end) = range.split_once('-')?;
        match key {
            "rows" => Some(Self::Rows(start.parse().ok()?..end.parse().ok()?)),
            "bytes" => Some(Self::Bytes(start.parse().ok()?..end.parse().ok()?)),
            _ => None,
        }
    }

    /// The query that [`Selection::parse`] reads.
    #[must_use]
    pub fn query(&self) -> String {
        match self {
            Self::All => String::new(),
            Self::Rows(rows) => format!("rows={}-{}", rows.start, rows.end),
            Self::Bytes(bytes) => format!("bytes={}-{}", bytes.start, bytes.end),
        }
    }
}

/// What a row of a view is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// The heading of a pickle; it covers no byte.
    Heading,
    /// An op.
    Op,
    /// Bytes that are no op.
    Gap,
    /// Stands for rows that are left out.
    Elision,
    /// A part of a long operand.
    Piece,
}

#[derive(Clone, Copy, Debug)]
struct ViewRow {
    /// Offset of its first byte in the stream.
    offset: usize,
    /// Where it begins in the text.
    text: u32,
    /// Nesting of an op; for a heading its pickle.
    depth: u32,
    kind: RowKind,
}

/// Text, and what its rows stand for. Rows are in the order of their bytes.
#[derive(Clone, Debug)]
pub struct View {
    text: String,
    rows: Vec<ViewRow>,
    /// Offset behind the last byte that the view covers.
    end: usize,
    style: Style,
    /// Row of the view → rows of the whole listing that it stands for.
    elided: Vec<(usize, Range<u64>)>,
    /// Whether it was interrupted before it was whole.
    pub complete: bool,
}

impl View {
    /// Builds the view of a part of a recorded stream.
    #[must_use]
    pub fn build(
        bytes: &[u8],
        recording: &Recording,
        selection: &Selection,
        budget: &Budget,
        interrupt: Interrupt<'_>,
    ) -> Self {
        let layout = Layout::new(recording);
        let mut builder = Builder::new(bytes, budget, interrupt);
        match selection {
            Selection::Bytes(range) => builder.pieces(range, is_text(bytes, recording, range)),
            Selection::All => builder.rows(&layout, 0..layout.rows()),
            Selection::Rows(rows) => {
                let end = rows.end.min(layout.rows());
                builder.rows(&layout, rows.start.min(end)..end);
            }
        }
        builder.view
    }

    /// The text, with a final newline unless it is empty.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What a row is.
    #[must_use]
    pub fn kind(&self, row: usize) -> Option<RowKind> {
        Some(self.rows.get(row)?.kind)
    }

    /// Nesting of the op of a row.
    #[must_use]
    pub fn depth(&self, row: usize) -> usize {
        self.rows.get(row).map_or(0, |row| row.depth as usize)
    }

    /// The text of a row, without its newline.
    #[must_use]
    pub fn row_text(&self, row: usize) -> Option<&str> {
        let start = self.rows.get(row)?.text as usize;
        let end = self.rows.get(row + 1).map_or(self.text.len(), |next| next.text as usize);
        self.text.get(start..end)?.strip_suffix('\n')
    }

    /// The bytes of the stream that a row covers.
    #[must_use]
    pub fn row_bytes(&self, row: usize) -> Option<Range<usize>> {
        let start = self.rows.get(row)?.offset;
        Some(start..self.rows.get(row + 1).map_or(self.end, |next| next.offset))
    }

    /// The bytes of the stream that the view covers.
    #[must_use]
    pub fn bytes(&self) -> Range<usize> {
        self.rows.first().map_or(self.end, |row| row.offset)..self.end
    }

    /// The row that covers a byte; the last one for an offset at the end of the stream. `None`: it is in another view.
    #[must_use]
    pub fn row_at(&self, offset: usize) -> Option<usize> {
        if offset > self.end || offset < self.rows.first()?.offset {
            return None;
        }
        // Of several rows with the same offset the last one has the bytes: a heading has none.
        self.rows.partition_point(|row| row.offset <= offset).checked_sub(1)
    }

    /// The rows of the whole listing that an elision stands for.
    #[must_use]
    pub fn elision(&self, row: usize) -> Option<Range<u64>> {
        let index = self.elided.binary_search_by_key(&row, |(at, _)| *at).ok()?;
        Some(self.elided[index].1.clone())
    }

    /// The op of a row.
    #[must_use]
    pub fn op<'a>(&self, bytes: &'a [u8], row: usize) -> Option<Op<'a>> {
        let found = self.rows.get(row).filter(|found| found.kind == RowKind::Op)?;
        Reader::new(bytes, found.offset).next_op().ok().filter(|op| op.start == found.offset)
    }

    /// The tokens of a row, blanks left out; empty if the bytes have changed.
    #[must_use]
    pub fn tokens(&self, bytes: &[u8], row: usize) -> Vec<Token> {
        let (Some(found), Some(text)) = (self.rows.get(row), self.row_text(row)) else { return Vec::new() };
        let mut tokens = Tokens::default();
        let covered = self.row_bytes(row).and_then(|range| bytes.get(range)).unwrap_or(&[]);
        match found.kind {
            RowKind::Op => match self.op(bytes, row) {
                Some(op) => self.style.op(&mut tokens, &op, found.depth as usize),
                None => return Vec::new(),
            },
            RowKind::Heading => self.style.pickle(&mut tokens, found.depth as usize),
            RowKind::Gap => self.style.gap(&mut tokens, found.offset, covered, None),
            RowKind::Piece => self.style.piece(&mut tokens, found.offset, covered, text.contains(": '")),
            RowKind::Elision => match (self.elision(row), self.row_bytes(row)) {
                (Some(rows), Some(bytes)) => self.style.elision(&mut tokens, &rows, &bytes),
                _ => return Vec::new(),
            },
        }
        // The reason behind the bytes of a gap is a comment to the end of the row.
        if tokens.text.len() < text.len() {
            tokens.token(crate::TokenKind::Comment, &text[tokens.text.len()..]);
        }
        if tokens.text == text { tokens.tokens } else { Vec::new() }
    }
}

/// Bytes that a row has, as a rule, and rows for which there is room at once.
const ROW_TEXT: usize = 28;
const MOST_RESERVED: usize = 1 << 16;

/// Bytes of a row of pieces.
const PIECE: usize = 32;

/// Whether a range of bytes lies in the operand of an op that pushes a str in UTF-8.
fn is_text(bytes: &[u8], recording: &Recording, range: &Range<usize>) -> bool {
    let op = recording.pickle_at(range.start).and_then(|pickle| {
        let number = recording.row_number(bytes, pickle, range.start)?;
        Walk::new(bytes, recording, pickle, number)?.next()
    });
    op.is_some_and(|row| match row {
        record::Row::Hole(_) => false,
        record::Row::Op(nested) => {
            matches!(nested.op.opcode, Opcode::BinUnicode | Opcode::BinUnicode8 | Opcode::ShortBinUnicode)
                && nested.op.check().is_ok()
        }
    })
}

struct Builder<'b, 'a> {
    bytes: &'a [u8],
    budget: &'b Budget,
    interrupt: Interrupt<'b>,
    view: View,
}

impl<'b, 'a> Builder<'b, 'a> {
    fn new(bytes: &'a [u8], budget: &'b Budget, interrupt: Interrupt<'b>) -> Self {
        let style = Style::new(bytes.len(), false);
        let view =
            View { text: String::new(), rows: Vec::new(), end: 0, style, elided: Vec::new(), complete: true };
        Self { bytes, budget, interrupt, view }
    }

    /// All rows of a range if they fit; else its head, elisions a page each, and its tail.
    fn rows(&mut self, layout: &Layout<'_>, range: Range<u64>) {
        let count = range.end - range.start;
        self.view.end = layout.offset_of(self.bytes, range.end);
        if count <= self.budget.rows && self.print(layout, range.clone(), self.budget.bytes) {
            return;
        }
        self.view.rows.clear();
        self.view.text.clear();
        let tail = range.end - self.budget.tail.min(count);
        let head = (range.start + self.budget.head).min(tail);
        // What did not fit is cut: rows are long then, and the head is shorter.
        let room = self.budget.bytes - self.budget.bytes / 8;
        self.print(layout, range.start..head, room);
        let mut next = range.start + self.view.rows.len() as u64;
        let mut offset = layout.offset_of(self.bytes, next);
        while next < tail {
            let page = next..(next + self.budget.page).min(tail);
            next = page.end;
            let end = layout.offset_of(self.bytes, next);
            self.elide(page, &(offset..end));
            offset = end;
        }
        self.print(layout, tail..range.end, self.budget.bytes);
    }

    /// Whether the whole range went into a text of at most `limit` bytes.
    fn print(&mut self, layout: &Layout<'_>, range: Range<u64>, limit: usize) -> bool {
        let wanted = range.end - range.start;
        let mut printed = 0;
        let view = &mut self.view;
        let expected = usize::try_from(wanted).unwrap_or(usize::MAX).min(MOST_RESERVED);
        view.rows.reserve(expected);
        view.text.reserve(expected.saturating_mul(ROW_TEXT).min(limit));
        layout.each(self.bytes, range, self.interrupt, |row| {
            if view.text.len() > limit {
                return false;
            }
            let (depth, kind) = match row {
                Row::Heading { pickle, .. } => (*pickle, RowKind::Heading),
                Row::Op(nested) => (nested.depth, RowKind::Op),
                Row::Array { .. } | Row::Gap { .. } => (0, RowKind::Gap),
            };
            view.begin_row(row.offset(), depth, kind);
            row.write(&mut view.text, view.style);
            view.text.push('\n');
            printed += 1;
            true
        });
        view.complete &= !(self.interrupt)();
        printed == wanted
    }

    /// A row for rows that cover `bytes`.
    fn elide(&mut self, rows: Range<u64>, bytes: &Range<usize>) {
        let view = &mut self.view;
        view.begin_row(bytes.start, 0, RowKind::Elision);
        view.style.elision(&mut view.text, &rows, bytes);
        view.text.push('\n');
        view.elided.push((view.rows.len() - 1, rows));
    }

    /// The bytes of a range, a few a row, as many as the budget allows.
    fn pieces(&mut self, range: &Range<usize>, text: bool) {
        let end = range.end.min(self.bytes.len());
        let mut at = range.start.min(end);
        let view = &mut self.view;
        while at < end && (view.rows.len() as u64) < self.budget.rows && view.text.len() < self.budget.bytes {
            let next = piece_end(self.bytes, at, end, text);
            view.begin_row(at, 0, RowKind::Piece);
            view.style.piece(&mut view.text, at, &self.bytes[at..next], text);
            view.text.push('\n');
            at = next;
        }
        view.end = at;
    }
}

/// The end of the piece that begins at `at`; text is not cut inside a character.
fn piece_end(bytes: &[u8], at: usize, end: usize, text: bool) -> usize {
    let mut next = (at + PIECE * if text { 3 } else { 1 }).min(end);
    while text && next > at + 1 && next < end && bytes[next] & 0xc0 == 0x80 {
        next -= 1;
    }
    next
}

impl View {
    fn begin_row(&mut self, offset: usize, depth: usize, kind: RowKind) {
        self.rows.push(ViewRow {
            offset,
            text: u32::try_from(self.text.len()).unwrap_or(u32::MAX),
            depth: u32::try_from(depth).unwrap_or(u32::MAX),
            kind,
        });
    }
}
