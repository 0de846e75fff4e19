//! Blosc (c-blosc 1, README_CHUNK_FORMAT): blocks, each in one piece or in one for each byte of an element, packed by one of several
//! compressions, with bytes or bits of the elements sorted.

use super::filters::{Stop, lz4, unshuffle, unshuffle_bits};
use crate::bytes::{span, u32_at};
use crate::formats::zstd;
use crate::inflate::inflate;
use crate::pull::{End, Inflated, Room};

/// The number under which HDF5 knows it.
const FILTER: u16 = 32001;

/// Length of the header.
const HEADER: usize = 16;

/// Flags in the third byte: what was done, and which compression did it.
const BYTES: u8 = 1;
const COPIED: u8 = 2;
const BITS: u8 = 4;
const IN_ONE_PIECE: u8 = 16;

/// What no flag stands for.
const RESERVED: u8 = 8;

/// What a frame begins with: the versions of the format and of the compression in it.
const VERSIONS: &[u8] = &[2, 1];

/// Of a frame, blocks of more bytes are not unpacked; writers make blocks that fit a cache.
const LARGEST_BLOCK: usize = 64 << 20;

/// An element of more bytes is not taken apart, nor is a block of less elements.
const MOST_PIECES: usize = 16;
const LEAST_ELEMENTS: usize = 128;

/// What a header says.
struct Header {
    flags: u8,
    /// Bytes of an element.
    size: usize,
    /// Bytes of all data, and of a block.
    whole: usize,
    each: usize,
}

impl Header {
    fn parse(packed: &[u8]) -> Option<Self> {
        let head = span(packed, 0, HEADER)?;
        let length = |at: usize| u32_at(head, at).map_or(0, |length| length as usize);
        Some(Self { flags: head[2], size: usize::from(head[3]).max(1), whole: length(4), each: length(8) })
    }
}

/// Whether bytes begin as a frame of their own does, with the versions that decoders take. Its length in the file is not asked for:
/// decoders take a larger one.
pub(crate) fn is_frame(head: &[u8]) -> bool {
    let Some(header) = Header::parse(head) else { return false };
    head.starts_with(VERSIONS)
        && header.flags & RESERVED == 0
        && (1..=header.whole).contains(&header.each)
        && u32_at(head, 12).is_some_and(|packed| packed as usize > HEADER)
}

/// Decodes a frame. Of one that is too long, no more blocks than are needed are unpacked.
pub(crate) fn decode(packed: &[u8], room: Room<'_>) -> Inflated {
    let Some(header) = Header::parse(packed) else { return Inflated::nothing(End::Truncated) };
    if header.each.min(header.whole) > LARGEST_BLOCK && header.flags & COPIED == 0 {
        return Inflated::nothing(End::Unsupported);
    }
    let limit = usize::try_from(room.limit).unwrap_or(usize::MAX);
    let (mut bytes, stop) = unpack_until(packed, &header, limit);
    let end = match stop {
        Some(Stop::Unknown(_)) => End::Unsupported,
        Some(_) => End::Corrupt,
        None if header.whole > limit => End::Limit,
        None => End::Complete,
    };
    bytes.truncate(limit);
    Inflated { bytes, consumed: packed.len(), end, faults: Vec::new() }
}

/// The bytes that `packed` stands for, at most `limit`.
pub(super) fn unpack(packed: &[u8], limit: usize) -> Result<Vec<u8>, Stop> {
    let header = Header::parse(packed).ok_or(Stop::Damaged)?;
    if header.whole > limit {
        return Err(Stop::Limit);
    }
    match unpack_until(packed, &header, limit) {
        (bytes, None) => Ok(bytes),
        (_, Some(stop)) => Err(stop),
    }
}

