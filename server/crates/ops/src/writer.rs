//! Writes ops: the inverse of the reader.
//!
//! [`write`] gives a value the bytes that CPython's pickler gives it (`Modules/_pickle.c`, `Lib/pickle.py`), [`write_raw`] writes operand
//! bytes as they are. Lengths and newlines are computed; whatever is written reads back as one op.

use std::fmt;

use num_bigint::BigInt;

use crate::opcode::{Framing, Opcode, OperandKind};
use crate::text::check_utf8;
use crate::{FaultKind, Integer, Operand, Text, counted, repr};

/// Digits of the longest decimal number that CPython converts (`sys.int_info.default_max_str_digits`).
pub const MAX_DECIMAL_DIGITS: usize = 4300;

/// Why an operand cannot be written with an opcode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteFault {
    /// The opcode takes another kind of operand.
    WrongKind,
    /// An integer does not fit.
    OutOfRange {
        /// The least that fits.
        least: i64,
        /// The most that fits.
        most: u64,
    },
    /// Raw bytes of a fixed operand are not as many as they must be.
    WrongLength {
        /// Bytes that the operand has.
        expected: usize,
        /// Bytes that there are.
        found: usize,
    },
    /// More bytes than the length in front of them can say.
    TooLong {
        /// The most that it can say.
        limit: u64,
        /// Bytes that there are.
        found: usize,
    },
    /// A line (or one of two) has a newline in it.
    Newline,
    /// Two lines have no newline between them.
    OneLine,
    /// A number has more decimal digits than CPython converts.
    TooManyDigits,
    /// Text that has to be ASCII is not.
    NotAscii,
    /// The value itself cannot be read.
    Unreadable(FaultKind),
}

impl fmt::Display for WriteFault {
    /// What was expected, and what stands there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongKind => write!(f, "expected another kind of operand"),
            Self::OutOfRange { least, most } => {
                write!(f, "expected an integer from {least} to {most}, found one that does not fit")
            }
            Self::WrongLength { expected, found } => {
                write!(f, "expected {}, found {found}", counted(*expected, "byte"))
            }
            Self::TooLong { limit, found } => write!(f, "expected at most {limit} bytes, found {found}"),
            Self::Newline => write!(f, "expected a line, found a newline in it"),
            Self::OneLine => write!(f, "expected two lines with a newline between them, found one"),
            Self::TooManyDigits => {
                write!(
                    f,
                    "expected a number of at most {MAX_DECIMAL_DIGITS} decimal digits, found a longer one"
                )
            }
            Self::NotAscii => write!(f, "expected ASCII, found other characters"),
            Self::Unreadable(kind) => kind.fmt(f),
        }
    }
}

/// Appends an op whose operand has the raw bytes `raw`: without length, without final newline, as in [`crate::Op::raw`].
///
/// # Errors
/// Where the reader would not read the same operand back: nothing is appended then.
pub fn write_raw(out: &mut Vec<u8>, opcode: Opcode, raw: &[u8]) -> Result<(), WriteFault> {
    let newlines = || raw.iter().filter(|&&byte| byte == b'\n').take(2).count();
    match opcode.info().operand.framing() {
        Framing::Fixed(length) if raw.len() != usize::from(length) => {
            return Err(WriteFault::WrongLength { expected: length.into(), found: raw.len() });
        }
        Framing::Line if newlines() > 0 => return Err(WriteFault::Newline),
        Framing::TwoLines if newlines() == 0 => return Err(WriteFault::OneLine),
        Framing::TwoLines if newlines() > 1 => return Err(WriteFault::Newline),
        Framing::Unknown => return Err(WriteFault::WrongKind),
        _ => {}
    }
    let length = match opcode.info().operand.framing() {
        Framing::Counted(width) => Some((width, u64::MAX >> (64 - 8 * u32::from(width).min(8)))),
        Framing::CountedSigned => Some((4, i32::MAX as u64)),
        _ => None,
    };
    out.reserve(raw.len() + 10);
    match length {
        // No reader asks for more than 2^63 - 1 bytes, and no slice is longer.
        Some((_, limit)) if raw.len() as u64 > limit => {
            return Err(WriteFault::TooLong { limit, found: raw.len() });
        }
        Some((width, _)) => {
            out.push(opcode as u8);
            out.extend_from_slice(&(raw.len() as u64).to_le_bytes()[..usize::from(width)]);
        }
        None => out.push(opcode as u8),
    }
    out.extend_from_slice(raw);
    if matches!(opcode.info().operand.framing(), Framing::Line | Framing::TwoLines) {
        out.push(b'\n');
    }
    Ok(())
}

