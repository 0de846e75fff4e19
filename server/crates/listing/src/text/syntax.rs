//! What one row of a text says: its tokens, and what is no token. It never decodes a literal, and knows nothing of other
//! rows.

use std::ops::Range;

use pickle_ops::{Opcode, OperandKind as Form};

use super::problem::Problem;
use super::suggest;
use crate::row::{Token, TokenKind};

/// A row of a text. All columns are in bytes of UTF-8.
#[derive(Clone, Debug, Default)]
pub struct Row<'t> {
    /// The text of the row, without its newline.
    pub text: &'t str,
    /// The offset at its beginning.
    pub offset: Option<Offset>,
    /// The opcode, or the directive.
    pub mnemonic: Option<Mnemonic>,
    /// What follows it.
    pub operands: Vec<Operand>,
    /// `...` and all behind it: something was left out here.
    pub elision: Option<Range<usize>>,
    /// From `#` to the end.
    pub comment: Option<Range<usize>>,
    /// What is wrong with it as far as a row alone can tell.
    pub problems: Vec<Problem>,
}

/// The offset of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// `None`: no stream is so long.
    pub value: Option<u64>,
    /// Where it stands, its colon included.
    pub columns: Range<usize>,
}

/// The first word of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mnemonic {
    /// `None`: there is no such word.
    pub word: Option<Word>,
    /// Where it stands.
    pub columns: Range<usize>,
}

/// What a row can begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// An opcode.
    Op(Opcode),
    /// `BYTES`.
    Bytes,
}

/// An operand as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand {
    /// What it looks like.
    pub kind: OperandKind,
    /// Where it stands.
    pub columns: Range<usize>,
}

/// What an operand looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperandKind {
    /// It begins with a digit, a sign or a dot.
    Number,
    /// `'...'` or `"..."`.
    Str,
    /// `b'...'` or `b"..."`.
    Bytes,
    /// `$name`.
    Label,
    /// Letters: `True`, `False`, `auto`, `inf`, `nan`.
    Word,
    /// None of these; there is an error that says so.
    Malformed,
}

impl<'t> Row<'t> {
    /// The text of some of its columns.
    #[must_use]
    pub fn slice(&self, columns: &Range<usize>) -> &'t str {
        self.text.get(columns.clone()).unwrap_or_default()
    }

    /// The opcode of the row.
    #[must_use]
    pub fn opcode(&self) -> Option<Opcode> {
        match self.mnemonic.as_ref()?.word? {
            Word::Op(opcode) => Some(opcode),
            Word::Bytes => None,
        }
    }

    /// The tokens of the row in the kinds of a listing, in order.
    #[must_use]
    pub fn tokens(&self) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut add = |kind, columns: &Range<usize>| tokens.push(Token { kind, columns: columns.clone() });
        if let Some(offset) = &self.offset {
            add(TokenKind::Offset, &offset.columns);
        }
        if let Some(mnemonic) = &self.mnemonic {
            let kind = match mnemonic.word {
                Some(Word::Op(opcode)) if opcode == Opcode::Mark || opcode.takes_mark() => {
                    TokenKind::MarkMnemonic
                }
                Some(Word::Bytes) => TokenKind::Directive,
                _ => TokenKind::Mnemonic,
            };
            add(kind, &mnemonic.columns);
        }
        for (index, operand) in self.operands.iter().enumerate() {
            if let Some(kind) = self.token_kind(index, operand) {
                add(kind, &operand.columns);
            }
        }
        if let Some(elision) = &self.elision {
            add(TokenKind::Ellipsis, elision);
        }
        if let Some(comment) = &self.comment {
            add(TokenKind::Comment, comment);
        }
        tokens
    }

    fn token_kind(&self, index: usize, operand: &Operand) -> Option<TokenKind> {
        let form = self.opcode().map(|opcode| opcode.info().operand);
        let memo = self.opcode().is_some_and(Opcode::names_slot);
        Some(match operand.kind {
            OperandKind::Label => TokenKind::Memo,
            OperandKind::Number if memo => TokenKind::Memo,
            OperandKind::Number => TokenKind::Number,
            OperandKind::Str if form == Some(Form::LinePair) && index == 0 => TokenKind::Module,
            OperandKind::Str if form == Some(Form::LinePair) => TokenKind::Name,
            OperandKind::Str => TokenKind::String,
            OperandKind::Bytes => TokenKind::Bytes,
            OperandKind::Word if self.slice(&operand.columns) == "auto" => TokenKind::Directive,
            OperandKind::Word => TokenKind::Number,
            OperandKind::Malformed => return None,
        })
    }
}

