//! What was done to the chunks of a data set, and how it is undone: the filters of HDF5 (File Format Specification, IV.A.2.l) and
//! registered ones for which there is a decoder here.

use super::bits::{Undone, scaled, shortened};
use super::blosc;
use super::file::number;
use crate::bytes::{Order, span, u16_at, u32_at};
use crate::formats::{bzip2, zstd};
use crate::inflate::inflate_in;
use crate::lzf;
use crate::pull::{End, Room};

/// Filters of one data set; HDF5 allows as many.
const FILTERS: usize = 32;

/// The filter of which more is asked than to be undone.
const N_BIT: u16 = 5;

/// One of the filters that were used, in their order.
pub(super) struct Filter {
    id: u16,
    parameters: Vec<u32>,
}

/// Why a chunk cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// This filter cannot be undone.
    Unknown(u16),
    /// There is more than there is room for.
    Limit,
    /// The bytes are not what the filter makes.
    Damaged,
}

/// The filters that a message names.
pub(super) fn filters(body: &[u8]) -> Option<Vec<Filter>> {
    let (version, count) = (*body.first()?, usize::from(*body.get(1)?));
    let mut at = if version == 1 { 8 } else { 2 };
    let mut filters = Vec::new();
    for _ in 0..count.min(FILTERS) {
        let id = u16_at(body, at)?;
        // From version 2 on, those of the library itself have no name.
        let has_name = version == 1 || id >= 256;
        let name = if has_name { usize::from(u16_at(body, at + 2)?) } else { 0 };
        at += if has_name { 4 } else { 2 };
        let parameters = usize::from(u16_at(body, at + 2)?);
        at += 4 + if version == 1 { name.next_multiple_of(8) } else { name };
        let read = |index| u32_at(body, at + 4 * index);
        let values = (0..parameters).map(read).collect::<Option<_>>()?;
        at += 4 * if version == 1 { parameters.next_multiple_of(2) } else { parameters };
        filters.push(Filter { id, parameters: values });
    }
    Some(filters)
}

/// What a filter is called.
pub(super) fn name(id: u16) -> &'static str {
    match id {
        1 => "deflate",
        4 => "szip",
        5 => "n-bit",
        6 => "scale-offset",
        305 => "LZO",
        32001 => "Blosc",
        32008 => "bitshuffle",
        32026 => "Blosc2",
        _ => "not known",
    }
}

/// Undoes all filters but those that `mask` says were left out, of elements of `size` bytes.
pub(super) fn undo(
    filters: &[Filter],
    mask: u32,
    packed: &[u8],
    size: usize,
    room: Room<'_>,
) -> Result<Vec<u8>, Stop> {
    let mut bytes = packed.to_vec();
    for (index, filter) in filters.iter().enumerate().rev() {
        if mask.checked_shr(index as u32).unwrap_or(0) & 1 == 0 {
            bytes = filter.undo(&bytes, size, room)?;
        }
    }
    Ok(bytes)
}

impl Filter {
    /// Whether it is the one that keeps the bits of numbers that are used, and was not left out by `mask`, as the filter at `index`.
    pub(super) fn shortens(&self, mask: u32, index: u32) -> bool {
        self.id == N_BIT && mask.checked_shr(index).unwrap_or(0) & 1 == 0
    }

    fn undo(&self, packed: &[u8], size: usize, room: Room<'_>) -> Result<Vec<u8>, Stop> {
        let limit = usize::try_from(room.limit).unwrap_or(usize::MAX);
        let parameter = |at: usize| self.parameters.get(at).map(|value| *value as usize);
        let unpacked = match self.id {
            // Behind two bytes of zlib's own.
            1 => return stream(inflate_in(packed.get(2..).unwrap_or_default(), room)),
            2 => Some(unshuffle(packed, parameter(0).unwrap_or(size))),
            // A checksum behind the data.
            3 => packed.get(..packed.len().saturating_sub(4)).map(<[u8]>::to_vec),
            id @ (N_BIT | 6) => {
                let undo = if id == N_BIT { shortened } else { scaled };
                match undo(packed, &self.parameters, limit) {
                    Some(Undone::Unknown) => return Err(Stop::Unknown(id)),
                    Some(Undone::Bytes(bytes)) => Some(bytes),
                    None => None,
                }
            }
            307 => return stream(bzip2::decode(packed, room)),
            32000 => {
                let len = parameter(2).unwrap_or(limit).min(limit);
                lzf::unpack(packed, len)
            }
            32001 => return blosc::unpack(packed, limit),
            32004 => lz4_blocks(packed, limit, |block, len| {
                if block.len() == len { Some(block.to_vec()) } else { lz4(block, len) }
            }),
            32008 => return bits(packed, parameter(2).unwrap_or(size), parameter(4), limit),
            32015 => return stream(zstd::decode(packed, room)),
            id => return Err(Stop::Unknown(id)),
        };
        unpacked.ok_or(Stop::Damaged)
    }
}

