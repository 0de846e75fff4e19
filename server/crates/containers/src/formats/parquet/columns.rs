//! What columns of bytes there are, and where their pages lie.

use std::collections::HashMap;

use super::pages::{Levels, Pages};
use super::thrift::{Reader, kind};
use crate::fault::{Fault, FaultKind};
use crate::values::{Values, key_name};

/// Numbers of fields (`parquet.thrift`).
mod field {
    pub(super) mod element {
        pub(in super::super) const KIND: i16 = 1;
        pub(in super::super) const WIDTH: i16 = 2;
        pub(in super::super) const REPETITION: i16 = 3;
        pub(in super::super) const NAME: i16 = 4;
        pub(in super::super) const CHILDREN: i16 = 5;
        pub(in super::super) const CONVERTED: i16 = 6;
        pub(in super::super) const LOGICAL: i16 = 10;
    }
    pub(super) mod chunk {
        pub(in super::super) const METADATA: i16 = 3;
        pub(in super::super) const ENCRYPTION: i16 = 8;
    }
    pub(super) mod metadata {
        pub(in super::super) const CODEC: i16 = 4;
        pub(in super::super) const COUNT: i16 = 5;
        pub(in super::super) const DATA: i16 = 9;
        pub(in super::super) const DICTIONARY: i16 = 11;
    }
    /// The columns of a group of rows.
    pub(super) const CHUNKS: i16 = 1;
}

/// Types of columns that are bytes, each behind its length, or all of one length.
const BYTES: i64 = 6;
const FIXED: i64 = 7;

/// What bytes can be said to be that readers do not give as bytes: texts and decimal numbers, by the old way to say it and by the new one, which
/// counts where both are there.
const OLD_OTHERS: [i64; 3] = [0, 5, 19];
const OTHERS: [i16; 3] = [1, 5, 12];

/// Elements of a schema inside each other.
const DEEPEST: usize = 256;

/// The columns of a table.
#[derive(Default)]
pub(super) struct Columns {
    /// In the order of the chunks of each group of rows; `None`: one that is no bytes.
    columns: Vec<Option<Column>>,
    /// Groups that are open: elements that are left, levels, and the name.
    open: Vec<(i64, Levels, String)>,
}

/// A column of bytes.
struct Column {
    name: String,
    levels: Levels,
    /// Length of each value, if it is the same.
    width: Option<usize>,
}

/// A part of a column.
#[derive(Default)]
pub(super) struct Chunk {
    /// The number of the column.
    column: usize,
    codec: i64,
    count: i64,
    /// Where its pages begin: those of the data, and the one before them.
    data: i64,
    dictionary: Option<i64>,
    is_encrypted: bool,
}

/// What the schema says of a column or a group of columns.
#[derive(Default)]
struct Element {
    kind: Option<i64>,
    width: i64,
    repetition: i64,
    children: i64,
    /// Whether readers give its values as something else than bytes, by the old and by the new way to say what they are.
    is_other: Option<bool>,
    was_other: bool,
    name: String,
}

impl Columns {
    /// Reads the schema, which is a tree of elements, each before those in it.
    pub(super) fn read(&mut self, reader: &mut Reader<'_>) -> Option<bool> {
        let mut is_root = true;
        reader.structures(|reader| {
            let element = element(reader)?;
            if !std::mem::replace(&mut is_root, false) {
                self.add(element)?;
            }
            Some(())
        })
    }

    fn add(&mut self, element: Element) -> Option<()> {
        let (levels, path) = match self.open.last() {
            Some((_, levels, path)) => {
                (levels.inside(element.repetition), format!("{path}.{}", element.name))
            }
            None => (Levels::default().inside(element.repetition), element.name),
        };
        while let Some((left, ..)) = self.open.last_mut() {
            *left -= 1;
            if *left > 0 {
                break;
            }
            self.open.pop();
        }
        if element.children > 0 {
            self.open.push((element.children, levels, key_name(path.as_bytes())));
            return (self.open.len() <= DEEPEST).then_some(());
        }
        let is_plain = !element.is_other.unwrap_or(element.was_other);
        let width = usize::try_from(element.width).ok().filter(|width| *width > 0);
        self.columns.push(match element.kind {
            Some(BYTES) if is_plain => Some(Column { name: path, levels, width: None }),
            Some(FIXED) if is_plain && width.is_some() => Some(Column { name: path, levels, width }),
            _ => None,
        });
        Some(())
    }

