//! What the unpickler in Python reads behind an opcode.

use std::borrow::Cow;

use num_bigint::BigInt;
use pickle_ops::ByteString;

use super::unpickler::Unpickler;
use crate::exception::{Done, Raised};
use crate::literal;
use crate::object::{Id, Object};
use crate::words;

/// `sys.maxsize`.
const MAX_SIZE: u64 = i64::MAX as u64;

fn little_endian(raw: &[u8]) -> u64 {
    raw.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// `line[:-1]`: the last character is cut, whatever it is.
fn cut(line: &[u8]) -> &[u8] {
    line.split_last().map_or(line, |(_, rest)| rest)
}

impl<'a> Unpickler<'a> {
    /// `self.readline()[:-1]`.
    pub(super) fn line(&mut self) -> Done<&'a [u8]> {
        Ok(cut(self.input.read_line()?))
    }

    /// `self.read(1)[0]`.
    pub(super) fn byte(&mut self) -> Done<u64> {
        match self.input.read(1)? {
            [byte] => Ok(u64::from(*byte)),
            _ => Err(Raised::index("index out of range")),
        }
    }

    /// `unpack(format, self.read(width))`; one byte is not unpacked.
    pub(super) fn number(&mut self, width: u64) -> Done<u64> {
        if width == 1 {
            return self.byte();
        }
        let raw = self.input.read(width)?;
        if raw.len() as u64 == width {
            Ok(little_endian(raw))
        } else {
            Err(Raised::new("struct.error", format!("unpack requires a buffer of {width} bytes")))
        }
    }

    /// Signed with four bytes.
    pub(super) fn signed(&mut self, width: u64) -> Done<i64> {
        let value = self.number(width)?;
        Ok(if width == 4 { i64::from(value as u32 as i32) } else { value as i64 })
    }

    pub(super) fn int(&mut self) -> Done<Id> {
        let data = self.input.read_line()?;
        Ok(match data {
            b"00\n" => self.heap.add(Object::Bool(false)),
            b"01\n" => self.heap.add(Object::Bool(true)),
            _ => {
                let value = literal::int_of_bytes(data, 0)?;
                self.heap.integer(value)
            }
        })
    }

    pub(super) fn binary_int(&mut self, width: u64) -> Done<Id> {
        let value = self.signed(width)?;
        Ok(self.heap.add(Object::Int(value)))
    }

    pub(super) fn long(&mut self) -> Done<Id> {
        let line = self.line()?;
        let value = literal::int_of_bytes(line.strip_suffix(b"L").unwrap_or(line), 0)?;
        Ok(self.heap.integer(value))
    }

    pub(super) fn counted_long(&mut self, width: u64) -> Done<Id> {
        let Ok(count) = u64::try_from(self.signed(width)?) else {
            return Err(Raised::unpickling("LONG pickle has negative byte count"));
        };
        let value = literal::from_binary(self.input.read(count)?);
        Ok(self.heap.integer(value))
    }

    pub(super) fn float(&mut self) -> Done<Id> {
        let value = literal::float_of_bytes(self.line()?)?;
        Ok(self.heap.add(Object::Float(value)))
    }

    pub(super) fn binary_float(&mut self) -> Done<Id> {
        let value = f64::from_bits(self.number(8)?.swap_bytes());
        Ok(self.heap.add(Object::Float(value)))
    }

    pub(super) fn string(&mut self) -> Done<Id> {
        let raw = words::unquoted(self.line()?)?;
        let text = words::python2_string(ByteString::Escaped(raw), raw)?;
        Ok(self.heap.add(Object::Str(text)))
    }

    pub(super) fn counted_string(&mut self, width: u64) -> Done<Id> {
        let Ok(count) = u64::try_from(self.signed(width)?) else {
            return Err(Raised::unpickling("BINSTRING pickle has negative byte count"));
        };
        let raw = self.input.read(count)?;
        words::ascii(raw)?;
        Ok(self.heap.add(Object::Str(Cow::Borrowed(raw))))
    }

    /// A length that is refused above `sys.maxsize`.
    fn length(&mut self, width: u64, what: &str) -> Done<u64> {
        let length = self.number(width)?;
        if length > MAX_SIZE {
            let message = format!("{what} exceeds system's maximum size of {MAX_SIZE} bytes");
            return Err(Raised::unpickling(message));
        }
        Ok(length)
    }

    pub(super) fn counted_bytes(&mut self, width: u64) -> Done<Id> {
        let length = self.length(width, if width == 8 { "BINBYTES8" } else { "BINBYTES" })?;
        let raw = self.input.read(length)?;
        Ok(self.heap.add(Object::Bytes(Cow::Borrowed(raw))))
    }

    /// `bytearray(len)`, and then `readinto`.
    pub(super) fn byte_array(&mut self) -> Done<Id> {
        let length = self.length(8, "BYTEARRAY8")?;
        if length >= self.options.memory {
            return Err(Raised::memory());
        }
        let raw = self.input.read(length)?;
        Ok(self.heap.add(Object::ByteArray(raw.to_vec())))
    }

    pub(super) fn unicode(&mut self) -> Done<Id> {
        let text = words::raw_unicode_escape(self.line()?)?;
        Ok(self.heap.add(Object::Str(text)))
    }

    pub(super) fn counted_unicode(&mut self, width: u64) -> Done<Id> {
        let length = self.length(width, if width == 8 { "BINUNICODE8" } else { "BINUNICODE" })?;
        let text = words::utf8(self.input.read(length)?)?;
        Ok(self.heap.add(Object::Str(text)))
    }

    /// A line that names something.
    pub(super) fn name(&mut self, ascii: bool) -> Done<String> {
        let raw = self.line()?;
        if ascii {
            words::ascii(raw)?;
        }
        words::strict_utf8(raw)
    }

    /// The number of a memo slot in text form.
    pub(super) fn slot_line(&mut self) -> Done<BigInt> {
        Ok(match literal::int_of_bytes(self.line()?, 10)? {
            literal::Integer::Small(value) => value.into(),
            literal::Integer::Big(value) => value,
        })
    }
}
