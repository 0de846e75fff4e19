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
            _ if point < 0x100 => write_hex(out, "\\x", point, 2)?,
            _ if point < 0x1_0000 => write_hex(out, "\\u", point, 4)?,
            _ => write_hex(out, "\\U", point, 8)?,
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
    write_byte_literal(out, bytes, quote, |byte| char::from(byte) == quote)
}

/// Writes `repr(bytearray)`: `bytearray(b'…')`. Other than in bytes, a single quote is escaped between double quotes
/// as well (`bytearray_repr` in `bytearrayobject.c`).
///
/// # Errors
/// Those of the writer.
pub fn write_bytearray(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    let quote = quote(bytes.iter().map(|&byte| u32::from(byte)));
    out.write_str("bytearray(")?;
    write_byte_literal(out, bytes, quote, |byte| byte == b'\'')?;
    out.write_char(')')
}

fn write_byte_literal(
    out: &mut impl Write,
    bytes: &[u8],
    quote: char,
    is_escaped_quote: impl Fn(u8) -> bool,
) -> fmt::Result {
    out.write_char('b')?;
    out.write_char(quote)?;
    for chunk in bytes.chunks(CHUNK) {
        // Binary data may be a gigabyte in one operand: written byte by byte, it takes ten times as long.
        let mut text = [0; 4 * CHUNK];
        let mut length = 0;
        for &byte in chunk {
            let (escape, size) = byte_escape(byte, is_escaped_quote(byte));
            text[length..length + 4].copy_from_slice(&escape);
            length += size;
        }
        out.write_str(std::str::from_utf8(&text[..length]).unwrap_or_default())?;
    }
    out.write_char(quote)
}

/// Bytes whose text is written at once.
const CHUNK: usize = 256;

/// The text of a byte between quotes, and its length.
#[inline]
fn byte_escape(byte: u8, escaped_quote: bool) -> ([u8; 4], usize) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'\n' => (*b"\\n  ", 2),
        b'\r' => (*b"\\r  ", 2),
        b'\t' => (*b"\\t  ", 2),
        _ if byte == b'\\' || escaped_quote => ([b'\\', byte, 0, 0], 2),
        0x20..=0x7e => ([byte, 0, 0, 0], 1),
        _ => ([b'\\', b'x', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]], 4),
    }
}

/// A prefix and lower-case digits.
fn write_hex(out: &mut impl Write, prefix: &str, value: u32, digits: u32) -> fmt::Result {
    out.write_str(prefix)?;
    (0..digits).rev().try_for_each(|digit| {
        let nibble = value >> (4 * digit) & 15;
        out.write_char(char::from_digit(nibble, 16).unwrap_or('0'))
    })
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
    let shortest = format!("{:e}", value.abs());
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let mut digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    half_to_even(&mut digits, exponent, value.abs());
    if value.is_sign_negative() {
        out.write_char('-')?;
    }
    if (-4..16).contains(&exponent) {
        write_fixed(out, &digits, exponent)
    } else {
        write_exponent(out, &digits, exponent)
    }
}

/// Where the value lies exactly between two texts of the same length, `dtoa.c` takes the one with an even last digit,
/// and Rust the one farther from zero.
fn half_to_even(digits: &mut String, exponent: i32, value: f64) {
    // Two texts lie within half a unit in the last place only when they have 16 digits or more. An odd 9 would end in
    // 0 as an even digit, and so be shorter.
    let even = digits.bytes().last().is_none_or(|digit| digit & 1 == 0 || digit == b'9');
    if digits.len() < 16 || even || !is_half(value, digits.len(), exponent) {
        return;
    }
    let below = format!("{value:.*e}", digits.len()).replace('.', "");
    let magnitude: u64 = digits.parse().unwrap_or(0);
    let up = below.starts_with(digits.as_str());
    let other = if up { magnitude + 1 } else { magnitude.saturating_sub(1) }.to_string();
    // The interval below a power of two is half as wide.
    if format!("0.{other}e{}", exponent + 1).parse() == Ok(value) {
        *digits = other;
    }
}

/// Whether the exact value has one significant digit more than `digits`, and that is a 5.
fn is_half(value: f64, digits: usize, exponent: i32) -> bool {
    let bits = value.to_bits();
    let lowest_bit = (bits >> 52) as i32 - 1075 + (bits | 1 << 52).trailing_zeros() as i32;
    if lowest_bit < 0 {
        // An odd multiple of 2^-k has k decimals, and the last one is a 5.
        return -lowest_bit == digits as i32 - exponent;
    }
    // An integer of which 5^k is a factor, k being the place of the 5, is below 10^40.
    let exact = format!("{value:.60e}").replace('.', "");
    let tail = exact.get(digits..61).unwrap_or_default();
    tail.strip_prefix('5').is_some_and(|rest| rest.bytes().all(|digit| digit == b'0'))
}

fn write_fixed(out: &mut impl Write, digits: &str, exponent: i32) -> fmt::Result {
    let zeros = |out: &mut _, count: i32| (0..count).try_for_each(|_| Write::write_char(out, '0'));
    match usize::try_from(exponent + 1) {
        Ok(whole @ 1..) if whole < digits.len() => {
            out.write_str(&digits[..whole])?;
            out.write_char('.')?;
            out.write_str(&digits[whole..])
        }
        Ok(whole @ 1..) => {
            out.write_str(digits)?;
            zeros(out, (whole - digits.len()) as i32)?;
            out.write_str(".0")
        }
        _ => {
            out.write_str("0.")?;
            zeros(out, -1 - exponent)?;
            out.write_str(digits)
        }
    }
}

fn write_exponent(out: &mut impl Write, digits: &str, exponent: i32) -> fmt::Result {
    let (first, rest) = digits.split_at(1);
    out.write_str(first)?;
    if !rest.is_empty() {
        out.write_char('.')?;
        out.write_str(rest)?;
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(out, "e{sign}{:02}", exponent.abs())
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
            (1234.5, "1234.5"),
            (-0.00123, "-0.00123"),
            (120.0, "120.0"),
            // Exactly between two texts: the even one.
            (2.0 + 100.0 / 524_288.0, "2.0001907348632812"),
            (1_125_899_906_842_625.0 + 0.25, "1125899906842625.2"),
            (9_007_199_254_740_993.0 * 16.0, "1.4411518807585587e+17"),
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
        let bytearray = |bytes: &[u8]| {
            let mut out = String::new();
            write_bytearray(&mut out, bytes).unwrap();
            out
        };
        assert_eq!(bytearray(b"a"), "bytearray(b'a')");
        assert_eq!(bytearray(b"a'"), "bytearray(b\"a\\'\")");
        assert_eq!(bytearray(b"\"'"), "bytearray(b'\"\\'')");
    }
}
