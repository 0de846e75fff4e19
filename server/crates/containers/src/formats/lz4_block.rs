//! A block of LZ4 behind its length in four bytes, as numcodecs writes it: chunks of arrays of zarr. There is no signature; what tells is
//! that the block begins with the bytes of a pickle as they are, which is what arrays of objects are.

use super::compressed::{Behind, Compressed, Joblib};
use crate::bytes::{clamped, u16_at, u32_at};
use crate::limits::HEAD_BYTES;
use crate::pull::{End, Inflated, Room};
use crate::sniff::{Kind, may_begin_within, sniff};

/// The name of the format.
pub(crate) const NAME: &str = "LZ4 block";

/// Bytes of the length.
const LENGTH: usize = 4;

/// Bytes that are there before are repeated so many times at least.
const SHORTEST_MATCH: usize = 4;

/// Copied bytes at the start that tell enough: the protocol, and the opcode behind it.
const ENOUGH: usize = 3;

/// The function that makes an array, by which one of an older protocol begins.
const MAKES_ARRAYS: &[u8] = b"cnumpy";

/// See the module.
pub(crate) static LZ4_BLOCK: Compressed = Compressed {
    name: NAME,
    extensions: &[],
    endings: &[],
    begins: |bytes| is_block(bytes) && sniff(bytes, bytes.len() as u64) == Kind::Container(NAME),
    decode,
    claimed: |bytes| u32_at(bytes, 0).map_or(0, u64::from),
    behind: Behind::Bound,
    joblib: Joblib::AsOthers,
};

/// Whether a pickle in such a block seems to begin here.
pub(crate) fn is_block(head: &[u8]) -> bool {
    let (Some(len), Some(token)) = (u32_at(head, 0), head.get(LENGTH)) else { return false };
    let mut count = usize::from(token >> 4);
    let mut start = LENGTH + 1;
    // Fifteen goes on in further bytes, up to one that is not full.
    while count >= 15
        && let Some(more) = head.get(start)
    {
        start += 1;
        count += usize::from(*more);
        if *more < 255 {
            break;
        }
    }
    let copied = head.get(start..).unwrap_or_default();
    let copied = &copied[..count.min(copied.len())];
    let is_declared = matches!(copied, [0x80, 2..=5, ..]) && copied.len() >= ENOUGH;
    let is_global = copied.starts_with(MAKES_ARRAYS);
    len as usize >= count
        && (is_declared || is_global)
        && may_begin_within(copied, u64::from(len))
        && goes_on(head, len)
}

/// Whether what begins so is a block as far as it is shown: to its end, or for as much as nobody writes by accident. Of base64 and of
/// numbers, some begin so.
fn goes_on(head: &[u8], len: u32) -> bool {
    let found = decode(head, Room::of(HEAD_BYTES));
    let is_enough = match found.end {
        End::Complete | End::Limit => true,
        // More may follow than is shown.
        End::Truncated => head.len() >= HEAD_BYTES as usize,
        _ => false,
    };
    is_enough && may_begin_within(&found.bytes, u64::from(len))
}

/// Decodes a block (LZ4 Block Format), as far as there is room for it.
fn decode(input: &[u8], room: Room<'_>) -> Inflated {
    let Some(len) = u32_at(input, 0) else { return Inflated::nothing(End::Truncated) };
    let limit = usize::try_from(room.limit.min(u64::from(len))).unwrap_or(usize::MAX);
    let mut block = Block { input, at: LENGTH, bytes: Vec::new() };
    let ended = loop {
        if block.bytes.len() > limit || (room.interrupt)() {
            break if limit < len as usize { End::Limit } else { End::Corrupt };
        }
        match block.step() {
            Ok(false) => {}
            Ok(true) if block.bytes.len() == len as usize => break End::Complete,
            Ok(true) => break End::Truncated,
            Err(end) => break end,
        }
    };
    let Block { at, mut bytes, .. } = block;
    // A sequence of many bytes may go beyond what there is room for.
    let end = if bytes.len() > limit && limit < len as usize { End::Limit } else { ended };
    bytes.truncate(limit);
    Inflated { bytes, consumed: at.min(input.len()), end, faults: Vec::new() }
}

/// A block that is being decoded.
struct Block<'a> {
    input: &'a [u8],
    at: usize,
    bytes: Vec<u8>,
}

impl Block<'_> {
    /// One sequence: bytes that are copied, and such as were there before. Whether it was the last.
    fn step(&mut self) -> Result<bool, End> {
        let token = self.byte()?;
        let count = self.count(token >> 4)?;
        let copied = clamped(self.input, self.at, count as u64);
        self.bytes.extend_from_slice(copied);
        self.at += copied.len();
        if copied.len() < count {
            return Err(End::Truncated);
        }
        if self.at == self.input.len() {
            return Ok(true);
        }
        let back = usize::from(u16_at(self.input, self.at).ok_or(End::Truncated)?);
        self.at += 2;
        let count = self.count(token & 15)? + SHORTEST_MATCH;
        let from = self.bytes.len().checked_sub(back).filter(|_| back > 0).ok_or(End::Corrupt)?;
        for at in from..from + count {
            let byte = self.bytes[at];
            self.bytes.push(byte);
        }
        Ok(false)
    }

    fn byte(&mut self) -> Result<u8, End> {
        let byte = *self.input.get(self.at).ok_or(End::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    /// The number that begins with these four bits.
    fn count(&mut self, bits: u8) -> Result<usize, End> {
        let mut count = usize::from(bits);
        if count == 15 {
            loop {
                let more = self.byte()?;
                count += usize::from(more);
                if more < 255 {
                    break;
                }
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use crate::limits::Limits;
    use crate::unwrap::open;

    /// `numcodecs.LZ4().encode(b'\x80\x04(' + b'N' * 300 + b'l.')`.
    const BLOCK: &[u8] = b"\x31\x01\x00\x00\x4f\x80\x04\x28\x4e\x01\x00\xff\x16\x50\x4e\x4e\x4e\x6c\x2e";

    #[test]
    fn a_block_behind_its_length() {
        let pickle = [b"\x80\x04(", &[b'N'; 300][..], b"l."].concat();
        let opened = open(Some("0.0"), BLOCK, &Limits::default());
        assert_eq!((opened.format, opened.faults.len()), ("LZ4 block", 0), "{:?}", opened.faults);
        assert_eq!(opened.members[0].bytes.as_deref(), Some(pickle.as_slice()));
        for end in 0..BLOCK.len() {
            drop(open(None, &BLOCK[..end], &Limits::default()));
        }
    }

    #[test]
    fn what_is_none() {
        let limits = Limits::default();
        // A length that is no length, a window before the start, and a block of something else.
        for bytes in [&b"\x02\0\0\0\x4f\x80\x04\x28\x4e\x01\0\0"[..], b"\x31\x01\0\0\x40abcd\x01\0"] {
            assert_ne!(open(None, bytes, &limits).format, "LZ4 block");
        }
        // One that ends too soon, as lines of base64 do now and then, and one that is none behind its beginning.
        for bytes in [
            &b"\x31\x01\0\0\x80\x80\x04\x95\x10\0\0\0\0\xff\xffabc"[..],
            &BLOCK[..12],
            b"\x09\0\0\0\x4f\x80\x04N.",
        ] {
            assert_ne!(open(None, bytes, &limits).format, "LZ4 block");
        }
    }
}
