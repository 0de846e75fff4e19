//! Deflate (RFC 1951) under a limit. Allocates as data comes; never trusts a size that a header claims.

use flate2::{Decompress, FlushDecompress, Status};

/// Output is taken in pieces of this many bytes.
const PIECE: usize = 32 << 10;

/// What came out of a deflate stream.
pub(crate) struct Inflated {
    /// The decompressed bytes, as far as they could be had.
    pub(crate) bytes: Vec<u8>,
    /// How many bytes of the input belong to the stream.
    pub(crate) consumed: usize,
    /// Why it ended.
    pub(crate) end: End,
}

/// How a deflate stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// At its own end mark.
    Complete,
    /// The input ended before.
    Truncated,
    /// The input is no deflate stream from here on.
    Corrupt,
    /// There is more, beyond the limit.
    Limit,
}

/// Decompresses at most `limit` bytes of the deflate stream that `input` begins with.
pub(crate) fn inflate(input: &[u8], limit: u64) -> Inflated {
    let mut stream = Decompress::new(false);
    let mut bytes = Vec::new();
    let mut piece = vec![0; PIECE];
    let end = loop {
        let room = usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(bytes.len());
        // With no room left, one byte more tells a stream that ends here from one that goes on.
        let target = &mut piece[..room.clamp(1, PIECE)];
        let consumed = position(&stream, input);
        let before = stream.total_out();
        let status = stream.decompress(&input[consumed..], target, FlushDecompress::None);
        let made = usize::try_from(stream.total_out() - before).unwrap_or(0).min(target.len());
        if made > room {
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
    Inflated { bytes, consumed: position(&stream, input), end }
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
