//! Text as `genops` decodes it, and how CPython's codecs word their refusals.

use std::borrow::Cow;

use pickle_ops::{ByteString, Text};

use super::error::{GenopsError, quoted};

/// `codecs.escape_decode(raw)[0].decode("ascii")`: what `read_stringnl` does to STRING, GLOBAL, INST and PERSID.
pub(super) fn ascii(raw: &[u8]) -> Result<Cow<'_, [u8]>, GenopsError> {
    let text = ByteString::Escaped(raw).bytes().map_err(|_| bad_escape(raw))?;
    match text.iter().position(|byte| !byte.is_ascii()) {
        None => Ok(text),
        Some(at) => Err(GenopsError::decode("ascii", &text, at, at + 1, "ordinal not in range(128)")),
    }
}

/// The first bad escape of `raw` (`_PyBytes_DecodeEscape` in `bytesobject.c`).
pub(super) fn bad_escape(raw: &[u8]) -> GenopsError {
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', raw.get(at..).unwrap_or_default()) {
        at += found;
        let is_hex = |offset: usize| raw.get(at + offset).is_some_and(u8::is_ascii_hexdigit);
        if raw.get(at + 1) == Some(&b'x') && !(is_hex(2) && is_hex(3)) {
            return GenopsError::value(format!("invalid \\x escape at position {at}"));
        }
        at += 2;
    }
    GenopsError::value("Trailing \\ in string")
}

/// What stands between the quotes of STRING (`read_stringnl`). A lone quote is both of them.
pub(super) fn unquoted(raw: &[u8]) -> Result<&[u8], GenopsError> {
    let Some(quote) = raw.first().filter(|&&byte| matches!(byte, b'"' | b'\'')) else {
        return Err(GenopsError::value(format!("no string quotes around {}", quoted(raw))));
    };
    if raw.last() != Some(quote) {
        let (quote, raw) = (quoted(&[*quote]), quoted(raw));
        return Err(GenopsError::value(format!("strinq quote {quote} not found at both ends of {raw}")));
    }
    Ok(raw.get(1..raw.len() - 1).unwrap_or_default())
}

/// `str(raw, 'utf-8', 'surrogatepass')`.
pub(super) fn utf8(raw: &[u8]) -> Result<Text<'_>, GenopsError> {
    let text = Text::Utf8(raw);
    if text.check().is_err() { Err(bad_utf8(raw)) } else { Ok(text) }
}

/// The first bytes that are neither UTF-8 nor a surrogate (`unicode_decode_utf8` in `unicodeobject.c`).
fn bad_utf8(raw: &[u8]) -> GenopsError {
    let mut start = 0;
    loop {
        let rest = raw.get(start..).unwrap_or_default();
        let Err(error) = std::str::from_utf8(rest) else {
            return GenopsError::decode("utf-8", raw, start, start, "");
        };
        start += error.valid_up_to();
        if matches!(raw.get(start..start + 3), Some([0xed, 0xa0..=0xbf, 0x80..=0xbf])) {
            start += 3;
            continue;
        }
        return utf8_error(raw, start, error.error_len());
    }
}

/// What is wrong with the bytes at `start`: so many of them, or that there are no more.
pub(super) fn utf8_error(raw: &[u8], start: usize, length: Option<usize>) -> GenopsError {
    let Some(length) = length else {
        return GenopsError::decode("utf-8", raw, start, raw.len(), "unexpected end of data");
    };
    let is_start = matches!(raw.get(start), Some(0xc2..=0xf4));
    let reason = if is_start { "invalid continuation byte" } else { "invalid start byte" };
    GenopsError::decode("utf-8", raw, start, start + length, reason)
}

/// `str(raw, 'raw-unicode-escape')`: UNICODE.
pub(super) fn raw_unicode_escape(raw: &[u8]) -> Result<Text<'_>, GenopsError> {
    let text = Text::RawUnicodeEscape(raw);
    if text.check().is_err() { Err(bad_unicode_escape(raw)) } else { Ok(text) }
}

/// The first bad escape (`_PyUnicode_DecodeRawUnicodeEscapeStateful`).
fn bad_unicode_escape(raw: &[u8]) -> GenopsError {
    let codec = "rawunicodeescape";
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', raw.get(at..).unwrap_or_default()) {
        at += found;
        let (length, reason) = match raw.get(at + 1) {
            Some(b'u') => (4, "truncated \\uXXXX escape"),
            Some(b'U') => (8, "truncated \\UXXXXXXXX escape"),
            _ => (0, ""),
        };
        let digits =
            raw[at..].iter().skip(2).take(length).take_while(|byte| byte.is_ascii_hexdigit()).count();
        let end = at + 2 + digits;
        if digits < length {
            return GenopsError::decode(codec, raw, at, end, reason);
        }
        if length == 8 && !is_code_point(&raw[at + 2..end]) {
            return GenopsError::decode(codec, raw, at, end, "\\Uxxxxxxxx out of range");
        }
        at = end;
    }
    GenopsError::decode(codec, raw, at, at, "")
}

fn is_code_point(digits: &[u8]) -> bool {
    let value = std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok());
    value.is_some_and(|value| value <= 0x10_ffff)
}
