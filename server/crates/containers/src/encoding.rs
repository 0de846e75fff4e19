//! Bytes written as text: base64, base32, hexadecimal digits, escapes of a program's source, hex dumps. Decodes a string that is
//! nothing but one of them; never guesses what the bytes mean, and allocates less than the text is long.

use pickle_ops::sextet;

/// A way to write bytes as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// RFC 4648, both alphabets, with or without padding and line breaks; a `data:` URI (RFC 2397); PEM armour.
    Base64,
    /// RFC 4648, with or without padding and line breaks.
    Base32,
    /// Two digits a byte, with or without `0x`, `\x`, blanks, commas, colons and dashes between them.
    Hex,
    /// A string of a program with escapes: `b'\x80\x04N.'` as Python's `repr` writes it, JSON's `\u0080`, or the same without
    /// its quotes.
    Literal,
    /// What `xxd`, `hexdump -C` and `od -t x1` print.
    Dump,
}

impl Encoding {
    /// All of them, in the order in which they are tried: digits are base64 as well.
    pub(crate) const ALL: [Self; 5] = [Self::Hex, Self::Base32, Self::Base64, Self::Dump, Self::Literal];

    /// Those whose characters are a run in a text, in the same order.
    pub(crate) const IN_TEXTS: [Self; 3] = [Self::Hex, Self::Base32, Self::Base64];

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Base32 => "base32",
            Self::Hex => "hex",
            Self::Literal => "string literal",
            Self::Dump => "hex dump",
        }
    }

    /// The bytes that `text` stands for; `None` if anything in it is not of this encoding. What is cut off at the end of
    /// an incomplete text is left out.
    pub(crate) fn decode(self, text: &[u8]) -> Option<Vec<u8>> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii();
        let bytes = match self {
            Self::Base64 => base64(unarmoured(text)),
            Self::Base32 => base32(unquoted(text)),
            Self::Hex => hex(text),
            Self::Literal => literal(text),
            Self::Dump => dump(text),
        }?;
        (bytes.len() >= SHORTEST).then_some(bytes)
    }
}

/// Whether a format of files is one of bytes written as text.
#[must_use]
pub fn is_encoding(format: &str) -> bool {
    Encoding::ALL.iter().any(|encoding| encoding.name() == format)
}

/// Fewer bytes are a word, not data.
const SHORTEST: usize = 3;

/// The text between the quotes, behind the header of a `data:` URI, or between the lines of PEM.
fn unarmoured(text: &[u8]) -> &[u8] {
    let text = unquoted(text);
    if text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"data:")) {
        let comma = text.iter().take(256).position(|byte| *byte == b',');
        return comma.filter(|at| text[..*at].ends_with(b";base64")).map_or(text, |at| &text[at + 1..]);
    }
    if text.starts_with(b"-----BEGIN") {
        let start = text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| at + 1);
        let body = &text[start..];
        let end = memchr::memmem::find(body, b"-----END").unwrap_or(body.len());
        return &body[..end];
    }
    text
}

/// What stands between the quotes of `"…"`, `'…'` or `b'…'`; the text itself if there are none.
fn unquoted(text: &[u8]) -> &[u8] {
    let inner = text.strip_prefix(b"b").unwrap_or(text);
    match inner {
        [quote @ (b'"' | b'\''), rest @ ..] => rest.strip_suffix(&[*quote]).unwrap_or(rest),
        _ => text,
    }
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    digits_of(text, 6, sextet)
}

fn base32(text: &[u8]) -> Option<Vec<u8>> {
    digits_of(text, 5, |byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    })
}

