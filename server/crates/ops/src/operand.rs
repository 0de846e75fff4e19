//! The value of an operand, as the C unpickler reads it.

use crate::opcode::{Opcode, OperandKind};
use crate::plain::is_fraction;
use crate::reader::Op;
use crate::text::check_utf8;
use crate::{ByteString, Fault, FaultKind, Integer, Text};

/// The value of an operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operand<'a> {
    /// The opcode has none.
    None,
    /// `INT` with `00` or `01` (or another text of two bytes with the value 0 or 1).
    Bool(bool),
    /// An integer that is data.
    Int(Integer<'a>),
    /// A number that belongs to the machine: protocol, memo slot, extension code, frame length.
    Number(i64),
    /// A frame length above 2^63 - 1.
    HugeNumber(u64),
    /// A float.
    Float(f64),
    /// A `str`.
    Text(Text<'a>),
    /// `bytes` or `bytearray`.
    Bytes(&'a [u8]),
    /// A Python 2 byte string.
    ByteString(ByteString<'a>),
    /// Module and name of a global, as the bytes say (UTF-8 for `GLOBAL`, ASCII for `INST`).
    Global(&'a [u8], &'a [u8]),
    /// A persistent id.
    Line(&'a [u8]),
}

impl<'a> Op<'a> {
    /// The value of the operand.
    ///
    /// # Errors
    /// A [`Fault`] over the whole op, where the C unpickler refuses the bytes of the operand.
    pub fn operand(&self) -> Result<Operand<'a>, Fault> {
        value(self).map_err(|kind| Fault { start: self.start, end: self.end, kind })
    }

    /// Checks the operands that can be wrong although their extent is known: text, and numbers in text form.
    ///
    /// # Errors
    /// As [`Op::operand`].
    #[inline(always)]
    pub fn check(&self) -> Result<(), Fault> {
        match self.opcode {
            Opcode::ShortBinUnicode | Opcode::BinUnicode | Opcode::BinUnicode8 => {
                check_utf8(self.raw).map_err(|kind| Fault { start: self.start, end: self.end, kind })
            }
            Opcode::Unicode => {
                let done = Text::RawUnicodeEscape(self.raw).check();
                done.map_err(|kind| Fault { start: self.start, end: self.end, kind })
            }
            // As picklers write them: nothing can be wrong.
            Opcode::Float if is_fraction(self.raw) => Ok(()),
            Opcode::Int | Opcode::Get | Opcode::Put if Integer::plain(self.raw).is_some() => Ok(()),
            Opcode::Long if Integer::plain(self.raw.strip_suffix(b"L").unwrap_or(self.raw)).is_some() => {
                Ok(())
            }
            Opcode::Int
            | Opcode::Long
            | Opcode::Float
            | Opcode::String
            | Opcode::Global
            | Opcode::Inst
            | Opcode::PersId
            | Opcode::Get
            | Opcode::Put => self.operand().map(drop),
            _ => Ok(()),
        }
    }

    /// The number of a fixed operand or a memo slot in text form: protocol, slot, extension code; -1 where there is
    /// none or it does not fit.
    #[must_use]
    #[inline(always)]
    pub fn number(&self) -> i64 {
        match *self.raw {
            [a] => i64::from(a),
            [a, b, c, d] if self.opcode != Opcode::Ext4 && self.opcode != Opcode::BinInt => {
                i64::from(u32::from_le_bytes([a, b, c, d]))
            }
            _ => self.slow_number(),
        }
    }

    /// As [`Op::number`], by way of the operand. A one-byte slot in text form is a digit, not a number.
    #[cold]
    fn slow_number(&self) -> i64 {
        match value(self) {
            Ok(Operand::Number(number)) => number,
            Ok(Operand::Int(Integer::Small(number))) => number,
            _ => -1,
        }
    }

    /// The slot of a memo op (`GET`, `PUT` and their kin); `None` for other ops and for slots below zero or above 2^63.
    #[must_use]
    #[inline(always)]
    pub fn memo_slot(&self) -> Option<u64> {
        match self.opcode {
            Opcode::BinGet | Opcode::BinPut | Opcode::LongBinGet | Opcode::LongBinPut => {
                Some(self.number() as u64)
            }
            Opcode::Get | Opcode::Put => match slot(self.raw) {
                Ok(Operand::Number(number)) => u64::try_from(number).ok(),
                _ => None,
            },
            _ => None,
        }
    }

    /// Module and name of `GLOBAL` and `INST`, as the bytes say.
    #[must_use]
    pub fn global(&self) -> Option<(&'a [u8], &'a [u8])> {
        if !matches!(self.opcode, Opcode::Global | Opcode::Inst) {
            return None;
        }
        let at = memchr::memchr(b'\n', self.raw)?;
        Some((&self.raw[..at], &self.raw[at + 1..]))
    }
}

fn value<'a>(op: &Op<'a>) -> Result<Operand<'a>, FaultKind> {
    let raw = op.raw;
    Ok(match op.opcode.info().operand {
        OperandKind::None => Operand::None,
        OperandKind::Uint1 | OperandKind::Uint2 | OperandKind::Uint4 | OperandKind::Uint8 => {
            unsigned(op.opcode, little_endian(raw))
        }
        OperandKind::Int4 => {
            let value = i64::from(little_endian(raw) as u32 as i32);
            if op.opcode == Opcode::Ext4 {
                Operand::Number(value)
            } else {
                Operand::Int(Integer::Small(value))
            }
        }
        OperandKind::Float8 => Operand::Float(f64::from_bits(little_endian(raw).swap_bytes())),
        OperandKind::DecimalLine if op.opcode == Opcode::Int => int_or_bool(raw)?,
        OperandKind::DecimalLine => slot(raw)?,
        OperandKind::LongLine => Operand::Int(long(raw)?),
        OperandKind::FloatLine => Operand::Float(float(raw)?),
        OperandKind::StringLine => Operand::ByteString(quoted(raw)?),
        OperandKind::UnicodeLine => checked(Text::RawUnicodeEscape(raw))?,
        OperandKind::TextLine if raw.is_ascii() => Operand::Line(raw),
        OperandKind::TextLine => return Err(FaultKind::NotAscii),
        OperandKind::LinePair => pair(op)?,
        OperandKind::Long1 | OperandKind::Long4 => Operand::Int(Integer::from_binary(raw)),
        OperandKind::String1 | OperandKind::String4 => Operand::ByteString(ByteString::Plain(raw)),
        OperandKind::Bytes1 | OperandKind::Bytes4 | OperandKind::Bytes8 | OperandKind::ByteArray8 => {
            Operand::Bytes(raw)
        }
        OperandKind::Unicode1 | OperandKind::Unicode4 | OperandKind::Unicode8 => checked(Text::Utf8(raw))?,
    })
}

fn little_endian(raw: &[u8]) -> u64 {
    raw.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

fn unsigned<'a>(opcode: Opcode, value: u64) -> Operand<'a> {
    match i64::try_from(value) {
        Err(_) => Operand::HugeNumber(value),
        Ok(value) if matches!(opcode, Opcode::BinInt1 | Opcode::BinInt2) => {
            Operand::Int(Integer::Small(value))
        }
        Ok(value) => Operand::Number(value),
    }
}

/// `load_int`: exactly two characters with the value 0 or 1 are a bool, if `strtol` reads both of them: it leaves a blank that
/// stands behind the digit to `int`, which makes no bool.
fn int_or_bool(raw: &[u8]) -> Result<Operand<'_>, FaultKind> {
    Ok(match Integer::from_int_line(raw)? {
        Integer::Small(value @ 0..=1) if matches!(raw, [0, _] | [_, b'0' | b'1' | 0]) => {
            Operand::Bool(value == 1)
        }
        integer => Operand::Int(integer),
    })
}

/// `load_get`, `load_put`: base 10; a NUL ends the number.
fn slot(raw: &[u8]) -> Result<Operand<'_>, FaultKind> {
    if let Some(value) = Integer::plain(raw) {
        return Ok(Operand::Number(value));
    }
    let raw = raw.split(|&byte| byte == 0).next().unwrap_or(raw);
    match Integer::from_text(raw, false)? {
        Integer::Small(value) => Ok(Operand::Number(value)),
        _ => Err(FaultKind::BadInteger),
    }
}

