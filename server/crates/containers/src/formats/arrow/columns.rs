//! Columns of bytes: what columns there are, by the schema, and where their values lie in the bodies of messages ("Physical Memory Layout" and
//! `Message.fbs` of the specification). A column is a few buffers, which a message lists one column after the other.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::field;
use super::flatbuffer::Table;
use crate::bytes::{span, u32_at, u64_at};
use crate::fault::{Fault, FaultKind};
use crate::formats::{lz4, zstd};
use crate::pull::End;
use crate::values::{Value, Values, key_name};

/// Columns inside each other that are followed, and how many there may be.
const DEEPEST: usize = 64;
const MOST: usize = 1 << 20;

/// Numbers of types (`Schema.fbs`).
mod kind {
    pub(super) const NULL: u8 = 1;
    pub(super) const BYTES: u8 = 4;
    pub(super) const TEXT: u8 = 5;
    pub(super) const LIST: u8 = 12;
    pub(super) const STRUCTURE: u8 = 13;
    pub(super) const UNION: u8 = 14;
    pub(super) const FIXED_BYTES: u8 = 15;
    pub(super) const FIXED_LIST: u8 = 16;
    pub(super) const MAP: u8 = 17;
    pub(super) const LARGE_BYTES: u8 = 19;
    pub(super) const LARGE_TEXT: u8 = 20;
    pub(super) const LARGE_LIST: u8 = 21;
    pub(super) const RUNS: u8 = 22;
    pub(super) const VIEWS: u8 = 23;
    pub(super) const TEXT_VIEWS: u8 = 24;
    pub(super) const LIST_VIEW: u8 = 25;
    pub(super) const LARGE_LIST_VIEW: u8 = 26;
}

/// Fields of a record batch.
mod batch {
    pub(super) const BUFFERS: usize = 2;
    pub(super) const COMPRESSION: usize = 3;
    pub(super) const FURTHER: usize = 4;
}

/// What the buffers of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// So many, of which none is of interest.
    Other(usize),
    /// Which values are there, where they begin (in so many bytes), and their bytes.
    Bytes(usize),
    /// Which values are there, and their bytes, so many each.
    Fixed(usize),
    /// Which values are there, where they are, and a number of buffers that the message says.
    Views { is_text: bool },
}

/// A column.
struct Column {
    name: String,
    layout: Layout,
}

/// All columns of a schema, those that are made of others before these.
#[derive(Default)]
pub(super) struct Columns {
    rows: Vec<Column>,
    /// Those whose values a column refers to, by the number of the dictionary.
    dictionaries: HashMap<u64, Vec<Column>>,
    /// How many values of a column came before.
    counts: HashMap<(Option<u64>, usize), u64>,
}

impl Columns {
    /// Those of a schema.
    pub(super) fn of(schema: Table<'_>) -> Self {
        let mut columns = Self::default();
        let mut left = MOST;
        let mut rows = Vec::new();
        for column in schema.tables(field::schema::FIELDS) {
            columns.add(column, &mut rows, &mut left);
        }
        columns.rows = rows;
        columns
    }

    /// Adds a column, and those that it is made of.
    fn add(&mut self, column: Table<'_>, to: &mut Vec<Column>, left: &mut usize) {
        let mut open = vec![(column, DEEPEST)];
        while let Some((column, depth)) = open.pop() {
            let Some(rest) = left.checked_sub(1) else { return };
            *left = rest;
            let name = column.string(field::column::NAME).map_or(String::new(), |(_, name)| key_name(name));
            let children = open.len();
            if depth > 0 {
                open.extend(column.tables(field::column::CHILDREN).map(|child| (child, depth - 1)));
                open[children..].reverse();
            }
            let Some(dictionary) = column.table(field::column::DICTIONARY) else {
                to.push(Column { name, layout: layout(column) });
                continue;
            };
            // The column itself is numbers; what it is of comes in a message of its own.
            to.push(Column { name: name.clone(), layout: Layout::Other(2) });
            let mut values = vec![Column { name, layout: layout(column) }];
            values.extend(open.drain(children..).rev().map(|(child, _)| {
                let name =
                    child.string(field::column::NAME).map_or(String::new(), |(_, name)| key_name(name));
                Column { name, layout: layout(child) }
            }));
            self.dictionaries.insert(dictionary.long(0), values);
        }
    }