fn stream(stream: crate::pull::Inflated) -> Result<Vec<u8>, Stop> {
    match stream.end {
        End::Limit => Err(Stop::Limit),
        _ if stream.bytes.is_empty() => Err(Stop::Damaged),
        _ => Ok(stream.bytes),
    }
}

/// An LZ4 block of `len` bytes.
pub(super) fn lz4(block: &[u8], len: usize) -> Option<Vec<u8>> {
    lz4_flex::block::decompress(block, len).ok()
}

/// Blocks behind a header of their length altogether and of one of them; each behind its length in the file, and undone by `undo`, which is
/// told its real length.
fn lz4_blocks(
    packed: &[u8],
    limit: usize,
    undo: impl Fn(&[u8], usize) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    let whole = usize::try_from(Order::Big.u64_at(packed, 0)?).ok().filter(|whole| *whole <= limit)?;
    let each = Order::Big.usize32_at(packed, 8).filter(|each| *each > 0)?;
    let (mut bytes, mut at) = (Vec::new(), 12);
    while bytes.len() < whole {
        let len = each.min(whole - bytes.len());
        let stored = Order::Big.usize32_at(packed, at)?;
        let block = undo(span(packed, at + 4, stored)?, len)?;
        // Room for all of it was made: less would be work for nothing, over and over.
        if block.len() != len {
            return None;
        }
        bytes.extend_from_slice(&block);
        at += 4 + stored;
    }
    Some(bytes)
}

/// Puts the bytes of elements together again: all first bytes come first, then all second ones. What is left over stands as it is.
pub(super) fn unshuffle(bytes: &[u8], size: usize) -> Vec<u8> {
    let count = bytes.len().checked_div(size).unwrap_or(0);
    if size < 2 || count < 2 {
        return bytes.to_vec();
    }
    let mut out = vec![0; bytes.len()];
    let (shuffled, rest) = bytes.split_at(count * size);
    for (byte, plane) in shuffled.chunks_exact(count).enumerate() {
        for (element, value) in plane.iter().enumerate() {
            out[element * size + byte] = *value;
        }
    }
    out[count * size..].copy_from_slice(rest);
    out
}

/// The same of bits; elements that are not eight together stand as they are.
pub(super) fn unshuffle_bits(bytes: &[u8], size: usize) -> Vec<u8> {
    let count = bytes.len().checked_div(size).unwrap_or(0) / 8 * 8;
    let mut out = bytes.to_vec();
    if count == 0 {
        return out;
    }
    out[..count * size].fill(0);
    for (row, bits) in bytes[..count * size].chunks_exact(count / 8).enumerate() {
        let (byte, bit) = (row / 8, row % 8);
        for (eight, value) in bits.iter().enumerate() {
            for element in 0..8 {
                out[(eight * 8 + element) * size + byte] |= (value >> element & 1) << bit;
            }
        }
    }
    out
}

/// Bitshuffle, with a compression of its own or without.
fn bits(packed: &[u8], size: usize, compression: Option<usize>, limit: usize) -> Result<Vec<u8>, Stop> {
    if size == 0 {
        return Err(Stop::Damaged);
    }
    let Some(which) = compression.filter(|which| *which != 0) else {
        // Blocks of eight kilobytes.
        let each = (8192 / size / 8 * 8).max(128) * size;
        return Ok(packed.chunks(each).flat_map(|block| unshuffle_bits(block, size)).collect());
    };
    // What does not fill eight elements stands behind the blocks as it is.
    let whole = number(packed, 0, 8).map_or(0, u64::swap_bytes);
    let whole = usize::try_from(whole).ok().filter(|whole| *whole <= limit).ok_or(Stop::Limit)?;
    let each = Order::Big.usize32_at(packed, 8).filter(|each| *each > 0).ok_or(Stop::Damaged)?;
    let packable = whole / (8 * size) * (8 * size);
    let (mut bytes, mut at) = (Vec::new(), 12);
    while bytes.len() < packable {
        let len = each.min(packable - bytes.len());
        let stored = Order::Big.usize32_at(packed, at).ok_or(Stop::Damaged)?;
        let block = span(packed, at + 4, stored).ok_or(Stop::Damaged)?;
        let block = match which {
            2 => lz4(block, len).ok_or(Stop::Damaged)?,
            3 => stream(zstd::decode(block, Room::of(len as u64)))?,
            _ => return Err(Stop::Unknown(32008)),
        };
        if block.len() != len {
            return Err(Stop::Damaged);
        }
        bytes.extend(unshuffle_bits(&block, size));
        at += 4 + stored;
    }
    let rest = span(packed, at, whole - packable).ok_or(Stop::Damaged)?;
    bytes.extend_from_slice(rest);
    Ok(bytes)
}
