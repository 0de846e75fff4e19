//! The argument of an op as `genops` gives it, and its `repr`.

use std::borrow::Cow;
use std::fmt::{self, Write};

use num_bigint::BigInt;
use pickle_ops::repr::{write_bytearray, write_bytes, write_float, write_str};
use pickle_ops::{Integer, Op, Opcode, Operand, OperandKind, Text};

use super::error::GenopsError;
use super::number::{MAX_DIGITS, float, integer, too_long_for_repr};
use super::text::{ascii, raw_unicode_escape, unquoted, utf8};

/// An argument of `genops`: what `ArgumentDescriptor.reader` of the opcode returns.
///
/// It borrows from the stream, unless an escape has to be undone. It never holds a value twice, and converts nothing
/// before its text is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument<'a> {
    /// The opcode has none, or it is `None`.
    None,
    /// `INT`, `GET`, `PUT` with `00` or `01`.
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// A larger one, in decimal: sign and digits without leading zeros.
    Decimal(String),
    /// A larger one, in little-endian two's complement of the fewest bytes.
    Binary(Cow<'a, [u8]>),
    /// A float.
    Float(f64),
    /// A `str` of code points below 256: ASCII from a line, Latin-1 of a Python 2 byte string.
    Latin1(Cow<'a, [u8]>),
    /// Module and name, in UTF-8 without surrogates, which `genops` joins by one blank.
    Pair(Cow<'a, [u8]>, Cow<'a, [u8]>),
    /// A `str`.
    Text(Text<'a>),
    /// `bytes`.
    Bytes(&'a [u8]),
    /// `bytearray`.
    ByteArray(&'a [u8]),
}

/// The argument of `op` as `pickletools.genops` of CPython 3.11 gives it.
///
/// # Errors
/// The exception that `genops` raises instead. It then yields neither this op nor any behind it.
#[inline]
pub fn argument<'a>(op: &Op<'a>) -> Result<Argument<'a>, GenopsError> {
    let raw = op.raw;
    Ok(match op.opcode.info().operand {
        OperandKind::None => Argument::None,
        OperandKind::Uint1 | OperandKind::Uint2 | OperandKind::Uint4 | OperandKind::Uint8 => {
            unsigned(little_endian(raw))
        }
        OperandKind::Int4 => Argument::Int(i64::from(little_endian(raw) as u32 as i32)),
        OperandKind::Float8 => Argument::Float(f64::from_bits(little_endian(raw).swap_bytes())),
        OperandKind::DecimalLine => decimal_short(raw)?,
        OperandKind::LongLine => integer(raw.strip_suffix(b"L").unwrap_or(raw))?,
        OperandKind::FloatLine => Argument::Float(float(raw)?),
        OperandKind::StringLine => Argument::Latin1(ascii(unquoted(raw)?)?),
        OperandKind::UnicodeLine => Argument::Text(raw_unicode_escape(raw)?),
        OperandKind::TextLine => Argument::Latin1(ascii(raw)?),
        OperandKind::LinePair => pair(op)?,
        OperandKind::Long1 | OperandKind::Long4 => binary(raw),
        OperandKind::String1 | OperandKind::String4 => Argument::Latin1(Cow::Borrowed(raw)),
        OperandKind::Bytes1 | OperandKind::Bytes4 | OperandKind::Bytes8 => Argument::Bytes(raw),
        OperandKind::ByteArray8 => Argument::ByteArray(raw),
        OperandKind::Unicode1 | OperandKind::Unicode4 | OperandKind::Unicode8 => Argument::Text(utf8(raw)?),
    })
}

fn little_endian(raw: &[u8]) -> u64 {
    raw.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

fn unsigned<'a>(value: u64) -> Argument<'a> {
    i64::try_from(value).map_or_else(|_| Argument::Decimal(value.to_string()), Argument::Int)
}

/// `read_decimalnl_short`.
fn decimal_short<'a>(raw: &[u8]) -> Result<Argument<'a>, GenopsError> {
    match raw {
        b"00" => Ok(Argument::Bool(false)),
        b"01" => Ok(Argument::Bool(true)),
        _ => integer(raw),
    }
}

/// `read_stringnl_noescape_pair`; in spite of the name, escapes are undone.
fn pair<'a>(op: &Op<'a>) -> Result<Argument<'a>, GenopsError> {
    let (module, name) = op.global().unwrap_or_default();
    Ok(Argument::Pair(ascii(module)?, ascii(name)?))
}

/// `pickle.decode_long`.
fn binary(raw: &[u8]) -> Argument<'_> {
    match Integer::from_binary(shortest(raw)) {
        Integer::Small(value) => Argument::Int(value),
        _ => Argument::Binary(Cow::Borrowed(shortest(raw))),
    }
}