/// The bytes that digits of so many bits write, with or without padding and blanks.
fn digits_of(text: &[u8], width: u32, digit: impl Fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 8 * width as usize);
    let (mut bits, mut held, mut padded) = (0u32, 0, false);
    for &byte in text {
        if byte.is_ascii_whitespace() {
            continue;
        }
        if byte == b'=' {
            padded = true;
            continue;
        }
        bits = bits << width | u32::from(digit(byte).filter(|_| !padded)?);
        held += width;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

/// The value of a hexadecimal digit.
pub(crate) fn nibble(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.strip_prefix(b"x").or_else(|| text.strip_prefix(b"X")).unwrap_or(text);
    let text = unquoted(text);
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut rest = text;
    // As .NET writes bytes; elsewhere a dash is one of a date or an identifier.
    let is_dashed = matches!(text, [_, _, b'-', _, _, b'-', ..]);
    while let [first, more @ ..] = rest {
        rest = match (first, more) {
            (b'0' | b'\\', [b'x' | b'X', after @ ..]) => after,
            (b',' | b':' | b';' | b'{' | b'}' | b'[' | b']', _) => more,
            (b'-', _) if is_dashed => more,
            _ if first.is_ascii_whitespace() => more,
            (_, []) if nibble(*first).is_some() => break,
            (_, [second, after @ ..]) => {
                bytes.push(nibble(*first)? << 4 | nibble(*second)?);
                after
            }
            _ => return None,
        };
    }
    Some(bytes)
}

fn literal(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.strip_prefix(b"bytearray(").and_then(|inner| inner.strip_suffix(b")")).unwrap_or(text);
    let inside = unquoted(text);
    // Outside of quotes nothing goes on behind a line break; a pickle of protocol 0 has many, and may have backslashes.
    if inside.len() == text.len() && text.contains(&b'\n') {
        return None;
    }
    unescape(inside)
}

/// The bytes of a string with escapes as Python, C and JSON have them; `None` if there is no escape, which is then a plain
/// string, or one that none of them knows. A character above U+00FF stands for no byte.
pub(crate) fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut at = memchr::memchr(b'\\', text)?;
    let mut bytes = Vec::with_capacity(text.len());
    bytes.extend_from_slice(&text[..at]);
    while let Some(&byte) = text.get(at) {
        at += 1;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let Some(&code) = text.get(at) else { break };
        at += 1;
        let simple = match code {
            b'\n' => continue,
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'v' => 11,
            b'\\' | b'\'' | b'"' | b'/' => code,
            b'x' => match digits(text, &mut at, 2, 16) {
                Some(value) => value,
                None if at + 2 > text.len() => break,
                None => return None,
            },
            b'u' => match digits(text, &mut at, 4, 16) {
                Some(value) => value,
                None if at + 4 > text.len() => break,
                None => return None,
            },
            b'0'..=b'7' => {
                at -= 1;
                let len = text[at..].iter().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
                digits(text, &mut at, len, 8)?
            }
            _ => return None,
        };
        bytes.push(simple);
    }
    Some(bytes)
}

/// The number that `len` digits at `at` write, if it is that of a byte; moves `at` behind them.
fn digits(text: &[u8], at: &mut usize, len: usize, base: u32) -> Option<u8> {
    let digits = text.get(*at..*at + len)?;
    let value = digits
        .iter()
        .try_fold(0u32, |value, digit| Some(value * base + char::from(*digit).to_digit(base)?))?;
    *at += len;
    u8::try_from(value).ok()
}

/// Lines of an offset, digits in pairs or longer groups, and behind two blanks or a bar the same as characters. One with
/// nothing but an asterisk stands for lines like the one above it, up to the next offset; in which base that is written, is
/// seen by where the other lines are.
fn dump(text: &[u8]) -> Option<Vec<u8>> {
    let repeats = text.split(|byte| *byte == b'\n').any(|line| line.trim_ascii() == b"*");
    if !repeats {
        return dump_lines(text, None);
    }
    [16, 8, 10].into_iter().find_map(|base| dump_lines(text, Some(base)))
}

/// The same with offsets in this base; `None`: they are not looked at.
fn dump_lines(text: &[u8], base: Option<u32>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4);
    let (mut first, mut last, mut repeats) = (None, 0, false);
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        if line == b"*" && !bytes.is_empty() {
            repeats = true;
            continue;
        }
        let blank = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
        let (offset, rest) = line.split_at(blank);
        let offset = offset.strip_suffix(b":").unwrap_or(offset);
        if let (Some(base), false) = (base, line.is_empty()) {
            let at = usize::from_str_radix(str::from_utf8(offset).ok()?, base).ok()?;
            let len = at.checked_sub(*first.get_or_insert(at))?;
            if repeats {
                repeat(&mut bytes, last, len, MOST_REPEATED + 64 * text.len())?;
            }
            if len != bytes.len() {
                return None;
            }
            repeats = false;
        }
        if line.is_empty() || (rest.is_empty() && !bytes.is_empty()) {
            // The last line of `hexdump -C` is an offset alone.
            continue;
        }
        if offset.len() < 4 || !offset.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        last = bytes.len();
        dump_line(rest, &mut bytes)?;
    }
    Some(bytes)
}

/// As many bytes as a dump may leave out, besides 64 for each that it has.
const MOST_REPEATED: usize = 1 << 20;

/// Repeats what stands behind `last` until there are `len` bytes.
fn repeat(bytes: &mut Vec<u8>, last: usize, len: usize, most: usize) -> Option<()> {
    let line = bytes.get(last..)?.to_vec();
    let missing = len.checked_sub(bytes.len()).filter(|_| len <= most)?;
    if line.is_empty() || missing % line.len() != 0 {
        return None;
    }
    for _ in 0..missing / line.len() {
        bytes.extend_from_slice(&line);
    }
    Some(())
}

