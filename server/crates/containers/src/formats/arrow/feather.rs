//! Feather before its version 2 (`feather.fbs` of Arrow): columns one behind the other, and a description of them at the end.

use super::flatbuffer::Table;
use crate::budget::Budget;
use crate::bytes::{span, u32_at, u64_at};
use crate::fault::{Fault, FaultKind};
use crate::formats::Format;
use crate::member::Opened;
use crate::unwrap::Input;
use crate::values::{Value, Values, key_name};

/// The name of the format.
pub(crate) const NAME: &str = "Feather";

/// What a file begins and ends with.
pub(crate) const MAGIC: &[u8] = b"FEA1";

/// Parts of a column are aligned to so many bytes.
const ALIGNED: usize = 8;

/// Types of columns that are bytes, with offsets of four and of eight bytes.
const BYTES: u8 = 12;
const LARGE_BYTES: u8 = 18;

/// Numbers of fields of tables.
mod field {
    /// The columns of a table.
    pub(super) const COLUMNS: usize = 2;
    /// Name of a column, and where its values are.
    pub(super) const NAME: usize = 0;
    pub(super) const VALUES: usize = 1;
    /// Of those: type, place, how many, how many of them are missing.
    pub(super) const KIND: usize = 0;
    pub(super) const OFFSET: usize = 2;
    pub(super) const COUNT: usize = 3;
    pub(super) const MISSING: usize = 4;
}

/// See the module.
pub(crate) struct Feather;

impl Format for Feather {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        input.bytes.starts_with(MAGIC)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let bytes = input.bytes;
        let mut values = Values::new(bytes.len(), &mut opened, budget);
        match description(bytes).and_then(Table::root) {
            Some(table) => _ = table.tables(field::COLUMNS).all(|column| take(bytes, column, &mut values)),
            None => {
                let message = "expected the description of the columns at the end of the file, found none";
                values.fault(Fault::new(FaultKind::Damaged, bytes.len(), message));
            }
        }
        opened
    }
}

/// The description at the end, behind which its length is.
fn description(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.len().checked_sub(MAGIC.len() + 4).filter(|_| bytes.ends_with(MAGIC))?;
    let start = end.checked_sub(usize::try_from(u32_at(bytes, end)?).ok()?)?;
    Some(&bytes[start..end])
}

/// Takes the values of a column, if they are bytes; whether to go on.
fn take<'a>(bytes: &'a [u8], column: Table<'a>, values: &mut Values<'_, 'a, '_>) -> bool {
    let name = column.string(field::NAME).map_or(String::new(), |(_, name)| key_name(name));
    let places = column.table(field::VALUES).and_then(|array| {
        let width = match array.byte(field::KIND) {
            BYTES => 4,
            LARGE_BYTES => 8,
            _ => return None,
        };
        places(bytes, array, width)
    });
    let Some(mut places) = places else { return values.spend(0) };
    places.all(|(index, start, len)| match Value::at(bytes, start, len) {
        Some(value) => values.take(|| format!("{name}[{index}]"), value),
        None => values.spend(0),
    })
}

/// Where the values of a column are, by its offsets of so many bytes: their numbers, where they begin, and how long they are.
fn places<'a>(
    bytes: &'a [u8],
    array: Table<'a>,
    width: usize,
) -> Option<impl Iterator<Item = (usize, usize, usize)> + use<'a>> {
    let count = usize::try_from(array.long(field::COUNT)).ok()?;
    let mut at = usize::try_from(array.long(field::OFFSET)).ok()?;
    if array.long(field::MISSING) > 0 {
        at = at.checked_add(count.div_ceil(8).next_multiple_of(ALIGNED))?;
    }
    let len = count.checked_add(1)?.checked_mul(width)?;
    let offsets = span(bytes, at, len)?;
    let start = at.checked_add(len.next_multiple_of(ALIGNED))?;
    let number = move |index: usize| {
        let at = index * width;
        let number = if width == 4 { u32_at(offsets, at).map(u64::from) } else { u64_at(offsets, at) };
        number.and_then(|number| usize::try_from(number).ok())
    };
    Some((0..count).filter_map(move |index| {
        let (from, to) = (number(index)?, number(index + 1)?);
        Some((index, start.checked_add(from)?, to.checked_sub(from)?))
    }))
}
