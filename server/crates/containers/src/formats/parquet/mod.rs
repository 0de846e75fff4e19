//! Parquet (`parquet.thrift`): columns of bytes may be pickles that the program which reads them unpickles, and so may what stands beside them.
//! The schema of Arrow (see [`super::arrow`]) is kept in the footer, and libraries keep objects of their own there.

mod columns;
mod delta;
mod pages;
mod thrift;

use super::Format;
use super::arrow::Metadata;
use crate::budget::Budget;
use crate::bytes::{span, u32_at};
use crate::encoding::Encoding;
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::unwrap::Input;
use crate::values::{Value, Values, key_name};
use columns::{Chunk, Columns};
use thrift::{Reader, kind};

/// The name of the format.
pub(crate) const NAME: &str = "Parquet";

/// What a file begins and ends with.
pub(crate) const MAGIC: &[u8] = b"PAR1";

/// The same of one whose footer is encrypted.
pub(crate) const ENCRYPTED: &[u8] = b"PARE";

/// The fields of the footer: what columns there are, where they lie, and keys and values.
const COLUMNS: i16 = 2;
const ROWS: i16 = 4;
const PAIRS: i16 = 5;

/// The fields of a pair.
const KEY: i16 = 1;
const VALUE: i16 = 2;

/// The key of the schema of Arrow, in base64.
const SCHEMA: &[u8] = b"ARROW:schema";

/// See the module.
pub(crate) struct Parquet;

impl Format for Parquet {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        input.bytes.starts_with(MAGIC) || input.bytes.starts_with(ENCRYPTED)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let bytes = input.bytes;
        let Some((start, footer)) = footer(bytes) else {
            let (kind, message) = if bytes.ends_with(ENCRYPTED) {
                (FaultKind::Encrypted, "the footer of the Parquet file is encrypted")
            } else {
                (FaultKind::Damaged, "expected the footer of a Parquet file at its end, found none")
            };
            opened.faults.push(Fault::new(kind, bytes.len(), message));
            return opened;
        };
        let mut metadata = Metadata::new(Values::new(bytes.len(), &mut opened, budget));
        let mut found = Footer::default();
        let whole = found.read(&mut Reader::new(footer, 0));
        for Pair { key, value } in found.pairs {
            let schema = Encoding::Base64.decode(span(footer, value.0, value.1).unwrap_or_default());
            let goes_on = match schema.filter(|_| key == SCHEMA) {
                Some(schema) => metadata.message_of(&schema),
                None => Value::at(bytes, start + value.0, value.1)
                    .is_none_or(|value| metadata.take(key_name(key), value)),
            };
            if !goes_on {
                return opened;
            }
        }
        let mut values = metadata.into_values();
        if !found.columns.take(&found.chunks, bytes, &mut values) {
            return opened;
        }
        if whole.is_none() {
            let message = "the footer of the Parquet file breaks off";
            opened.faults.push(Fault::new(FaultKind::Truncated, start, message));
        }
        opened
    }
}

/// Where the footer begins, and its bytes.
fn footer(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let end = bytes.len().checked_sub(MAGIC.len() + 4).filter(|_| bytes.ends_with(MAGIC))?;
    let start = end.checked_sub(usize::try_from(u32_at(bytes, end)?).ok()?)?;
    Some((start, &bytes[start..end]))
}

/// A key, and where its value lies and how long it is.
struct Pair<'a> {
    key: &'a [u8],
    value: (usize, usize),
}

/// What a footer says.
#[derive(Default)]
struct Footer<'a> {
    columns: Columns,
    chunks: Vec<Chunk>,
    pairs: Vec<Pair<'a>>,
}

impl<'a> Footer<'a> {
    /// Reads as much as there is; `None`: it breaks off.
    fn read(&mut self, reader: &mut Reader<'a>) -> Option<()> {
        reader.structure(|reader, number, kind| match (number, kind) {
            (COLUMNS, kind::LIST) => self.columns.read(reader),
            (ROWS, kind::LIST) => columns::read_rows(reader, &mut self.chunks),
            (PAIRS, kind::LIST) => reader.structures(|reader| {
                self.pairs.extend(pair(reader)?);
                Some(())
            }),
            _ => Some(false),
        })
    }
}

fn pair<'a>(reader: &mut Reader<'a>) -> Option<Option<Pair<'a>>> {
    let (mut key, mut value) = (&b""[..], None);
    reader.structure(|reader, number, kind| {
        match (number, kind) {
            (KEY, kind::BINARY) => key = reader.binary()?.1,
            (VALUE, kind::BINARY) => value = reader.binary().map(|(at, content)| (at, content.len())),
            _ => return Some(false),
        }
        Some(true)
    })?;
    Some(value.map(|value| Pair { key, value }))
}