    /// Takes the values of some rows, which lie in `body`; whether to go on.
    pub(super) fn rows<'a>(
        &mut self,
        rows: Table<'a>,
        bytes: &'a [u8],
        body: Range<usize>,
        values: &mut Values<'_, 'a, '_>,
    ) -> bool {
        Batch::new(rows, bytes, body).take(&self.rows, None, &mut self.counts, values)
    }

    /// The same of the values that a column refers to.
    pub(super) fn dictionary<'a>(
        &mut self,
        id: u64,
        rows: Table<'a>,
        bytes: &'a [u8],
        body: Range<usize>,
        values: &mut Values<'_, 'a, '_>,
    ) -> bool {
        let Some(columns) = self.dictionaries.get(&id) else { return values.spend(0) };
        Batch::new(rows, bytes, body).take(columns, Some(id), &mut self.counts, values)
    }
}

fn layout(column: Table<'_>) -> Layout {
    let described = column.table(field::column::TYPE);
    match column.byte(field::column::KIND) {
        kind::NULL | kind::RUNS => Layout::Other(0),
        kind::BYTES => Layout::Bytes(4),
        kind::LARGE_BYTES => Layout::Bytes(8),
        kind::FIXED_BYTES => {
            Layout::Fixed(described.map_or(0, |described| usize::try_from(described.int(0)).unwrap_or(0)))
        }
        kind::VIEWS => Layout::Views { is_text: false },
        kind::TEXT_VIEWS => Layout::Views { is_text: true },
        kind::STRUCTURE | kind::FIXED_LIST => Layout::Other(1),
        kind::TEXT | kind::LARGE_TEXT | kind::LIST_VIEW | kind::LARGE_LIST_VIEW => Layout::Other(3),
        kind::LIST | kind::MAP | kind::LARGE_LIST => Layout::Other(2),
        // Which of them each value is, and where in it.
        kind::UNION => Layout::Other(described.map_or(1, |described| 1 + usize::from(described.byte(0) & 1))),
        _ => Layout::Other(2),
    }
}

/// The buffers of some rows.
struct Batch<'a> {
    bytes: &'a [u8],
    body: Range<usize>,
    buffers: Box<dyn Iterator<Item = Option<(usize, usize)>> + 'a>,
    further: Box<dyn Iterator<Item = u64> + 'a>,
    /// By what buffers are compressed: LZ4 (0) or Zstandard (1).
    codec: Option<u8>,
}

/// Bytes of a buffer, and where they lie if they are in the file as they are.
type Buffer<'a> = (Cow<'a, [u8]>, Option<usize>);

impl<'a> Batch<'a> {
    fn new(rows: Table<'a>, bytes: &'a [u8], body: Range<usize>) -> Self {
        let mut numbers = rows.longs(batch::BUFFERS, 2).map(|number| usize::try_from(number).ok());
        let buffers = std::iter::from_fn(move || {
            let (start, len) = (numbers.next()?, numbers.next()?);
            Some(start.zip(len))
        });
        Self {
            bytes,
            body,
            buffers: Box::new(buffers),
            further: Box::new(rows.longs(batch::FURTHER, 1)),
            codec: rows.table(batch::COMPRESSION).map(|compression| compression.byte(0)),
        }
    }

    fn take(
        mut self,
        columns: &[Column],
        dictionary: Option<u64>,
        counts: &mut HashMap<(Option<u64>, usize), u64>,
        values: &mut Values<'_, 'a, '_>,
    ) -> bool {
        for (number, column) in columns.iter().enumerate() {
            let count = counts.entry((dictionary, number)).or_insert(0);
            if !self.column(column, count, values) {
                return false;
            }
        }
        true
    }

    /// Takes the values of a column, whose buffers are the next ones.
    fn column(&mut self, column: &Column, count: &mut u64, values: &mut Values<'_, 'a, '_>) -> bool {
        match column.layout {
            Layout::Other(buffers) => {
                for _ in 0..buffers {
                    self.buffers.next();
                }
                values.spend(0)
            }
            Layout::Bytes(width) => {
                self.buffers.next();
                let offsets = self.buffer(&column.name, values);
                let data = self.buffer(&column.name, values);
                let (Some((offsets, _)), Some(data)) = (offsets, data) else { return values.spend(0) };
                let ends = offsets.chunks_exact(width).map(number);
                let starts = ends.clone();
                starts
                    .zip(ends.skip(1))
                    .all(|(start, end)| take(&data, start, end.checked_sub(start), column, count, values))
            }
            Layout::Fixed(width) => {
                self.buffers.next();
                let Some(data) = self.buffer(&column.name, values) else { return values.spend(0) };
                let places = (0..data.0.len().checked_div(width).unwrap_or(0)).map(|index| index * width);
                places.into_iter().all(|start| take(&data, start, Some(width), column, count, values))
            }
            Layout::Views { is_text } => self.views(column, is_text, count, values),
        }
    }