/// The blocks that begin before `limit`, as far as they can be unpacked, and why there are no more if something is wrong.
fn unpack_until(packed: &[u8], header: &Header, limit: usize) -> (Vec<u8>, Option<Stop>) {
    let &Header { flags, size, whole, each } = header;
    if flags & COPIED != 0 {
        let data = span(packed, HEADER, whole.min(limit)).map(<[u8]>::to_vec);
        return data.map_or((Vec::new(), Some(Stop::Damaged)), |data| (data, None));
    }
    if each == 0 {
        return (Vec::new(), Some(Stop::Damaged));
    }
    let mut bytes = Vec::new();
    for block in 0..whole.div_ceil(each) {
        if bytes.len() >= limit {
            break;
        }
        let len = each.min(whole - bytes.len());
        let Some(start) = u32_at(packed, HEADER + 4 * block) else { return (bytes, Some(Stop::Damaged)) };
        // The last block, if it is shorter, is in one piece.
        let is_split = flags & IN_ONE_PIECE == 0
            && size <= MOST_PIECES
            && len / size >= LEAST_ELEMENTS
            && len == each
            && len % size == 0;
        let pieces = if is_split { size } else { 1 };
        let unpacked = match unpack_block(packed, start as usize, len, pieces, flags >> 5) {
            Ok(unpacked) => unpacked,
            Err(stop) => return (bytes, Some(stop)),
        };
        // Bytes are asked for first, and of a byte there is nothing to sort; bits are sorted only where no element is left over.
        bytes.extend(match flags {
            _ if flags & BYTES != 0 && size > 1 => unshuffle(&unpacked, size),
            _ if flags & BITS != 0 && len / size % 8 == 0 => unshuffle_bits(&unpacked, size),
            _ => unpacked,
        });
    }
    (bytes, None)
}

fn unpack_block(packed: &[u8], start: usize, len: usize, pieces: usize, code: u8) -> Result<Vec<u8>, Stop> {
    let mut bytes = Vec::new();
    let mut at = start;
    let each = len / pieces;
    for _ in 0..pieces {
        let stored = u32_at(packed, at).ok_or(Stop::Damaged)? as usize;
        let piece = span(packed, at.saturating_add(4), stored).ok_or(Stop::Damaged)?;
        at += 4 + stored;
        if stored == each {
            bytes.extend_from_slice(piece);
            continue;
        }
        let piece = match code {
            0 => blosclz(piece, each),
            1 => lz4(piece, each),
            3 => piece.get(2..).map(|deflated| inflate(deflated, each as u64).bytes),
            4 => Some(zstd::decode(piece, Room::of(each as u64)).bytes),
            _ => return Err(Stop::Unknown(FILTER)),
        };
        bytes.extend(piece.filter(|piece| piece.len() == each).ok_or(Stop::Damaged)?);
    }
    Ok(bytes)
}

/// The compression of Blosc itself, which is FastLZ with longer distances.
fn blosclz(packed: &[u8], len: usize) -> Option<Vec<u8>> {
    /// The longest distance that is written in the short way.
    const FAR: usize = 8191;
    let mut bytes: Vec<u8> = Vec::new();
    let mut rest = packed.iter().map(|byte| usize::from(*byte));
    // The first is always a run.
    let mut control = rest.next()? & 31;
    loop {
        if control < 32 {
            let run = rest.by_ref().take(control + 1).map(|byte| byte as u8);
            bytes.extend(run);
        } else {
            let (mut count, high) = ((control >> 5) + 2, (control & 31) << 8);
            if count == 9 {
                loop {
                    let more = rest.next()?;
                    count += more;
                    if more != 255 {
                        break;
                    }
                }
            }
            let low = rest.next()?;
            let back = match low == 255 && high == 31 << 8 {
                true => (rest.next()? << 8 | rest.next()?) + FAR,
                false => high | low,
            };
            let start = bytes.len().checked_sub(back + 1)?;
            if count > len.saturating_sub(bytes.len()) {
                return None;
            }
            for from in start..start + count {
                let byte = *bytes.get(from)?;
                bytes.push(byte);
            }
        }
        if bytes.len() > len {
            return None;
        }
        match rest.next() {
            Some(next) => control = next,
            None => return (bytes.len() == len).then_some(bytes),
        }
    }
}
