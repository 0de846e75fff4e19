//! Deflate (RFC 1951) under a limit.

use flate2::{Decompress, FlushDecompress, Status};

use crate::pull::PIECE;
pub(crate) use crate::pull::{End, Inflated, Room};

/// Decompresses at most `limit` bytes of the deflate stream that `input` begins with.
pub(crate) fn inflate(input: &[u8], limit: u64) -> Inflated {
    inflate_in(input, Room::of(limit))
}

/// Decompresses as much as there is room for of the deflate stream that `input` begins with.
pub(crate) fn inflate_in(input: &[u8], room: Room<'_>) -> Inflated {
    let mut stream = Decompress::new(false);
    let mut bytes = Vec::new();
    let mut piece = vec![0; PIECE];
    let end = loop {
        let left = usize::try_from(room.limit).unwrap_or(usize::MAX).saturating_sub(bytes.len());
        // With no room left, one byte more tells a stream that ends here from one that goes on.
        let target = &mut piece[..left.clamp(1, PIECE)];
        let consumed = position(&stream, input);
        let before = stream.total_out();
        let status = stream.decompress(&input[consumed..], target, FlushDecompress::None);
        let made = usize::try_from(stream.total_out() - before).unwrap_or(0).min(target.len());
        if made > left || (room.interrupt)() {
            break End::Limit;
        }
        bytes.extend_from_slice(&target[..made]);
        match status {
            Ok(Status::StreamEnd) => break End::Complete,
            Ok(_) if made > 0 || position(&stream, input) > consumed => {}
            Ok(_) => break End::Truncated,
            Err(_) => break End::Corrupt,
        }
    };
    Inflated { bytes, consumed: position(&stream, input), end, faults: Vec::new() }
}

fn position(stream: &Decompress, input: &[u8]) -> usize {
    usize::try_from(stream.total_in()).unwrap_or(usize::MAX).min(input.len())
}

/// The CRC-32 that zip and gzip use (ISO 3309).
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
