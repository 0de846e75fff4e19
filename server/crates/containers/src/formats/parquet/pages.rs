//! The pages of a column: unpacked one by one, and the values taken out of them. Pages that name values of the dictionary are passed over, as that
//! is a page of its own.

use std::borrow::Cow;

use super::delta;
use super::thrift::{Reader, kind};
use crate::bytes::{span, u32_at};
use crate::fault::{Fault, FaultKind};
use crate::formats::{gzip, zstd};
use crate::pull::{End, Inflated, PIECE, Room, pull};
use crate::values::Values;
use crate::{bytes::Order, snappy};

/// How deep the values of a column lie in lists, and in what may be missing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Levels {
    repetition: u32,
    definition: u32,
}

impl Levels {
    /// Those of what is in there, and is required (0), may be missing (1) or is a list (2).
    pub(super) fn inside(self, repetition: i64) -> Self {
        Self {
            repetition: self.repetition + u32::from(repetition == 2),
            definition: self.definition + u32::from(repetition != 0),
        }
    }
}

/// Types of pages.
mod page {
    pub(super) const DATA: i64 = 0;
    pub(super) const DICTIONARY: i64 = 2;
    pub(super) const DATA_2: i64 = 3;
}

/// How values are written.
mod encoding {
    pub(super) const PLAIN: i64 = 0;
    /// Of a page with values it is the same as plain.
    pub(super) const PLAIN_DICTIONARY: i64 = 2;
    pub(super) const BIT_PACKED: i64 = 4;
    pub(super) const DELTA_LENGTH: i64 = 6;
    pub(super) const DELTA: i64 = 7;
    pub(super) const DICTIONARY: i64 = 8;
    pub(super) const SPLIT: i64 = 9;
}

/// The pages of a part of a column.
pub(super) struct Pages<'f> {
    pub(super) bytes: &'f [u8],
    /// Where the next one begins.
    pub(super) at: usize,
    pub(super) codec: i64,
    pub(super) levels: Levels,
    /// Length of each value, if it is the same.
    pub(super) width: Option<usize>,
}

/// What a page says of itself.
#[derive(Default)]
struct Header {
    kind: i64,
    unpacked: usize,
    packed: usize,
    count: i64,
    encoding: i64,
    /// How the levels of a page of the first version are written, and how long those of the second are.
    encodings: [i64; 2],
    lengths: [usize; 2],
    /// Whether the values of a page of the second version are not packed.
    is_plain: bool,
}

/// Why a page cannot be had.
enum Stop {
    Limit,
    Damaged,
    Unknown,
}

impl Stop {
    /// What is said of it.
    fn said(&self) -> (FaultKind, &'static str) {
        match self {
            Self::Limit => (
                FaultKind::LimitReached,
                "the pages of the columns are larger than the limit; the rest is not read",
            ),
            Self::Damaged => (FaultKind::Damaged, "a page of the column cannot be unpacked"),
            Self::Unknown => {
                (FaultKind::Unsupported, "the pages of the column are packed by a method that is not read")
            }
        }
    }
}

/// Takes a value; whether to go on.
type Take<'t, 'o, 'a, 'v> = &'t mut dyn FnMut(&mut Values<'o, 'a, 'v>, &[u8]) -> bool;

