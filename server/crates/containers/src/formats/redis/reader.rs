//! Numbers and strings of a dump.

use crate::bytes::{Order, span};
use crate::fault::{Fault, FaultKind};
use crate::lzf;
use crate::values::{Value, Values};

/// Why reading ends.
pub(super) enum Stop {
    /// Something is wrong.
    Wrong(Fault),
    /// A limit was reached, or nobody wants more.
    Enough,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Wrong(fault)
    }
}

/// What was read.
pub(super) type Read<T> = Result<T, Stop>;

/// A dump, and where it is read.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// What stands in the place of a length.
enum Length {
    Of(u64),
    /// A string that is written in another way.
    Special(u8),
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next `len` bytes, and where they stand.
    fn take(&mut self, len: u64) -> Read<(usize, &'a [u8])> {
        let at = self.at;
        let found = usize::try_from(len).ok().and_then(|len| span(self.bytes, at, len));
        let Some(found) = found else {
            let left = self.bytes.len().saturating_sub(at);
            let message = format!(
                "expected {} of the dump, found {left}: it ends here",
                pickle_ops::counted(len, "byte")
            );
            return Err(Fault::new(FaultKind::Truncated, at, message).into());
        };
        self.at += found.len();
        Ok((at, found))
    }

    pub(super) fn skip(&mut self, len: u64) -> Read<()> {
        self.take(len).map(|_| ())
    }

    pub(super) fn byte(&mut self) -> Read<u8> {
        Ok(self.take(1)?.1.first().copied().unwrap_or(0))
    }

    fn length(&mut self) -> Read<Length> {
        let at = self.at;
        let first = self.byte()?;
        let low = first & 63;
        Ok(Length::Of(match first {
            0..=0x3f => u64::from(low),
            0x40..=0x7f => u64::from(low) << 8 | u64::from(self.byte()?),
            0x80 => u64::from(Order::Big.u32_at(self.take(4)?.1, 0).unwrap_or(0)),
            0x81 => Order::Big.u64_at(self.take(8)?.1, 0).unwrap_or(0),
            0xc0..=0xff => return Ok(Length::Special(low)),
            _ => return Err(no_length(at, first)),
        }))
    }

    /// A number.
    pub(super) fn number(&mut self) -> Read<u64> {
        let at = self.at;
        match self.length()? {
            Length::Of(number) => Ok(number),
            Length::Special(low) => Err(no_length(at, low | 0xc0)),
        }
    }

    /// So many numbers, of which none is of interest.
    pub(super) fn numbers(&mut self, count: usize) -> Read<()> {
        for _ in 0..count {
            self.number()?;
        }
        Ok(())
    }

    /// A string. One that cannot be unpacked is empty, and told of.
    pub(super) fn string(&mut self, values: &mut Values<'_, 'a, '_>) -> Read<Value<'a>> {
        let at = self.at;
        let number = |number: i64| Value::made(number.to_string().into_bytes());
        match self.length()? {
            Length::Of(len) => {
                let (at, bytes) = self.take(len)?;
                Ok(Value { bytes: bytes.into(), offset: Some(at) })
            }
            Length::Special(0) => Ok(number(i64::from(self.byte()? as i8))),
            Length::Special(1) => {
                let two = Order::Little.u16_at(self.take(2)?.1, 0).unwrap_or(0);
                Ok(number(i64::from(two as i16)))
            }
            Length::Special(2) => {
                let four = Order::Little.u32_at(self.take(4)?.1, 0).unwrap_or(0);
                Ok(number(i64::from(four as i32)))
            }
            Length::Special(3) => {
                let (packed, len) = (self.number()?, self.number()?);
                let (_, packed) = self.take(packed)?;
                Ok(Value::made(unpack(packed, len, at, values)))
            }
            Length::Special(low) => Err(no_length(at, low | 0xc0)),
        }
    }
}

/// The string of `len` bytes that is packed at `at`.
fn unpack(packed: &[u8], len: u64, at: usize, values: &mut Values<'_, '_, '_>) -> Vec<u8> {
    if len > values.room_unpacked(packed.len()) {
        let len = pickle_ops::counted(len, "byte");
        let message = format!("limit reached: a string of {len} is not unpacked");
        values.fault(Fault::new(FaultKind::LimitReached, at, message));
        return Vec::new();
    }
    let unpacked = usize::try_from(len).ok().and_then(|len| lzf::unpack(packed, len));
    if unpacked.is_none() {
        let message = "expected a string packed by LZF, found something that is not";
        values.fault(Fault::new(FaultKind::Damaged, at, message));
    }
    let unpacked = unpacked.unwrap_or_default();
    values.make_room(unpacked.len());
    unpacked
}

fn no_length(at: usize, found: u8) -> Stop {
    Fault::new(FaultKind::Damaged, at, format!("expected a length, found the byte {found:#04x}")).into()
}
