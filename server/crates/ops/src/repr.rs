//! How Python writes constants: `repr` of str, bytes and float in CPython 3.11, through any [`fmt::Write`].

use std::fmt::{self, Write};

use crate::is_printable;

/// Writes `repr(text)` of a str given by its code points, surrogates included (`unicode_repr` in `unicodeobject.c`).
///
/// # Errors
/// Those of the writer.
pub fn write_str(out: &mut impl Write, points: impl Iterator<Item = u32> + Clone) -> fmt::Result {
    write_quoted(out, points, is_printable)
}

/// As [`write_str`], escaping all that `plain` refuses.
///
/// # Errors
/// Those of the writer.
pub fn write_quoted(
    out: &mut impl Write,
    points: impl Iterator<Item = u32> + Clone,
    plain: impl Fn(u32) -> bool,
) -> fmt::Result {
    let quote = quote(points.clone());
    out.write_char(quote)?;
    for point in points {
        match char::from_u32(point) {
            Some(character) if character == quote || character == '\\' => write!(out, "\\{character}")?,
            Some('\n') => out.write_str("\\n")?,
            Some('\r') => out.write_str("\\r")?,
            Some('\t') => out.write_str("\\t")?,
            Some(character) if plain(point) => out.write_char(character)?,
            _ if point < 0x100 => write!(out, "\\x{point:02x}")?,
            _ if point < 0x1_0000 => write!(out, "\\u{point:04x}")?,
            _ => write!(out, "\\U{point:08x}")?,
        }
    }
    out.write_char(quote)
}

/// Writes `repr(bytes)`: `b'…'` (`PyBytes_Repr`).
///
/// # Errors
/// Those of the writer.
pub fn write_bytes(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    let quote = quote(bytes.iter().map(|&byte| u32::from(byte)));
    out.write_char('b')?;
    out.write_char(quote)?;
    for &byte in bytes {
        match byte {
            b'\n' => out.write_str("\\n")?,
            b'\r' => out.write_str("\\r")?,
            b'\t' => out.write_str("\\t")?,
            b'\\' => out.write_str("\\\\")?,
            _ if char::from(byte) == quote => write!(out, "\\{quote}")?,
            0x20..=0x7e => out.write_char(char::from(byte))?,
            _ => write!(out, "\\x{byte:02x}")?,
        }
    }
    out.write_char(quote)
}

/// Single quotes, unless there are such in the text and no double quotes.
fn quote(points: impl Iterator<Item = u32>) -> char {
    let mut single = false;
    for point in points {
        match point {
            0x22 => return '\'',
            0x27 => single = true,
            _ => {}
        }
    }
    if single { '"' } else { '\'' }
}

/// Writes `repr(float)`: the shortest digits that read back as the same value, with an exponent below 1e-4 and from
/// 1e16 on (`PyOS_double_to_string` with format code `r`).
///
/// # Errors
/// Those of the writer.
pub fn write_float(out: &mut impl Write, value: f64) -> fmt::Result {
    if value.is_nan() {
        return out.write_str("nan");
    }
    if value.is_infinite() {
        return out.write_str(if value > 0.0 { "inf" } else { "-inf" });
    }
    let shortest = format!("{value:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return write!(out, "{value:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(out, "{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(value: f64) -> String {
        let mut out = String::new();
        write_float(&mut out, value).unwrap();
        out
    }

    #[test]
    fn floats() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e16, "1.5e+16"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
        ];
        for (value, text) in cases {
            assert_eq!(float(value), text);
        }
        assert_eq!(float(f64::NAN), "nan");
        assert_eq!(float(f64::NEG_INFINITY), "-inf");
    }

    #[test]
    fn strings() {
        let text = |points: &[u32]| {
            let mut out = String::new();
            write_str(&mut out, points.iter().copied()).unwrap();
            out
        };
        assert_eq!(text(&[0x61, 0x27]), "\"a'\"");
        assert_eq!(text(&[0x22, 0x27]), r#"'"\''"#);
        assert_eq!(
            text(&[0x7f, 0xe9, 0x202e, 0xd800, 0x1_f600, 0xe0001]),
            "'\\x7f\u{e9}\\u202e\\ud800\u{1f600}\\U000e0001'"
        );
        let mut out = String::new();
        write_bytes(&mut out, b"a'\n\xff\\").unwrap();
        assert_eq!(out, "b\"a'\\n\\xff\\\\\"");
    }
}