impl<'f> Pages<'f> {
    /// Takes the values of all pages, down to the one with which there are `count`; whether to go on.
    pub(super) fn take<'o, 'a, 'v>(
        &mut self,
        count: i64,
        values: &mut Values<'o, 'a, 'v>,
        take: Take<'_, 'o, 'a, 'v>,
        column: &str,
    ) -> bool {
        let mut left = count;
        while left > 0 {
            let start = self.at;
            let Some((header, packed)) = self.next() else {
                fault_of(
                    values,
                    FaultKind::Damaged,
                    start,
                    "expected a page of the column, found none",
                    column,
                );
                return values.spend(0);
            };
            if header.kind != page::DICTIONARY {
                left = left.saturating_sub(header.count.max(0));
            }
            // What the page names are values of the dictionary, which is a page of its own.
            let is_indices = matches!(header.encoding, encoding::DICTIONARY | encoding::PLAIN_DICTIONARY)
                && header.kind != page::DICTIONARY;
            if !matches!(header.kind, page::DATA | page::DICTIONARY | page::DATA_2) || is_indices {
                if !values.spend(0) {
                    return false;
                }
                continue;
            }
            if !values.spend(packed.len()) {
                return false;
            }
            match self.unpacked(&header, packed, values) {
                Ok(page) => {
                    if !self.page(&header, &page, values, take, column) {
                        return false;
                    }
                }
                Err(stop) => {
                    let (kind, message) = stop.said();
                    fault_of(values, kind, start, message, column);
                    match stop {
                        Stop::Limit => return false,
                        Stop::Unknown => return values.spend(0),
                        Stop::Damaged => {}
                    }
                }
            }
        }
        true
    }

    /// The header of the next page, and its bytes as they are in the file.
    fn next(&mut self) -> Option<(Header, &'f [u8])> {
        let mut reader = Reader::new(self.bytes, self.at);
        let header = header(&mut reader)?;
        let packed = span(self.bytes, reader.at, header.packed)?;
        self.at = reader.at + header.packed;
        Some((header, packed))
    }

    /// The values of a page.
    fn unpacked<'p>(
        &self,
        header: &Header,
        packed: &'p [u8],
        values: &mut Values<'_, '_, '_>,
    ) -> Result<Cow<'p, [u8]>, Stop> {
        // The levels of a page of the second version are never packed.
        let levels =
            if header.kind == page::DATA_2 { header.lengths[0].saturating_add(header.lengths[1]) } else { 0 };
        let packed = packed.get(levels..).ok_or(Stop::Damaged)?;
        if self.codec == 0 || header.is_plain || packed.is_empty() {
            return Ok(Cow::Borrowed(packed));
        }
        let len = header.unpacked.checked_sub(levels).ok_or(Stop::Damaged)?;
        let limit = values.room_to_look(packed).min(len as u64);
        if limit < len as u64 {
            return Err(Stop::Limit);
        }
        let room = values.room_of(limit);
        let of_stream = |stream: Inflated| match stream.end {
            End::Limit => None,
            _ => Some(stream.bytes),
        };
        let bytes = match self.codec {
            1 => snappy::unpack(packed, limit),
            2 => of_stream(gzip::decode(packed, room)),
            4 => of_stream(brotli(packed, room)),
            5 => hadoop(packed, len).or_else(|| lz4_flex::block::decompress(packed, len).ok()),
            6 => of_stream(zstd::decode(packed, room)),
            7 => lz4_flex::block::decompress(packed, len).ok(),
            _ => return Err(Stop::Unknown),
        };
        let bytes = bytes.ok_or(Stop::Damaged)?;
        values.looked(bytes.len());
        Ok(Cow::Owned(bytes))
    }

    /// Takes the values of a page that is unpacked; whether to go on.
    fn page<'o, 'a, 'v>(
        &self,
        header: &Header,
        page: &[u8],
        values: &mut Values<'o, 'a, 'v>,
        take: Take<'_, 'o, 'a, 'v>,
        column: &str,
    ) -> bool {
        let start = if header.kind == page::DATA { self.behind_levels(header, page) } else { Some(0) };
        let Some(data) = start.and_then(|start| page.get(start..)) else { return values.spend(0) };
        let is_known = matches!(
            (header.encoding, self.width),
            (encoding::PLAIN | encoding::PLAIN_DICTIONARY | encoding::DELTA_LENGTH | encoding::DELTA, _)
                | (encoding::SPLIT, Some(_))
        );
        if !is_known {
            let message = "the values of a page of the column are written in a way that is not read";
            fault_of(values, FaultKind::Unsupported, self.at, message, column);
            return values.spend(0);
        }
        let mut take = |value: &[u8]| take(values, value);
        match (header.encoding, self.width) {
            (encoding::PLAIN | encoding::PLAIN_DICTIONARY, None) => plain(data, &mut take),
            (encoding::PLAIN | encoding::PLAIN_DICTIONARY, Some(width)) => {
                data.chunks_exact(width).all(&mut take)
            }
            (encoding::DELTA_LENGTH, _) => delta::lengths(data, &mut take),
            (encoding::DELTA, _) => delta::prefixes(data, &mut take),
            (encoding::SPLIT, Some(width)) => split(data, width, &mut take),
            _ => true,
        }
    }

    /// Where the values begin in a page of the first version.
    fn behind_levels(&self, header: &Header, page: &[u8]) -> Option<usize> {
        let mut at = 0usize;
        for (most, encoding) in
            [(self.levels.repetition, header.encodings[1]), (self.levels.definition, header.encodings[0])]
        {
            if most == 0 {
                continue;
            }
            at = at.checked_add(if encoding == encoding::BIT_PACKED {
                let bits = u64::from(u32::BITS - most.leading_zeros());
                usize::try_from((bits.checked_mul(u64::try_from(header.count).ok()?)?).div_ceil(8)).ok()?
            } else {
                usize::try_from(u32_at(page, at)?).ok()?.checked_add(4)?
            })?;
        }
        Some(at)
    }
}

