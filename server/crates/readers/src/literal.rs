//! Numbers in text form: `int(text, base)` and `float(text)` as each reader calls them, with what they raise.

use crate::pickletools::codecs;
use num_bigint::BigInt;
use pickle_ops::Text;
use pickle_ops::repr::{write_bytes, write_str};

use crate::exception::{Done, Raised};

/// An integer of any size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Integer {
    Small(i64),
    Big(BigInt),
}

impl From<BigInt> for Integer {
    fn from(value: BigInt) -> Self {
        i64::try_from(&value).map_or(Self::Big(value), Self::Small)
    }
}

/// Of little-endian two's complement.
pub(crate) fn from_binary(raw: &[u8]) -> Integer {
    match pickle_ops::Integer::from_binary(raw) {
        pickle_ops::Integer::Small(value) => Integer::Small(value),
        _ => BigInt::from_signed_bytes_le(raw).into(),
    }
}

/// Why text is no integer.
enum Refusal {
    /// With the base that the message of `PyLong_FromString` names.
    Invalid(u32),
    /// More than 4,300 decimal digits.
    TooLong(usize),
}

/// `Py_ISSPACE`.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn skip_space(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|&&byte| is_space(byte)).count();
    text.get(blanks..).unwrap_or_default()
}

fn digit(byte: u8) -> u32 {
    char::from(byte).to_digit(36).unwrap_or(37)
}

/// `PyLong_FromString` over all of `text`, in base 10 or 0.
fn parse(text: &[u8], base: u32) -> Result<Integer, Refusal> {
    // As picklers write it, with the end of its line: the same in both bases.
    if let Some(value) = pickle_ops::Integer::plain(text.strip_suffix(b"\n").unwrap_or(text)) {
        return Ok(Integer::Small(value));
    }
    let text = skip_space(text);
    let (negative, mut text) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let mut radix = base;
    let mut only_zero = false;
    if base == 0 {
        (radix, only_zero) = match text {
            [b'0', b'x' | b'X', ..] => (16, false),
            [b'0', b'o' | b'O', ..] => (8, false),
            [b'0', b'b' | b'B', ..] => (2, false),
            [b'0', ..] => (10, true),
            _ => (10, false),
        };
        if radix != 10 {
            text = text.get(2..).unwrap_or_default();
            text = text.strip_prefix(b"_").unwrap_or(text);
        }
    }
    let length = text.iter().take_while(|&&byte| byte == b'_' || digit(byte) < radix).count();
    let (digits, rest) = text.split_at(length);
    let misplaced = digits.first() == Some(&b'_') || digits.last() == Some(&b'_');
    if misplaced || digits.windows(2).any(|pair| pair == b"__") {
        return Err(Refusal::Invalid(radix));
    }
    let digits: Vec<u8> = digits.iter().copied().filter(|&digit| digit != b'_').collect();
    if radix == 10 && digits.len() > codecs::MAX_DIGITS {
        return Err(Refusal::TooLong(digits.len()));
    }
    let value = BigInt::parse_bytes(&digits, radix).unwrap_or_default();
    if only_zero && value != BigInt::ZERO {
        return Err(Refusal::Invalid(0));
    }
    if digits.is_empty() || !skip_space(rest).is_empty() {
        return Err(Refusal::Invalid(if only_zero { 0 } else { radix }));
    }
    Ok(if negative { -value } else { value }.into())
}

fn too_long(digits: usize) -> Box<Raised> {
    codecs::too_many_digits(digits).into()
}

/// `int(bytes, base)`.
pub(crate) fn int_of_bytes(raw: &[u8], base: u32) -> Done<Integer> {
    parse(raw, base).map_err(|refusal| match refusal {
        Refusal::TooLong(digits) => too_long(digits),
        Refusal::Invalid(_) => {
            let mut shown = String::new();
            // A String takes everything.
            let _ = write_bytes(&mut shown, raw.get(..200).unwrap_or(raw));
            shown.truncate(200);
            Raised::value(format!("invalid literal for int() with base {base}: {shown}"))
        }
    })
}