/// `load_long`: a final `L` is dropped, the base is given by the prefix, a NUL ends the number.
fn long(raw: &[u8]) -> Result<Integer<'_>, FaultKind> {
    let raw = raw.strip_suffix(b"L").unwrap_or(raw);
    if let Some(value) = Integer::plain(raw) {
        return Ok(Integer::Small(value));
    }
    Integer::from_text(raw.split(|&byte| byte == 0).next().unwrap_or(raw), true)
}

/// `load_float`: `PyOS_string_to_double` over the whole line, or up to a NUL; too large is an `OverflowError`.
fn float(raw: &[u8]) -> Result<f64, FaultKind> {
    let raw = raw.split(|&byte| byte == 0).next().unwrap_or(raw);
    let text = std::str::from_utf8(raw).map_err(|_| FaultKind::BadFloat)?;
    let value: f64 = text.parse().map_err(|_| FaultKind::BadFloat)?;
    let overflow = value.is_infinite() && text.bytes().any(|byte| byte.is_ascii_digit());
    if overflow { Err(FaultKind::BadFloat) } else { Ok(value) }
}

/// `load_string`: a pair of the same quote around it.
fn quoted(raw: &[u8]) -> Result<ByteString<'_>, FaultKind> {
    let inner = match raw {
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => inner,
        _ => return Err(FaultKind::BadQuotes),
    };
    let string = ByteString::Escaped(inner);
    string.bytes().map(|_| string)
}

