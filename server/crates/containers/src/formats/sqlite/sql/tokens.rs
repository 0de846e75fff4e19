//! Words, names, literals and marks of SQL (<https://www.sqlite.org/lang.html>), out of bytes: a text may hold what is no UTF-8.

/// Tokens of one statement that are read; the longest views that people write have a few thousand.
const MOST: usize = 200_000;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword or a name without quotes.
    Word(String),
    /// A name in quotes; whether they are double ones, which a text may be in as well.
    Name(String, bool),
    /// A text.
    Text(Vec<u8>),
    /// A blob literal, `x'…'`.
    Blob(Vec<u8>),
    /// An integer.
    Integer(i64),
    /// Another number, or a parameter.
    Other,
    /// An operator or a mark.
    Mark(&'static str),
}

/// Marks, longer ones before those that they begin with.
const MARKS: &[&str] = &[
    "->>", "||", "->", "==", "<>", "!=", "<=", ">=", "<<", ">>", "(", ")", ",", ".", ";", "*", "+", "-", "/",
    "%", "=", "<", ">", "&", "|", "~",
];

/// The tokens of a statement; `None`: there are too many, or a character that begins none.
pub(super) fn tokens(sql: &[u8]) -> Option<Vec<Token>> {
    let mut reader = Reader { rest: sql.split(|byte| *byte == 0).next().unwrap_or_default() };
    let mut tokens = Vec::new();
    while reader.skip_blanks() {
        if tokens.len() == MOST {
            return None;
        }
        tokens.push(reader.token()?);
    }
    Some(tokens)
}

struct Reader<'s> {
    rest: &'s [u8],
}

impl<'s> Reader<'s> {
    /// Goes on to the next token; whether there is one.
    fn skip_blanks(&mut self) -> bool {
        loop {
            self.rest = self.rest.trim_ascii_start();
            if self.rest.starts_with(b"--") {
                self.until(b"\n");
            } else if self.rest.starts_with(b"/*") {
                self.rest = &self.rest[2..];
                self.until(b"*/");
            } else {
                return !self.rest.is_empty();
            }
        }
    }

    /// What is before `end`, which is passed over.
    fn until(&mut self, end: &[u8]) -> &'s [u8] {
        let at = self.rest.windows(end.len()).position(|window| window == end);
        let (before, rest) = self.rest.split_at(at.unwrap_or(self.rest.len()));
        self.rest = rest.get(end.len()..).unwrap_or_default();
        before
    }

    fn token(&mut self) -> Option<Token> {
        let first = *self.rest.first()?;
        match first {
            b'x' | b'X' if self.rest.get(1) == Some(&b'\'') => {
                self.rest = &self.rest[2..];
                Some(Token::Blob(bytes_of_digits(self.until(b"'"))))
            }
            b'\'' => Some(Token::Text(self.quoted(first))),
            b'"' | b'`' => {
                let name = self.quoted(first);
                Some(Token::Name(text(&name), first == b'"'))
            }
            b'[' => {
                self.rest = &self.rest[1..];
                Some(Token::Name(text(self.until(b"]")), false))
            }
            b'0'..=b'9' => Some(self.number()),
            _ if is_name(first) => {
                let end = self.rest.iter().position(|byte| !is_name(*byte) && !byte.is_ascii_digit());
                Some(Token::Word(text(self.take(end.unwrap_or(self.rest.len())))))
            }
            b'?' | b':' | b'@' | b'#' => {
                self.take(1);
                Some(Token::Other)
            }
            _ => {
                let mark = MARKS.iter().find(|mark| self.rest.starts_with(mark.as_bytes()))?;
                self.take(mark.len());
                Some(Token::Mark(mark))
            }
        }
    }

    fn take(&mut self, len: usize) -> &'s [u8] {
        let (taken, rest) = self.rest.split_at(len.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// What is between quotes, which stand twice for one.
    fn quoted(&mut self, quote: u8) -> Vec<u8> {
        let mut all = Vec::new();
        self.take(1);
        loop {
            let end = self.rest.iter().position(|byte| *byte == quote).unwrap_or(self.rest.len());
            all.extend_from_slice(self.take(end));
            self.take(1);
            if self.rest.first() != Some(&quote) {
                return all;
            }
            all.push(quote);
            self.take(1);
        }
    }

    fn number(&mut self) -> Token {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
        let end = self.rest.iter().position(|byte| !is_part(byte)).unwrap_or(self.rest.len());
        let digits = text(self.take(end)).replace('_', "");
        let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
        match hexadecimal {
            Some(digits) => u64::from_str_radix(digits, 16).ok().map(|number| number as i64),
            None => digits.parse().ok(),
        }
        .map_or(Token::Other, Token::Integer)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// The bytes that pairs of hexadecimal digits stand for, as far as they are such.
pub(super) fn bytes_of_digits(digits: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    digits.chunks_exact(2).map_while(|pair| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8)).collect()
}