/// What comes before a NUL.
fn c_string(line: &[u8]) -> &[u8] {
    line.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// `PyLong_FromString(line, NULL, base)`; the line has its newline.
pub(crate) fn int_of_c_string(line: &[u8], base: u32) -> Done<Integer> {
    let text = c_string(line);
    parse(text, base).map_err(|refusal| match refusal {
        Refusal::TooLong(digits) => too_long(digits),
        Refusal::Invalid(base) => {
            let shown = text.get(..200).unwrap_or(text);
            if let Err(error) = std::str::from_utf8(shown) {
                return codecs::strict_utf8_error(shown, error).into();
            }
            let mut quoted = String::new();
            let _ = write_str(&mut quoted, Text::Utf8(shown).code_points());
            let quoted: String = quoted.chars().take(200).collect();
            Raised::value(format!("invalid literal for int() with base {base}: {quoted}"))
        }
    })
}

/// The operand of INT as `load_int` of `_pickle.c` reads it: a bool where three characters are 0 or 1.
pub(crate) fn int_line(line: &[u8]) -> Done<Result<bool, Integer>> {
    if let Some(value) = strtol(c_string(line)) {
        return Ok(match value {
            0 | 1 if line.len() == 3 => Ok(value == 1),
            _ => Err(Integer::Small(value)),
        });
    }
    match parse(c_string(line), 0) {
        Ok(value) => Ok(Err(value)),
        Err(_) => Err(Raised::value("could not convert string to int")),
    }
}

/// `strtol(text, &end, 0)` where it reads up to the newline or the end, and the number fits.
fn strtol(text: &[u8]) -> Option<i64> {
    let start = skip_space(text);
    let (negative, rest) = match start.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, start),
    };
    let (radix, rest) = match rest {
        [b'0', b'x' | b'X', digits @ ..] if digits.first().is_some_and(u8::is_ascii_hexdigit) => (16, digits),
        [b'0', ..] => (8, rest),
        _ => (10, rest),
    };
    let length = rest.iter().take_while(|&&byte| digit(byte) < radix).count();
    let (digits, rest) = rest.split_at(length);
    if digits.is_empty() {
        // Nothing is read: the end is the beginning.
        return if text.is_empty() || text[0] == b'\n' { Some(0) } else { None };
    }
    if !matches!(rest, [] | [b'\n', ..]) {
        return None;
    }
    digits.iter().try_fold(0i64, |value, &byte| {
        let digit = i64::from(digit(byte));
        let value = value.checked_mul(i64::from(radix))?;
        if negative { value.checked_sub(digit) } else { value.checked_add(digit) }
    })
}

/// `float(bytes)`.
pub(crate) fn float_of_bytes(raw: &[u8]) -> Done<f64> {
    Ok(codecs::float(raw)?)
}

/// `PyOS_string_to_double` over a line with its newline, as `load_float` of `_pickle.c` calls it.
pub(crate) fn float_line(line: &[u8]) -> Done<f64> {
    let text = c_string(line);
    let refused = || Raised::value("could not convert string to float");
    // `PyOS_string_to_double` itself refuses what does not begin with a number.
    let length = float_prefix(text);
    if length == 0 {
        let shown = text.get(..200).unwrap_or(text);
        return Err(Raised::value(format!("could not convert string to float: '{}'", lossy(shown))));
    }
    let (number, rest) = text.split_at(length);
    let value: f64 =
        std::str::from_utf8(number).ok().and_then(|text| text.parse().ok()).ok_or_else(refused)?;
    if value.is_infinite() && number.iter().any(u8::is_ascii_digit) {
        let shown = text.get(..200).unwrap_or(text);
        return Err(Raised::new(
            "OverflowError",
            format!("value too large to convert to float: '{}'", lossy(shown)),
        ));
    }
    if matches!(rest, [] | [b'\n', ..]) { Ok(value) } else { Err(refused()) }
}

/// `%.200s`: bytes that are no UTF-8 are replaced.
fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// How many bytes at the beginning are a float: `_Py_dg_strtod`, or `inf` and `nan` in any case.
fn float_prefix(text: &[u8]) -> usize {
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let rest = text.get(sign..).unwrap_or_default();
    let begins = |word: &[u8]| rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if let Some(word) = [&b"infinity"[..], b"inf", b"nan"].into_iter().find(|word| begins(word)) {
        return sign + word.len();
    }
    let digits = |from: usize| rest.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(0);
    let mut at = whole;
    let mut fraction = 0;
    if rest.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        at += 1 + fraction;
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(rest.get(at), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(rest.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + signed);
        if exponent > 0 {
            at += 1 + signed + exponent;
        }
    }
    sign + at
}
