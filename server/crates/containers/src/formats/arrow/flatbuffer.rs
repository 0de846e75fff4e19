//! As much of FlatBuffers (its "Internals") as descriptions of tables need: tables, vectors of them, and strings. What is not there or lies
//! outside is `None`.

use crate::bytes::{Order, u16_at, u32_at};

/// A table, by where it lies in the bytes.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    /// All bytes of the buffer.
    bytes: &'a [u8],
    /// Where the table begins, in them.
    pub(crate) at: usize,
}

impl<'a> Table<'a> {
    /// The table that a buffer is for.
    pub(crate) fn root(bytes: &'a [u8]) -> Option<Self> {
        Some(Self { bytes, at: reference(bytes, 0)? }).filter(|table| table.at < bytes.len())
    }

    /// Where the field of this number lies.
    fn field(&self, number: usize) -> Option<usize> {
        let back = self.bytes.get(self.at..)?.first_chunk().map(|four| i32::from_le_bytes(*four))?;
        let layout = usize::try_from(i64::try_from(self.at).ok()? - i64::from(back)).ok()?;
        let len = usize::from(u16_at(self.bytes, layout)?);
        let place = 4 + 2 * number;
        let offset = Some(place)
            .filter(|place| place + 2 <= len)
            .and_then(|place| u16_at(self.bytes, layout + place))?;
        Some(self.at + usize::from(offset)).filter(|_| offset != 0)
    }

    /// The number of one byte in a field; 0 where there is none.
    pub(crate) fn byte(&self, number: usize) -> u8 {
        self.field(number).and_then(|at| self.bytes.get(at)).copied().unwrap_or(0)
    }

    /// The number of eight bytes in a field; 0 where there is none.
    pub(crate) fn long(&self, number: usize) -> u64 {
        self.field(number).and_then(|at| Order::Little.u64_at(self.bytes, at)).unwrap_or(0)
    }

    /// The number of eight bytes that lies where the table should begin: a structure in its place.
    pub(crate) fn own_long(&self) -> u64 {
        Order::Little.u64_at(self.bytes, self.at).unwrap_or(0)
    }

    /// The number of four bytes in a field; 0 where there is none.
    pub(crate) fn int(&self, number: usize) -> u32 {
        self.field(number).and_then(|at| u32_at(self.bytes, at)).unwrap_or(0)
    }

    /// The numbers of the vector that a field leads to, of structures that are made of such.
    pub(crate) fn longs(&self, number: usize, each: usize) -> impl Iterator<Item = u64> + use<'a> {
        let bytes = self.bytes;
        let vector = self.field(number).and_then(|at| reference(bytes, at));
        let count = vector.and_then(|at| u32_at(bytes, at)).and_then(|count| usize::try_from(count).ok());
        let count = count.unwrap_or(0).saturating_mul(each);
        (0..count).map_while(move |index| Order::Little.u64_at(bytes, vector?.checked_add(4 + 8 * index)?))
    }

    /// The numbers of four bytes of the vector that a field leads to, of structures that are made of so many.
    pub(crate) fn ints(&self, number: usize, each: usize) -> impl Iterator<Item = u32> + use<'a> {
        let bytes = self.bytes;
        let vector = self.field(number).and_then(|at| reference(bytes, at));
        let count = vector.and_then(|at| u32_at(bytes, at)).and_then(|count| usize::try_from(count).ok());
        let count = count.unwrap_or(0).saturating_mul(each);
        (0..count).map_while(move |index| u32_at(bytes, vector?.checked_add(4 + 4 * index)?))
    }

    /// The table that a field leads to.
    pub(crate) fn table(&self, number: usize) -> Option<Self> {
        let at = reference(self.bytes, self.field(number)?)?;
        Some(Self { bytes: self.bytes, at }).filter(|table| table.at < self.bytes.len())
    }

    /// The tables of the vector that a field leads to.
    pub(crate) fn tables(&self, number: usize) -> impl Iterator<Item = Self> + use<'a> {
        let bytes = self.bytes;
        let vector = self.field(number).and_then(|at| reference(bytes, at));
        let count = vector.and_then(|at| u32_at(bytes, at)).unwrap_or(0);
        let start = vector.map_or(usize::MAX, |at| at + 4);
        // What a count says that goes beyond the end is not gone through.
        let fits = bytes.len().saturating_sub(start) / 4;
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(fits);
        (0..count)
            .filter_map(move |index| Some(Self { bytes, at: reference(bytes, start + 4 * index)? }))
            .filter(move |table| table.at < bytes.len())
    }

    /// Where the string that a field leads to lies, and how long it is.
    pub(crate) fn string(&self, number: usize) -> Option<(usize, &'a [u8])> {
        let at = reference(self.bytes, self.field(number)?)?;
        let len = usize::try_from(u32_at(self.bytes, at)?).ok()?;
        Some((at + 4, crate::bytes::span(self.bytes, at + 4, len)?))
    }
}

/// Where the reference at `at` leads to.
fn reference(bytes: &[u8], at: usize) -> Option<usize> {
    at.checked_add(usize::try_from(u32_at(bytes, at)?).ok()?)
}