/// Appends an op with a value as operand, as the pickler writes it.
///
/// # Errors
/// Where the opcode does not take the value: nothing is appended then.
pub fn write(out: &mut Vec<u8>, opcode: Opcode, operand: &Operand<'_>) -> Result<(), WriteFault> {
    match (opcode.info().operand, *operand) {
        (OperandKind::None, Operand::None) => write_raw(out, opcode, b""),
        (
            OperandKind::Uint1
            | OperandKind::Uint2
            | OperandKind::Uint4
            | OperandKind::Uint8
            | OperandKind::Int4,
            Operand::Number(_) | Operand::HugeNumber(_) | Operand::Int(_),
        ) => fixed(out, opcode, operand),
        (OperandKind::Float8, Operand::Float(value)) => write_raw(out, opcode, &value.to_be_bytes()),
        (OperandKind::DecimalLine, Operand::Bool(value)) if opcode == Opcode::Int => {
            write_raw(out, opcode, if value { b"01" } else { b"00" })
        }
        (OperandKind::DecimalLine, Operand::Number(value)) if opcode != Opcode::Int => {
            write_raw(out, opcode, value.to_string().as_bytes())
        }
        (OperandKind::DecimalLine, Operand::Int(value)) => write_raw(out, opcode, decimal(value)?.as_bytes()),
        (OperandKind::LongLine, Operand::Int(value)) => {
            let mut text = decimal(value)?;
            text.push('L');
            write_raw(out, opcode, text.as_bytes())
        }
        (OperandKind::Long1 | OperandKind::Long4, Operand::Int(value)) => {
            write_raw(out, opcode, &binary(value)?)
        }
        (OperandKind::FloatLine, Operand::Float(value)) => {
            let mut text = String::new();
            let _ = repr::write_float(&mut text, value);
            write_raw(out, opcode, text.as_bytes())
        }
        (OperandKind::StringLine, Operand::ByteString(value)) => {
            let bytes = value.bytes().map_err(WriteFault::Unreadable)?;
            let mut literal = String::new();
            let _ = repr::write_bytes(&mut literal, &bytes);
            write_raw(out, opcode, &literal.as_bytes()[1..])
        }
        (OperandKind::String1 | OperandKind::String4, Operand::ByteString(value)) => {
            write_raw(out, opcode, &value.bytes().map_err(WriteFault::Unreadable)?)
        }
        (
            OperandKind::Bytes1 | OperandKind::Bytes4 | OperandKind::Bytes8 | OperandKind::ByteArray8,
            Operand::Bytes(value),
        ) => write_raw(out, opcode, value),
        (OperandKind::Unicode1 | OperandKind::Unicode4 | OperandKind::Unicode8, Operand::Text(text)) => {
            utf8(out, opcode, text)
        }
        (OperandKind::UnicodeLine, Operand::Text(text)) => {
            text.check().map_err(WriteFault::Unreadable)?;
            write_raw(out, opcode, &raw_unicode_escape(text))
        }
        (OperandKind::TextLine, Operand::Line(line)) => {
            if line.is_ascii() {
                write_raw(out, opcode, line)
            } else {
                Err(WriteFault::NotAscii)
            }
        }
        (OperandKind::LinePair, Operand::Global(module, name)) => {
            if module.contains(&b'\n') || name.contains(&b'\n') {
                return Err(WriteFault::Newline);
            }
            write_raw(out, opcode, &[module, b"\n", name].concat())
        }
        _ => Err(WriteFault::WrongKind),
    }
}

/// An operand of 1, 2, 4 or 8 bytes.
fn fixed(out: &mut Vec<u8>, opcode: Opcode, operand: &Operand<'_>) -> Result<(), WriteFault> {
    let (width, least, most) = match opcode.info().operand {
        OperandKind::Uint1 => (1, 0, u64::from(u8::MAX)),
        OperandKind::Uint2 => (2, 0, u64::from(u16::MAX)),
        OperandKind::Uint4 => (4, 0, u64::from(u32::MAX)),
        OperandKind::Int4 => (4, i64::from(i32::MIN), i32::MAX as u64),
        _ => (8, 0, u64::MAX),
    };
    let value = match *operand {
        Operand::Number(value) => Some(i128::from(value)),
        Operand::HugeNumber(value) => Some(i128::from(value)),
        Operand::Int(Integer::Small(value)) => Some(i128::from(value)),
        _ => None,
    };
    let value = value.filter(|value| (i128::from(least)..=i128::from(most)).contains(value));
    let value = value.ok_or(WriteFault::OutOfRange { least, most })?;
    write_raw(out, opcode, &value.to_le_bytes()[..width])
}

