//! Arrow: files, among them those of Feather since its version 2, and streams (the "IPC" formats of its specification, `Message.fbs`,
//! `Schema.fbs`, `File.fbs`). The columns are numbers and texts; their types may be described by a program, which pyarrow before 14.0.1
//! unpickled as it opened the file (`arrow.py_extension_type`, CVE-2023-47248), as other libraries do with types of their own. Reads
//! what stands in the metadata of schemas, fields and messages, and columns of bytes, which the program that reads them may unpickle.

mod columns;
pub(crate) mod feather;
pub(crate) mod flatbuffer;

use std::collections::HashSet;

use super::Format;
use crate::budget::Budget;
use crate::bytes::{span, u32_at};
use crate::member::Opened;
use crate::unwrap::Input;
use crate::values::{Value, Values, key_name};
use columns::Columns;
use flatbuffer::Table;

/// The name of a file.
pub(crate) const FILE: &str = "Arrow";

/// The name of a stream.
pub(crate) const STREAM: &str = "Arrow stream";

/// What a file begins and ends with.
pub(crate) const MAGIC: &[u8] = b"ARROW1";

/// Bytes of a file before its first message.
const START: usize = 8;

/// What stands in front of the length of a message since version 0.15.
const MARK: [u8; 4] = [0xff; 4];

/// Bytes that messages are aligned to.
const ALIGNED: usize = 8;

/// Kinds of messages: a schema, values that columns refer to, rows.
const SCHEMA: u8 = 1;
const DICTIONARY: u8 = 2;
const ROWS: u8 = 3;

/// Numbers of fields of tables, in the order of the specification.
mod field {
    pub(super) mod message {
        pub(in super::super) const KIND: usize = 1;
        pub(in super::super) const HEADER: usize = 2;
        pub(in super::super) const BODY_LEN: usize = 3;
        pub(in super::super) const METADATA: usize = 4;
    }
    pub(super) mod schema {
        pub(in super::super) const FIELDS: usize = 1;
        pub(in super::super) const METADATA: usize = 2;
    }
    pub(super) mod dictionary {
        pub(in super::super) const ID: usize = 0;
        pub(in super::super) const ROWS: usize = 1;
    }
    pub(super) mod column {
        pub(in super::super) const NAME: usize = 0;
        pub(in super::super) const KIND: usize = 2;
        pub(in super::super) const TYPE: usize = 3;
        pub(in super::super) const DICTIONARY: usize = 4;
        pub(in super::super) const CHILDREN: usize = 5;
        pub(in super::super) const METADATA: usize = 6;
    }
    pub(super) mod footer {
        pub(in super::super) const SCHEMA: usize = 1;
        pub(in super::super) const METADATA: usize = 4;
    }
    pub(super) mod pair {
        pub(in super::super) const KEY: usize = 0;
        pub(in super::super) const VALUE: usize = 1;
    }
}

/// A file.
pub(crate) struct File;

/// A stream.
pub(crate) struct Stream;

impl Format for File {
    fn name(&self) -> &'static str {
        FILE
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        input.bytes.starts_with(MAGIC)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(FILE);
        let mut metadata = Metadata::new(Values::new(input.bytes.len(), &mut opened, budget));
        // Readers of files go by what stands at the end, readers of streams by what comes first.
        _ = metadata.messages(input.bytes, START) && metadata.footer(input.bytes);
        opened
    }
}

impl Format for Stream {
    fn name(&self) -> &'static str {
        STREAM
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        is_stream(input.bytes)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(STREAM);
        let mut metadata = Metadata::new(Values::new(input.bytes.len(), &mut opened, budget));
        metadata.messages(input.bytes, 0);
        opened
    }
}

/// Whether a stream begins here.
pub(crate) fn is_stream(head: &[u8]) -> bool {
    let number = |at| u32_at(head, at).unwrap_or(0);
    head.starts_with(&MARK)
        && number(4) % 8 == 0
        && number(8) >= 4
        && number(8) < number(4)
        && number(4) < 1 << 24
}

/// Takes what stands in metadata.
pub(crate) struct Metadata<'o, 'a, 'v> {
    values: Values<'o, 'a, 'v>,
    /// What was taken: a file has its schema twice.
    seen: HashSet<(String, Vec<u8>)>,
    /// The columns by the last schema.
    columns: Columns,
}

impl<'o, 'a, 'v> Metadata<'o, 'a, 'v> {
    pub(crate) fn new(values: Values<'o, 'a, 'v>) -> Self {
        Self { values, seen: HashSet::new(), columns: Columns::default() }
    }

