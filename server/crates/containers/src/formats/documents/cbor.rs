//! CBOR. Strings of unknown length come in chunks: each is shown, and all of them together.

use super::{Ended, Open, Take, at_end, value};
use crate::bytes::Order;

/// What the first three bits of an item say.
mod major {
    pub(super) const BYTES: u8 = 2;
    pub(super) const TEXT: u8 = 3;
    pub(super) const LIST: u8 = 4;
    pub(super) const MAP: u8 = 5;
    pub(super) const TAG: u8 = 6;
    pub(super) const OTHER: u8 = 7;
}

/// The rest of the first byte where the item ends at a mark.
const UNKNOWN: u8 = 31;

/// The mark.
const BREAK: u8 = 0xff;

pub(super) fn walk(bytes: &[u8], whole_len: u64, take: Take<'_>) -> Ended {
    let begins = bytes
        .first()
        .is_some_and(|first| matches!(first >> 5, major::BYTES | major::LIST | major::MAP | major::TAG));
    if !begins {
        return Ended::Wrong;
    }
    let mut walk = Walk { bytes, whole_len, at: 0, open: Open::new() };
    while walk.at < bytes.len() {
        if let Err(ended) = walk.step(take) {
            return ended;
        }
    }
    if walk.open.left.is_empty() && walk.at as u64 == whole_len {
        Ended::Whole
    } else {
        at_end(bytes, whole_len)
    }
}

struct Walk<'a> {
    bytes: &'a [u8],
    whole_len: u64,
    at: usize,
    open: Open,
}

impl<'a> Walk<'a> {
    fn step(&mut self, take: Take<'_>) -> Result<(), Ended> {
        let first = self.bytes[self.at];
        if first == BREAK {
            self.at += 1;
            return self.close().ok_or(Ended::Wrong);
        }
        let (kind, low) = (first >> 5, first & 31);
        if low == UNKNOWN {
            self.at += 1;
            return match kind {
                major::BYTES | major::TEXT => self.chunks(kind, take),
                major::LIST | major::MAP => self.open.open(u64::MAX).ok_or(Ended::Wrong),
                _ => Err(Ended::Wrong),
            };
        }
        let number = self.number(low)?;
        match kind {
            major::BYTES | major::TEXT => {
                let (start, value) = self.string(kind, number, take)?;
                if !take(start, value) {
                    return Err(Ended::Enough);
                }
                self.open.item(false)
            }
            major::LIST => self.open.open(number),
            major::MAP => self.open.open(number.saturating_mul(2)),
            // What it is of follows.
            major::TAG => Some(()),
            major::OTHER if low == 24 && number < 32 => None,
            _ => self.open.item(true),
        }
        .ok_or(Ended::Wrong)
    }

    /// The end of a list or map that is known by the mark.
    fn close(&mut self) -> Option<()> {
        // Items counted down from there never come to its end.
        self.open.left.pop().filter(|left| *left > u64::MAX / 2)?;
        self.open.item(false)
    }

    /// The number of an item, whose first byte is passed over.
    fn number(&mut self, low: u8) -> Result<u64, Ended> {
        let at = self.at + 1;
        let (number, len) = match low {
            0..=23 => (Some(u64::from(low)), 0),
            24 => (self.bytes.get(at).map(|byte| u64::from(*byte)), 1),
            25 => (Order::Big.u16_at(self.bytes, at).map(u64::from), 2),
            26 => (Order::Big.u32_at(self.bytes, at).map(u64::from), 4),
            27 => (Order::Big.u64_at(self.bytes, at), 8),
            _ => return Err(Ended::Wrong),
        };
        self.at = at + len;
        number.ok_or(at_end(self.bytes, self.whole_len))
    }

    /// A string of `len` bytes, and where it begins.
    fn string(&mut self, kind: u8, len: u64, take: Take<'_>) -> Result<(usize, &'a [u8]), Ended> {
        let start = self.at;
        let value = value(self.bytes, start, len, self.whole_len, take)?;
        if kind == major::TEXT && std::str::from_utf8(value).is_err() {
            return Err(Ended::Wrong);
        }
        self.at += value.len();
        Ok((start, value))
    }

    /// A string in chunks, up to the mark.
    fn chunks(&mut self, kind: u8, take: Take<'_>) -> Result<(), Ended> {
        let (mut all, mut first) = (Vec::new(), None);
        loop {
            let next = *self.bytes.get(self.at).ok_or(at_end(self.bytes, self.whole_len))?;
            if next == BREAK {
                self.at += 1;
                break;
            }
            if next >> 5 != kind || next & 31 == UNKNOWN {
                return Err(Ended::Wrong);
            }
            let len = self.number(next & 31)?;
            let (start, chunk) = self.string(kind, len, take)?;
            first.get_or_insert(start);
            all.extend_from_slice(chunk);
        }
        if !take(first.unwrap_or(self.at), &all) {
            return Err(Ended::Enough);
        }
        self.open.item(false).ok_or(Ended::Wrong)
    }
}
