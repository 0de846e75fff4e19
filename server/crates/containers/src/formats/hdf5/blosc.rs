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

/// An element of more bytes is not taken apart, nor is a block of less elements.
const MOST_PIECES: usize = 16;
const LEAST_ELEMENTS: usize = 128;

/// The bytes that `packed` stands for, at most `limit`.
pub(super) fn unpack(packed: &[u8], limit: usize) -> Result<Vec<u8>, Stop> {
    if u32_at(packed, 4).is_some_and(|whole| whole as usize > limit) {
        return Err(Stop::Limit);
    }
    beginning(packed, usize::MAX)
}

/// A chunk that is all of `packed`, or as much of it as there is room for.
pub(crate) fn decode(packed: &[u8], room: Room<'_>) -> Inflated {
    let limit = usize::try_from(room.limit).unwrap_or(usize::MAX);
    match beginning(packed, limit) {
        Ok(mut bytes) => {
            let whole = u32_at(packed, 4).map_or(0, |whole| whole as usize);
            let end = if whole > limit { End::Limit } else { End::Complete };
            bytes.truncate(limit);
            Inflated { bytes, consumed: packed.len(), end, faults: Vec::new() }
        }
        Err(Stop::Unknown(_)) => Inflated::nothing(End::Unsupported),
        Err(Stop::Limit) => Inflated::nothing(End::Limit),
        Err(Stop::Damaged) => Inflated::nothing(End::Corrupt),
    }
}

/// The bytes that `packed` stands for: of more than `most`, as many blocks as hold so many.
fn beginning(packed: &[u8], most: usize) -> Result<Vec<u8>, Stop> {
    let head = span(packed, 0, HEADER).ok_or(Stop::Damaged)?;
    let (flags, size) = (head[2], usize::from(head[3]).max(1));
    let length = |at: usize| u32_at(head, at).map_or(0, |length| length as usize);
    let (whole, each) = (length(4), length(8));
    if flags & COPIED != 0 {
        let bytes = span(packed, HEADER, whole).ok_or(Stop::Damaged)?;
        return Ok(bytes[..whole.min(most)].to_vec());
    }
    if each == 0 {
        return Err(Stop::Damaged);
    }
    let mut bytes = Vec::new();
    for block in 0..whole.div_ceil(each) {
        if bytes.len() >= most {
            break;
        }
        let len = each.min(whole - bytes.len());
        let start = u32_at(packed, HEADER + 4 * block).ok_or(Stop::Damaged)? as usize;
        // The last block, if it is shorter, is in one piece.
        let is_split = flags & IN_ONE_PIECE == 0
            && size <= MOST_PIECES
            && len / size >= LEAST_ELEMENTS
            && len == each
            && len % size == 0;
        let pieces = if is_split { size } else { 1 };
        let unpacked = unpack_block(packed, start, len, pieces, flags >> 5)?;
        bytes.extend(match flags & (BYTES | BITS) {
            BYTES => unshuffle(&unpacked, size),
            BITS => unshuffle_bits(&unpacked, size),
            _ => unpacked,
        });
    }
    Ok(bytes)
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
