//! LZ4 frames, one after the other, as `lz4.frame` and joblib write them.

use std::io::Error;

use lz4_flex::frame::{Error as Lz4Error, FrameDecoder};

use super::compressed::{Behind, Compressed, Joblib};
use super::zstd;
use crate::pull::{End, Inflated, Room, pull};

/// The signature of a frame (LZ4 Frame Format, "General Structure of LZ4 Frame format").
const MAGIC: &[u8] = b"\x04\x22\x4d\x18";

/// The flag for a checksum of the content, in the byte behind the signature.
const CONTENT_CHECKSUM: u8 = 1 << 2;

/// See the module.
pub(crate) static LZ4: Compressed = Compressed {
    name: "lz4",
    extensions: &["pkl.lz4", "joblib.lz4"],
    endings: &["lz4"],
    begins,
    decode: zstd::decode,
    claimed: |_| 0,
    behind: Behind::Streams(zstd::is_frame),
    joblib: Joblib::AsOthers,
};

/// Whether a frame begins here.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Decodes one frame.
pub(crate) fn decode(input: &[u8], room: Room<'_>) -> Inflated {
    let mut reader = FrameDecoder::new(input);
    let (bytes, mut end) = pull(&mut reader, room, verdict);
    let consumed = input.len() - reader.get_ref().len();
    if end == End::Complete && !has_end_mark(&input[..consumed]) {
        end = End::Truncated;
    }
    Inflated { bytes, consumed, end, faults: Vec::new() }
}

/// Whether a frame ends as one does: the decoder takes the end of the input for the end mark.
fn has_end_mark(frame: &[u8]) -> bool {
    let sum = if frame.get(4).is_some_and(|flags| flags & CONTENT_CHECKSUM != 0) { 4 } else { 0 };
    frame.len().checked_sub(sum).is_some_and(|end| frame[..end].ends_with(&[0; 4]))
}

fn verdict(error: &Error) -> End {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Lz4Error>()) {
        Some(Lz4Error::ContentChecksumError | Lz4Error::BlockChecksumError) => End::BadChecksum,
        Some(Lz4Error::DictionaryNotSupported) => End::Unsupported,
        _ => End::Corrupt,
    }
}
