//! Operands as Python literals that say exactly which bytes there are.
//!
//! Where an operand is written as a pickler writes it, its value stands there; any other spelling of the same value
//! (`I0x10`, a `LONG1` with needless bytes) shows its raw bytes as a bytes literal, so that nothing is lost.

use std::fmt;

use pickle_ops::{
    FaultKind, Integer, Op, Opcode, Operand, OperandKind, Text, is_invisible, is_printable, repr,
};

use crate::row::{Sink, TokenKind};

/// Code points of a string, and bytes of a byte string, that a row shows when it is not to show all.
const SHOWN_TEXT: usize = 64;
const SHOWN_BYTES: usize = 32;
/// Digits of a number in text form, and bytes of a binary one, that are shown as a number.
const SHOWN_DIGITS: usize = 64;
const SHOWN_NUMBER_BYTES: usize = 24;

/// Writes the operand of an op, with a blank before it, if it has one. Unless `full`, a long one is cut, and its length
/// follows.
pub fn write(sink: &mut impl Sink, op: &Op<'_>, full: bool) {
    let kind = op.opcode.info().operand;
    if kind == OperandKind::None {
        return;
    }
    sink.token(TokenKind::Space, " ");
    match (kind, op.operand()) {
        (OperandKind::LinePair, _) => pair(sink, op, full),
        (_, Ok(Operand::Number(number))) if canonical_number(op, number) => {
            let kind = if op.memo_slot().is_some() { TokenKind::Memo } else { TokenKind::Number };
            sink.token(kind, &number.to_string());
        }
        (_, Ok(Operand::HugeNumber(number))) => sink.token(TokenKind::Number, &number.to_string()),
        (_, Ok(Operand::Bool(value))) if op.raw == [b'0', b'0' + u8::from(value)] => {
            sink.token(TokenKind::Number, if value { "True" } else { "False" });
        }
        (_, Ok(Operand::Int(value))) if canonical_integer(op) => {
            sink.token(TokenKind::Number, &value.to_text());
        }
        (_, Ok(Operand::Float(value))) if canonical_float(op, value) => {
            let mut text = String::new();
            let _ = repr::write_float(&mut text, value);
            sink.token(TokenKind::Number, &text);
        }
        (_, Ok(Operand::Text(value))) if canonical_text(value) => text(sink, value, full),
        (OperandKind::StringLine, Ok(_)) if is_one_literal(op.raw) => quoted_line(sink, op.raw, full),
        (OperandKind::String1 | OperandKind::String4 | OperandKind::TextLine, _)
            if printable_ascii(op.raw) =>
        {
            text(sink, Text::Utf8(op.raw), full);
        }
        _ => bytes(sink, op.raw, full),
    }
}

/// Hands a literal to a sink as it is written, so that it is nowhere in memory as a whole.
struct Pieces<'s, S> {
    sink: &'s mut S,
    kind: TokenKind,
    begun: bool,
}

impl<'s, S: Sink> Pieces<'s, S> {
    fn new(sink: &'s mut S, kind: TokenKind) -> Self {
        Self { sink, kind, begun: false }
    }
}

impl<S: Sink> fmt::Write for Pieces<'_, S> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.begun {
            self.sink.more(text);
        } else {
            self.sink.token(self.kind, text);
            self.begun = true;
        }
        Ok(())
    }
}

/// A str literal.
pub(crate) fn text(sink: &mut impl Sink, value: Text<'_>, full: bool) {
    string(sink, TokenKind::String, value, full);
}

fn string(sink: &mut impl Sink, kind: TokenKind, value: Text<'_>, full: bool) {
    let shown = if full { usize::MAX } else { SHOWN_TEXT };
    // Most texts are written as they are.
    if let Text::Utf8(raw) = value
        && raw.len() <= shown
        && raw.iter().all(|&byte| matches!(byte, b' '..=b'~') && byte != b'\'' && byte != b'\\')
        && let Ok(plain) = std::str::from_utf8(raw)
    {
        sink.token(kind, "'");
        sink.more(plain);
        sink.more("'");
        return;
    }
    let _ = repr::write_quoted(&mut Pieces::new(sink, kind), value.code_points().take(shown), plain);
    let cut = !full && {
        let mut rest = value.code_points();
        rest.by_ref().take(shown).for_each(drop);
        rest.remaining() > 0
    };
    if cut {
        ellipsis(sink, value.raw().len());
    }
}