/// The digits of one line, which are sixteen bytes or less.
fn dump_line(line: &[u8], bytes: &mut Vec<u8>) -> Option<()> {
    let line = line.trim_ascii_start();
    let mut rest = &line[..line.iter().position(|byte| *byte == b'|').unwrap_or(line.len())];
    let start = bytes.len();
    loop {
        let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        // `hexdump -C` has two blanks in its middle, `xxd` before the characters.
        let in_middle = bytes.len() - start == 8 && line.contains(&b'|');
        if blanks > 1 && !in_middle {
            break;
        }
        rest = &rest[blanks..];
        let [first, second, after @ ..] = rest else { break };
        if bytes.len() - start >= 64 {
            return None;
        }
        bytes.push(nibble(*first)? << 4 | nibble(*second)?);
        rest = after;
    }
    (bytes.len() > start).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: &[u8] = b"\x80\x04]\x94(K\x01X\x00\n'e.";

    #[test]
    fn written_in_every_way() {
        let texts: &[(Encoding, &str)] = &[
            (Encoding::Base64, "gARdlChLAVgACidlLg=="),
            (Encoding::Base64, "\"gARdlChLAVgACidlLg\""),
            (Encoding::Base64, "gARdlChL\r\nAVgACidlLg==\r\n"),
            (Encoding::Base64, "data:application/octet-stream;base64,gARdlChLAVgACidlLg=="),
            (Encoding::Base64, "-----BEGIN DATA-----\ngARdlChLAVgACidlLg==\n-----END DATA-----\n"),
            (Encoding::Base32, "QACF3FBIJMAVQAAKE5SS4==="),
            (Encoding::Base32, "'QACF3FBI\nJMAVQAAKE5SS4'"),
            (Encoding::Hex, "80045d94284b0158000a27652e"),
            (Encoding::Hex, "0x80, 0x04, 0x5D, 0x94, 0x28, 0x4b, 0x01, 0x58, 0x00, 0x0a, 0x27, 0x65, 0x2e"),
            (Encoding::Hex, "X'80045d94284b0158000a27652e'"),
            (Encoding::Hex, "\\x80045d94284b0158000a27652e"),
            (Encoding::Hex, "80:04:5d:94:28:4b:01:58:00:0a:27:65:2e"),
            (Encoding::Literal, r"b'\x80\x04]\x94(K\x01X\x00\n\'e.'"),
            (Encoding::Literal, r"\x80\004]\x94(K\1X\0\n'e."),
            (Encoding::Literal, r#""\u0080\u0004]\u0094(K\u0001X\u0000\n'e.""#),
            (Encoding::Dump, "00000000: 8004 5d94 284b 0158 000a 2765 2e         ..].(K.X..'e.\n"),
            (
                Encoding::Dump,
                "00000000  80 04 5d 94 28 4b 01 58  00 0a 27 65 2e           |..].(K.X..'e.|\n0000000d\n",
            ),
        ];
        for (encoding, text) in texts {
            assert_eq!(encoding.decode(text.as_bytes()).as_deref(), Some(BYTES), "{text}");
        }
    }

    #[test]
    fn lines_that_are_left_out() {
        let line = " 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61\n";
        let ways = [
            ("00000000", "00000010", "00000040", "00000041"),
            ("0000000", "0000020", "0000100", "0000101"),
            ("0000000", "0000016", "0000064", "0000065"),
        ];
        let bytes = [&b"b"[..], &[b'a'; 63], b"."].concat();
        for (start, second, end, len) in ways {
            let text = format!("{start}{}{second}{line}*\n{end} 2e\n{len}\n", line.replacen("61", "62", 1));
            assert_eq!(Encoding::Dump.decode(text.as_bytes()), Some(bytes.clone()), "{text}");
        }
        // An offset is believed only as far as the text is long.
        let text = format!("00000000{line}*\nfffffffffff0 2e\n");
        assert_eq!(Encoding::Dump.decode(text.as_bytes()), None);
    }

    #[test]
    fn written_in_none() {
        for text in ["", "=", "some words", "80 4", "\\", "\\q", "deadbeef: words", "b'", "data:,x", "\\xzz"]
        {
            for encoding in Encoding::ALL {
                assert_eq!(
                    encoding
                        .decode(text.as_bytes())
                        .filter(|_| encoding != Encoding::Base64 && encoding != Encoding::Base32),
                    None,
                    "{text}"
                );
            }
        }
    }
}