fn checked(text: Text<'_>) -> Result<Operand<'_>, FaultKind> {
    text.check().map(|()| Operand::Text(text))
}

/// `load_global`, `load_inst`: neither line empty; UTF-8 for `GLOBAL`, ASCII for `INST`.
fn pair<'a>(op: &Op<'a>) -> Result<Operand<'a>, FaultKind> {
    let (module, name) = op.global().ok_or(FaultKind::EmptyName)?;
    if module.is_empty() || name.is_empty() {
        return Err(FaultKind::EmptyName);
    }
    match op.opcode {
        Opcode::Inst if !op.raw.is_ascii() => Err(FaultKind::NotAscii),
        _ if std::str::from_utf8(module).is_err() || std::str::from_utf8(name).is_err() => {
            Err(FaultKind::BadUtf8)
        }
        _ => Ok(Operand::Global(module, name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reader;

    fn operand(bytes: &[u8]) -> Result<Operand<'_>, FaultKind> {
        Reader::new(bytes, 0).next_op().unwrap().operand().map_err(|fault| fault.kind)
    }

    #[test]
    fn values() {
        assert_eq!(operand(b"I01\n"), Ok(Operand::Bool(true)));
        assert_eq!(operand(b"I1\n"), Ok(Operand::Int(Integer::Small(1))));
        assert_eq!(operand(b"J\xff\xff\xff\xff"), Ok(Operand::Int(Integer::Small(-1))));
        assert_eq!(operand(b"M\x01\x02"), Ok(Operand::Int(Integer::Small(0x201))));
        assert_eq!(operand(b"L12L\n"), Ok(Operand::Int(Integer::Small(12))));
        assert_eq!(operand(b"F1.5\n"), Ok(Operand::Float(1.5)));
        assert_eq!(operand(b"G?\xf0\0\0\0\0\0\0"), Ok(Operand::Float(1.0)));
        assert_eq!(operand(b"S'a\\x41'\n"), Ok(Operand::ByteString(ByteString::Escaped(b"a\\x41"))));
        assert_eq!(operand(b"cos\nsystem\n"), Ok(Operand::Global(b"os", b"system")));
        assert_eq!(operand(b"p12\n"), Ok(Operand::Number(12)));
        assert_eq!(operand(b"\x95\xff\xff\xff\xff\xff\xff\xff\xff"), Ok(Operand::HugeNumber(u64::MAX)));
    }

    #[test]
    fn faults() {
        let cases: [(&[u8], FaultKind); 11] = [
            (b"Ix\n", FaultKind::BadInteger),
            (b"F1e999\n", FaultKind::BadFloat),
            (b"F 1\n", FaultKind::BadFloat),
            (b"F1.2.3\n", FaultKind::BadFloat),
            (b"F.\n", FaultKind::BadFloat),
            (b"S'\n", FaultKind::BadQuotes),
            (b"S'\\x'\n", FaultKind::BadEscape),
            (b"c\nsystem\n", FaultKind::EmptyName),
            (b"i\xff\nx\n", FaultKind::NotAscii),
            (b"c\xff\nx\n", FaultKind::BadUtf8),
            (b"\x8c\x01\xff", FaultKind::BadUtf8),
        ];
        for (bytes, kind) in cases {
            assert_eq!(operand(bytes), Err(kind), "{bytes:?}");
            assert!(Reader::new(bytes, 0).next_op().unwrap().check().is_err());
        }
    }

    #[test]
    fn memo_slots() {
        let slot = |bytes: &[u8]| Reader::new(bytes, 0).next_op().unwrap().memo_slot();
        assert_eq!(slot(b"p5\n"), Some(5));
        assert_eq!(slot(b"g1234\n"), Some(1234));
        assert_eq!(slot(b"p-1\n"), None);
        assert_eq!(slot(b"p 7\n"), Some(7));
        assert_eq!(slot(b"g007\n"), Some(7));
        assert_eq!(slot(b"p5\x00x\n"), Some(5));
        assert_eq!(slot(b"px\n"), None);
        assert_eq!(slot(b"h\xff"), Some(255));
        assert_eq!(slot(b"r\xff\xff\xff\xff"), Some(0xffff_ffff));
        assert_eq!(slot(b"K\x05"), None);
    }
}