    /// Takes the values of all chunks; whether to go on.
    pub(super) fn take(&self, chunks: &[Chunk], bytes: &[u8], values: &mut Values<'_, '_, '_>) -> bool {
        let mut counts = HashMap::new();
        chunks.iter().all(|chunk| {
            let Some(Some(column)) = self.columns.get(chunk.column) else { return values.spend(0) };
            let count = counts.entry(chunk.column).or_insert(0);
            column.take(chunk, bytes, count, values)
        })
    }
}

impl Column {
    fn take(&self, chunk: &Chunk, bytes: &[u8], count: &mut u64, values: &mut Values<'_, '_, '_>) -> bool {
        if chunk.is_encrypted {
            let message = "a column of the Parquet file is encrypted";
            values.fault(Fault::new(FaultKind::Encrypted, 0, message).of(&self.name));
            return values.spend(0);
        }
        let start = chunk.dictionary.filter(|at| (1..chunk.data).contains(at)).unwrap_or(chunk.data);
        let Ok(at) = usize::try_from(start) else { return values.spend(0) };
        let mut pages = Pages { bytes, at, codec: chunk.codec, levels: self.levels, width: self.width };
        pages.take(
            chunk.count,
            values,
            &mut |values, value| {
                let index = *count;
                *count += 1;
                values.take_made(|| format!("{}[{index}]", self.name), value)
            },
            &self.name,
        )
    }
}

fn element(reader: &mut Reader<'_>) -> Option<Element> {
    use field::element::{CHILDREN, CONVERTED, KIND, LOGICAL, NAME, REPETITION, WIDTH};
    let mut element = Element::default();
    reader.structure(|reader, number, kind| {
        match (number, kind) {
            (KIND, kind::INT) => element.kind = Some(reader.signed()?),
            (WIDTH, kind::INT) => element.width = reader.signed()?,
            (REPETITION, kind::INT) => element.repetition = reader.signed()?,
            (CHILDREN, kind::INT) => element.children = reader.signed()?,
            (CONVERTED, kind::INT) => element.was_other = OLD_OTHERS.contains(&reader.signed()?),
            (NAME, kind::BINARY) => element.name = key_name(reader.binary()?.1),
            (LOGICAL, kind::STRUCT) => {
                reader.structure(|_, number, _| {
                    element.is_other = Some(OTHERS.contains(&number));
                    Some(false)
                })?;
            }
            _ => return Some(false),
        }
        Some(true)
    })?;
    Some(element)
}

/// Adds the chunks of all groups of rows.
pub(super) fn read_rows(reader: &mut Reader<'_>, chunks: &mut Vec<Chunk>) -> Option<bool> {
    reader.structures(|reader| {
        reader.structure(|reader, number, kind| {
            if (number, kind) != (field::CHUNKS, kind::LIST) {
                return Some(false);
            }
            let mut column = 0;
            reader.structures(|reader| {
                chunks.push(chunk(reader, column)?);
                column += 1;
                Some(())
            })
        })
    })
}

fn chunk(reader: &mut Reader<'_>, column: usize) -> Option<Chunk> {
    use field::metadata::{CODEC, COUNT, DATA, DICTIONARY};
    let mut chunk = Chunk { column, ..Chunk::default() };
    reader.structure(|reader, number, kind| match (number, kind) {
        (field::chunk::METADATA, kind::STRUCT) => {
            reader.structure(|reader, number, kind| {
                match (number, kind) {
                    (CODEC, kind::INT) => chunk.codec = reader.signed()?,
                    (COUNT, kind::LONG) => chunk.count = reader.signed()?,
                    (DATA, kind::LONG) => chunk.data = reader.signed()?,
                    (DICTIONARY, kind::LONG) => chunk.dictionary = Some(reader.signed()?),
                    _ => return Some(false),
                }
                Some(true)
            })?;
            Some(true)
        }
        (field::chunk::ENCRYPTION, _) => {
            chunk.is_encrypted = true;
            Some(false)
        }
        _ => Some(false),
    })?;
    Some(chunk)
}
