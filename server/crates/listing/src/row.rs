//! What a row of a listing says.

use std::ops::Range;

use pickle_machine::{Fault, Hole};
use pickle_ops::{Op, Opcode};

use crate::operand;

/// What a piece of a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Blanks: between tokens, and as indentation.
    Space,
    /// The offset of the row in the stream, with its colon.
    Offset,
    /// The name of an opcode.
    Mnemonic,
    /// `MARK`, and the name of an opcode that takes a mark.
    MarkMnemonic,
    /// A word that is no opcode: `BYTES` for bytes that are no op.
    Directive,
    /// A number or bool.
    Number,
    /// A str literal.
    String,
    /// A bytes literal.
    Bytes,
    /// The module of a global.
    Module,
    /// The name of a global.
    Name,
    /// The number of a memo slot.
    Memo,
    /// What stands for the rest of an operand, or for rows that are left out.
    Ellipsis,
    /// A comment.
    Comment,
}

/// Takes the pieces of rows, in order.
pub trait Sink {
    /// A piece of the row at work; `text` has no line break.
    fn token(&mut self, kind: TokenKind, text: &str);

    /// More of the last token.
    fn more(&mut self, text: &str);
}

impl Sink for String {
    fn token(&mut self, _kind: TokenKind, text: &str) {
        self.push_str(text);
    }

    fn more(&mut self, text: &str) {
        self.push_str(text);
    }
}

/// A token of a row: its kind and its columns, in bytes of UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands in its row.
    pub columns: Range<usize>,
}

/// Collects the tokens of one row, blanks left out.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// What was collected.
    pub tokens: Vec<Token>,
    /// The text of the row.
    pub text: String,
}

impl Sink for Tokens {
    fn token(&mut self, kind: TokenKind, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        if kind != TokenKind::Space {
            self.tokens.push(Token { kind, columns: start..self.text.len() });
        }
    }

    fn more(&mut self, text: &str) {
        self.text.push_str(text);
        if let Some(last) = self.tokens.last_mut() {
            last.columns.end = self.text.len();
        }
    }
}

/// Columns of indentation for a mark, and the marks beyond which rows are indented no further.
const INDENT: usize = 2;
const MAX_INDENT: usize = 24;

/// Columns by which a row is indented that is nested in `depth` marks.
#[must_use]
pub fn indentation(depth: usize) -> usize {
    INDENT * depth.min(MAX_INDENT)
}

/// As many blanks as a row is indented at the most.
const BLANKS: &str = "                                                ";
const _: () = assert!(BLANKS.len() == INDENT * MAX_INDENT);

/// Room for a number: rows are many, and each begins with one.
struct Digits([u8; DIGITS]);

/// Those of the largest number, and a colon; widths beyond are written with fewer blanks.
const DIGITS: usize = 24;

impl Default for Digits {
    fn default() -> Self {
        Self([b' '; DIGITS])
    }
}

impl Digits {
    /// A number with a colon behind it, and blanks before it that make it `width` columns without the colon.
    fn aligned(&mut self, mut number: usize, width: usize) -> &str {
        let last = DIGITS - 1;
        self.0[last] = b':';
        let mut first = last;
        loop {
            first -= 1;
            self.0[first] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        let first = first.min(last.saturating_sub(width));
        std::str::from_utf8(&self.0[first..]).unwrap_or_default()
    }
}

/// How the rows of a stream are written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Columns of an offset.
    pub width: usize,
    /// Whether long operands are written whole.
    pub full: bool,
    /// What is added to offsets: where the stream begins in a file that is listed as a whole.
    pub base: usize,
}

impl Style {
    /// For a stream of `length` bytes: all offsets have the same width.
    #[must_use]
    pub fn new(length: usize, full: bool) -> Self {
        Self { width: length.to_string().len().max(4), full, base: 0 }
    }

    fn offset(self, sink: &mut impl Sink, offset: usize) {
        let offset = offset + self.base;
        let mut digits = Digits::default();
        sink.token(TokenKind::Offset, digits.aligned(offset, self.width));
        sink.token(TokenKind::Space, " ");
    }

    /// The row of an op that is nested in `depth` marks.
    pub fn op(self, sink: &mut impl Sink, op: &Op<'_>, depth: usize) {
        self.offset(sink, op.start);
        if depth > 0 {
            sink.token(TokenKind::Space, &BLANKS[..indentation(depth)]);
        }
        let marks = op.opcode == Opcode::Mark || op.opcode.takes_mark();
        sink.token(if marks { TokenKind::MarkMnemonic } else { TokenKind::Mnemonic }, op.opcode.name());
        operand::write(sink, op, self.full);
    }

    /// The row that begins a pickle of a stream with several.
    pub fn pickle(self, sink: &mut impl Sink, number: usize) {
        sink.token(TokenKind::Comment, &format!("# pickle {number}"));
    }

    /// The row of bytes that are no op, with the reason, if they are what a reader stops at.
    pub fn gap(self, sink: &mut impl Sink, offset: usize, bytes: &[u8], fault: Option<&Fault>) {
        self.offset(sink, offset);
        // Where the data ends before the pickle does, there is a reason but no byte.
        if !bytes.is_empty() {
            sink.token(TokenKind::Directive, "BYTES");
            sink.token(TokenKind::Space, " ");
            operand::bytes(sink, bytes, self.full);
        }
        if let Some(fault) = fault {
            if !bytes.is_empty() {
                sink.token(TokenKind::Space, "  ");
            }
            sink.token(TokenKind::Comment, &format!("# {}", fault.kind));
        }
    }

    /// The row of an array between ops, or of the pickle that it is.
    pub fn array(self, sink: &mut impl Sink, bytes: &[u8], hole: &Hole) {
        self.gap(sink, hole.bytes.start, bytes, None);
        if !bytes.is_empty() {
            sink.token(TokenKind::Space, "  ");
        }
        sink.token(TokenKind::Comment, &format!("# {hole}"));
    }

    /// The row that stands for `rows`, which cover `bytes`.
    pub fn elision(self, sink: &mut impl Sink, rows: &Range<u64>, bytes: &Range<usize>) {
        self.offset(sink, bytes.start);
        let (count, length) = (rows.end - rows.start, bytes.len());
        sink.token(TokenKind::Ellipsis, &format!("... {count} rows, {length} bytes"));
    }

    /// A row of raw bytes, in the view of a long operand.
    pub fn piece(self, sink: &mut impl Sink, offset: usize, bytes: &[u8], text: bool) {
        self.offset(sink, offset);
        if text {
            operand::text(sink, pickle_ops::Text::Utf8(bytes), true);
        } else {
            operand::bytes(sink, bytes, true);
        }
    }
}
