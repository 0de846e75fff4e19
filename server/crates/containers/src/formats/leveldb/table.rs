//! Tables: blocks of keys with their values, which may be packed, and an index of them, to which the end of the file leads.

use std::borrow::Cow;

use super::{length, varint};
use crate::bytes::{span, u32_at, u64_at};
use crate::fault::{Fault, FaultKind};
use crate::formats::{bzip2, zstd};
use crate::inflate::inflate_in;
use crate::pull::{End, Inflated};
use crate::snappy;
use crate::values::{Values, key_name};

/// The last eight bytes: of LevelDB and the first version of RocksDB's, and of later ones.
const OLD: u64 = 0xdb47_7524_8b80_fb57;
const NEW: u64 = 0x88e2_41b7_85f4_cff7;

/// Length of the end of a table by either.
const OLD_END: usize = 48;
const NEW_END: usize = 53;

/// The first version of RocksDB's tables whose index has lengths in place of offsets, and that which has no place of the index at the end.
const SHORT_INDEX: u32 = 4;
const NO_PLACE: u32 = 6;

/// What the index is called where it has a name.
const INDEX: &[u8] = b"rocksdb.index";

/// Behind each block: how it is packed, and a checksum.
const TRAILER: usize = 5;

/// Behind each key: a number that goes up, and the kind of the entry.
const KEY_END: usize = 8;

/// Indices of indices.
const LEVELS: usize = 3;

/// Where a block lies.
type Place = (usize, usize);

/// Whether `bytes` end as a table does.
pub(crate) fn is_table(bytes: &[u8]) -> bool {
    let end = bytes.len().checked_sub(8).and_then(|at| u64_at(bytes, at));
    matches!(end, Some(OLD | NEW)) && bytes.len() >= OLD_END
}

/// Whether a table may begin so: with the whole key of its first value, in a block that is packed or not.
pub(crate) fn may_be_table(head: &[u8]) -> bool {
    // Nothing of the key is that of one before.
    let is_entry = |at: usize| matches!(head.get(at..), Some([0, len, rest @ ..]) if (KEY_END..128).contains(&usize::from(*len)) && !rest.is_empty());
    let mut at = 0;
    let is_packed = varint(head, &mut at).is_some_and(|len| len > KEY_END as u64) && at <= TRAILER;
    let rest = head.get(at..).unwrap_or_default();
    // By snappy the beginning stands as it is, behind the length of that.
    let by_snappy = |tag: &u8| tag & 3 == 0 && is_entry(at + 1 + usize::from(tag >> 2).saturating_sub(59));
    let key_end = usize::from(head.get(1).copied().unwrap_or(0));
    let mut value = 2;
    let plain = is_entry(0)
        && varint(head, &mut value).is_some()
        && key_end.checked_add(value).and_then(|end| head.get(end - 1)) == Some(&0);
    plain || is_packed && (rest.starts_with(b"\x28\xb5\x2f\xfd") || rest.first().is_some_and(by_snappy))
}

/// A table.
struct Table<'a> {
    bytes: &'a [u8],
    /// The version of RocksDB's; 0 of LevelDB.
    version: u32,
    /// Whether what is packed stands behind its length.
    is_new: bool,
}

/// Takes the values of a table.
pub(super) fn read(bytes: &[u8], values: &mut Values<'_, '_, '_>) {
    let is_new = bytes.len().checked_sub(8).and_then(|at| u64_at(bytes, at)) == Some(NEW);
    let version =
        bytes.len().checked_sub(12).and_then(|at| u32_at(bytes, at)).filter(|_| is_new).unwrap_or(0);
    let table = Table { bytes, version, is_new };
    let index = table.index(values).and_then(|place| table.block(place, values));
    match index {
        Some(index) => {
            let levels = table.levels(&index, values);
            table.level(&index, levels, values);
        }
        None => {
            let message = "expected the index of the table, found none that can be read";
            values.fault(Fault::new(FaultKind::Damaged, bytes.len(), message));
        }
    }
}

impl<'a> Table<'a> {
    /// Where the index lies.
    fn index(&self, values: &mut Values<'_, '_, '_>) -> Option<Place> {
        let end = self.bytes.len().checked_sub(if self.is_new { NEW_END } else { OLD_END })?;
        if self.version >= NO_PLACE {
            let len = usize::try_from(u32_at(self.bytes, end + 13)?).ok()?;
            let names = self.block((end.checked_sub(len.checked_add(TRAILER)?)?, len), values)?;
            let place = entries(&names).find(|(key, _)| key == INDEX)?.1;
            return self.place(place, &mut 0);
        }
        let mut at = end + usize::from(self.is_new);
        self.place(self.bytes, &mut at)?;
        self.place(self.bytes, &mut at)
    }

    /// The place that is written at `at`, if it is in the file.
    fn place(&self, bytes: &[u8], at: &mut usize) -> Option<Place> {
        let (start, len) = (length(bytes, at)?, length(bytes, at)?);
        self.checked(start, len)
    }

    fn checked(&self, start: usize, len: usize) -> Option<Place> {
        span(self.bytes, start, len.checked_add(TRAILER)?).map(|_| (start, len))
    }

    /// How many indices lead to each other before a block of values comes: those stand first in a file.
    fn levels(&self, index: &[u8], values: &mut Values<'_, '_, '_>) -> usize {
        let mut index = Cow::Borrowed(index);
        for level in 0..LEVELS {
            match self.places(&index).first() {
                Some((0, _)) => return level,
                Some(place) => match self.block(*place, values) {
                    Some(block) => index = Cow::Owned(block.into_owned()),
                    None => break,
                },
                None => break,
            }
        }
        // None comes: what the first one leads to are values wherever they are.
        0
    }