    /// What takes the values that stand in no metadata.
    pub(crate) fn into_values(self) -> Values<'o, 'a, 'v> {
        self.values
    }

    /// Takes a value called `name`, if it was not there before; whether there is any point in going on.
    pub(crate) fn take(&mut self, name: String, value: Value<'a>) -> bool {
        if !self.values.spend(value.bytes.len()) {
            return false;
        }
        !self.seen.insert((name.clone(), value.bytes.to_vec())) || self.values.take(|| name, value)
    }

    /// That of the messages from `at` on, as far as they are some.
    fn messages(&mut self, bytes: &'a [u8], mut at: usize) -> bool {
        while let Some(message) = message(bytes, at) {
            if !self.message(bytes, &message) {
                return false;
            }
            let end = message.end.max(at + ALIGNED);
            at = end;
        }
        true
    }

    fn message(&mut self, bytes: &'a [u8], message: &Message<'a>) -> bool {
        let Some(table) = Table::root(message.bytes) else { return true };
        if !self.values.spend(ALIGNED)
            || !self.pairs(bytes, message.at, "", table.tables(field::message::METADATA))
        {
            return false;
        }
        let Some(header) = table.table(field::message::HEADER) else { return true };
        let body = message.body..message.end.min(bytes.len());
        match table.byte(field::message::KIND) {
            SCHEMA => {
                self.columns = Columns::of(header);
                self.schema(bytes, message.at, header)
            }
            DICTIONARY => {
                let id = header.long(field::dictionary::ID);
                header
                    .table(field::dictionary::ROWS)
                    .is_none_or(|rows| self.columns.dictionary(id, rows, bytes, body, &mut self.values))
            }
            ROWS => self.columns.rows(header, bytes, body, &mut self.values),
            _ => true,
        }
    }

    /// That of a message which is not of the container's bytes, but of others: all that is found is made of them.
    pub(crate) fn message_of(&mut self, made: &[u8]) -> bool {
        let Some(message) = message(made, 0) else { return true };
        let schema = Table::root(message.bytes)
            .filter(|table| table.byte(field::message::KIND) == SCHEMA)
            .and_then(|table| table.table(field::message::HEADER));
        let Some(schema) = schema else { return true };
        columns(schema).all(|(path, pairs)| {
            pairs.into_iter().all(|pair| {
                let Some((key, (_, value))) = key_value(pair) else { return true };
                self.take(named(&path, key), Value::made(value.to_vec()))
            })
        })
    }

    /// That of the table at the end of a file.
    fn footer(&mut self, bytes: &'a [u8]) -> bool {
        let Some(end) = bytes.len().checked_sub(MAGIC.len() + 4) else { return true };
        let len = u32_at(bytes, end).and_then(|len| usize::try_from(len).ok());
        let Some(start) = len.and_then(|len| end.checked_sub(len)) else { return true };
        let Some(table) = Table::root(&bytes[start..end]) else { return true };
        self.pairs(bytes, start, "", table.tables(field::footer::METADATA))
            && table.table(field::footer::SCHEMA).is_none_or(|schema| self.schema(bytes, start, schema))
    }

    /// That of a schema in the buffer at `base`.
    fn schema(&mut self, bytes: &'a [u8], base: usize, schema: Table<'a>) -> bool {
        columns(schema).all(|(path, pairs)| {
            self.values.spend(ALIGNED) && self.pairs(bytes, base, &path, pairs.into_iter())
        })
    }

    /// Takes the values of pairs in the buffer at `base`.
    fn pairs(
        &mut self,
        bytes: &'a [u8],
        base: usize,
        path: &str,
        mut pairs: impl Iterator<Item = Table<'a>>,
    ) -> bool {
        pairs.all(|pair| {
            let Some((key, (at, value))) = key_value(pair) else { return true };
            let name = named(path, key);
            Value::at(bytes, base + at, value.len()).is_none_or(|value| self.take(name, value))
        })
    }
}

/// What is called `key` in the metadata of the column `path`.
fn named(path: &str, key: &[u8]) -> String {
    let key = key_name(key);
    if path.is_empty() { key } else { format!("{path}: {key}") }
}

/// Bytes, and where they lie in their buffer.
type Placed<'a> = (usize, &'a [u8]);

/// The key, and the value.
fn key_value(pair: Table<'_>) -> Option<(&[u8], Placed<'_>)> {
    let key = pair.string(field::pair::KEY).map_or(&b""[..], |(_, key)| key);
    Some((key, pair.string(field::pair::VALUE)?))
}

/// The metadata of a schema, and of each column and what it consists of, with its name; every one once, however often it is referred to.
fn columns<'a>(schema: Table<'a>) -> impl Iterator<Item = (String, Vec<Table<'a>>)> {
    let mut seen = HashSet::new();
    let mut waiting: Vec<Table<'a>> = schema.tables(field::schema::FIELDS).collect();
    waiting.reverse();
    let own = (String::new(), schema.tables(field::schema::METADATA).collect());
    std::iter::once(own).chain(std::iter::from_fn(move || {
        loop {
            let column = waiting.pop()?;
            if !seen.insert(column.at) {
                continue;
            }
            let from = waiting.len();
            waiting.extend(column.tables(field::column::CHILDREN));
            waiting[from..].reverse();
            let name = column.string(field::column::NAME).map_or(String::new(), |(_, name)| key_name(name));
            return Some((name, column.tables(field::column::METADATA).collect()));
        }
    }))
}

/// A message, without its body.
struct Message<'a> {
    /// Where its description begins.
    at: usize,
    /// Its description.
    bytes: &'a [u8],
    /// Where its body begins.
    body: usize,
    /// Where its body ends.
    end: usize,
}

/// The message at `at`; `None`: what stands there is none, or the end of them.
fn message(bytes: &[u8], at: usize) -> Option<Message<'_>> {
    let is_marked = bytes.get(at..)?.starts_with(&MARK);
    let at = if is_marked { at + MARK.len() } else { at };
    let len = usize::try_from(u32_at(bytes, at)?).ok().filter(|len| *len > 0)?;
    let description = span(bytes, at + 4, len)?;
    let body = Table::root(description).map_or(0, |table| table.long(field::message::BODY_LEN));
    let start = (at + 4 + len).next_multiple_of(ALIGNED);
    let end = start.saturating_add(usize::try_from(body).ok()?);
    Some(Message { at: at + 4, bytes: description, body: start, end })
}
