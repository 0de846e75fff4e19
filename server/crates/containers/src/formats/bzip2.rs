//! bzip2: one string of bytes in streams one after the other, as `bz2.open` joins them. A block whose checksum does not fit
//! is handed out, and is the last one.

use ::bzip2::{Decompress, Status};

use super::compressed::{Behind, Compressed};
use crate::pull::{End, Inflated, PIECE, Room};
use crate::sniff::is_bzip2;

/// See the module.
pub(crate) static BZIP2: Compressed = Compressed {
    name: "bzip2",
    extensions: &["pkl.bz2", "pickle.bz2", "joblib.bz2", "tar.bz2"],
    endings: &["bz2", "tbz", "tbz2"],
    begins: is_bzip2,
    decode,
    claimed: |_| 0,
    behind: Behind::Streams(is_bzip2),
};

/// Decodes one stream.
pub(crate) fn decode(input: &[u8], room: Room<'_>) -> Inflated {
    let mut stream = Decompress::new(false);
    let mut bytes = Vec::new();
    let mut piece = vec![0; PIECE];
    let end = loop {
        let left = usize::try_from(room.limit).unwrap_or(usize::MAX).saturating_sub(bytes.len());
        let target = &mut piece[..left.clamp(1, PIECE)];
        let (consumed, before) = (position(&stream, input), stream.total_out());
        let status = stream.decompress(&input[consumed..], target);
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