    /// Takes the values of the blocks of an index, or of those of the indices that it is of; whether to go on.
    fn level(&self, index: &[u8], levels: usize, values: &mut Values<'_, '_, '_>) -> bool {
        self.places(index).into_iter().all(|place| {
            let Some(block) = self.block(place, values) else { return values.spend(0) };
            if levels > 0 { self.level(&block, levels - 1, values) } else { take(&block, values) }
        })
    }

    /// The places in an index.
    fn places(&self, index: &[u8]) -> Vec<Place> {
        let short = if self.version >= SHORT_INDEX { self.short_places(index) } else { None };
        short.unwrap_or_else(|| entries(index).filter_map(|(_, value)| self.place(value, &mut 0)).collect())
    }

    /// The places in an index of which only the first has an offset; `None`: it is none.
    fn short_places(&self, index: &[u8]) -> Option<Vec<Place>> {
        let end = data_end(index);
        let (mut at, mut places, mut last): (_, Vec<Place>, Place) = (0, Vec::new(), (0, 0));
        while at < end {
            let (shared, len) = (length(index, &mut at)?, length(index, &mut at)?);
            at = at.checked_add(len)?;
            let place = if shared == 0 {
                self.place(index, &mut at)?
            } else {
                let change = varint(index, &mut at)?;
                let change = (change >> 1).cast_signed() ^ -(change & 1).cast_signed();
                let len = last.1.checked_add_signed(isize::try_from(change).ok()?)?;
                self.checked(last.0.checked_add(last.1)?.checked_add(TRAILER)?, len)?
            };
            places.push(place);
            last = place;
        }
        (at == end).then_some(places)
    }

    /// The block at a place, unpacked.
    fn block(&self, (start, len): Place, values: &mut Values<'_, '_, '_>) -> Option<Cow<'a, [u8]>> {
        let packed = span(self.bytes, start, len)?;
        if !values.spend(len) {
            return None;
        }
        let method = *self.bytes.get(start + len)?;
        if method == 0 {
            return Some(Cow::Borrowed(packed));
        }
        // But for snappy, which has its own.
        let mut at = 0;
        let limit = values.room_to_look(packed);
        if limit == 0 && len > 0 {
            let message = "the blocks are larger than the limit; some are not read";
            values.fault(Fault::new(FaultKind::LimitReached, start, message));
            return None;
        }
        let limit = match method {
            2 | 3 | 4 | 5 | 7 if self.is_new && self.version >= 2 => limit.min(varint(packed, &mut at)?),
            _ => limit,
        };
        let (inner, room) = (packed.get(at..)?, values.room_of(limit));
        let most = usize::try_from(limit).ok()?;
        let stream = |stream: Inflated| {
            (stream.end != End::Limit || stream.bytes.len() == most).then_some(stream.bytes)
        };
        let bytes = match method {
            1 => snappy::unpack(packed, limit),
            2 if !self.is_new => stream(zstd::decode(inner, room)),
            2 => stream(inflate_in(inner, room)),
            3 => stream(bzip2::decode(inner, room)),
            4 | 5 => lz4_flex::block::decompress(inner, most).ok(),
            7 => stream(zstd::decode(inner, room)),
            _ => None,
        };
        let Some(bytes) = bytes else {
            let (kind, message) = match method {
                1..=5 | 7 => (FaultKind::Damaged, "a block of the table cannot be unpacked"),
                _ => (FaultKind::Unsupported, "a block of the table is packed by a method that is not read"),
            };
            values.fault(Fault::new(kind, start, message));
            return None;
        };
        values.looked(bytes.len());
        Some(Cow::Owned(bytes))
    }
}

/// Takes the values of a block; whether to go on.
fn take(block: &[u8], values: &mut Values<'_, '_, '_>) -> bool {
    entries(block).all(|(key, value)| {
        let key = &key[..key.len().saturating_sub(KEY_END)];
        values.take_made(|| key_name(key), value)
    })
}

/// Where entries end in a block: behind them are the places of some, and how many places; the highest bit says that there is more.
fn data_end(block: &[u8]) -> usize {
    let Some(at) = block.len().checked_sub(4) else { return 0 };
    let count = u32_at(block, at).unwrap_or(0) & (u32::MAX >> 1);
    let len = usize::try_from(count).ok().and_then(|count| count.checked_mul(4));
    len.and_then(|len| at.checked_sub(len)).unwrap_or(0)
}

/// Bytes of a key that are kept: it is for a name, and each entry may say that it begins as a long one before.
const KEPT: usize = 1 << 8;

/// Keys and values of a block, as far as they are in order.
fn entries(block: &[u8]) -> impl Iterator<Item = (Vec<u8>, &[u8])> {
    let (end, mut at, mut key) = (data_end(block), 0, Vec::new());
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let (shared, own, len) = (length(block, &mut at)?, length(block, &mut at)?, length(block, &mut at)?);
        let rest = span(block, at, own)?;
        key.truncate(shared);
        key.extend_from_slice(&rest[..rest.len().min(KEPT.saturating_sub(key.len()))]);
        at += own;
        let value = span(block, at, len)?;
        at += len;
        Some((key.clone(), value))
    })
}