/// Reads a row: one line, without its newline (a `\r` at its end is ignored).
#[must_use]
pub fn parse(line: &str) -> Row<'_> {
    let text = line.strip_suffix('\r').unwrap_or(line);
    let mut lexer = Lexer { text, at: 0, row: Row { text, ..Row::default() } };
    if text.starts_with('\u{feff}') {
        lexer.at = '\u{feff}'.len_utf8();
    }
    lexer.offset();
    lexer.mnemonic();
    while lexer.operand() {}
    lexer.row
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    row: Row<'t>,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        self.at += self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    }

    /// Bytes from here on that `belongs` takes.
    fn run(&self, belongs: impl Fn(u8) -> bool) -> usize {
        self.rest().iter().take_while(|&&byte| belongs(byte)).count()
    }

    fn error(&mut self, columns: Range<usize>, message: impl Into<String>) {
        self.row.problems.push(Problem::error(columns, message));
    }

    fn offset(&mut self) {
        self.blanks();
        let digits = self.run(|byte| byte.is_ascii_digit());
        if digits == 0 {
            return;
        }
        let start = self.at;
        let end = start + digits;
        self.at = end;
        self.blanks();
        if self.rest().first() != Some(&b':') {
            // A number where the row should begin: what follows decides what is missing.
            self.at = start;
            return;
        }
        self.at += 1;
        let value = self.text[start..end].parse().ok();
        self.row.offset = Some(Offset { value, columns: start..self.at });
    }

    fn mnemonic(&mut self) {
        self.blanks();
        let start = self.at;
        match self.rest() {
            [] | [b'#', ..] | [b'.', b'.', b'.', ..] => return,
            // A literal needs no mnemonic to be one.
            [b'b' | b'B', b'\'' | b'"', ..] | [b'\'' | b'"' | b'$', ..] => {
                return self.error(start..start, "expected an opcode or BYTES, found an operand");
            }
            [first, ..] if first.is_ascii_alphabetic() || *first == b'_' => {}
            [first, ..] if first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.') => {
                let end = start + self.run(|byte| !matches!(byte, b' ' | b'\t'));
                let mut problem = Problem::error(start..end, "expected an opcode or BYTES, found a number");
                if self.text[start..end].bytes().all(|byte| byte.is_ascii_digit()) {
                    let colon = format!("{}:", &self.text[start..end]);
                    problem = problem.replace("an offset has a colon behind it", colon);
                    self.at = end;
                }
                return self.row.problems.push(problem);
            }
            _ => return,
        }
        self.at += self.run(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let columns = start..self.at;
        let word = self.word(columns.clone());
        self.row.mnemonic = Some(Mnemonic { word, columns });
    }

    fn word(&mut self, columns: Range<usize>) -> Option<Word> {
        let written = &self.text[columns.clone()];
        let known = |name: &str| match name {
            "BYTES" => Some(Word::Bytes),
            name => suggest::opcode(name).map(Word::Op),
        };
        if let Some(word) = known(written) {
            return Some(word);
        }
        let capitals = written.to_ascii_uppercase();
        if let Some(word) = known(&capitals) {
            let message = format!("expected {capitals}, found it in other letters");
            let hint = Problem::warning(columns, message).replace(format!("write {capitals}"), capitals);
            self.row.problems.push(Problem { severity: super::Severity::Hint, ..hint });
            return Some(word);
        }
        let message = format!("expected an opcode or BYTES, found {}", shown(written));
        let problem = Problem::error(columns, message);
        self.row.problems.push(problem);
        None
    }

    /// Reads an operand or what ends the row; whether there may be more.
    fn operand(&mut self) -> bool {
        self.blanks();
        let start = self.at;
        let kind = match *self.rest() {
            [] => return false,
            [b'#', ..] => {
                self.row.comment = Some(start..self.text.len());
                return false;
            }
            [b'.', b'.', b'.', ..] => return self.elide(),
            [b'\'' | b'"', ..] => self.literal(OperandKind::Str, 0),
            [b'b' | b'B', b'\'' | b'"', ..] => self.literal(OperandKind::Bytes, 1),
            [b'$', ..] => self.label(),
            [b'+' | b'-' | b'.' | b'0'..=b'9', ..] => self.number(),
            [first, ..] if first.is_ascii_alphabetic() || first == b'_' => self.letters(),
            _ => self.malformed(),
        };
        let columns = start..self.at;
        // Operands that touch are not two operands: `12'a'`.
        let touches = self.row.operands.last().is_some_and(|last| last.columns.end == start)
            || self.row.mnemonic.as_ref().is_some_and(|mnemonic| mnemonic.columns.end == start);
        if touches && kind != OperandKind::Malformed {
            let problem = Problem::error(start..start, "expected a blank, found the next operand");
            self.row.problems.push(problem.replace("put a blank between them", " "));
        }
        self.row.operands.push(Operand { kind, columns });
        true
    }

    /// What stands for something that was left out.
    fn elide(&mut self) -> bool {
        let start = self.at;
        let length = memchr::memchr(b'#', self.rest()).unwrap_or(self.rest().len());
        let end = start + self.text[start..start + length].trim_end().len();
        let what = if self.row.operands.is_empty() { "rows were" } else { "a part of the operand was" };
        let problem =
            Problem::error(start..end, format!("expected all there is, found that {what} left out"));
        self.row.problems.push(problem.advise("write the listing with `disassemble --full`"));
        self.row.elision = Some(start..end);
        self.at = start + length;
        true
    }

    /// A literal whose quote stands `prefix` bytes from here.
    fn literal(&mut self, kind: OperandKind, prefix: usize) -> OperandKind {
        let start = self.at;
        let quote = self.rest()[prefix];
        let quoted = start + prefix + 1;
        let bytes = self.text.as_bytes();
        let mut at = quoted;
        loop {
            let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(quote, b'\\', rest)) else {
                self.at = bytes.len();
                let message = "expected the quote that ends the literal, found the end of the row";
                let problem = Problem::error(start..self.at, message);
                self.row.problems.push(problem.advise(format!("add {}", char::from(quote))));
                return OperandKind::Malformed;
            };
            at += found;
            if bytes[at] == quote {
                break;
            }
            at += 2;
        }
        self.at = at + 1;
        if at == quoted && bytes.get(self.at) == Some(&quote) {
            self.at = bytes.len();
            self.error(
                start..self.at,
                "expected a literal in single quotes on one row, found a triple quote",
            );
            return OperandKind::Malformed;
        }
        kind
    }

    fn label(&mut self) -> OperandKind {
        let start = self.at;
        self.at += 1;
        let length = self.run(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let first = self.rest().first().copied();
        self.at += length;
        if length > 0 && first.is_some_and(|byte| !byte.is_ascii_digit()) {
            return OperandKind::Label;
        }
        let found = if length > 0 { "a digit" } else { "none" };
        self.error(
            start..self.at,
            format!("expected a name behind $ that begins with a letter, found {found}"),
        );
        OperandKind::Malformed
    }

    fn number(&mut self) -> OperandKind {
        let start = self.at;
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(&byte) = bytes.get(self.at) {
            let exponent = matches!(byte, b'+' | b'-')
                && matches!(bytes[self.at - 1], b'e' | b'E')
                && !matches!(bytes.get(start..start + 2), Some([b'0', b'x' | b'X']));
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.') || exponent) {
                break;
            }
            self.at += 1;
        }
        OperandKind::Number
    }

    /// A word, or the prefix of a literal that has none here.
    fn letters(&mut self) -> OperandKind {
        let start = self.at;
        let length = self.run(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
        let quoted = matches!(self.rest().get(length), Some(b'\'' | b'"'));
        if !quoted || length > 2 {
            self.at += length;
            return OperandKind::Word;
        }
        let prefix = &self.text[start..start + length];
        let advice = format!("leave out {prefix}, and write \\\\ for a backslash");
        let message = format!("expected '...' or b'...', found the prefix {prefix}");
        self.row.problems.push(Problem::error(start..start + length, message).advise(advice));
        self.literal(OperandKind::Malformed, length)
    }

    fn malformed(&mut self) -> OperandKind {
        let start = self.at;
        let rest = &self.text[start..];
        self.at += rest.find([' ', '\t', '#']).unwrap_or(rest.len()).max(1);
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        let found = shown(&self.text[start..self.at]);
        let expected = if self.row.mnemonic.is_some() { "an operand" } else { "an opcode or BYTES" };
        self.error(start..self.at, format!("expected {expected}, found {found}"));
        OperandKind::Malformed
    }
}