/// Says that something is wrong with a column.
fn fault_of(values: &mut Values<'_, '_, '_>, kind: FaultKind, at: usize, message: &str, column: &str) {
    values.fault(Fault::new(kind, at, message).of(column));
}

/// Values behind their lengths.
fn plain(data: &[u8], take: &mut dyn FnMut(&[u8]) -> bool) -> bool {
    let mut at = 0;
    while let Some(value) = u32_at(data, at).and_then(|len| span(data, at + 4, usize::try_from(len).ok()?)) {
        if !take(value) {
            return false;
        }
        at += 4 + value.len();
    }
    true
}

/// Brotli (RFC 7932).
fn brotli(packed: &[u8], room: Room<'_>) -> Inflated {
    let mut reader = brotli_decompressor::Decompressor::new(packed, PIECE);
    let (bytes, end) = pull(&mut reader, room, |_| End::Corrupt);
    Inflated { bytes, consumed: packed.len(), end, faults: Vec::new() }
}

/// Values of one length of which first all first bytes are written, then all second ones, and so on.
fn split(data: &[u8], width: usize, take: &mut dyn FnMut(&[u8]) -> bool) -> bool {
    let count = data.len() / width;
    let mut value = vec![0; if count > 0 { width } else { 0 }];
    (0..count).all(|index| {
        for (place, byte) in value.iter_mut().enumerate() {
            *byte = data[place * count + index];
        }
        take(&value)
    })
}

/// Blocks of LZ4 as Hadoop writes them: each behind both of its lengths.
fn hadoop(packed: &[u8], len: usize) -> Option<Vec<u8>> {
    let (mut bytes, mut at) = (Vec::new(), 0);
    while at < packed.len() {
        let whole = Order::Big.usize32_at(packed, at).filter(|whole| *whole <= len - bytes.len())?;
        let block = span(packed, at + 8, Order::Big.usize32_at(packed, at + 4)?)?;
        bytes.extend(lz4_flex::block::decompress(block, whole).ok()?);
        if bytes.len() > len {
            return None;
        }
        at += 8 + block.len();
    }
    Some(bytes)
}

/// Reads the header of a page. It may describe more kinds of pages than the one that it is.
fn header(reader: &mut Reader<'_>) -> Option<Header> {
    let (mut kind, mut unpacked, mut packed) = (page::DATA, 0, 0);
    let (mut data, mut dictionary, mut data_2) = (Header::default(), Header::default(), Header::default());
    let size = |reader: &mut Reader<'_>| usize::try_from(reader.signed()?).ok();
    reader.structure(|reader, number, of| {
        match (number, of) {
            (1, kind::INT) => kind = reader.signed()?,
            (2, kind::INT) => unpacked = size(reader)?,
            (3, kind::INT) => packed = size(reader)?,
            (5, kind::STRUCT) => first_version(reader, &mut data)?,
            (7, kind::STRUCT) => first_version(reader, &mut dictionary)?,
            (8, kind::STRUCT) => second_version(reader, &mut data_2)?,
            _ => return Some(false),
        }
        Some(true)
    })?;
    let header = match kind {
        page::DICTIONARY => dictionary,
        page::DATA_2 => data_2,
        _ => data,
    };
    Some(Header { kind, unpacked, packed, ..header })
}

/// Reads what a page of the first version, or one of a dictionary, says of its values.
fn first_version(reader: &mut Reader<'_>, header: &mut Header) -> Option<()> {
    reader.structure(|reader, number, kind| {
        match (number, kind) {
            (1, kind::INT) => header.count = reader.signed()?,
            (2, kind::INT) => header.encoding = reader.signed()?,
            (3, kind::INT) => header.encodings[0] = reader.signed()?,
            (4, kind::INT) => header.encodings[1] = reader.signed()?,
            _ => return Some(false),
        }
        Some(true)
    })
}

/// The same of one of the second version.
fn second_version(reader: &mut Reader<'_>, header: &mut Header) -> Option<()> {
    let size = |reader: &mut Reader<'_>| usize::try_from(reader.signed()?).ok();
    reader.structure(|reader, number, kind| {
        match (number, kind) {
            (1, kind::INT) => header.count = reader.signed()?,
            (4, kind::INT) => header.encoding = reader.signed()?,
            (5, kind::INT) => header.lengths[0] = size(reader)?,
            (6, kind::INT) => header.lengths[1] = size(reader)?,
            (7, kind::FALSE) => header.is_plain = true,
            _ => return Some(false),
        }
        Some(true)
    })
}