/// Two's complement without the bytes that only repeat the sign.
fn shortest(mut raw: &[u8]) -> &[u8] {
    while let [rest @ .., low, high] = raw
        && *high == if low & 0x80 == 0 { 0 } else { 0xff }
    {
        raw = &raw[..rest.len() + 1];
    }
    raw
}

/// As [`argument`]; where `genops` refuses, what the C unpickler reads, a Python 2 byte string taken as Latin-1.
///
/// # Errors
/// The exception of `genops`, where the C unpickler refuses as well.
pub fn argument_lenient<'a>(op: &Op<'a>) -> Result<Argument<'a>, GenopsError> {
    argument(op).or_else(|error| loaded(op).ok_or(error))
}

/// What the C unpickler reads.
fn loaded<'a>(op: &Op<'a>) -> Option<Argument<'a>> {
    Some(match op.operand().ok()? {
        Operand::None => Argument::None,
        Operand::Bool(value) => Argument::Bool(value),
        Operand::Int(Integer::Small(value)) | Operand::Number(value) => Argument::Int(value),
        Operand::Int(Integer::Digits(digits)) => literal(digits)?,
        Operand::Int(Integer::Binary(raw)) => binary(raw),
        Operand::HugeNumber(value) => unsigned(value),
        Operand::Float(value) => Argument::Float(value),
        Operand::Text(text) => Argument::Text(text),
        Operand::Bytes(bytes) if op.opcode == Opcode::ByteArray8 => Argument::ByteArray(bytes),
        Operand::Bytes(bytes) => Argument::Bytes(bytes),
        Operand::ByteString(string) => Argument::Latin1(string.bytes().ok()?),
        Operand::Global(module, name) => Argument::Pair(Cow::Borrowed(module), Cow::Borrowed(name)),
        Operand::Line(line) => Argument::Latin1(Cow::Borrowed(line)),
    })
}

/// An integer literal that does not fit into 64 bits. CPython limits the digits of decimal ones only.
fn literal<'a>(digits: &str) -> Option<Argument<'a>> {
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', b'o' | b'O', rest @ ..] => (8, rest),
        [b'0', b'b' | b'B', rest @ ..] => (2, rest),
        digits => (10, digits),
    };
    let digits: Vec<u8> = digits.iter().copied().filter(|&digit| digit != b'_').collect();
    if radix == 10 && digits.len() > MAX_DIGITS {
        return None;
    }
    let value = BigInt::parse_bytes(&digits, radix)?;
    let value = if negative { -value } else { value };
    Some(Argument::Binary(Cow::Owned(value.to_signed_bytes_le())))
}

impl Argument<'_> {
    /// Whether Python's `repr()` takes it: an integer of more than 4,300 digits it does not. `genops` yields such an
    /// argument all the same.
    ///
    /// # Errors
    /// The exception that `repr()` raises.
    pub fn check_repr(&self) -> Result<(), GenopsError> {
        // 1,785 bytes may have 4,300 digits or fewer, and 1,787 always have more.
        let too_long = match self {
            Self::Binary(raw) if raw.len() < 1785 => false,
            Self::Binary(raw) if raw.len() < 1787 => self.repr().trim_start_matches('-').len() > MAX_DIGITS,
            Self::Binary(_) => true,
            _ => false,
        };
        if too_long { Err(too_long_for_repr()) } else { Ok(()) }
    }

    /// Python's `repr()` of it. What [`Argument::check_repr`] refuses may be written in hexadecimal.
    #[must_use]
    pub fn repr(&self) -> String {
        let mut out = String::new();
        // A String takes everything.
        let _ = self.write_repr(&mut out);
        out
    }

    /// Writes [`Argument::repr`], without a copy of it in memory.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_repr(&self, out: &mut impl Write) -> fmt::Result {
        match self {
            Self::None => out.write_str("None"),
            Self::Bool(value) => out.write_str(if *value { "True" } else { "False" }),
            Self::Int(value) => super::line::write_integer(out, *value),
            Self::Decimal(digits) => out.write_str(digits),
            Self::Binary(raw) => out.write_str(&Integer::Binary(raw).to_text()),
            Self::Float(value) => write_float(out, *value),
            Self::Latin1(text) => write_str(out, text.iter().map(|&byte| u32::from(byte))),
            Self::Pair(module, name) => {
                let (module, name) = (Text::Utf8(module), Text::Utf8(name));
                write_str(out, module.code_points().chain([0x20]).chain(name.code_points()))
            }
            Self::Text(text) => write_str(out, text.code_points()),
            Self::Bytes(bytes) => write_bytes(out, bytes),
            Self::ByteArray(bytes) => write_bytearray(out, bytes),
        }
    }
}
