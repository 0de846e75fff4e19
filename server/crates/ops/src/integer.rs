//! Integers of any size, as CPython reads them from text and from two's complement.

use num_bigint::BigInt;

use crate::FaultKind;

/// An integer operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integer<'a> {
    /// It fits.
    Small(i64),
    /// Digits as they are written: sign, radix prefix and underscores included, no blanks, no `L`.
    Digits(&'a str),
    /// Little-endian two's complement, longer than eight bytes.
    Binary(&'a [u8]),
}

impl<'a> Integer<'a> {
    /// Of little-endian two's complement (`LONG1`, `LONG4`; `_PyLong_FromByteArray`).
    #[must_use]
    pub fn from_binary(raw: &'a [u8]) -> Self {
        if raw.len() > 8 {
            return Self::Binary(raw);
        }
        let negative = raw.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut bytes = [if negative { 0xff } else { 0 }; 8];
        bytes[..raw.len()].copy_from_slice(raw);
        Self::Small(i64::from_le_bytes(bytes))
    }

    /// Of text as `PyLong_FromString` takes it: blanks around, sign, underscores between digits; radix 10, or by prefix.
    ///
    /// # Errors
    /// [`FaultKind::BadInteger`].
    pub fn from_text(raw: &'a [u8], by_prefix: bool) -> Result<Self, FaultKind> {
        match Self::plain(raw) {
            Some(value) => Ok(Self::Small(value)),
            None => Self::from_any_text(raw, by_prefix),
        }
    }

    fn from_any_text(raw: &'a [u8], by_prefix: bool) -> Result<Self, FaultKind> {
        let text = std::str::from_utf8(raw).map_err(|_| FaultKind::BadInteger)?;
        let text = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (radix, digits) = if by_prefix { split_radix(digits)? } else { (10, digits) };
        check_digits(digits, radix)?;
        Ok(small(digits, radix, negative).map_or(Self::Digits(text), Self::Small))
    }

    /// A number as picklers write it, which all readers take for the same: few digits, without a leading zero. Nearly every number
    /// is one, and a stream of protocol 0 has a number in every other line.
    #[inline]
    #[must_use]
    pub fn plain(raw: &[u8]) -> Option<i64> {
        let (negative, digits) = match raw {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        if digits.is_empty() || digits.len() > SHORT || (digits[0] == b'0' && digits.len() > 1) {
            return None;
        }
        let mut value = 0;
        for byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value = value * 10 + i64::from(digit);
        }
        Some(if negative { -value } else { value })
    }

    /// The operand of `INT`, of which C's `strtol` reads what it can first: a leading zero means octal.
    ///
    /// # Errors
    /// [`FaultKind::BadInteger`].
    pub(crate) fn from_int_line(raw: &'a [u8]) -> Result<Self, FaultKind> {
        if let Some(value) = Self::plain(raw) {
            return Ok(Self::Small(value));
        }
        // `strtol` takes what ends before it begins for zero, and a NUL is an end.
        if raw.first() == Some(&0) {
            return Ok(Self::Small(0));
        }
        let raw = raw.split(|&byte| byte == 0).next().unwrap_or(raw);
        if let Ok(integer) = Self::from_text(raw, true) {
            return Ok(integer);
        }
        let text = std::str::from_utf8(raw).map_err(|_| FaultKind::BadInteger)?;
        let text = text.trim_start_matches([' ', '\t', '\r', '\x0b', '\x0c']);
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let octal =
            digits.strip_prefix('0').filter(|rest| rest.bytes().all(|digit| (b'0'..=b'7').contains(&digit)));
        octal.and_then(|rest| small(rest, 8, negative)).map(Self::Small).ok_or(FaultKind::BadInteger)
    }

    /// Its value, where it fits.
    #[must_use]
    pub fn to_i64(self) -> Option<i64> {
        match self {
            Self::Small(value) => Some(value),
            Self::Digits(_) => None,
            Self::Binary(raw) => i64::try_from(&BigInt::from_signed_bytes_le(raw)).ok(),
        }
    }

    /// In decimal, or in hexadecimal when it has more than 4,300 digits, which is where CPython refuses to convert
    /// (`sys.int_info.default_max_str_digits`) and the time to convert begins to matter.
    #[must_use]
    pub fn to_text(self) -> String {
        match self {
            Self::Small(value) => value.to_string(),
            Self::Digits(text) => text.to_owned(),
            Self::Binary(raw) if raw.len() <= MAX_DECIMAL_BYTES => {
                BigInt::from_signed_bytes_le(raw).to_string()
            }
            Self::Binary(raw) => format!("{:#x}", BigInt::from_signed_bytes_le(raw)),
        }
    }
}

/// Digits that fit 64 bits whatever they are.
const SHORT: usize = 18;

/// Bytes of two's complement that may still have 4,300 decimal digits.
const MAX_DECIMAL_BYTES: usize = 1786;

fn split_radix(digits: &str) -> Result<(u32, &str), FaultKind> {
    let prefix = digits.get(..2).map(str::to_ascii_lowercase);
    let radix = match prefix.as_deref() {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        // A decimal number has no leading zeros, unless it is zero.
        _ if digits.starts_with('0') && digits.bytes().any(|digit| digit != b'0' && digit != b'_') => {
            return Err(FaultKind::BadInteger);
        }
        _ => return Ok((10, digits)),
    };
    // `0x_1f` is allowed, as in a literal.
    let rest = &digits[2..];
    Ok((radix, rest.strip_prefix('_').unwrap_or(rest)))
}

fn check_digits(digits: &str, radix: u32) -> Result<(), FaultKind> {
    let well_placed = !digits.is_empty()
        && !digits.starts_with('_')
        && !digits.ends_with('_')
        && !digits.contains("__")
        && digits.chars().all(|digit| digit == '_' || digit.is_digit(radix));
    if well_placed { Ok(()) } else { Err(FaultKind::BadInteger) }
}

/// The value, where it fits into 64 bits.
fn small(digits: &str, radix: u32, negative: bool) -> Option<i64> {
    digits.chars().filter(|&digit| digit != '_').try_fold(0i64, |value, digit| {
        let digit = i64::from(digit.to_digit(radix)?);
        let value = value.checked_mul(i64::from(radix))?;
        if negative { value.checked_sub(digit) } else { value.checked_add(digit) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms() {
        let long = |text: &'static str| Integer::from_text(text.as_bytes(), true);
        assert_eq!(long("-12"), Ok(Integer::Small(-12)));
        assert_eq!(long(" 0x1F\r"), Ok(Integer::Small(31)));
        assert_eq!(long("1_000"), Ok(Integer::Small(1000)));
        assert_eq!(long("00"), Ok(Integer::Small(0)));
        assert_eq!(long("-9223372036854775808"), Ok(Integer::Small(i64::MIN)));
        assert_eq!(long("9223372036854775808"), Ok(Integer::Digits("9223372036854775808")));
        for bad in ["", "-", "010", "1__0", "_1", "1_", "12a", "0x", "1 2", "é"] {
            assert_eq!(long(bad), Err(FaultKind::BadInteger), "{bad}");
        }
    }

    #[test]
    fn plain_numbers_are_read_as_all_others() {
        let texts = ["0", "-0", "7", "-12", "123456789012345678", "-999999999999999999"];
        for text in texts {
            for by_prefix in [false, true] {
                let raw = text.as_bytes();
                assert_eq!(
                    Integer::plain(raw).map(Integer::Small),
                    Integer::from_any_text(raw, by_prefix).ok(),
                    "{text}"
                );
            }
        }
        for text in
            ["", "-", "--1", "01", "00", "+1", " 1", "1 ", "1_0", "1L", "/", ":", "1234567890123456789"]
        {
            assert_eq!(Integer::plain(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn int_lines_are_read_by_strtol() {
        let int = |text: &'static str| Integer::from_int_line(text.as_bytes());
        assert_eq!(int("010"), Ok(Integer::Small(8)));
        assert_eq!(int("-017"), Ok(Integer::Small(-15)));
        assert_eq!(int("1\0junk"), Ok(Integer::Small(1)));
        assert_eq!(int("\0junk"), Ok(Integer::Small(0)));
        assert_eq!(int("09"), Err(FaultKind::BadInteger));
    }

    #[test]
    fn binary_forms() {
        assert_eq!(Integer::from_binary(b""), Integer::Small(0));
        assert_eq!(Integer::from_binary(b"\xff"), Integer::Small(-1));
        assert_eq!(Integer::from_binary(b"\xff\x00"), Integer::Small(255));
        assert_eq!(Integer::from_binary(&[0, 0, 0, 0, 0, 0, 0, 0, 1]).to_text(), "18446744073709551616");
        assert!(Integer::from_binary(&[1; 4000]).to_text().starts_with("0x"));
    }
}