/// Decimal digits, as `repr` writes them.
fn decimal(value: Integer<'_>) -> Result<String, WriteFault> {
    Ok(match value {
        Integer::Small(value) => value.to_string(),
        Integer::Digits(text) => match canonical_decimal(text) {
            Some(text) => text,
            None => to_decimal(&parse(text)?)?,
        },
        Integer::Binary(raw) => {
            // Every byte but the first two adds more than two digits.
            if raw.len() > MAX_DECIMAL_DIGITS {
                return Err(WriteFault::TooManyDigits);
            }
            to_decimal(&BigInt::from_signed_bytes_le(raw))?
        }
    })
}

/// Digits that are decimal already, without what is not needed: copied, so that any number of them takes linear time.
fn canonical_decimal(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return None;
    }
    let digits: String = digits.chars().filter(|&digit| digit != '_').collect();
    match digits.trim_start_matches('0') {
        "" => Some("0".to_owned()),
        digits => Some(format!("{sign}{digits}")),
    }
}

fn to_decimal(value: &BigInt) -> Result<String, WriteFault> {
    // 14,285 bits have at most 4,301 digits.
    if value.bits() > 14_285 {
        return Err(WriteFault::TooManyDigits);
    }
    let text = value.to_string();
    let digits = text.strip_prefix('-').unwrap_or(&text).len();
    if digits > MAX_DECIMAL_DIGITS { Err(WriteFault::TooManyDigits) } else { Ok(text) }
}

/// The least two's complement that holds it; nothing for zero (`encode_long` in `pickle.py`).
fn binary(value: Integer<'_>) -> Result<Vec<u8>, WriteFault> {
    let value = match value {
        Integer::Small(value) => BigInt::from(value),
        Integer::Digits(text) => parse(text)?,
        Integer::Binary(raw) => BigInt::from_signed_bytes_le(raw),
    };
    if value == BigInt::ZERO {
        return Ok(Vec::new());
    }
    Ok(value.to_signed_bytes_le())
}

/// Digits with sign, radix prefix and underscores.
fn parse(text: &str) -> Result<BigInt, WriteFault> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let radix = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 10,
    };
    let digits = if radix == 10 { digits } else { &digits[2..] };
    let digits: Vec<u8> = digits.bytes().filter(|&digit| digit != b'_').collect();
    // With a radix that is no power of two, the time is not linear.
    if radix == 10 && digits.len() > MAX_DECIMAL_DIGITS {
        return Err(WriteFault::TooManyDigits);
    }
    let value = BigInt::parse_bytes(&digits, radix);
    let value = value.ok_or(WriteFault::Unreadable(FaultKind::BadInteger))?;
    Ok(if negative { -value } else { value })
}

fn utf8(out: &mut Vec<u8>, opcode: Opcode, text: Text<'_>) -> Result<(), WriteFault> {
    match text {
        Text::Utf8(raw) => {
            check_utf8(raw).map_err(WriteFault::Unreadable)?;
            write_raw(out, opcode, raw)
        }
        Text::RawUnicodeEscape(raw) => {
            text.check().map_err(WriteFault::Unreadable)?;
            let mut bytes = Vec::with_capacity(raw.len());
            text.code_points().for_each(|point| push_utf8(&mut bytes, point));
            write_raw(out, opcode, &bytes)
        }
    }
}

/// Appends a code point in UTF-8, a surrogate like any other (the error handler `surrogatepass`).
pub fn push_utf8(out: &mut Vec<u8>, point: u32) {
    if let Some(character) = char::from_u32(point) {
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        let low = |shift: u32| 0x80 | (point >> shift & 0x3f) as u8;
        out.extend_from_slice(&[0xe0 | (point >> 12 & 0x0f) as u8, low(6), low(0)]);
    }
}

/// Latin-1 in which only that is escaped which has to be (`raw_unicode_escape` in `_pickle.c`).
fn raw_unicode_escape(text: Text<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.raw().len());
    for point in text.code_points() {
        match point {
            0x1_0000.. => out.extend_from_slice(format!("\\U{point:08x}").as_bytes()),
            0 | 0x0a | 0x0d | 0x1a | 0x5c | 0x100.. => {
                out.extend_from_slice(format!("\\u{point:04x}").as_bytes());
            }
            _ => out.push(point as u8),
        }
    }
    out
}

