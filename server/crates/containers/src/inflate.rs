//! Deflate (RFC 1951) under a limit.

use flate2::{Decompress, FlushDecompress, Status};

use crate::pull::{Decoder, decode};
pub(crate) use crate::pull::{End, Inflated, Room};

/// Decompresses at most `limit` bytes of the deflate stream that `input` begins with.
pub(crate) fn inflate(input: &[u8], limit: u64) -> Inflated {
    inflate_in(input, Room::of(limit))
}

/// Decompresses as much as there is room for of the deflate stream that `input` begins with.
pub(crate) fn inflate_in(input: &[u8], room: Room<'_>) -> Inflated {
    decode(Decompress::new(false), input, room)
}

impl Decoder for Decompress {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Option<bool> {
        let status = self.decompress(input, output, FlushDecompress::None).ok()?;
        Some(status == Status::StreamEnd)
    }

    fn totals(&self) -> (u64, u64) {
        (self.total_in(), self.total_out())
    }
}

/// The CRC-32 that zip and gzip use (ISO 3309).
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
