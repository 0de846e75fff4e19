//! Text and byte strings of operands: borrowed as they are written, decoded while they are read.

use std::borrow::Cow;

use crate::FaultKind;

/// A `str` operand, as it is written in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text<'a> {
    /// UTF-8 in which surrogates are encoded like other code points (the `surrogatepass` error handler).
    Utf8(&'a [u8]),
    /// Latin-1 with `\uXXXX` and `\UXXXXXXXX` (the codec `raw_unicode_escape`).
    RawUnicodeEscape(&'a [u8]),
}

impl<'a> Text<'a> {
    /// The bytes of the stream.
    #[must_use]
    pub fn raw(self) -> &'a [u8] {
        match self {
            Self::Utf8(raw) | Self::RawUnicodeEscape(raw) => raw,
        }
    }

    /// Whether CPython decodes it.
    ///
    /// # Errors
    /// [`FaultKind::BadUtf8`] or [`FaultKind::BadEscape`].
    pub fn check(self) -> Result<(), FaultKind> {
        match self {
            Self::Utf8(raw) => check_utf8(raw),
            Self::RawUnicodeEscape(raw) if !raw.contains(&b'\\') => Ok(()),
            Self::RawUnicodeEscape(_) => {
                let mut points = self.code_points();
                points.by_ref().for_each(drop);
                if points.faulty { Err(FaultKind::BadEscape) } else { Ok(()) }
            }
        }
    }

    /// Its code points, surrogates included; U+FFFD for each byte that cannot be decoded.
    #[must_use]
    pub fn code_points(self) -> CodePoints<'a> {
        CodePoints {
            rest: self.raw(),
            raw_unicode_escape: matches!(self, Self::RawUnicodeEscape(_)),
            after_backslash: false,
            faulty: false,
        }
    }

    /// As UTF-8, borrowed where it is; `None` when it has lone surrogates or cannot be decoded.
    #[must_use]
    pub fn to_str(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Utf8(raw) => std::str::from_utf8(raw).ok().map(Cow::Borrowed),
            Self::RawUnicodeEscape(raw) if raw.is_ascii() && !raw.contains(&b'\\') => {
                std::str::from_utf8(raw).ok().map(Cow::Borrowed)
            }
            Self::RawUnicodeEscape(_) => {
                let mut points = self.code_points();
                let text: Option<String> = points.by_ref().map(char::from_u32).collect();
                text.filter(|_| !points.faulty).map(Cow::Owned)
            }
        }
    }
}

/// UTF-8 with surrogates allowed; the usual case is decided by the standard library.
#[inline]
pub(crate) fn check_utf8(raw: &[u8]) -> Result<(), FaultKind> {
    if raw.is_ascii() || std::str::from_utf8(raw).is_ok() { Ok(()) } else { check_with_surrogates(raw) }
}

#[cold]
fn check_with_surrogates(raw: &[u8]) -> Result<(), FaultKind> {
    let mut points = Text::Utf8(raw).code_points();
    points.by_ref().for_each(drop);
    if points.faulty { Err(FaultKind::BadUtf8) } else { Ok(()) }
}

/// The code points of a [`Text`].
#[derive(Clone, Debug)]
pub struct CodePoints<'a> {
    rest: &'a [u8],
    raw_unicode_escape: bool,
    after_backslash: bool,
    faulty: bool,
}

impl CodePoints<'_> {
    /// Bytes of the stream that are not decoded yet.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    fn fault(&mut self) -> u32 {
        self.faulty = true;
        0xfffd
    }

    /// What follows a backslash in raw-unicode-escape.
    fn escape(&mut self) -> u32 {
        let digits = match self.rest.first() {
            Some(b'u') => 4,
            Some(b'U') => 8,
            // CPython takes a second backslash together with this one: it begins no escape.
            next => {
                self.after_backslash = next == Some(&b'\\');
                return 0x5c;
            }
        };
        let value = self.rest.get(1..=digits).and_then(hexadecimal).filter(|&value| value <= 0x10_ffff);
        let Some(value) = value else { return self.fault() };
        self.rest = &self.rest[1 + digits..];
        value
    }

    /// The rest of a sequence of UTF-8 that begins with `first`.
    fn sequence(&mut self, first: u8) -> u32 {
        let (length, head, least) = match first {
            0xc2..=0xdf => (1, u32::from(first & 0x1f), 0x80),
            0xe0..=0xef => (2, u32::from(first & 0x0f), 0x800),
            0xf0..=0xf4 => (3, u32::from(first & 0x07), 0x1_0000),
            _ => return self.fault(),
        };
        let Some(tail) = self.rest.get(..length) else { return self.fault() };
        if tail.iter().any(|byte| byte & 0xc0 != 0x80) {
            return self.fault();
        }
        let value = tail.iter().fold(head, |value, byte| value << 6 | u32::from(byte & 0x3f));
        if value < least || value > 0x10_ffff {
            return self.fault();
        }
        self.rest = &self.rest[length..];
        value
    }
}

