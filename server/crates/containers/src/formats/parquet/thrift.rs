//! The compact protocol of Thrift (`thrift-compact-protocol.md`), as much of it as descriptions in Parquet need.

use crate::bytes::span;

/// Structures inside each other that are passed over; those of Parquet have five.
const DEEPEST: usize = 64;

/// Types of values.
pub(super) mod kind {
    pub(in super::super) const TRUE: u8 = 1;
    pub(in super::super) const FALSE: u8 = 2;
    pub(in super::super) const BYTE: u8 = 3;
    pub(in super::super) const SHORT: u8 = 4;
    pub(in super::super) const INT: u8 = 5;
    pub(in super::super) const LONG: u8 = 6;
    pub(in super::super) const DOUBLE: u8 = 7;
    pub(in super::super) const BINARY: u8 = 8;
    pub(in super::super) const LIST: u8 = 9;
    pub(in super::super) const SET: u8 = 10;
    pub(in super::super) const MAP: u8 = 11;
    pub(in super::super) const STRUCT: u8 = 12;
}

/// Reads structures. `None`: what is read breaks off, or is none.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// Shows each field of a structure by its number and type; those that `read` does not read, by saying `false`, are passed over.
    pub(super) fn structure(
        &mut self,
        mut read: impl FnMut(&mut Self, i16, u8) -> Option<bool>,
    ) -> Option<()> {
        let mut last = 0;
        while let Some((number, kind)) = self.field(&mut last)? {
            if !read(self, number, kind)? {
                self.skip(kind, DEEPEST)?;
            }
        }
        Some(())
    }

    /// Reads each structure of a list with `read`; other items are passed over.
    pub(super) fn structures(&mut self, mut read: impl FnMut(&mut Self) -> Option<()>) -> Option<bool> {
        let (count, kind) = self.list()?;
        for _ in 0..count {
            if kind == kind::STRUCT { read(self)? } else { self.skip_item(kind, DEEPEST)? }
        }
        Some(true)
    }

    /// A signed number.
    pub(super) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        let half = i64::try_from(number >> 1).ok()?;
        Some(if number & 1 == 0 { half } else { -half - 1 })
    }

    /// Bytes behind their length, and where they lie.
    pub(super) fn binary(&mut self) -> Option<(usize, &'a [u8])> {
        let len = usize::try_from(self.number()?).ok()?;
        let (at, content) = (self.at, span(self.bytes, self.at, len)?);
        self.at += len;
        Some((at, content))
    }

    /// Number and type of the next field, behind the one of the number `last`; `None` inside: there is none.
    fn field(&mut self, last: &mut i16) -> Option<Option<(i16, u8)>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        let step = i16::from(head >> 4);
        *last = if step == 0 { unzigzag(self.number()?) } else { last.checked_add(step)? };
        Some(Some((*last, head & 15)))
    }

    /// Count and type of the items of a list or set.
    fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let count = if head >> 4 == 15 { self.number()? } else { u64::from(head >> 4) };
        Some((count, head & 15))
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// A number of up to ten bytes of seven bits.
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(number);
            }
        }
        None
    }

    /// Passes over the value of a field.
    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        // The type of a field says what is true.
        if matches!(kind, kind::TRUE | kind::FALSE) { Some(()) } else { self.skip_item(kind, depth) }
    }

    /// Passes over an item of a list; every one has a byte at least.
    fn skip_item(&mut self, kind: u8, depth: usize) -> Option<()> {
        let deeper = depth.checked_sub(1)?;
        match kind {
            kind::TRUE | kind::FALSE | kind::BYTE => self.at += 1,
            kind::SHORT | kind::INT | kind::LONG => drop(self.number()?),
            kind::DOUBLE => self.at += 8,
            kind::BINARY => {
                let len = usize::try_from(self.number()?).ok()?;
                self.at = self.at.checked_add(len)?;
            }
            kind::LIST | kind::SET => {
                let (count, kind) = self.list()?;
                for _ in 0..count {
                    self.skip_item(kind, deeper)?;
                }
            }
            kind::MAP => {
                let count = self.number()?;
                let kinds = if count > 0 { self.byte()? } else { 0 };
                for _ in 0..count {
                    self.skip_item(kinds >> 4, deeper)?;
                    self.skip_item(kinds & 15, deeper)?;
                }
            }
            kind::STRUCT => {
                let mut last = 0;
                while let Some((_, kind)) = self.field(&mut last)? {
                    self.skip(kind, deeper)?;
                }
            }
            _ => return None,
        }
        (self.at <= self.bytes.len()).then_some(())
    }
}

/// A signed number, as far as it is that of a field.
fn unzigzag(number: u64) -> i16 {
    let half = i16::try_from(number >> 1).unwrap_or(i16::MAX);
    if number & 1 == 0 { half } else { -half - 1 }
}
