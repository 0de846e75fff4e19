//! Messages of protobuf ("Encoding" of its documentation), without a description: numbers of fields, and values by a few types. Whether a string
//! of bytes is a message again is not said; it is looked into if it can be one.

use super::{Ended, Take, at_end, payload};
use crate::sniff::is_pickle_value;

/// Messages inside each other that are looked into: an example of TensorFlow has five.
const LEVELS: usize = 12;

/// Bytes of a message with a value in it that calls something; shorter ones are not kept to be looked into.
const SHORTEST: usize = 16;

/// Fields of a message that is none in another: higher numbers are seldom used, and most bytes say one.
const MOST_FIELDS: u64 = 1 << 12;

/// Types of values.
mod kind {
    pub(super) const NUMBER: u64 = 0;
    pub(super) const EIGHT: u64 = 1;
    pub(super) const BYTES: u64 = 2;
    pub(super) const GROUP: u64 = 3;
    pub(super) const GROUP_END: u64 = 4;
    pub(super) const FOUR: u64 = 5;
}

pub(super) fn walk(bytes: &[u8], whole_len: u64, take: Take<'_>) -> Ended {
    if bytes.len() as u64 >= whole_len && !is_message(bytes) {
        return Ended::Wrong;
    }
    if bytes.len() as u64 >= whole_len {
        return if inside(bytes, take) { Ended::Whole } else { Ended::Enough };
    }
    let mut fields = Fields { bytes, at: 0, whole_len };
    loop {
        match fields.next() {
            Ok(Some((start, value))) if take(start, value) => {}
            Ok(_) => return Ended::Enough,
            Err(Ended::Cut) => {
                // What is left may be one long field.
                let rest = bytes.get(fields.at..).unwrap_or_default();
                return if fields.at > 0 && take(fields.at, rest) { Ended::Cut } else { Ended::Wrong };
            }
            Err(ended) => return ended,
        }
    }
}

/// Shows the strings of bytes in a message, and in messages in it; whether `take` never said `false`.
pub(super) fn inside(message: &[u8], take: Take<'_>) -> bool {
    let mut open = vec![(0, message)];
    let mut levels = vec![LEVELS];
    while let (Some((base, message)), Some(left)) = (open.pop(), levels.pop()) {
        if left == 0 {
            continue;
        }
        let mut fields = Fields::of(message);
        while let Ok(Some((start, value))) = fields.next() {
            let goes_deeper = value.len() >= SHORTEST && is_message(value);
            // What happens to be a message as well is a pickle all the same.
            if (!goes_deeper || is_pickle_value(value)) && !take(base + start, value) {
                return false;
            }
            if goes_deeper {
                open.push((base + start, value));
                levels.push(left - 1);
            }
        }
    }
    true
}

/// Whether bytes are a message down to their end.
pub(super) fn is_message(bytes: &[u8]) -> bool {
    let mut fields = Fields::of(bytes);
    loop {
        match fields.next() {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    whole_len: u64,
}

impl<'a> Fields<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, whole_len: bytes.len() as u64 }
    }

    /// The next string of bytes and where it begins, if there is one.
    fn next(&mut self) -> Result<Option<(usize, &'a [u8])>, Ended> {
        while self.at < self.bytes.len() {
            let tag = self.number()?;
            if tag >> 3 == 0 || tag >> 3 > MOST_FIELDS {
                return Err(Ended::Wrong);
            }
            match tag & 7 {
                kind::NUMBER => drop(self.number()?),
                kind::EIGHT => self.at += 8,
                kind::FOUR => self.at += 4,
                kind::GROUP | kind::GROUP_END => {}
                kind::BYTES => {
                    let len = self.number()?;
                    let start = self.at;
                    let value = payload(self.bytes, start, len, self.whole_len)?;
                    self.at += value.len();
                    return Ok(Some((start, value)));
                }
                _ => return Err(Ended::Wrong),
            }
        }
        if self.at as u64 == self.whole_len { Ok(None) } else { Err(at_end(self.bytes, self.whole_len)) }
    }

    /// A number of up to ten bytes of seven bits.
    fn number(&mut self) -> Result<u64, Ended> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or(at_end(self.bytes, self.whole_len))?;
            self.at += 1;
            number |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(number);
            }
        }
        Err(Ended::Wrong)
    }
}