/// A piece of text in a message: short, and nothing in it that redraws a terminal.
pub(super) fn shown(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    pickle_machine::render::escape(&short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(line: &str) -> Vec<(TokenKind, &str)> {
        let row = parse(line);
        assert!(row.problems.is_empty(), "{:?}", row.problems);
        row.tokens().into_iter().map(|token| (token.kind, &line[token.columns])).collect()
    }

    #[test]
    fn rows() {
        use TokenKind as T;
        assert_eq!(
            tokens("  12:   GLOBAL 'os' \"system\"  # a 'comment'"),
            [
                (T::Offset, "12:"),
                (T::Mnemonic, "GLOBAL"),
                (T::Module, "'os'"),
                (T::Name, "\"system\""),
                (T::Comment, "# a 'comment'")
            ]
        );
        assert_eq!(tokens("BINGET $x"), [(T::Mnemonic, "BINGET"), (T::Memo, "$x")]);
        assert_eq!(tokens("BINPUT 7\r"), [(T::Mnemonic, "BINPUT"), (T::Memo, "7")]);
        assert_eq!(
            tokens("FRAME auto#x"),
            [(T::Mnemonic, "FRAME"), (T::Directive, "auto"), (T::Comment, "#x")]
        );
        assert_eq!(tokens("\u{feff}\tBYTES b'\\'#'"), [(T::Directive, "BYTES"), (T::Bytes, "b'\\'#'")]);
        assert_eq!(tokens("MARK"), [(T::MarkMnemonic, "MARK")]);
        assert_eq!(tokens("BINFLOAT -1.5e-05"), [(T::Mnemonic, "BINFLOAT"), (T::Number, "-1.5e-05")]);
        assert_eq!(tokens("INT True"), [(T::Mnemonic, "INT"), (T::Number, "True")]);
        assert_eq!(tokens("5: # only a comment"), [(T::Offset, "5:"), (T::Comment, "# only a comment")]);
        assert_eq!(tokens(""), []);
    }

    fn problem(line: &str) -> Problem {
        let problems = parse(line).problems;
        assert_eq!(problems.len(), 1, "{line}: {problems:?}");
        problems.into_iter().next().unwrap()
    }

    #[test]
    fn what_is_wrong() {
        let cases = [
            ("NEWOJB", 0..6, "expected an opcode or BYTES, found NEWOJB"),
            ("'a'", 0..0, "expected an opcode or BYTES, found an operand"),
            ("12 POP", 0..2, "expected an opcode or BYTES, found a number"),
            ("%", 0..1, "expected an opcode or BYTES, found %"),
            ("UNICODE 'a", 8..10, "expected the quote that ends the literal, found the end of the row"),
            ("UNICODE 'a\\'", 8..12, "expected the quote that ends the literal, found the end of the row"),
            (
                "UNICODE '''a'''",
                8..15,
                "expected a literal in single quotes on one row, found a triple quote",
            ),
            ("UNICODE r'a'", 8..9, "expected '...' or b'...', found the prefix r"),
            ("GET $", 4..5, "expected a name behind $ that begins with a letter, found none"),
            ("GET $1", 4..6, "expected a name behind $ that begins with a letter, found a digit"),
            ("GET é", 4..6, "expected an operand, found é"),
            ("GLOBAL 'a''b'", 10..10, "expected a blank, found the next operand"),
            ("  3: ... 5 rows, 9 bytes", 5..24, "expected all there is, found that rows were left out"),
            (
                "UNICODE 'a'... 9 bytes # x",
                11..22,
                "expected all there is, found that a part of the operand was left out",
            ),
            ("newobj", 0..6, "expected NEWOBJ, found it in other letters"),
        ];
        for (line, columns, message) in cases {
            let problem = problem(line);
            assert_eq!((problem.columns, problem.message.as_str()), (columns, message), "{line}");
        }
    }
}
