//! Tables of FlatBuffers, read where they lie: nothing is believed of an offset before the bytes are there.

use super::Wrong;

/// A table: where it begins, and where the offsets of its fields do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
    offsets: &'a [u8],
}

/// Numbers of a constant, with a name for what is wrong where there is none.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Wrong> {
    let there = bytes.get(at..).and_then(|rest| rest.first_chunk());
    there.copied().ok_or_else(beyond)
}

fn beyond() -> Wrong {
    "an offset in it leads beyond the end".to_owned()
}

/// What an offset, from where it stands, leads to.
fn follow(bytes: &[u8], at: usize) -> Result<usize, Wrong> {
    let offset = u32::from_le_bytes(number(bytes, at)?);
    usize::try_from(offset).ok().and_then(|offset| at.checked_add(offset)).ok_or_else(beyond)
}

impl<'a> Table<'a> {
    /// The table that a buffer begins with.
    pub(super) fn root(bytes: &'a [u8]) -> Result<Self, Wrong> {
        Self::at(bytes, follow(bytes, 0)?)
    }

    fn at(bytes: &'a [u8], at: usize) -> Result<Self, Wrong> {
        let back = i64::from(i32::from_le_bytes(number(bytes, at)?));
        let start = i64::try_from(at).ok().and_then(|at| usize::try_from(at - back).ok());
        let start = start.ok_or_else(beyond)?;
        let length = usize::from(u16::from_le_bytes(number(bytes, start)?));
        let offsets = bytes.get(start..).and_then(|rest| rest.get(..length)?.get(4..));
        let offsets = offsets.ok_or_else(beyond)?;
        // Fields that nobody asks for here are read as well.
        let size = u16::from_le_bytes(number(bytes, start.saturating_add(2))?);
        let is_there = bytes.get(at..).is_some_and(|rest| rest.len() >= usize::from(size));
        if is_there && offsets.as_chunks().0.iter().all(|&offset| u16::from_le_bytes(offset) < size) {
            Ok(Self { bytes, at, offsets })
        } else {
            Err(beyond())
        }
    }

    /// Where a field is, by its number in the schema; `None` if it has its default.
    fn field(&self, number: usize) -> Option<usize> {
        let offset = self.offsets.get(number.checked_mul(2)?..)?.first_chunk()?;
        let offset = usize::from(u16::from_le_bytes(*offset));
        (offset != 0).then(|| self.at.saturating_add(offset))
    }

    pub(super) fn integer(&self, field: usize, default: i32) -> Result<i32, Wrong> {
        self.field(field).map_or(Ok(default), |at| Ok(i32::from_le_bytes(number(self.bytes, at)?)))
    }

    pub(super) fn byte(&self, field: usize, default: u8) -> Result<u8, Wrong> {
        self.field(field).map_or(Ok(default), |at| Ok(u8::from_le_bytes(number(self.bytes, at)?)))
    }

    pub(super) fn table(&self, field: usize) -> Result<Option<Self>, Wrong> {
        let Some(at) = self.field(field) else { return Ok(None) };
        Self::at(self.bytes, follow(self.bytes, at)?).map(Some)
    }

    /// The bytes of a vector or a text whose items have a size; `None` if there is none.
    pub(super) fn vector(&self, field: usize, size: usize) -> Result<Option<&'a [u8]>, Wrong> {
        let Some(at) = self.field(field) else { return Ok(None) };
        Ok(Some(self.items(at, size)?.1))
    }

    /// Where the items of a vector begin, and their bytes.
    fn items(&self, field: usize, size: usize) -> Result<(usize, &'a [u8]), Wrong> {
        let at = follow(self.bytes, field)?;
        let count = u32::from_le_bytes(number(self.bytes, at)?);
        let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(size));
        let start = at.saturating_add(4);
        let items = length.and_then(|length| self.bytes.get(start..)?.get(..length));
        Ok((start, items.ok_or_else(beyond)?))
    }

    /// Tables of a vector, one after the other.
    pub(super) fn tables(&self, field: usize) -> Result<impl Iterator<Item = Result<Self, Wrong>>, Wrong> {
        let bytes = self.bytes;
        let places = self.places(field)?;
        Ok(places.map(move |at| Self::at(bytes, follow(bytes, at)?)))
    }

    /// Texts of a vector, one after the other.
    pub(super) fn texts(&self, field: usize) -> Result<impl Iterator<Item = Result<&'a [u8], Wrong>>, Wrong> {
        let table = *self;
        Ok(self.places(field)?.map(move |at| Ok(table.items(at, 1)?.1)))
    }

    /// Where the offsets of a vector of those are.
    fn places(&self, field: usize) -> Result<impl Iterator<Item = usize> + use<>, Wrong> {
        let (start, items) = match self.field(field) {
            Some(at) => self.items(at, 4)?,
            None => (0, [].as_slice()),
        };
        Ok((start..start.saturating_add(items.len())).step_by(4))
    }
}

/// Integers of four bytes, as a vector has them.
pub(super) fn integers(bytes: &[u8]) -> impl ExactSizeIterator<Item = i32> {
    bytes.as_chunks().0.iter().map(|&bytes| i32::from_le_bytes(bytes))
}
