//! JSON text, written piece by piece: a string of a gigabyte takes no memory here.
//!
//! Besides what JSON asks for, control, bidirectional and invisible characters are written as `\u` escapes: the text
//! means the same to a program, and cannot redraw what a person looks at.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use pickle_ops::{is_invisible, is_printable};

/// Writes a number.
pub(crate) fn number(out: &mut impl Write, number: u64) -> io::Result<()> {
    // Fewer than twenty digits, the last one first: formatting of the standard library takes several times as long, which
    // shows when there are a hundred million of them.
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    while let Some(before) = at.checked_sub(1) {
        at = before;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.write_all(&digits[at..])
}

/// Writes `text` as a string.
pub(crate) fn string(out: &mut impl Write, text: &str) -> io::Result<()> {
    string_with(out, |inside| inside.write_str(text))
}

/// Writes a string whose text `write` gives.
pub(crate) fn string_with<W: Write>(
    out: &mut W,
    write: impl FnOnce(&mut Inside<'_, W>) -> fmt::Result,
) -> io::Result<()> {
    out.write_all(b"\"")?;
    let mut inside = Inside { out, error: None };
    let done = write(&mut inside);
    match inside.error {
        Some(error) => return Err(error),
        None => done.map_err(io::Error::other)?,
    }
    out.write_all(b"\"")
}

/// What stands between the quotes.
#[derive(Debug)]
pub(crate) struct Inside<'w, W> {
    out: &'w mut W,
    /// Why the text ended; [`fmt::Error`] does not say.
    error: Option<io::Error>,
}

impl<W: Write> Inside<'_, W> {
    fn put(&mut self, done: io::Result<()>) -> fmt::Result {
        done.map_err(|error| {
            self.error = Some(error);
            fmt::Error
        })
    }

    #[cold]
    fn escape(&mut self, character: char) -> fmt::Result {
        let done = match character {
            '"' => self.out.write_all(b"\\\""),
            '\\' => self.out.write_all(b"\\\\"),
            '\n' => self.out.write_all(b"\\n"),
            '\r' => self.out.write_all(b"\\r"),
            '\t' => self.out.write_all(b"\\t"),
            _ => {
                let mut units = [0; 2];
                let units = character.encode_utf16(&mut units);
                units.iter().try_for_each(|unit| write!(self.out, "\\u{unit:04x}"))
            }
        };
        self.put(done)
    }
}

/// Whether a string holds this ASCII character as it is.
fn is_plain_ascii(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')
}

/// Whether a string holds it as it is.
fn is_plain(character: char) -> bool {
    let point = u32::from(character);
    !matches!(character, '"' | '\\') && is_printable(point) && !is_invisible(point)
}

impl<W: Write> fmt::Write for Inside<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        loop {
            let plain = rest.bytes().position(|byte| !is_plain_ascii(byte)).unwrap_or(rest.len());
            let (head, tail) = rest.split_at(plain);
            let done = self.out.write_all(head.as_bytes());
            self.put(done)?;
            let mut tail = tail.chars();
            let Some(character) = tail.next() else { return Ok(()) };
            self.write_char(character)?;
            rest = tail.as_str();
        }
    }

    #[inline]
    fn write_char(&mut self, character: char) -> fmt::Result {
        if character.is_ascii() && is_plain_ascii(character as u8) {
            let done = self.out.write_all(&[character as u8]);
            return self.put(done);
        }
        if !is_plain(character) {
            return self.escape(character);
        }
        let mut buffer = [0; 4];
        let done = self.out.write_all(character.encode_utf8(&mut buffer).as_bytes());
        self.put(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(of: &str) -> String {
        let mut out = Vec::new();
        string(&mut out, of).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn escapes() {
        assert_eq!(text("a\"b\\c\n\u{1}"), r#""a\"b\\c\n\u0001""#);
        assert_eq!(
            text("\u{e9}\u{202e}\u{feff}\u{1f600}\u{e0001}"),
            "\"\u{e9}\\u202e\\ufeff\u{1f600}\\udb40\\udc01\""
        );
        assert_eq!(text(""), "\"\"");
    }

    #[test]
    fn numbers() {
        for value in [0, 7, 10, 1234, u64::MAX] {
            let mut out = Vec::new();
            number(&mut out, value).unwrap();
            assert_eq!(out, value.to_string().as_bytes());
        }
    }
}
