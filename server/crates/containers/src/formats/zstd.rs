//! Zstandard (RFC 8878): frames one after the other. Skippable frames hold no data and are passed over; LZ4 shares them, and
//! behind one its frames are read as well.

use std::io::Read;

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::compressed::{Behind, Compressed, Joblib};
use super::lz4;
use crate::bytes::u32_at;
use crate::fault::{Fault, FaultKind};
use crate::pull::{End, Inflated, PIECE, Room, Taken};

/// The signature of a frame (RFC 8878, 3.1.1).
const MAGIC: &[u8] = b"\x28\xb5\x2f\xfd";

/// The signature of a skippable frame but for its lowest half byte (3.1.2), and its length with that of the data behind.
const SKIPPABLE: u32 = 0x184D_2A50;
const SKIPPABLE_HEADER: usize = 8;

/// A last block without data, and a checksum that fits nothing: what is laid before a decoder to make it give up what it
/// keeps of a frame that breaks off.
const END_OF_FRAME: &[u8] = b"\x01\0\0\0\0\0\0";

/// See the module.
pub(crate) static ZSTD: Compressed = Compressed {
    name: "zstd",
    extensions: &["pkl.zst", "pickle.zst", "joblib.zst", "tar.zst"],
    endings: &["zst", "zstd", "tzst"],
    begins: |bytes| bytes.starts_with(MAGIC) || is_skippable(bytes),
    decode,
    claimed: |_| 0,
    behind: Behind::Streams(is_frame),
    joblib: Joblib::AsOthers,
};

/// Whether a skippable frame begins here.
pub(crate) fn is_skippable(bytes: &[u8]) -> bool {
    u32_at(bytes, 0).is_some_and(|magic| magic & !15 == SKIPPABLE)
}

/// Whether a frame of either format begins here.
pub(crate) fn is_frame(bytes: &[u8]) -> bool {
    (ZSTD.begins)(bytes) || lz4::begins(bytes)
}

/// Decodes one frame of either format.
pub(crate) fn decode(input: &[u8], room: Room<'_>) -> Inflated {
    if is_skippable(input) {
        return skip(input);
    }
    if lz4::begins(input) { lz4::decode(input, room) } else { frame(input, room) }
}

/// Passes over a frame that holds no data.
fn skip(input: &[u8]) -> Inflated {
    let end = u32_at(input, 4)
        .and_then(|len| usize::try_from(len).ok()?.checked_add(SKIPPABLE_HEADER))
        .filter(|end| *end <= input.len());
    match end {
        Some(consumed) => Inflated { consumed, ..Inflated::nothing(End::Complete) },
        None => Inflated::nothing(End::Truncated),
    }
}

fn frame(input: &[u8], room: Room<'_>) -> Inflated {
    let mut rest = input;
    let mut decoder = FrameDecoder::new();
    if let Err(error) = decoder.reset(&mut rest) {
        return Inflated::nothing(verdict(&error, rest));
    }
    let mut taken = Taken::new(room);
    let end = loop {
        let step = decoder.decode_blocks(&mut rest, BlockDecodingStrategy::UptoBytes(PIECE));
        if step.is_err() {
            // It fails only for want of a frame, and there is one.
            let _ = decoder.decode_blocks(END_OF_FRAME, BlockDecodingStrategy::All);
        }
        let full = !drain(&mut decoder, &mut taken);
        match step {
            _ if full || (room.interrupt)() => break End::Limit,
            Ok(false) => {}
            Ok(true) => break End::Complete,
            Err(error) => break verdict(&error, rest),
        }
    };
    let consumed = input.len() - rest.len();
    let mut faults = Vec::new();
    let sums = (decoder.get_checksum_from_data(), decoder.get_calculated_checksum());
    if let (End::Complete, (Some(stated), Some(real))) = (end, sums)
        && stated != real
    {
        let message = format!("expected checksum {stated:08x}, found {real:08x}");
        faults.push(Fault::new(FaultKind::BadChecksum, consumed.saturating_sub(4), message));
    }
    Inflated { bytes: taken.bytes, consumed, end, faults }
}

/// Takes what the decoder gives up; whether there was room for it.
fn drain(decoder: &mut FrameDecoder, taken: &mut Taken<'_>) -> bool {
    let mut piece = Vec::new();
    // Reading from memory cannot fail.
    let _ = decoder.by_ref().take(taken.left() as u64).read_to_end(&mut piece);
    !taken.add(&piece) && decoder.can_collect() == 0
}

fn verdict(error: &FrameDecoderError, rest: &[u8]) -> End {
    match error {
        FrameDecoderError::DictNotProvided { .. } | FrameDecoderError::WindowSizeTooBig { .. } => {
            End::Unsupported
        }
        FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::BadMagicNumber(_)) => End::Corrupt,
        // A reader that wants more takes all there is.
        _ if rest.is_empty() => End::Truncated,
        _ => End::Corrupt,
    }
}