impl Integer<'_> {
    /// Whether text is the decimal number that `repr` writes: no sign but a needed minus, no needless zeros, no prefix.
    #[must_use]
    pub fn is_canonical_decimal(text: &str) -> bool {
        let digits = text.strip_prefix('-').unwrap_or(text);
        match digits.as_bytes() {
            [b'0'] => digits.len() == text.len(),
            [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reader;

    fn written(opcode: Opcode, operand: &Operand<'_>) -> Result<Vec<u8>, WriteFault> {
        let mut out = Vec::new();
        write(&mut out, opcode, operand).map(|()| out)
    }

    /// What the pickler writes is read and written again.
    #[test]
    fn canonical_operands_come_back() {
        let streams: [&[u8]; 32] = [
            b".",
            b"\x80\x04",
            b"I01\n",
            b"I00\n",
            b"I-16\n",
            b"L16L\n",
            b"L-123456789012345678901234567890L\n",
            b"\x8a\x02\xff\x00",
            b"\x8a\x01\x80",
            b"\x8a\x00",
            b"\x8a\x09\0\0\0\0\0\0\0\0\x01",
            b"\x8b\x01\0\0\0\x05",
            b"F1.5\n",
            b"G?\xf8\0\0\0\0\0\0",
            b"S'a\\xff'\n",
            b"S\"it's\"\n",
            b"U\x02h\xe9",
            b"T\x02\0\0\0hi",
            b"Va\\u20ac\xe9\\u005c\\U0001f600\n",
            b"\x8c\x03\xed\xa0\x80",
            b"X\x01\0\0\0a",
            b"\x8d\x01\0\0\0\0\0\0\0a",
            b"C\x02\0'",
            b"\x96\x01\0\0\0\0\0\0\0a",
            b"cos\nsystem\n",
            b"p12\n",
            b"h\x07",
            b"r\x07\0\0\xff",
            b"Pid 1\n",
            b"J\xff\xff\xff\xff",
            b"\x84\xff\xff\xff\x7f",
            b"\x95\xff\xff\xff\xff\xff\xff\xff\xff",
        ];
        for stream in streams {
            let op = Reader::new(stream, 0).next_op().unwrap();
            assert_eq!(written(op.opcode, &op.operand().unwrap()).as_deref(), Ok(stream), "{op:?}");
            let mut raw = Vec::new();
            write_raw(&mut raw, op.opcode, op.raw).unwrap();
            assert_eq!(raw, stream);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let small = |value| Operand::Int(Integer::Small(value));
        let cases = [
            (Opcode::BinInt1, small(256), WriteFault::OutOfRange { least: 0, most: 255 }),
            (
                Opcode::BinInt,
                small(1 << 31),
                WriteFault::OutOfRange { least: -(1 << 31), most: (1 << 31) - 1 },
            ),
            (Opcode::BinGet, Operand::Number(-1), WriteFault::OutOfRange { least: 0, most: 255 }),
            (Opcode::PersId, Operand::Line(b"\xff"), WriteFault::NotAscii),
            (Opcode::PersId, Operand::Line(b"a\nb"), WriteFault::Newline),
            (Opcode::Global, Operand::Global(b"a\n", b"b"), WriteFault::Newline),
            (
                Opcode::ShortBinBytes,
                Operand::Bytes(&[0; 256]),
                WriteFault::TooLong { limit: 255, found: 256 },
            ),
            (Opcode::Pop, small(1), WriteFault::WrongKind),
            (
                Opcode::BinUnicode,
                Operand::Text(Text::Utf8(b"\xff")),
                WriteFault::Unreadable(FaultKind::BadUtf8),
            ),
        ];
        for (opcode, operand, fault) in cases {
            assert_eq!(written(opcode, &operand), Err(fault), "{opcode:?}");
        }
        let mut out = Vec::new();
        assert_eq!(
            write_raw(&mut out, Opcode::BinInt, b"abc"),
            Err(WriteFault::WrongLength { expected: 4, found: 3 })
        );
        assert_eq!(write_raw(&mut out, Opcode::Global, b"os"), Err(WriteFault::OneLine));
        assert!(out.is_empty());
    }

    #[test]
    fn numbers_of_any_size() {
        let digits = "9".repeat(100_000);
        let text = written(Opcode::Long, &Operand::Int(Integer::Digits(&digits))).unwrap();
        assert_eq!(text.len(), 100_003);
        let long = Operand::Int(Integer::Digits(&digits));
        assert_eq!(written(Opcode::Long4, &long), Err(WriteFault::TooManyDigits));
        let hex = format!("-0x{}", "f".repeat(1000));
        let binary = written(Opcode::Long4, &Operand::Int(Integer::Digits(&hex))).unwrap();
        assert_eq!(binary.len(), 5 + 501);
        assert_eq!(
            written(Opcode::Long, &Operand::Int(Integer::Binary(&[1; 5000]))),
            Err(WriteFault::TooManyDigits)
        );
        assert!(Integer::is_canonical_decimal("-10") && Integer::is_canonical_decimal("0"));
        for other in ["-0", "+1", "01", "1_0", "0x1", "", "-"] {
            assert!(!Integer::is_canonical_decimal(other), "{other}");
        }
    }
}
