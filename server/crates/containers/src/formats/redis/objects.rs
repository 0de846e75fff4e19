//! Values of keys in a dump, by their type (`RDB_TYPE_…` in `src/rdb.h`).

use std::borrow::Cow;
use std::ops::Range;

use super::Place;
use super::packs::{self, Pack};
use super::reader::{Read, Reader, Stop};
use crate::bytes::Order;
use crate::fault::{Fault, FaultKind};
use crate::values::{Value, Values, key_name};

/// Fewer bytes are no pickle that does anything.
const SHORTEST: usize = 4;

/// Takes the value of type `kind` that comes next. `false`: there is no such type. Type 22 is another one to Valkey than to Redis.
pub(super) fn object<'a>(
    kind: u8,
    of_valkey: bool,
    reader: &mut Reader<'a>,
    place: &Place<'a>,
    values: &mut Values<'_, 'a, '_>,
) -> Read<bool> {
    match kind {
        0 => {
            let value = reader.string(values)?;
            offer(|| place.name(), value, values)?;
        }
        1 | 2 => items(reader, place, values, &|_| Ok(()))?,
        3 => items(reader, place, values, &skip_score)?,
        5 => items(reader, place, values, &|reader| reader.skip(8))?,
        4 => fields(reader, place, values, &|_| Ok(()), &|_| Ok(()))?,
        22 if of_valkey => fields(reader, place, values, &|_| Ok(()), &|reader| reader.skip(8))?,
        22 => fields(reader, place, values, &|reader| reader.numbers(1), &|_| Ok(()))?,
        24 => {
            reader.skip(8)?;
            fields(reader, place, values, &|reader| reader.numbers(1), &|_| Ok(()))?;
        }
        7 => module(reader, place, values)?,
        // Nothing but numbers.
        11 => drop(reader.string(values)?),
        9 => pack(Pack::Map, 2, reader, place, values)?,
        10 | 12 => pack(Pack::Zip, 1, reader, place, values)?,
        13 => pack(Pack::Zip, 2, reader, place, values)?,
        16 => pack(Pack::List, 2, reader, place, values)?,
        17 | 20 => pack(Pack::List, 1, reader, place, values)?,
        23 => pack(Pack::List, 3, reader, place, values)?,
        25 => {
            reader.skip(8)?;
            pack(Pack::List, 3, reader, place, values)?;
        }
        14 => nodes(reader, place, values, &|_| Ok(Some(Pack::Zip)))?,
        18 => nodes(reader, place, values, &|reader| Ok((reader.number()? != 1).then_some(Pack::List)))?,
        15 => stream(1, reader, place, values)?,
        19 => stream(2, reader, place, values)?,
        21 => stream(3, reader, place, values)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Takes a value, if it is long enough to be of interest.
pub(super) fn offer<'a>(
    name: impl FnOnce() -> String,
    value: Value<'a>,
    values: &mut Values<'_, 'a, '_>,
) -> Read<()> {
    let goes_on =
        if value.bytes.len() < SHORTEST { values.spend(value.bytes.len()) } else { values.take(name, value) };
    if goes_on { Ok(()) } else { Err(Stop::Enough) }
}

/// Reads what stands beside a string.
type Beside<'a, 'r> = &'r dyn Fn(&mut Reader<'a>) -> Read<()>;

/// Takes strings, each with something behind it.
fn items<'a>(
    reader: &mut Reader<'a>,
    place: &Place<'a>,
    values: &mut Values<'_, 'a, '_>,
    behind: Beside<'a, '_>,
) -> Read<()> {
    for index in 0..reader.number()? {
        let value = reader.string(values)?;
        offer(|| format!("{}/{index}", place.name()), value, values)?;
        behind(reader)?;
    }
    Ok(())
}

/// A number as text, with its length in a byte; three lengths stand for what is no number.
fn skip_score(reader: &mut Reader<'_>) -> Read<()> {
    match reader.byte()? {
        253..=255 => Ok(()),
        len => reader.skip(u64::from(len)),
    }
}

/// Takes fields and their values, with something before and behind each pair.
fn fields<'a>(
    reader: &mut Reader<'a>,
    place: &Place<'a>,
    values: &mut Values<'_, 'a, '_>,
    before: Beside<'a, '_>,
    behind: Beside<'a, '_>,
) -> Read<()> {
    for index in 0..reader.number()? {
        before(reader)?;
        let (field, value) = (reader.string(values)?, reader.string(values)?);
        behind(reader)?;
        offer(|| format!("{}/{}", place.name(), key_name(&field.bytes)), value, values)?;
        offer(|| format!("{}/#{index}", place.name()), field, values)?;
    }
    Ok(())
}

