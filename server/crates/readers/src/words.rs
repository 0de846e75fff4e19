//! Text as the unpicklers decode it, with what the codecs raise.

use std::borrow::Cow;

use crate::pickletools::codecs;
use pickle_ops::{ByteString, Text};

use crate::exception::{Done, Raised};

/// `str(raw, 'utf-8', 'surrogatepass')`.
pub(crate) fn utf8(raw: &[u8]) -> Done<Cow<'_, [u8]>> {
    codecs::utf8(raw)?;
    Ok(Cow::Borrowed(raw))
}

/// `raw.decode('utf-8')`.
pub(crate) fn strict_utf8(raw: &[u8]) -> Done<String> {
    match std::str::from_utf8(raw) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(codecs::strict_utf8_error(raw, error).into()),
    }
}

/// `raw.decode('ascii')`.
pub(crate) fn ascii(raw: &[u8]) -> Done<&[u8]> {
    match raw.iter().position(|byte| !byte.is_ascii()) {
        None => Ok(raw),
        Some(at) => Err(codecs::ascii_error(raw, at).into()),
    }
}

/// A Python 2 string with the default encoding, which is ASCII.
pub(crate) fn python2_string<'a>(string: ByteString<'a>, raw: &[u8]) -> Done<Cow<'a, [u8]>> {
    let bytes = string.bytes().map_err(|_| codecs::escape_error(raw))?;
    ascii(&bytes)?;
    Ok(bytes)
}

/// What stands between the quotes of STRING.
pub(crate) fn unquoted(line: &[u8]) -> Done<&[u8]> {
    match line {
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => Ok(inner),
        _ => Err(Raised::unpickling("the STRING opcode argument must be quoted")),
    }
}

/// `str(raw, 'raw-unicode-escape')`, in UTF-8 with surrogates.
pub(crate) fn raw_unicode_escape(raw: &[u8]) -> Done<Cow<'_, [u8]>> {
    let text = codecs::raw_unicode_escape(raw)?;
    if raw.is_ascii() && !raw.contains(&b'\\') {
        return Ok(Cow::Borrowed(raw));
    }
    let mut out = Vec::with_capacity(raw.len());
    for point in text.code_points() {
        encode(point, &mut out);
    }
    Ok(Cow::Owned(out))
}

/// A code point, surrogates included.
fn encode(point: u32, out: &mut Vec<u8>) {
    let tail = |shift: u32| (point >> shift & 0x3f) as u8 | 0x80;
    match point {
        0..0x80 => out.push(point as u8),
        0x80..0x800 => out.extend([(point >> 6) as u8 | 0xc0, tail(0)]),
        0x800..0x1_0000 => out.extend([(point >> 12) as u8 | 0xe0, tail(6), tail(0)]),
        _ => out.extend([(point >> 18) as u8 | 0xf0, tail(12), tail(6), tail(0)]),
    }
}

/// A name for people and for tables: a lone surrogate, which nothing that can be imported has, is U+FFFD.
pub(crate) fn name(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        Err(_) => Text::Utf8(text)
            .code_points()
            .map(|point| char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
    }
}
