//! Snappy in frames (`framing_format.txt` of Snappy), as its streams, `fsspec` and queues keep data: chunks of at most 64 KB each. A block
//! without frames, as in columns of tables, is [`crate::snappy`]'s.

use super::compressed::{Behind, Compressed, Joblib};
use crate::pull::{End, Inflated, Room, Taken};
use crate::snappy::unpack;

/// The chunk that every stream begins with.
const MAGIC: &[u8] = b"\xff\x06\x00\x00sNaPpY";

/// The type of a chunk and the length of what follows; and the checksum in front of data.
const HEADER: usize = 4;
const CHECKSUM: usize = 4;

/// Data of the longest chunk. Readers that know of no limit take longer ones, of 16 MB at most by their length.
const LONGEST: u64 = 1 << 26;

/// See the module.
pub(crate) static SNAPPY: Compressed = Compressed {
    name: "snappy",
    extensions: &["pkl.sz", "pkl.snappy"],
    endings: &["sz", "snappy"],
    begins: |bytes| bytes.starts_with(MAGIC),
    decode,
    claimed: |_| 0,
    // A stream has no end mark: another one that follows belongs to it, and is read with it.
    behind: Behind::Nothing,
    joblib: Joblib::AsOthers,
};

/// Decodes all chunks. Checksums are not compared, as some readers do not.
fn decode(input: &[u8], room: Room<'_>) -> Inflated {
    let mut taken = Taken::new(room);
    let mut at = 0;
    let end = loop {
        if at == input.len() {
            break End::Complete;
        }
        if (room.interrupt)() {
            break End::Limit;
        }
        let Some((kind, chunk)) = chunk(&input[at..]) else { break End::Truncated };
        let data = chunk.get(CHECKSUM..);
        let unpacked = match kind {
            0 => match data.and_then(|data| unpack(data, LONGEST)) {
                Some(unpacked) => unpacked,
                None => break End::Corrupt,
            },
            1 => data.unwrap_or_default().to_vec(),
            // What has no meaning to a reader, and may be passed over: padding, and the beginning of a stream.
            0x80.. => Vec::new(),
            _ => break End::Corrupt,
        };
        let left = taken.left();
        if taken.add(&unpacked[..unpacked.len().min(left)]) || unpacked.len() > left {
            break End::Limit;
        }
        at += HEADER + chunk.len();
    };
    Inflated { bytes: taken.bytes, consumed: at, end, faults: Vec::new() }
}

/// The type of a chunk and what is in it.
fn chunk(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let &[kind, a, b, c] = bytes.first_chunk::<HEADER>()?;
    let len = usize::try_from(u32::from_le_bytes([a, b, c, 0])).ok()?;
    Some((kind, bytes.get(HEADER..)?.get(..len)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &[u8], limit: u64) -> (Vec<u8>, End) {
        let found = decode(input, Room::of(limit));
        (found.bytes, found.end)
    }

    #[test]
    fn chunks_of_all_types() {
        let plain = b"\x01\x07\x00\x00sum!abc";
        let packed = b"\x00\x09\x00\x00sum!\x03\x08xyz";
        let skipped = b"\xfe\x02\x00\x00\x00\x00\x81\x00\x00\x00";
        let stream = [MAGIC, plain, skipped, packed, MAGIC, plain].concat();
        assert_eq!(all(&stream, 99), (b"abcxyzabc".to_vec(), End::Complete));
        assert_eq!(all(&stream, 4), (b"abcx".to_vec(), End::Limit));
        assert_eq!(all(&stream, 9).1, End::Complete);
        assert_eq!(all(&stream[..stream.len() - 1], 99), (b"abcxyz".to_vec(), End::Truncated));
        assert_eq!(all(&[MAGIC, b"\x02\x00\x00\x00"].concat(), 99), (Vec::new(), End::Corrupt));
        assert_eq!(all(&[MAGIC, b"\x00\x05\x00\x00sum!\xff"].concat(), 99).1, End::Corrupt);
    }
}
