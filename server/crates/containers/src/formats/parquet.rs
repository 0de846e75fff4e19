//! Parquet (`parquet.thrift`): of its columns nothing is unpickled by who reads them, but of what stands beside them. The schema of Arrow
//! (see [`super::arrow`]) is kept in the footer, and libraries keep objects of their own there.

use super::Format;
use super::arrow::Metadata;
use crate::budget::Budget;
use crate::bytes::{span, u32_at};
use crate::encoding::Encoding;
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::unwrap::Input;
use crate::values::{Value, Values, key_name};

/// The name of the format.
pub(crate) const NAME: &str = "Parquet";

/// What a file begins and ends with.
pub(crate) const MAGIC: &[u8] = b"PAR1";

/// The same of one whose footer is encrypted.
pub(crate) const ENCRYPTED: &[u8] = b"PARE";

/// The field of the footer that has keys and values (`FileMetaData.key_value_metadata`), and those of a pair.
const PAIRS: i16 = 5;
const KEY: i16 = 1;
const VALUE: i16 = 2;

/// The key of the schema of Arrow, in base64.
const SCHEMA: &[u8] = b"ARROW:schema";

/// Structures inside each other that are passed over; those of Parquet have five.
const DEEPEST: usize = 64;

/// See the module.
pub(crate) struct Parquet;

impl Format for Parquet {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        input.bytes.starts_with(MAGIC) || input.bytes.starts_with(ENCRYPTED)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let bytes = input.bytes;
        let Some((start, footer)) = footer(bytes) else {
            let (kind, message) = if bytes.ends_with(ENCRYPTED) {
                (FaultKind::Encrypted, "the footer of the Parquet file is encrypted")
            } else {
                (FaultKind::Damaged, "expected the footer of a Parquet file at its end, found none")
            };
            opened.faults.push(Fault::new(kind, bytes.len(), message));
            return opened;
        };
        let mut metadata = Metadata::new(Values::new(bytes.len(), &mut opened, budget));
        let mut found = Vec::new();
        let whole = Reader { bytes: footer, at: 0 }.pairs(&mut found);
        for Pair { key, value } in found {
            let schema = Encoding::Base64.decode(span(footer, value.0, value.1).unwrap_or_default());
            let goes_on = match schema.filter(|_| key == SCHEMA) {
                Some(schema) => metadata.message_of(&schema),
                None => Value::at(bytes, start + value.0, value.1)
                    .is_none_or(|value| metadata.take(key_name(key), value)),
            };
            if !goes_on {
                return opened;
            }
        }
        if whole.is_none() {
            let message = "the footer of the Parquet file breaks off";
            opened.faults.push(Fault::new(FaultKind::Truncated, start, message));
        }
        opened
    }
}

/// Where the footer begins, and its bytes.
fn footer(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let end = bytes.len().checked_sub(MAGIC.len() + 4).filter(|_| bytes.ends_with(MAGIC))?;
    let start = end.checked_sub(usize::try_from(u32_at(bytes, end)?).ok()?)?;
    Some((start, &bytes[start..end]))
}

/// A key, and where its value lies and how long it is.
struct Pair<'a> {
    key: &'a [u8],
    value: (usize, usize),
}

/// Types of Thrift's compact protocol (`thrift-compact-protocol.md`).
mod kind {
    pub(super) const TRUE: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const BYTE: u8 = 3;
    pub(super) const SHORT: u8 = 4;
    pub(super) const INT: u8 = 5;
    pub(super) const LONG: u8 = 6;
    pub(super) const DOUBLE: u8 = 7;
    pub(super) const BINARY: u8 = 8;
    pub(super) const LIST: u8 = 9;
    pub(super) const SET: u8 = 10;
    pub(super) const MAP: u8 = 11;
    pub(super) const STRUCT: u8 = 12;
}

/// Reads a structure of Thrift. `None`: it breaks off, or is none.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Adds the pairs of the footer.
    fn pairs(&mut self, found: &mut Vec<Pair<'a>>) -> Option<()> {
        let mut last = 0;
        while let Some((number, kind)) = self.field(&mut last)? {
            if number != PAIRS || kind != kind::LIST {
                self.skip(kind, DEEPEST)?;
                continue;
            }
            let (count, kind) = self.list()?;
            for _ in 0..count {
                if kind != kind::STRUCT {
                    self.skip_item(kind, DEEPEST)?;
                    continue;
                }
                found.extend(self.pair()?);
            }
        }
        Some(())
    }

    fn pair(&mut self) -> Option<Option<Pair<'a>>> {
        let (mut last, mut key, mut value) = (0, &b""[..], None);
        while let Some((number, kind)) = self.field(&mut last)? {
            match (number, kind) {
                (KEY | VALUE, kind::BINARY) => {
                    let len = usize::try_from(self.number()?).ok()?;
                    let content = span(self.bytes, self.at, len)?;
                    if number == KEY {
                        key = content;
                    } else {
                        value = Some((self.at, len));
                    }
                    self.at += len;
                }
                _ => self.skip(kind, DEEPEST)?,
            }
        }
        Some(value.map(|value| Pair { key, value }))
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
    fn number(&mut self) -> Option<u64> {
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
