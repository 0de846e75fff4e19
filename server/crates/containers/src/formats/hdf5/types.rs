//! Datatypes and dataspaces of HDF5: where in an element bytes may be that are a value by themselves (HDF5 File Format Specification,
//! IV.A.2.b and IV.A.2.d).

use super::file::number;
use crate::bytes::{span, u16_at, u32_at};

/// Types inside types that are looked into.
const DEPTH: usize = 8;

/// Types in an element that are looked at.
const FIELDS: usize = 1 << 12;

/// What an element is, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    /// A byte string: text of a fixed length.
    Text,
    /// Bytes that mean nothing to HDF5.
    Opaque,
    /// One byte: all of them together may be a string.
    Byte,
    /// Parts of it are byte strings: where, and how long.
    Fields(Vec<(usize, usize)>),
    /// Anything else, and what is not understood.
    Other,
}

/// How the numbers in an element are laid out. A library converts those that are not as a machine has them, so that the bytes that are
/// stored are not those that a loader gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Numbers {
    /// As machines have them.
    Plain,
    /// With bits at their upper end that are not used.
    Short,
    /// With a value that does not begin at the lowest bit, or fractions whose parts are in other places.
    Moved,
}

/// The type of an element, and its length in bytes.
pub(super) struct Type {
    pub(super) element: Element,
    pub(super) numbers: Numbers,
    pub(super) size: usize,
}

impl Type {
    /// The type that a message is.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let size = u32_at(body, 4)? as usize;
        let mut walk = Walk { body, fields: Vec::new(), numbers: Numbers::Plain, left: FIELDS };
        walk.type_at(0, 0, DEPTH);
        let element = match (body[0] & 15, size) {
            (3, _) => Element::Text,
            (5, _) => Element::Opaque,
            (0 | 4 | 8, 1) => Element::Byte,
            (6 | 10, _) if !walk.fields.is_empty() => Element::Fields(walk.fields),
            _ => Element::Other,
        };
        Some(Self { element, numbers: walk.numbers, size })
    }
}

/// How a whole number of `size` bytes is laid out, by its properties: where its bits begin, and how many there are.
fn whole(properties: &[u8], size: usize) -> Numbers {
    match (u16_at(properties, 0), u16_at(properties, 2)) {
        (Some(0), Some(bits)) if usize::from(bits) == size.saturating_mul(8) => Numbers::Plain,
        (Some(0), _) => Numbers::Short,
        _ => Numbers::Moved,
    }
}

/// How a fraction of `size` bytes is laid out, by the message of its type. Plain are those of IEEE 754 and what grew from them: mantissa,
/// exponent, sign, one behind the other from the lowest bit on; of 80 bits, they are in more bytes.
fn fraction(kind: &[u8], size: usize) -> Numbers {
    let &[_, order, sign, _, _, _, _, _, _, _, _, _, exponent, exponent_bits, mantissa, mantissa_bits, ..] =
        kind
    else {
        return Numbers::Plain;
    };
    /// Flags of the order of the bytes of a VAX.
    const VAX: u8 = 0x41;
    let (offset, bits) = (u16_at(kind, 8).unwrap_or(0), u16_at(kind, 10).unwrap_or(0));
    let is_filled = usize::from(bits) == size.saturating_mul(8) || bits == 80 && size > 10 || size == 1;
    let is_in_order = offset == 0
        && mantissa == 0
        && exponent == mantissa_bits
        && u16::from(sign) + 1 == bits
        && u16::from(mantissa_bits) + u16::from(exponent_bits) + 1 == bits;
    let bias = 1u32.checked_shl(u32::from(exponent_bits).saturating_sub(1)).unwrap_or(0).saturating_sub(1);
    // The small fractions of a byte have a bias of their own.
    let is_biased = size == 1 || u32_at(kind, 16) == Some(bias);
    if is_filled && is_in_order && is_biased && order & VAX != VAX { Numbers::Plain } else { Numbers::Moved }
}

/// Goes through a type for the byte strings in an element of it.
struct Walk<'a> {
    body: &'a [u8],
    /// Where they are, and how long.
    fields: Vec<(usize, usize)>,
    /// The oddest layout of a number in it.
    numbers: Numbers,
    /// Types that may still be looked at: arrays of arrays are many in a few bytes.
    left: usize,
}