    /// The same of values that are in one of several buffers each, or by themselves if they are short.
    fn views(
        &mut self,
        column: &Column,
        is_text: bool,
        count: &mut u64,
        values: &mut Values<'_, 'a, '_>,
    ) -> bool {
        self.buffers.next();
        let views = self.buffer(&column.name, values);
        let mut data = Vec::new();
        for _ in 0..self.further.next().unwrap_or(0) {
            if is_text {
                if self.buffers.next().is_none() {
                    break;
                }
            } else {
                let Some(buffer) = self.buffer(&column.name, values) else { break };
                data.push(buffer);
            }
        }
        let Some(views) = views.filter(|_| !is_text) else { return values.spend(0) };
        views.0.chunks_exact(16).all(|view| {
            let place = |at| u32_at(view, at).and_then(|number| usize::try_from(number).ok());
            let (Some(len), Some(buffer), Some(start)) = (place(0), place(8), place(12)) else { return true };
            match data.get(buffer).filter(|_| len > 12) {
                Some(data) => take(data, start, Some(len), column, count, values),
                // Twelve bytes are no call.
                None => values.spend(0),
            }
        })
    }

    /// The next buffer, unpacked; `None`: there is none, or it cannot be had.
    fn buffer(&mut self, column: &str, values: &mut Values<'_, 'a, '_>) -> Option<Buffer<'a>> {
        let (start, len) = self.buffers.next()??;
        let at = self.body.start.checked_add(start)?;
        let stored = span(self.bytes, at, len).filter(|_| at.saturating_add(len) <= self.body.end)?;
        let Some(codec) = self.codec.filter(|_| !stored.is_empty()) else {
            return Some((stored.into(), Some(at)));
        };
        let packed = stored.get(8..)?;
        let len = u64_at(stored, 0)?;
        if len == u64::MAX {
            return Some((packed.into(), Some(at + 8)));
        }
        let room = values.room_to_look(packed);
        let limited = || {
            let message = "the columns are larger than the limit; some values are not read";
            Fault::new(FaultKind::LimitReached, at, message).of(column)
        };
        if len > room {
            values.fault(limited());
            return None;
        }
        if !values.spend(packed.len()) {
            return None;
        }
        let room = values.room_of(len);
        let found = if codec == 0 { lz4::decode(packed, room) } else { zstd::decode(packed, room) };
        values.looked(found.bytes.len());
        if !matches!(found.end, End::Complete | End::Limit) {
            let message = "a buffer of the column cannot be unpacked";
            values.fault(Fault::new(FaultKind::Damaged, at, message).of(column));
        }
        Some((found.bytes.into(), None))
    }
}

/// An offset of four or eight bytes.
fn number(offset: &[u8]) -> usize {
    let number = u64_at(offset, 0).or_else(|| u32_at(offset, 0).map(u64::from));
    number.and_then(|number| usize::try_from(number).ok()).unwrap_or(usize::MAX)
}

/// Takes a value, if it lies in its buffer; whether to go on.
fn take<'a>(
    data: &Buffer<'a>,
    start: usize,
    len: Option<usize>,
    column: &Column,
    count: &mut u64,
    values: &mut Values<'_, 'a, '_>,
) -> bool {
    let index = *count;
    *count += 1;
    let name = || format!("{}[{index}]", column.name);
    let Some(found) = len.and_then(|len| span(&data.0, start, len)) else { return values.spend(0) };
    match (&data.0, data.1) {
        (Cow::Borrowed(bytes), Some(base)) => {
            let value = span(bytes, start, found.len());
            value.is_none_or(|value| {
                values.take(name, Value { bytes: value.into(), offset: Some(base + start) })
            })
        }
        _ => values.take_made(name, found),
    }
}
