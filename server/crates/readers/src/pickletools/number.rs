//! `int(bytes)` and `float(bytes)`, which `genops` applies to the lines of INT, LONG, FLOAT, GET and PUT.
//!
//! Not what the C unpickler reads there, which is `strtol`, literals with a base, and no blanks (`pickle_ops`).

use std::borrow::Cow;

use super::Argument;
use super::error::{GenopsError, quoted};

/// Decimal digits from which CPython refuses to convert (`sys.int_info.default_max_str_digits`).
pub const MAX_DIGITS: usize = 4300;

/// The start of both messages about [`MAX_DIGITS`].
const LIMIT: &str = "Exceeds the limit (4300 digits) for integer string conversion";
const RAISE_IT: &str = "use sys.set_int_max_str_digits() to increase the limit";

/// What `repr(int)` raises (`long_to_decimal_string` in `longobject.c`).
pub(super) fn too_long_for_repr() -> GenopsError {
    GenopsError::value(format!("{LIMIT}; {RAISE_IT}"))
}

/// What `int` raises of so many digits.
pub(super) fn too_many_digits(count: usize) -> GenopsError {
    GenopsError::value(format!("{LIMIT}: value has {count} digits; {RAISE_IT}"))
}

/// `int(raw)` in base 10 (`_PyLong_FromBytes` and `PyLong_FromString` in `longobject.c`): blanks around, a sign, single
/// underscores between digits.
pub(super) fn integer<'a>(raw: &[u8]) -> Result<Argument<'a>, GenopsError> {
    let invalid = || GenopsError::value(invalid_integer(raw));
    let text = trim_start(raw);
    let (negative, text) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let length = text.iter().take_while(|&&byte| byte.is_ascii_digit() || byte == b'_').count();
    let (digits, rest) = text.split_at(length);
    let count = count_digits(digits).ok_or_else(invalid)?;
    if count > MAX_DIGITS {
        return Err(too_many_digits(count));
    }
    if count == 0 || !trim_start(rest).is_empty() {
        return Err(invalid());
    }
    Ok(value(digits, negative))
}

/// How many digits, where each underscore stands alone between two of them.
fn count_digits(digits: &[u8]) -> Option<usize> {
    let misplaced = digits.first() == Some(&b'_')
        || digits.last() == Some(&b'_')
        || digits.windows(2).any(|pair| pair == b"__");
    (!misplaced).then(|| digits.iter().filter(|&&digit| digit != b'_').count())
}

/// The message quotes 200 bytes, and 200 characters of their `repr`.
fn invalid_integer(raw: &[u8]) -> String {
    let mut shown = quoted(raw.get(..200).unwrap_or(raw));
    shown.truncate(200);
    format!("invalid literal for int() with base 10: {shown}")
}

fn value<'a>(digits: &[u8], negative: bool) -> Argument<'a> {
    let digits = || digits.iter().filter(|&&digit| digit != b'_');
    let small = digits().try_fold(0i64, |value, digit| {
        let digit = i64::from(digit - b'0');
        let value = value.checked_mul(10)?;
        if negative { value.checked_sub(digit) } else { value.checked_add(digit) }
    });
    small.map(Argument::Int).unwrap_or_else(|| {
        let sign = negative.then_some('-');
        let significant = digits().skip_while(|&&digit| digit == b'0').map(|&digit| char::from(digit));
        Argument::Decimal(sign.into_iter().chain(significant).collect())
    })
}

/// `float(raw)` (`PyFloat_FromString` in `floatobject.c`): blanks around, single underscores between digits, `inf`,
/// `infinity` and `nan` in any case; too large is infinite.
///
/// Not exact for a line that needs an exponent beyond 655,000 to make up for as many zeros: Rust cuts that off.
pub(super) fn float(raw: &[u8]) -> Result<f64, GenopsError> {
    let invalid = || GenopsError::value(format!("could not convert string to float: {}", quoted(raw)));
    let text = std::str::from_utf8(raw).map_err(|_| invalid())?;
    let text = without_underscores(text).ok_or_else(invalid)?;
    text.trim_matches(is_space).parse().map_err(|_| invalid())
}

/// `_Py_string_to_number_with_underscores` in `pystrtod.c`.
fn without_underscores(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('_') {
        return Some(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let mut underscores = text.match_indices('_').map(|(at, _)| at);
    let well_placed = underscores.all(|at| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)));
    well_placed.then(|| Cow::Owned(text.replace('_', "")))
}

/// `Py_ISSPACE`.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t'..='\r')
}

fn trim_start(raw: &[u8]) -> &[u8] {
    let blanks = raw.iter().take_while(|&&byte| is_space(char::from(byte))).count();
    &raw[blanks..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(raw: &[u8]) -> String {
        match integer(raw) {
            Ok(argument) => argument.repr(),
            Err(error) => error.message,
        }
    }

    #[test]
    fn integers() {
        assert_eq!(int(b" +1_000\r"), "1000");
        assert_eq!(int(b"-0"), "0");
        assert_eq!(int(b"007"), "7");
        assert_eq!(int(b"-9223372036854775808"), "-9223372036854775808");
        assert_eq!(int(b"\x0b-0009223372036854775809\x0c"), "-9223372036854775809");
        for bad in ["", " ", "-", "_1", "1_", "1__0", "0x1", "1\\0", "1 2", "+-1", "1L", "- 1"] {
            assert_eq!(
                int(bad.as_bytes()),
                format!("invalid literal for int() with base 10: {}", { quoted(bad.as_bytes()) })
            );
        }
    }

    #[test]
    fn long_integers() {
        assert_eq!(int(&[b'1'; 4300]), "1".repeat(4300));
        let mut digits = vec![b'0'; 4301];
        digits.push(b'x');
        let message = "Exceeds the limit (4300 digits) for integer string conversion: value has 4301 digits; \
                       use sys.set_int_max_str_digits() to increase the limit";
        assert_eq!(int(&digits), message);
        let quotes = "\\'".repeat(99);
        assert_eq!(int(&[b'\''; 300].map(|quote| quote)), {
            format!("invalid literal for int() with base 10: b\"{}", "'".repeat(198))
        });
        let mixed: Vec<u8> = [b'\''; 199].into_iter().chain(*b"\"").collect();
        assert_eq!(int(&mixed), format!("invalid literal for int() with base 10: b'{quotes}"));
    }

    #[test]
    fn floats() {
        assert_eq!(float(b" 1_0.5e1_0\r"), Ok(10.5e10));
        assert_eq!(float(b"1e999"), Ok(f64::INFINITY));
        assert_eq!(float(b"-Infinity"), Ok(f64::NEG_INFINITY));
        assert!(float(b"nAn").is_ok_and(f64::is_nan));
        assert_eq!(float(b".5"), Ok(0.5));
        for bad in ["", " ", ".", "1_", "_1", "1_.0", "1__0", "1e", "0x1p3", "1\0", "infi", "1 2"] {
            let message = format!("could not convert string to float: {}", quoted(bad.as_bytes()));
            assert_eq!(float(bad.as_bytes()), Err(GenopsError::value(message)));
        }
    }
}
