//! The filters of HDF5 that leave bits of numbers out: `n-bit`, which keeps those that a type uses, and `scale-offset`, which keeps as
//! many as the numbers of a chunk need above the least of them (`H5Znbit.c`, `H5Zscaleoffset.c`). Of fractions, and of items that are
//! more than a number, only what is not packed is read.

use super::file::number;
use crate::bytes::{span, u32_at};

/// Bytes in front of what scale-offset packed: the width of a number, and the least one behind the length of it.
const SCALE_HEADER: usize = 21;

/// Parameters of both: how many numbers there are, and of what kind, length and order they are.
const COUNT: usize = 2;
const CLASS: usize = 3;
const SIZE: usize = 4;

/// Numbers in which each has so many bits, the highest first, one behind the other.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next number of `width` bits, 64 at most.
    fn next(&mut self, width: usize) -> Option<u64> {
        let mut value = 0;
        for at in self.at..self.at + width {
            let bit = self.bytes.get(at / 8)? >> (7 - at % 8) & 1;
            value = value << 1 | u64::from(bit);
        }
        self.at += width;
        Some(value)
    }
}

/// What a filter may say of a chunk that it cannot be undone.
pub(super) enum Undone {
    Bytes(Vec<u8>),
    /// Not by this program.
    Unknown,
}

/// Undoes scale-offset; `None`: the bytes are not what it makes, or more than `limit`.
pub(super) fn scaled(packed: &[u8], parameters: &[u32], limit: usize) -> Option<Undone> {
    let (count, size) = shape(parameters, limit)?;
    let width = u32_at(packed, 0)? as usize;
    if width == size * 8 {
        return Some(Undone::Bytes(span(packed, SCALE_HEADER, count * size)?.to_vec()));
    }
    if width > 64 || parameters.get(CLASS) != Some(&0) {
        return Some(Undone::Unknown);
    }
    let least = number(packed, 5, usize::from(*packed.get(4)?).min(8))?;
    // What was not written is the highest number that there is room for.
    let unwritten = parameters.get(7).filter(|there| **there != 0).map(|_| {
        let low = |at: usize| u64::from(parameters.get(at).copied().unwrap_or(0));
        (1u64.checked_shl(width as u32).unwrap_or(0).wrapping_sub(1), low(8) | low(9) << 32)
    });
    let mut bits = Bits { bytes: packed.get(SCALE_HEADER..)?, at: 0 };
    let value = |bits: &mut Bits<'_>| {
        let above = bits.next(width)?;
        Some(match unwritten {
            Some((highest, fill)) if above == highest => fill,
            _ => above.wrapping_add(least),
        })
    };
    let is_big = parameters.get(6) == Some(&1);
    collect(count, size, is_big, || value(&mut bits)).map(Undone::Bytes)
}

/// Undoes n-bit, as [`scaled`].
pub(super) fn shortened(packed: &[u8], parameters: &[u32], limit: usize) -> Option<Undone> {
    /// The class of one number.
    const ATOMIC: u32 = 1;
    // Types all of whose bits are used are kept as they are.
    if parameters.get(1).is_some_and(|is_plain| *is_plain != 0) {
        return Some(Undone::Bytes(packed.to_vec()));
    }
    if parameters.get(CLASS) != Some(&ATOMIC) {
        return Some(Undone::Unknown);
    }
    let (count, size) = shape(parameters, limit)?;
    let [order, width, offset] = [5, 6, 7].map(|at| parameters.get(at).copied().unwrap_or(0));
    if width > 64 || offset >= 64 || size > 8 {
        return Some(Undone::Unknown);
    }
    let mut bits = Bits { bytes: packed, at: 0 };
    collect(count, size, order == 1, || Some(bits.next(width as usize)? << offset)).map(Undone::Bytes)
}

/// How many numbers there are, and how long each is, if all of them fit in `limit`.
fn shape(parameters: &[u32], limit: usize) -> Option<(usize, usize)> {
    let (count, size) = (*parameters.get(COUNT)? as usize, *parameters.get(SIZE)? as usize);
    let is_sane = size > 0 && count.checked_mul(size)? <= limit;
    is_sane.then_some((count, size))
}

/// Numbers of `size` bytes one behind the other.
fn collect(
    count: usize,
    size: usize,
    is_big: bool,
    mut next: impl FnMut() -> Option<u64>,
) -> Option<Vec<u8>> {
    let mut all = Vec::with_capacity(count.checked_mul(size).filter(|_| size <= 8)?);
    for _ in 0..count {
        let bytes = next()?.to_le_bytes();
        let low = &bytes[..size];
        if is_big { all.extend(low.iter().rev()) } else { all.extend(low) }
    }
    Some(all)
}