/// Takes what a module has written: numbers and strings, each with what it is before it.
pub(super) fn module<'a>(
    reader: &mut Reader<'a>,
    place: &Place<'a>,
    values: &mut Values<'_, 'a, '_>,
) -> Read<()> {
    reader.numbers(1)?;
    for index in 0u64.. {
        let at = reader.at();
        match reader.number()? {
            0 => break,
            1 | 2 => reader.numbers(1)?,
            3 => reader.skip(4)?,
            4 => reader.skip(8)?,
            5 => {
                let value = reader.string(values)?;
                offer(|| format!("{}/{index}", place.name()), value, values)?;
            }
            kind => {
                let message = format!("expected a number or a string of a module, found the type {kind}");
                return Err(Fault::new(FaultKind::Damaged, at, message).into());
            }
        }
    }
    Ok(())
}

/// Takes a list of lists that lie in strings each; `kind` reads what the next string is: `None`, an item by itself.
fn nodes<'a>(
    reader: &mut Reader<'a>,
    place: &Place<'a>,
    values: &mut Values<'_, 'a, '_>,
    kind: &dyn Fn(&mut Reader<'a>) -> Read<Option<Pack>>,
) -> Read<()> {
    let mut before = 0;
    for _ in 0..reader.number()? {
        let kind = kind(reader)?;
        let at = reader.at();
        let value = reader.string(values)?;
        match kind {
            Some(pack) => before = unpack(pack, 1, &value, (at, before), &place.name(), values)?,
            None => {
                offer(|| format!("{}/{before}", place.name()), value, values)?;
                before += 1;
            }
        }
    }
    Ok(())
}

/// Takes a list that lies in a string, of items in groups of so many.
fn pack<'a>(
    pack: Pack,
    group: usize,
    reader: &mut Reader<'a>,
    place: &Place<'a>,
    values: &mut Values<'_, 'a, '_>,
) -> Read<()> {
    let at = reader.at();
    let value = reader.string(values)?;
    unpack(pack, group, &value, (at, 0), &place.name(), values).map(|_| ())
}

/// Takes the items of the list in `value`, which stands at `at`, and is behind `before` others; how many there are by then. Of groups,
/// the first is the name of the second.
fn unpack<'a>(
    pack: Pack,
    group: usize,
    value: &Value<'a>,
    (at, before): (usize, usize),
    name: &str,
    values: &mut Values<'_, 'a, '_>,
) -> Read<usize> {
    let mut index = before;
    let mut before_it: Option<Range<usize>> = None;
    let mut found = Ok(());
    let whole = value.bytes.is_empty()
        || packs::each(pack, &value.bytes, |item| {
            let field = std::mem::replace(&mut before_it, item.clone());
            let field = field.filter(|_| (index - before) % group == 1);
            let called = || match field.and_then(|field| value.bytes.get(field)) {
                Some(field) => format!("{name}/{}", key_name(field)),
                None => format!("{name}/{index}"),
            };
            found = item.map_or(Ok(()), |item| offer(called, part(value, item), values));
            index += 1;
            found.is_ok()
        });
    found?;
    if !whole {
        let message = "expected a list of strings, found something that is not";
        values.fault(Fault::new(FaultKind::Damaged, at, message).of(name));
    }
    Ok(index)
}

/// These bytes of a value.
fn part<'a>(value: &Value<'a>, range: Range<usize>) -> Value<'a> {
    let start = range.start;
    match &value.bytes {
        Cow::Borrowed(bytes) => Value {
            bytes: bytes.get(range).unwrap_or_default().into(),
            offset: value.offset.map(|offset| offset + start),
        },
        Cow::Owned(bytes) => Value::made(bytes.get(range).unwrap_or_default().to_vec()),
    }
}

/// Takes the entries of a stream as a version of Redis writes them, and reads past its groups of consumers.
fn stream<'a>(
    version: u8,
    reader: &mut Reader<'a>,
    place: &Place<'a>,
    values: &mut Values<'_, 'a, '_>,
) -> Read<()> {
    for _ in 0..reader.number()? {
        let first = reader.string(values)?;
        let at = reader.at();
        let value = reader.string(values)?;
        let [moment, number] = [0, 8].map(|at| Order::Big.u64_at(&first.bytes, at).unwrap_or(0));
        let name = format!("{}/{moment}-{number}", place.name());
        unpack(Pack::List, 1, &value, (at, 0), &name, values)?;
    }
    // How many entries, the last one, and since the second version the first, the last deleted, and how many there ever were.
    reader.numbers(if version > 1 { 8 } else { 3 })?;
    for _ in 0..reader.number()? {
        reader.string(values)?;
        reader.numbers(if version > 1 { 3 } else { 2 })?;
        for _ in 0..reader.number()? {
            reader.skip(24)?;
            reader.numbers(1)?;
        }
        for _ in 0..reader.number()? {
            reader.string(values)?;
            reader.skip(if version > 2 { 16 } else { 8 })?;
            for _ in 0..reader.number()? {
                reader.skip(16)?;
            }
        }
    }
    Ok(())
}
