//! What the C unpickler reads behind an opcode.

use std::borrow::Cow;

use pickle_ops::ByteString;

use super::input::truncated;
use super::unpickler::Unpickler;
use crate::exception::{Done, Raised};
use crate::literal;
use crate::object::{Id, Object};
use crate::words;

/// `sys.maxsize`.
const MAX_SIZE: u64 = i64::MAX as u64;

pub(super) fn little_endian(raw: &[u8]) -> u64 {
    raw.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// `calc_binint`: signed with four bytes.
pub(super) fn signed(raw: &[u8]) -> i64 {
    let value = little_endian(raw);
    if raw.len() == 4 { i64::from(value as u32 as i32) } else { value as i64 }
}

fn too_large(what: &str) -> String {
    format!("{what} exceeds system's maximum size of {MAX_SIZE} bytes")
}

impl<'a> Unpickler<'a> {
    /// A line of at least `least` bytes, its newline included.
    pub(super) fn line(&mut self, least: usize) -> Done<&'a [u8]> {
        let line = self.input.read_line()?;
        if line.len() < least { Err(truncated()) } else { Ok(line) }
    }

    pub(super) fn number(&mut self, width: u64) -> Done<u64> {
        Ok(little_endian(self.input.read(width)?))
    }

    /// `load_int`.
    pub(super) fn int(&mut self) -> Done<Id> {
        let line = self.line(2)?;
        Ok(match literal::int_line(line)? {
            Ok(value) => self.heap.add(Object::Bool(value)),
            Err(value) => self.heap.integer(value),
        })
    }

    /// `load_binintx`.
    pub(super) fn binary_int(&mut self, width: u64) -> Done<Id> {
        let value = signed(self.input.read(width)?);
        Ok(self.heap.add(Object::Int(value)))
    }

    /// `load_long`.
    pub(super) fn long(&mut self) -> Done<Id> {
        let line = self.line(2)?;
        let line = line.strip_suffix(b"L\n").unwrap_or(line);
        let value = literal::int_of_c_string(line, 0)?;
        Ok(self.heap.integer(value))
    }

    /// `load_counted_long`.
    pub(super) fn counted_long(&mut self, width: u64) -> Done<Id> {
        let size = signed(self.input.read(width)?);
        let Ok(size) = u64::try_from(size) else {
            return Err(Raised::unpickling("LONG pickle has negative byte count"));
        };
        let value = literal::from_binary(self.input.read(size)?);
        Ok(self.heap.integer(value))
    }

    /// `load_float`.
    pub(super) fn float(&mut self) -> Done<Id> {
        let line = self.line(2)?;
        let value = literal::float_line(line)?;
        Ok(self.heap.add(Object::Float(value)))
    }

    pub(super) fn binary_float(&mut self) -> Done<Id> {
        let value = f64::from_bits(self.number(8)?.swap_bytes());
        Ok(self.heap.add(Object::Float(value)))
    }

    /// `load_string`.
    pub(super) fn string(&mut self) -> Done<Id> {
        let line = self.line(1)?;
        let raw = words::unquoted(line.strip_suffix(b"\n").unwrap_or(line))?;
        let text = words::python2_string(ByteString::Escaped(raw), raw)?;
        Ok(self.heap.add(Object::Str(text)))
    }

    /// `load_counted_binstring`.
    pub(super) fn counted_string(&mut self, width: u64) -> Done<Id> {
        let size = self.number(width)?;
        let raw = self.input.read(size)?;
        words::ascii(raw)?;
        Ok(self.heap.add(Object::Str(Cow::Borrowed(raw))))
    }

    /// `load_counted_binbytes`.
    pub(super) fn counted_bytes(&mut self, width: u64) -> Done<Id> {
        let raw = self.counted_into(width, "BINBYTES")?;
        Ok(self.heap.add(Object::Bytes(Cow::Borrowed(raw))))
    }

    /// `load_counted_bytearray`.
    pub(super) fn byte_array(&mut self) -> Done<Id> {
        let raw = self.counted_into(8, "BYTEARRAY8")?;
        Ok(self.heap.add(Object::ByteArray(raw.to_vec())))
    }

    fn counted_into(&mut self, width: u64, what: &str) -> Done<&'a [u8]> {
        let size = self.number(width)?;
        if size > MAX_SIZE {
            return Err(Raised::new("OverflowError", too_large(what)));
        }
        if what == "BYTEARRAY8" && size == MAX_SIZE {
            return Err(Raised::memory());
        }
        self.input.read_into(size)
    }

    /// `load_unicode`.
    pub(super) fn unicode(&mut self) -> Done<Id> {
        let line = self.line(1)?;
        let text = words::raw_unicode_escape(line.strip_suffix(b"\n").unwrap_or(line))?;
        Ok(self.heap.add(Object::Str(text)))
    }

    /// `load_counted_binunicode`.
    pub(super) fn counted_unicode(&mut self, width: u64) -> Done<Id> {
        let size = self.number(width)?;
        if size > MAX_SIZE {
            return Err(Raised::new("OverflowError", too_large("BINUNICODE")));
        }
        let text = words::utf8(self.input.read(size)?)?;
        Ok(self.heap.add(Object::Str(text)))
    }

    /// A line that names something: `load_global`, `load_inst`.
    pub(super) fn name(&mut self, ascii: bool) -> Done<String> {
        let line = self.line(2)?;
        let raw = line.strip_suffix(b"\n").unwrap_or(line);
        if ascii {
            words::ascii(raw)?;
        }
        words::strict_utf8(raw)
    }
}