impl Iterator for CodePoints<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(match first {
            b'\\' if self.raw_unicode_escape && !std::mem::take(&mut self.after_backslash) => self.escape(),
            _ if self.raw_unicode_escape || first < 0x80 => u32::from(first),
            _ => self.sequence(first),
        })
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}

/// A Python 2 byte string, or `bytes`, as it is written in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteString<'a> {
    /// The bytes themselves.
    Plain(&'a [u8]),
    /// With the escapes of a Python literal, without the quotes.
    Escaped(&'a [u8]),
}

impl<'a> ByteString<'a> {
    /// The bytes that Python makes of it (`codecs.escape_decode`).
    ///
    /// # Errors
    /// [`FaultKind::BadEscape`] for `\x` without two digits and for a backslash at the end.
    pub fn bytes(self) -> Result<Cow<'a, [u8]>, FaultKind> {
        match self {
            Self::Plain(raw) => Ok(Cow::Borrowed(raw)),
            Self::Escaped(raw) if !raw.contains(&b'\\') => Ok(Cow::Borrowed(raw)),
            Self::Escaped(raw) => unescape(raw).map(Cow::Owned),
        }
    }
}

fn unescape(mut raw: &[u8]) -> Result<Vec<u8>, FaultKind> {
    let mut out = Vec::with_capacity(raw.len());
    while let Some((&byte, rest)) = raw.split_first() {
        raw = rest;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let (&escape, rest) = raw.split_first().ok_or(FaultKind::BadEscape)?;
        raw = rest;
        match escape {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(escape),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b't' => out.push(9),
            b'n' => out.push(10),
            b'v' => out.push(11),
            b'f' => out.push(12),
            b'r' => out.push(13),
            b'0'..=b'7' => {
                let more = raw.iter().take(2).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
                let digits = raw[..more].iter();
                let value = digits
                    .fold(u32::from(escape - b'0'), |value, digit| value << 3 | u32::from(digit - b'0'));
                out.push((value & 0xff) as u8);
                raw = &raw[more..];
            }
            b'x' => {
                let value = raw.get(..2).and_then(hexadecimal).ok_or(FaultKind::BadEscape)?;
                out.push(value as u8);
                raw = &raw[2..];
            }
            _ => out.extend([b'\\', escape]),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_unicode_escape() {
        let decode = |raw: &'static [u8]| Text::RawUnicodeEscape(raw).to_str().map(Cow::into_owned);
        assert_eq!(decode(b"a\\u0041\\u00e9\\U0001f600").unwrap(), "aA\u{e9}\u{1f600}");
        assert_eq!(decode(b"\xe9\\n\\").unwrap(), "\u{e9}\\n\\");
        assert_eq!(decode(b"\\\\u0041").unwrap(), "\\\\u0041");
        assert_eq!(decode(b"\\\\\\u0041").unwrap(), "\\\\A");
        for bad in [br"\u12".as_slice(), br"\U00110000", br"\uzzzz"] {
            assert_eq!(Text::RawUnicodeEscape(bad).check(), Err(FaultKind::BadEscape));
        }
    }

    #[test]
    fn utf8_with_surrogates() {
        let surrogate = Text::Utf8(b"a\xed\xa0\x80");
        assert_eq!(surrogate.check(), Ok(()));
        assert_eq!(surrogate.to_str(), None);
        assert_eq!(surrogate.code_points().collect::<Vec<_>>(), [0x61, 0xd800]);
        for bad in [b"\xff".as_slice(), b"\xc0\x80", b"\xe2\x82", b"\xf4\x90\x80\x80", b"\x80"] {
            assert_eq!(Text::Utf8(bad).check(), Err(FaultKind::BadUtf8), "{bad:?}");
        }
    }

    #[test]
    fn escapes_of_byte_strings() {
        let decode = |raw: &'static [u8]| ByteString::Escaped(raw).bytes().map(Cow::into_owned);
        assert_eq!(decode(br"\x41\101\n\q\\\0").unwrap(), b"AA\n\\q\\\0");
        assert_eq!(decode(br"\x4"), Err(FaultKind::BadEscape));
        assert_eq!(decode(b"\\"), Err(FaultKind::BadEscape));
    }
}