/// A bytes literal.
pub(crate) fn bytes(sink: &mut impl Sink, raw: &[u8], full: bool) {
    let shown = if full { raw } else { &raw[..raw.len().min(SHOWN_BYTES)] };
    let _ = repr::write_bytes(&mut Pieces::new(sink, TokenKind::Bytes), shown);
    if shown.len() < raw.len() {
        ellipsis(sink, raw.len());
    }
}

/// What stands behind a literal that was cut: how many bytes the whole operand has.
fn ellipsis(sink: &mut impl Sink, length: usize) {
    sink.token(TokenKind::Ellipsis, &format!("... {length} bytes"));
}

/// The literal of `STRING` as it stands in the stream.
fn quoted_line(sink: &mut impl Sink, raw: &[u8], full: bool) {
    let literal = String::from_utf8_lossy(raw);
    if full || literal.len() <= SHOWN_TEXT {
        return sink.token(TokenKind::String, &literal);
    }
    // Cut before an escape rather than in it.
    let shown = literal.get(..SHOWN_TEXT).unwrap_or_default();
    let shown = shown.rfind('\\').filter(|&at| at > SHOWN_TEXT - 4).map_or(shown, |at| &shown[..at]);
    let quote = literal.get(..1).unwrap_or_default();
    sink.token(TokenKind::String, &format!("{shown}{quote}"));
    ellipsis(sink, raw.len());
}

/// Module and name.
fn pair(sink: &mut impl Sink, op: &Op<'_>, full: bool) {
    let Some((module, name)) = op.global() else { return bytes(sink, op.raw, full) };
    for (index, (kind, raw)) in [(TokenKind::Module, module), (TokenKind::Name, name)].into_iter().enumerate()
    {
        if index > 0 {
            sink.token(TokenKind::Space, " ");
        }
        match std::str::from_utf8(raw) {
            Ok(_) => string(sink, kind, Text::Utf8(raw), full),
            Err(_) => bytes(sink, raw, full),
        }
    }
}

/// What a literal shows as it is.
fn plain(point: u32) -> bool {
    is_printable(point) && !is_invisible(point)
}

fn printable_ascii(raw: &[u8]) -> bool {
    raw.iter().all(|byte| (0x20..0x7f).contains(byte))
}

/// Whether the line of a `STRING` is one literal of printable ASCII: its quote does not stand in it unescaped.
fn is_one_literal(raw: &[u8]) -> bool {
    let [quote, inner @ .., _] = raw else { return false };
    let mut escaped = false;
    let whole = inner.iter().all(|byte| {
        let ends = byte == quote && !escaped;
        escaped = *byte == b'\\' && !escaped;
        !ends
    });
    whole && printable_ascii(raw)
}

fn canonical_number(op: &Op<'_>, number: i64) -> bool {
    !matches!(op.opcode, Opcode::Get | Opcode::Put) || op.raw == number.to_string().as_bytes()
}

fn canonical_integer(op: &Op<'_>) -> bool {
    // A number that does not fit keeps its spelling, which may be hexadecimal or have underscores.
    let decimal = |raw: &[u8]| std::str::from_utf8(raw).is_ok_and(Integer::is_canonical_decimal);
    match op.opcode {
        Opcode::Int | Opcode::Long if op.raw.len() > SHOWN_DIGITS => false,
        Opcode::Int => decimal(op.raw),
        Opcode::Long => op.raw.strip_suffix(b"L").is_some_and(decimal),
        Opcode::Long1 | Opcode::Long4 => op.raw.len() <= SHOWN_NUMBER_BYTES && is_minimal(op.raw),
        _ => true,
    }
}

/// Whether two's complement has no needless byte (`_PyLong_NumBits`, as `save_long` uses it).
fn is_minimal(raw: &[u8]) -> bool {
    match raw {
        [] => true,
        [0] => false,
        [.., next, 0] => next & 0x80 != 0,
        [.., next, 0xff] => next & 0x80 == 0,
        _ => true,
    }
}

fn canonical_float(op: &Op<'_>, value: f64) -> bool {
    if op.opcode == Opcode::BinFloat {
        return !value.is_nan() || value.to_bits() == f64::NAN.to_bits();
    }
    let mut text = String::new();
    repr::write_float(&mut text, value).is_ok() && text.as_bytes() == op.raw
}

