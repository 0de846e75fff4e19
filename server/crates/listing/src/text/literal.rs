//! Literals of Python: what their text stands for. Each function takes the text of one token, quotes included.

use std::ops::Range;

use pickle_ops::{Integer, push_utf8};

use super::problem::Problem;
use super::syntax::shown;

/// What a str literal may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Points {
    /// All code points, lone surrogates included.
    All,
    /// ASCII.
    Ascii,
}

/// Appends what a str literal stands for, in UTF-8 with surrogates. `column` is where the literal begins in its row.
///
/// # Errors
/// All that is wrong with it, in columns of the row; what was appended means nothing then.
pub fn read_str(literal: &str, column: usize, points: Points, out: &mut Vec<u8>) -> Result<(), Vec<Problem>> {
    let limit = if points == Points::Ascii { 0x80 } else { 0x11_0000 };
    let mut problems = Vec::new();
    read(literal, 1, column, &mut problems, out, |piece, columns, out| match piece {
        Piece::Plain(text) if points == Points::All || text.is_ascii() => {
            out.extend_from_slice(text.as_bytes());
            Ok(())
        }
        Piece::Point(point) if point < limit => {
            push_utf8(out, point);
            Ok(())
        }
        _ => Err(not_ascii(columns)),
    });
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Appends what a bytes literal stands for.
///
/// # Errors
/// As [`read_str`].
pub fn read_bytes(literal: &str, column: usize, out: &mut Vec<u8>) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    read(literal, 2, column, &mut problems, out, |piece, columns, out| match piece {
        Piece::Plain(text) if text.is_ascii() => {
            out.extend_from_slice(text.as_bytes());
            Ok(())
        }
        Piece::Point(point) => match u8::try_from(point) {
            Ok(byte) => {
                out.push(byte);
                Ok(())
            }
            Err(_) => Err(Problem::error(columns, "expected a byte, found a larger value")),
        },
        Piece::Unicode => Err(Problem::error(columns, "expected an escape of bytes, found one of str")
            .advise("write the bytes with \\x")),
        Piece::Plain(_) => {
            Err(Problem::error(columns, "expected ASCII in a bytes literal, found another character")
                .advise("write its bytes with \\x"))
        }
    });
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn not_ascii(columns: Range<usize>) -> Problem {
    Problem::error(columns, "expected ASCII, found another character")
        .advise("write the bytes of the operand as a bytes literal: b'...'")
}

/// A part of a literal.
enum Piece<'t> {
    /// Text without an escape.
    Plain(&'t str),
    /// What an escape stands for.
    Point(u32),
    /// An escape `\u` or `\U` in a bytes literal.
    Unicode,
}

/// Takes a literal apart. `open` is the length of what stands before its first character; the last byte is the quote.
fn read(
    literal: &str,
    open: usize,
    column: usize,
    problems: &mut Vec<Problem>,
    out: &mut Vec<u8>,
    mut take: impl FnMut(Piece<'_>, Range<usize>, &mut Vec<u8>) -> Result<(), Problem>,
) {
    let end = literal.len().saturating_sub(1).max(open.min(literal.len()));
    let mut at = open.min(end);
    out.reserve(end - at);
    while at < end {
        let rest = &literal[at..end];
        let plain = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        if plain > 0 {
            let piece = Piece::Plain(&rest[..plain]);
            problems.extend(take(piece, column + at..column + at + plain, out).err());
            at += plain;
            continue;
        }
        let (read, length) = escape(rest, open == 2);
        let columns = column + at..column + at + length;
        at += length;
        match read {
            Ok(piece) => problems.extend(take(piece, columns, out).err()),
            Err(message) => problems.push(bad_escape(columns, message, &rest[..length])),
        }
    }
}

fn bad_escape(columns: Range<usize>, message: &str, escape: &str) -> Problem {
    let problem = Problem::error(columns, format!("{message}, found {}", shown(escape)));
    problem.replace("a backslash itself is \\\\", format!("\\{escape}"))
}

/// The escape at the beginning of `text`, and its length.
fn escape(text: &str, in_bytes: bool) -> (Result<Piece<'static>, &'static str>, usize) {
    const UNKNOWN: &str = "expected an escape of Python";
    const DIGITS: &str = "expected an escape with all its digits";
    let bytes = text.as_bytes();
    let Some(&kind) = bytes.get(1) else { return (Err(UNKNOWN), 1) };
    let hexadecimal = |digits: usize| {
        let written = bytes.get(2..2 + digits);
        let value = written.and_then(|digits| {
            digits.iter().try_fold(0u32, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
        });
        match value {
            Some(value) if value <= 0x10_ffff => (Ok(Piece::Point(value)), 2 + digits),
            Some(_) => (Err("expected a code point of at most 10ffff"), 2 + digits),
            None => {
                let there =
                    bytes[2..].iter().take(digits).take_while(|digit| digit.is_ascii_hexdigit()).count();
                (Err(DIGITS), 2 + there)
            }
        }
    };
    let point = match kind {
        b'\\' | b'\'' | b'"' => u32::from(kind),
        b'a' => 7,
        b'b' => 8,
        b't' => 9,
        b'n' => 10,
        b'v' => 11,
        b'f' => 12,
        b'r' => 13,
        b'0'..=b'7' => {
            let count = bytes[1..].iter().take(3).take_while(|digit| matches!(digit, b'0'..=b'7')).count();
            let value = bytes[1..=count].iter().fold(0, |value, digit| value << 3 | u32::from(digit - b'0'));
            let read = if value > 0xff {
                Err("expected an octal escape of at most \\377")
            } else {
                Ok(Piece::Point(value))
            };
            return (read, 1 + count);
        }
        b'x' => return hexadecimal(2),
        b'u' | b'U' => {
            let (read, length) = hexadecimal(if kind == b'u' { 4 } else { 8 });
            return (if in_bytes { Ok(Piece::Unicode) } else { read }, length);
        }
        _ => {
            let length = text[1..].chars().next().map_or(0, char::len_utf8);
            return (Err(UNKNOWN), 1 + length);
        }
    };
    (Ok(Piece::Point(point)), 2)
}

/// The value of an int literal.
///
/// # Errors
/// What was expected.
pub fn integer(text: &str) -> Result<Integer<'_>, String> {
    if let Ok(value) = Integer::from_text(text.as_bytes(), true) {
        return Ok(value);
    }
    let digits = text.trim_start_matches(['+', '-']);
    Err(if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        "expected an integer without leading zeros (octal begins with 0o)".to_owned()
    } else {
        "expected an integer".to_owned()
    })
}

/// The value of a float literal; an int literal is one as well.
///
/// # Errors
/// What was expected.
pub fn float(text: &str) -> Result<f64, String> {
    let unsigned = text.trim_start_matches(['+', '-']);
    let sign = text.len() - unsigned.len();
    let lower = unsigned.to_ascii_lowercase();
    let word = matches!(lower.as_str(), "inf" | "infinity" | "nan");
    let wrong = || "expected a float".to_owned();
    if sign > 1 || !word && !unsigned.bytes().all(|byte| byte.is_ascii_digit() || b"._eE+-".contains(&byte)) {
        return Err(wrong());
    }
    let bytes = unsigned.as_bytes();
    let misplaced = |at: usize| {
        let digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
        at == 0 || !digit(bytes.get(at - 1)) || !digit(bytes.get(at + 1))
    };
    if !word && (0..bytes.len()).any(|at| bytes[at] == b'_' && misplaced(at)) {
        return Err(wrong());
    }
    let value: f64 = lower.replace('_', "").parse().map_err(|_| wrong())?;
    if value.is_infinite() && !word {
        return Err("expected a float that is not too large (infinity is inf)".to_owned());
    }
    let value = if value.is_nan() { f64::from_bits(0x7ff8 << 48) } else { value };
    Ok(if text.starts_with('-') { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn str_literals() {
        let read = |literal: &str| {
            let mut out = Vec::new();
            read_str(literal, 0, Points::All, &mut out).map(|()| out)
        };
        assert_eq!(read(r"'a\x41\u20ac\U0001f600\101\n\'é'").unwrap(), "aA\u{20ac}\u{1f600}A\n'é".as_bytes());
        assert_eq!(read(r"'\ud800\udc00'").unwrap(), b"\xed\xa0\x80\xed\xb0\x80");
        assert_eq!(read("''").unwrap(), b"");
        let problems = read(r"'\q \x4 \U00110000 \400'").unwrap_err();
        let said: Vec<_> =
            problems.iter().map(|problem| (problem.columns.clone(), problem.message.as_str())).collect();
        assert_eq!(
            said,
            [
                (1..3, "expected an escape of Python, found \\q"),
                (4..7, "expected an escape with all its digits, found \\x4"),
                (8..18, "expected a code point of at most 10ffff, found \\U00110000"),
                (19..23, "expected an octal escape of at most \\377, found \\400"),
            ]
        );
        let mut out = Vec::new();
        assert!(read_str("'é'", 0, Points::Ascii, &mut out).is_err());
        assert!(read_str(r"'\xe9'", 0, Points::Ascii, &mut out).is_err());
    }

    #[test]
    fn bytes_literals() {
        let read = |literal: &str| {
            let mut out = Vec::new();
            read_bytes(literal, 0, &mut out).map(|()| out)
        };
        assert_eq!(read(r#"b"a\xff\0\"'""#).unwrap(), b"a\xff\0\"'");
        assert_eq!(read("b''").unwrap(), b"");
        assert!(read("b'é'").is_err() && read(r"b'\u0041'").is_err() && read(r"b'\777'").is_err());
    }

    #[test]
    fn numbers() {
        assert_eq!(integer("0x_1f"), Ok(Integer::Small(31)));
        assert_eq!(integer("-0b101"), Ok(Integer::Small(-5)));
        assert!(integer("007").unwrap_err().contains("leading zeros"));
        assert!(integer("1.5").is_err() && integer("-").is_err() && integer("--1").is_err());
        for (text, value) in
            [("1", 1.0), ("-1_0.5e0_1", -105.0), (".5", 0.5), ("5.", 5.0), ("inf", f64::INFINITY)]
        {
            assert_eq!(float(text), Ok(value), "{text}");
        }
        assert_eq!(float("nan").unwrap().to_bits(), 0x7ff8 << 48);
        assert_eq!(float("-nan").unwrap().to_bits(), 0xfff8 << 48);
        assert_eq!(float("-0.0").unwrap().to_bits(), 1 << 63);
        for bad in ["", "-", "1e999", "1__0.0", "_1", "1_e5", "0x10", "1.5.5", "--1", "e5", "infinit"] {
            assert!(float(bad).is_err(), "{bad}");
        }
    }
}