impl Walk<'_> {
    /// Looks at the type at `at`, which is at `base` of the element; gives where the type ends.
    fn type_at(&mut self, at: usize, base: usize, depth: usize) -> Option<usize> {
        let [first, bits, ..] = *span(self.body, at, 8)? else { return None };
        let (class, version) = (first & 15, first >> 4);
        let size = u32_at(self.body, at + 4)? as usize;
        let inside = at + 8;
        let depth = depth.checked_sub(1)?;
        self.left = self.left.checked_sub(1)?;
        match class {
            0 | 4 => {
                self.numbers = self.numbers.max(whole(span(self.body, inside, 4)?, size));
                Some(inside + 4)
            }
            1 => {
                self.numbers = self.numbers.max(fraction(span(self.body, at, 20)?, size));
                Some(inside + 12)
            }
            2 => Some(inside + 2),
            3 | 5 => {
                self.fields.push((base, size));
                Some(inside + if class == 5 { usize::from(bits) } else { 0 })
            }
            7 => Some(inside),
            6 => self.members(at, base, depth),
            8 => {
                let width = u32_at(self.body, inside + 4)? as usize;
                let (mut next, members) = (self.skip(inside, depth)?, u16_at(self.body, at + 1)?);
                for _ in 0..members {
                    next = self.behind_name(next, version)?;
                }
                Some(next + usize::from(members) * width)
            }
            9 => self.skip(inside, depth),
            10 => {
                let rank = usize::from(*self.body.get(inside)?);
                let of = inside + if version < 3 { 4 + 8 * rank } else { 1 + 4 * rank };
                let (class, width) = (self.body.get(of)? & 15, u32_at(self.body, of + 4)? as usize);
                // Bytes in a row are one string; strings in a row are some.
                match (class, width) {
                    (0 | 4, 1) => self.fields.push((base, size)),
                    (3 | 5 | 6 | 10, 1..) => {
                        for start in (0..size).step_by(width) {
                            self.type_at(of, base.checked_add(start)?, depth)?;
                        }
                    }
                    _ => {}
                }
                self.skip(of, depth)
            }
            _ => None,
        }
    }

    /// As [`Self::type_at`], of a type that is not looked into.
    fn skip(&mut self, at: usize, depth: usize) -> Option<usize> {
        let known = self.fields.len();
        let end = self.type_at(at, 0, depth);
        self.fields.truncate(known);
        end
    }

    /// The members of a compound.
    fn members(&mut self, at: usize, base: usize, depth: usize) -> Option<usize> {
        let (version, size) = (self.body.get(at)? >> 4, u32_at(self.body, at + 4)?);
        let mut next = at + 8;
        for _ in 0..u16_at(self.body, at + 1)? {
            next = self.behind_name(next, version)?;
            // From version 3 on, an offset is as wide as the length of the whole needs.
            let width = if version < 3 { 4 } else { size.max(1).ilog2() as usize / 8 + 1 };
            let offset = usize::try_from(number(self.body, next, width)?).ok()?;
            next += width + if version == 1 { 28 } else { 0 };
            next = self.type_at(next, base.checked_add(offset)?, depth)?;
        }
        Some(next)
    }

    /// What follows a name; up to version 2, it is filled up to a multiple of eight.
    fn behind_name(&self, at: usize, version: u8) -> Option<usize> {
        let len = memchr::memchr(0, self.body.get(at..)?)? + 1;
        Some(at + if version < 3 { len.next_multiple_of(8) } else { len })
    }
}

/// How many elements there are in each dimension, and may be at most; and where the dataspace ends.
pub(super) struct Space {
    pub(super) dimensions: Vec<u64>,
    pub(super) most: Vec<u64>,
    pub(super) end: usize,
}

/// Dimensions that HDF5 allows.
const MOST_DIMENSIONS: usize = 32;

impl Space {
    /// As [`Self::parse`], of bytes that may be anything: whether a dataspace is likely to be there.
    pub(super) fn likely(body: &[u8], width: usize) -> Option<Self> {
        let is_likely = matches!(*span(body, 0, 4)?, [1, _, 0..=3, 0] | [2, _, 0..=3, 0 | 1]);
        Self::parse(body, width).filter(|_| is_likely)
    }

    /// The dataspace that `body` begins with, whose numbers are so many bytes wide. What is reserved may be anything.
    pub(super) fn parse(body: &[u8], width: usize) -> Option<Self> {
        let [version, rank, flags, ..] = *span(body, 0, 4)? else { return None };
        let start = match version {
            1 => 8,
            2 => 4,
            _ => return None,
        };
        let rank = usize::from(rank);
        if rank > MOST_DIMENSIONS || body.len() < start {
            return None;
        }
        let row = |at: usize| {
            (0..rank).map(|index| number(body, at + index * width, width)).collect::<Option<Vec<_>>>()
        };
        let dimensions = row(start)?;
        let mut end = start + rank * width;
        let mut most = dimensions.clone();
        if flags & 1 != 0 {
            most = row(end)?;
            end += rank * width;
        }
        // Permutations were never written.
        Some(Self { dimensions, most, end })
    }

    /// How many elements there are.
    pub(super) fn len(&self) -> Option<usize> {
        let len = self.dimensions.iter().try_fold(1u64, |len, dimension| len.checked_mul(*dimension))?;
        usize::try_from(len).ok()
    }
}