/// Whether text is written as picklers write it: always for UTF-8; for raw-unicode-escape, when only that is escaped which
/// has to be (`raw_unicode_escape` in `_pickle.c`).
fn canonical_text(text: Text<'_>) -> bool {
    let Text::RawUnicodeEscape(raw) = text else { return text.check() == Ok::<(), FaultKind>(()) };
    let mut rest = raw;
    text.code_points().all(|point| {
        let length = match point {
            0x1_0000.. => 10,
            0 | 0x0a | 0x0d | 0x1a | 0x5c | 0x100.. => 6,
            _ => 1,
        };
        let Some((written, behind)) = rest.split_at_checked(length) else { return false };
        rest = behind;
        match length {
            1 => written == [point as u8],
            6 => written == format!("\\u{point:04x}").as_bytes(),
            _ => written == format!("\\U{point:08x}").as_bytes(),
        }
    }) && rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pickle_ops::Reader;

    fn operand(bytes: &[u8]) -> String {
        let mut out = String::new();
        write(&mut out, &Reader::new(bytes, 0).next_op().unwrap(), false);
        out
    }

    #[test]
    fn canonical_operands_are_values() {
        let cases: [(&[u8], &str); 21] = [
            (b".", ""),
            (b"\x80\x04", " 4"),
            (b"I01\n", " True"),
            (b"I16\n", " 16"),
            (b"L16L\n", " 16"),
            (b"\x8a\x02\xff\x00", " 255"),
            (b"\x8a\x00", " 0"),
            (b"F1.5\n", " 1.5"),
            (b"G?\xf8\0\0\0\0\0\0", " 1.5"),
            (b"S'a\\x41'\n", " 'a\\x41'"),
            (b"U\x02hi", " 'hi'"),
            (b"U\x02h\xe9", " b'h\\xe9'"),
            (b"Va\\u20ac\xe9\n", " 'a\u{20ac}\u{e9}'"),
            (b"\x8c\x03\xed\xa0\x80", " '\\ud800'"),
            ("\u{8c}\u{6}".as_bytes(), ""),
            (b"C\x02\0'", " b\"\\x00'\""),
            (b"cos\nsystem\n", " 'os' 'system'"),
            (b"p12\n", " 12"),
            (b"h\x07", " 7"),
            (b"Pid 1\n", " 'id 1'"),
            (b"J\xff\xff\xff\xff", " -1"),
        ];
        for (bytes, text) in cases {
            if let Ok(op) = Reader::new(bytes, 0).next_op() {
                assert_eq!(operand(bytes), text, "{op:?}");
            }
        }
    }

    #[test]
    fn other_spellings_are_bytes() {
        let cases: [(&[u8], &str); 14] = [
            (b"I0x10\n", " b'0x10'"),
            (b"I-0\n", " b'-0'"),
            (b"I0x10000000000000000\n", " b'0x10000000000000000'"),
            (b"L1_0000000000000000000000L\n", " b'1_0000000000000000000000L'"),
            (b"S'a'b'\n", " b\"'a'b'\""),
            (b"S'a\\\\'b'\n", " b\"'a\\\\\\\\'b'\""),
            (b"I1 \n", " b'1 '"),
            (b"L5\n", " b'5'"),
            (b"g007\n", " b'007'"),
            (b"\x8a\x02\x01\x00", " b'\\x01\\x00'"),
            (b"F1.50\n", " b'1.50'"),
            (b"V\\u0041\n", " b'\\\\u0041'"),
            (b"Sabc\n", " b'abc'"),
            (b"\x8c\x01\xff", " b'\\xff'"),
        ];
        for (bytes, text) in cases {
            assert_eq!(operand(bytes), text);
        }
    }

    #[test]
    fn long_operands_are_cut() {
        let long = [b"X\xc8\0\0\0".as_slice(), &[b'x'; 200]].concat();
        assert_eq!(operand(&long), format!(" '{}'... 200 bytes", "x".repeat(64)));
        let long = [b"B\xc8\0\0\0".as_slice(), &[0; 200]].concat();
        assert!(operand(&long).ends_with("\\x00'... 200 bytes"));
    }
}
