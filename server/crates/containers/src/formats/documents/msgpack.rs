//! MessagePack. Old writers have one type for texts and bytes, so that what is called a text may be no UTF-8.

use super::{Ended, Open, Take, at_end, value};
use crate::bytes::Order;
use crate::values::is_wanted;

/// A token.
enum Token {
    /// A number or the like, so many bytes long.
    Scalar(usize),
    /// Bytes: the length of the head, and theirs.
    Bytes(usize, u64),
    /// The same of a text.
    Text(usize, u64),
    /// A list or map: the length of the head, and how many items.
    Many(usize, u64),
}

/// Texts in UTF-8 that show that something is meant, so that others need not be.
const ENOUGH_TEXTS: usize = 2;

pub(super) fn walk(bytes: &[u8], whole_len: u64, take: Take<'_>) -> Ended {
    Walk { bytes, whole_len, at: 0, open: Open::new(), texts: 0 }.run(take)
}

struct Walk<'a> {
    bytes: &'a [u8],
    whole_len: u64,
    at: usize,
    open: Open,
    texts: usize,
}

impl Walk<'_> {
    fn run(&mut self, take: Take<'_>) -> Ended {
        while self.at < self.bytes.len() {
            if let Err(ended) = self.step(take) {
                return ended;
            }
        }
        if self.open.left.is_empty() && self.at as u64 == self.whole_len {
            Ended::Whole
        } else {
            at_end(self.bytes, self.whole_len)
        }
    }

    fn step(&mut self, take: Take<'_>) -> Result<(), Ended> {
        let code = self.bytes[self.at];
        let token = match token(code) {
            Some(token) => token,
            None => self.counted(code)?,
        };
        match token {
            Token::Scalar(len) => {
                self.at = self.at.saturating_add(len);
                self.open.item(true)
            }
            Token::Many(head, count) => {
                self.at += head;
                self.open.open(count)
            }
            Token::Bytes(head, len) => self.value(head, len, false, take)?,
            Token::Text(head, len) => self.value(head, len, true, take)?,
        }
        .ok_or(Ended::Wrong)
    }

    fn value(&mut self, head: usize, len: u64, is_text: bool, take: Take<'_>) -> Result<Option<()>, Ended> {
        let start = self.at + head;
        let value = value(self.bytes, start, len, self.whole_len, take)?;
        if is_text {
            let is_utf8 = std::str::from_utf8(value).is_ok();
            self.texts += usize::from(is_utf8 && value.len() > 1);
            if !is_utf8 && self.texts < ENOUGH_TEXTS && !is_wanted(value) {
                return Err(Ended::Wrong);
            }
        }
        if !take(start, value) {
            return Err(Ended::Enough);
        }
        self.at = start + value.len();
        Ok(self.open.item(false))
    }

    /// A token that has a length in further bytes.
    fn counted(&self, code: u8) -> Result<Token, Ended> {
        let number = |width: usize| {
            let at = self.at + 1;
            let number = match width {
                1 => self.bytes.get(at).map(|byte| u64::from(*byte)),
                2 => Order::Big.u16_at(self.bytes, at).map(u64::from),
                _ => Order::Big.u32_at(self.bytes, at).map(u64::from),
            };
            number.ok_or(at_end(self.bytes, self.whole_len))
        };
        Ok(match code {
            0xc4..=0xc6 => {
                let width = 1 << (code - 0xc4);
                Token::Bytes(1 + width, number(width)?)
            }
            // Behind the length, the type of the extension.
            0xc7..=0xc9 => {
                let width = 1 << (code - 0xc7);
                Token::Bytes(2 + width, number(width)?)
            }
            0xd9..=0xdb => {
                let width = 1 << (code - 0xd9);
                Token::Text(1 + width, number(width)?)
            }
            0xdc | 0xdd => {
                let width = 2 << (code - 0xdc);
                Token::Many(1 + width, number(width)?)
            }
            0xde | 0xdf => {
                let width = 2 << (code - 0xde);
                Token::Many(1 + width, 2 * number(width)?)
            }
            _ => return Err(Ended::Wrong),
        })
    }
}

/// A token whose first byte says all.
fn token(code: u8) -> Option<Token> {
    Some(match code {
        0..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => Token::Scalar(1),
        0x80..=0x8f => Token::Many(1, 2 * u64::from(code & 15)),
        0x90..=0x9f => Token::Many(1, u64::from(code & 15)),
        0xa0..=0xbf => Token::Text(1, u64::from(code & 31)),
        0xca => Token::Scalar(5),
        0xcb => Token::Scalar(9),
        0xcc..=0xcf => Token::Scalar(1 + (1 << (code - 0xcc))),
        0xd0..=0xd3 => Token::Scalar(1 + (1 << (code - 0xd0))),
        0xd4..=0xd8 => Token::Bytes(2, 1 << (code - 0xd4)),
        _ => return None,
    })
}
