//! BSON: documents behind their length, of elements with a type, a name and a value.

use super::{DEEPEST, Ended, Take, at_end, value};
use crate::bytes::{span, u32_at};

/// The shortest document: its length, and the byte at its end.
const SHORTEST: u64 = 5;

/// Characters of a name; databases allow more, and nobody uses them.
const NAME: usize = 1 << 10;

/// Types of elements.
mod kind {
    pub(super) const END: u8 = 0;
    pub(super) const TEXT: u8 = 2;
    pub(super) const DOCUMENT: u8 = 3;
    pub(super) const LIST: u8 = 4;
    pub(super) const BINARY: u8 = 5;
    pub(super) const PATTERN: u8 = 0x0b;
    pub(super) const POINTER: u8 = 0x0c;
    pub(super) const CODE: u8 = 0x0d;
    pub(super) const SYMBOL: u8 = 0x0e;
    pub(super) const SCOPED: u8 = 0x0f;
}

pub(super) fn walk(bytes: &[u8], whole_len: u64, take: Take<'_>) -> Ended {
    let mut walk = Walk { bytes, whole_len, at: 0, depth: 0 };
    while walk.at < bytes.len() {
        if let Err(ended) = walk.step(take) {
            return ended;
        }
    }
    if walk.depth == 0 && walk.at as u64 == whole_len { Ended::Whole } else { at_end(bytes, whole_len) }
}

struct Walk<'a> {
    bytes: &'a [u8],
    whole_len: u64,
    at: usize,
    /// Documents that are open.
    depth: usize,
}

impl<'a> Walk<'a> {
    /// Reads the beginning of a document, or an element of one.
    fn step(&mut self, take: Take<'_>) -> Result<(), Ended> {
        if self.depth == 0 {
            return self.begin();
        }
        let code = self.bytes[self.at];
        self.at += 1;
        if code == kind::END {
            self.depth -= 1;
            return Ok(());
        }
        self.name()?;
        match code {
            kind::DOCUMENT | kind::LIST => self.begin(),
            kind::TEXT | kind::CODE | kind::SYMBOL => {
                let len = self.number()?;
                self.value(len, take)
            }
            kind::BINARY => {
                let len = self.number()?;
                let subtype = self.skip(1)?;
                // The old one has its length twice.
                let len = if subtype == [2] { self.number()? } else { len };
                self.value(len, take)
            }
            kind::POINTER => {
                let len = self.number()?;
                self.value(len, take)?;
                self.skip(12).map(drop)
            }
            kind::SCOPED => {
                self.number()?;
                let len = self.number()?;
                self.value(len, take)?;
                self.begin()
            }
            kind::PATTERN => {
                self.name()?;
                self.name()
            }
            _ => self.skip(fixed(code).ok_or(Ended::Wrong)?).map(drop),
        }
    }

    fn begin(&mut self) -> Result<(), Ended> {
        let start = self.at as u64;
        let len = self.number()?;
        let fits = len >= SHORTEST && start.checked_add(len).is_some_and(|end| end <= self.whole_len);
        self.depth += 1;
        if fits && self.depth <= DEEPEST { Ok(()) } else { Err(Ended::Wrong) }
    }

    fn number(&mut self) -> Result<u64, Ended> {
        let number = u32_at(self.bytes, self.at).ok_or(at_end(self.bytes, self.whole_len))?;
        self.at += 4;
        Ok(u64::from(number))
    }

    fn skip(&mut self, len: usize) -> Result<&'a [u8], Ended> {
        let skipped = span(self.bytes, self.at, len).ok_or(at_end(self.bytes, self.whole_len))?;
        self.at += len;
        Ok(skipped)
    }

    /// A text that ends in a NUL.
    fn name(&mut self) -> Result<(), Ended> {
        let rest = &self.bytes[self.at..];
        let head = &rest[..rest.len().min(NAME)];
        let Some(len) = memchr::memchr(0, head) else {
            return Err(if head.len() < NAME { at_end(self.bytes, self.whole_len) } else { Ended::Wrong });
        };
        if std::str::from_utf8(&head[..len]).is_err() {
            return Err(Ended::Wrong);
        }
        self.at += len + 1;
        Ok(())
    }

    fn value(&mut self, len: u64, take: Take<'_>) -> Result<(), Ended> {
        let value = value(self.bytes, self.at, len, self.whole_len, take)?;
        if !take(self.at, value) {
            return Err(Ended::Enough);
        }
        self.at += value.len();
        Ok(())
    }
}

/// Length of a value that is always the same; `None`: there is no such type.
fn fixed(code: u8) -> Option<usize> {
    Some(match code {
        // A number, a moment, a time stamp.
        0x01 | 0x09 | 0x11 | 0x12 => 8,
        // Nothing, and what is less or more than all else.
        0x06 | 0x0a | 0x7f | 0xff => 0,
        0x07 => 12,
        0x08 => 1,
        0x10 => 4,
        0x13 => 16,
        _ => return None,
    })
}
