//! Avro (Object Container Files of its specification): a description of the records, and blocks of them that may be packed. Bytes and texts in
//! records are what the program that reads them may unpickle.

mod schema;

use std::borrow::Cow;

use super::Format;
use crate::budget::Budget;
use crate::bytes::span;
use crate::fault::{Fault, FaultKind};
use crate::formats::{bzip2, lzma, zstd};
use crate::inflate::inflate_in;
use crate::member::Opened;
use crate::pull::{End, Inflated};
use crate::snappy;
use crate::unwrap::Input;
use crate::values::Values;
use schema::{Schema, Type};

/// The name of the format.
pub(crate) const NAME: &str = "Avro";

/// What a file begins with.
pub(crate) const MAGIC: &[u8] = b"Obj\x01";

/// Length of what stands behind the description and each block.
const MARK: usize = 16;

/// Keys of the description, and of how blocks are packed.
const SCHEMA: &[u8] = b"avro.schema";
const CODEC: &[u8] = b"avro.codec";

/// Steps that it may take to read the blocks, for each byte of them and in any file: values that take no byte may be as many as one likes.
const STEPS: usize = 16;
const STEPS_FLOOR: usize = 1 << 16;

/// Values inside each other that are followed.
const DEEPEST: usize = 1 << 12;

/// See the module.
pub(crate) struct Avro;

impl Format for Avro {
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
        let mut values = Values::new(input.bytes.len(), &mut opened, budget);
        let mut reader = Reader { bytes: input.bytes, at: MAGIC.len() };
        match header(&mut reader) {
            Some((schema, codec)) => blocks(&mut reader, &schema, codec, &mut values),
            None => {
                let message = "expected the description of an Avro file, found none that can be read";
                values.fault(Fault::new(FaultKind::Damaged, reader.at.min(input.bytes.len()), message));
            }
        }
        opened
    }
}

/// The types and how blocks are packed, of what is in front of the blocks.
fn header<'a>(reader: &mut Reader<'a>) -> Option<(Schema, &'a [u8])> {
    let (mut schema, mut codec) = (None, &b"null"[..]);
    loop {
        let count = reader.count()?;
        if count == 0 {
            break;
        }
        for _ in 0..count {
            let (key, value) = (reader.counted()?, reader.counted()?);
            match key {
                SCHEMA => schema = Schema::read(value),
                CODEC => codec = value,
                _ => {}
            }
        }
    }
    reader.take(MARK)?;
    Some((schema?, codec))
}

fn blocks(reader: &mut Reader<'_>, schema: &Schema, codec: &[u8], values: &mut Values<'_, '_, '_>) {
    let (mut record, mut steps) = (0, STEPS_FLOOR);
    while reader.at < reader.bytes.len() {
        let start = reader.at;
        // Unlike that of lists, a negative number has no length behind it: readers take it for none.
        let block =
            reader.number().and_then(|count| Some((u64::try_from(count).unwrap_or(0), reader.counted()?)));
        let Some((count, packed)) = block else {
            let message = "the blocks of the Avro file break off";
            return values.fault(Fault::new(FaultKind::Truncated, start, message));
        };
        // The last mark may be missing: readers have what is before it by then.
        reader.at += MARK;
        if !values.spend(packed.len()) {
            return;
        }
        let (kind, message) = match unpacked(packed, codec, values) {
            Ok(block) => {
                steps = steps.saturating_add(block.len().saturating_mul(STEPS));
                let reader = Reader { bytes: &block, at: 0 };
                let mut walk = Walk { schema, reader, steps: &mut steps };
                match walk.records(count, &mut record, values) {
                    Some(true) => continue,
                    Some(false) => return,
                    None if steps == 0 => {
                        let message = "the blocks are of more values than their bytes; the rest is not read";
                        (FaultKind::LimitReached, message)
                    }
                    None => (FaultKind::Damaged, "a block of the Avro file is not what its description says"),
                }
            }
            Err(Stop::Limit) => {
                (FaultKind::LimitReached, "the blocks are larger than the limit; the rest is not read")
            }
            Err(Stop::Damaged) => (FaultKind::Damaged, "a block of the Avro file cannot be unpacked"),
            Err(Stop::Unknown) => {
                let message = "the blocks of the Avro file are packed by a method that is not read";
                return values.fault(Fault::new(FaultKind::Unsupported, start, message));
            }
        };
        values.fault(Fault::new(kind, start, message));
        if kind == FaultKind::LimitReached {
            return;
        }
    }
}

/// Why a block cannot be had.
enum Stop {
    Limit,
    Damaged,
    Unknown,
}

fn unpacked<'p>(
    packed: &'p [u8],
    codec: &[u8],
    values: &mut Values<'_, '_, '_>,
) -> Result<Cow<'p, [u8]>, Stop> {
    let limit = values.room_to_look(packed);
    let room = values.room_of(limit);
    let stream = |stream: Inflated| match stream.end {
        End::Limit => Err(Stop::Limit),
        _ if stream.bytes.is_empty() && !packed.is_empty() => Err(Stop::Damaged),
        _ => Ok(stream.bytes),
    };
    let bytes = match codec {
        b"null" => return Ok(Cow::Borrowed(packed)),
        b"deflate" => stream(inflate_in(packed, room))?,
        // A checksum behind it.
        b"snappy" => {
            let packed = &packed[..packed.len().saturating_sub(4)];
            snappy::unpack(packed, limit).ok_or(Stop::Damaged)?
        }
        b"bzip2" => stream(bzip2::decode(packed, room))?,
        b"xz" => stream(lzma::decode(packed, room))?,
        b"zstandard" => stream(zstd::decode(packed, room))?,
        _ => return Err(Stop::Unknown),
    };
    values.looked(bytes.len());
    Ok(Cow::Owned(bytes))
}

/// Reads numbers and bytes. `None`: they are not there.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A signed number of up to ten bytes of seven bits.
    fn number(&mut self) -> Option<i64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            number |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
            }
        }
        None
    }

    /// How many items follow: behind a negative number, their length in bytes does.
    fn count(&mut self) -> Option<u64> {
        let count = self.number()?;
        if count < 0 {
            self.number()?;
        }
        Some(count.unsigned_abs())
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let taken = span(self.bytes, self.at, len)?;
        self.at += len;
        Some(taken)
    }

    fn counted(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        self.take(len)
    }
}

/// Reads the records of a block.
struct Walk<'s, 'b> {
    schema: &'s Schema,
    reader: Reader<'b>,
    /// How many are left, for this block and those behind it.
    steps: &'s mut usize,
}

/// What is left to be read.
#[derive(Clone, Copy)]
enum Work<'s> {
    /// A value of this type, in the field of this name.
    One(usize, &'s str),
    /// So many of them, each behind a key if it is a map.
    Several { of: usize, left: u64, is_map: bool, name: &'s str },
    /// All that there are.
    Blocks { of: usize, is_map: bool, name: &'s str },
}

impl<'s, 'b> Walk<'s, 'b> {
    /// Takes the bytes in `count` records of a block. Whether to go on; `None`: they are not what is described.
    fn records(&mut self, count: u64, record: &mut u64, values: &mut Values<'_, '_, '_>) -> Option<bool> {
        let mut open = Vec::new();
        for _ in 0..count {
            open.push(Work::One(self.schema.root, ""));
            while let Some(work) = open.pop() {
                *self.steps = self.steps.checked_sub(1)?;
                if open.len() >= DEEPEST {
                    return None;
                }
                let Some((name, found)) = self.step(work, &mut open)? else { continue };
                if !values.take_made(|| format!("{name}[{record}]"), found) {
                    return Some(false);
                }
            }
            *record += 1;
        }
        Some(true)
    }

    /// Reads on; the name and the bytes, if that is what comes.
    fn step(&mut self, work: Work<'s>, open: &mut Vec<Work<'s>>) -> Option<Option<(&'s str, &'b [u8])>> {
        let (kind, name) = match work {
            Work::Several { left: 0, .. } => return Some(None),
            Work::Several { of, left, is_map, name } => {
                open.push(Work::Several { of, left: left - 1, is_map, name });
                if is_map {
                    self.reader.counted()?;
                }
                open.push(Work::One(of, name));
                return Some(None);
            }
            Work::Blocks { of, is_map, name } => {
                let left = self.reader.count()?;
                if left > 0 {
                    open.push(work);
                    open.push(Work::Several { of, left, is_map, name });
                }
                return Some(None);
            }
            Work::One(kind, name) => (self.schema.types.get(kind)?, name),
        };
        match kind {
            Type::Plain(len) => drop(self.reader.take(*len)?),
            Type::Number => drop(self.reader.number()?),
            Type::Bytes => return Some(Some((name, self.reader.counted()?))),
            Type::Fixed(len) => return Some(Some((name, self.reader.take(*len)?))),
            Type::Record(fields) => {
                for (field, kind) in fields.iter().rev() {
                    open.push(Work::One(*kind, field));
                }
            }
            Type::List(of) => open.push(Work::Blocks { of: *of, is_map: false, name }),
            Type::Map(of) => open.push(Work::Blocks { of: *of, is_map: true, name }),
            Type::Union(several) => {
                let which = usize::try_from(self.reader.number()?).ok()?;
                open.push(Work::One(*several.get(which)?, name));
            }
        }
        Some(None)
    }
}
