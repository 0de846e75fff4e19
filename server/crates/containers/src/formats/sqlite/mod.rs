//! SQLite databases (<https://www.sqlite.org/fileformat2.html>): every BLOB and TEXT of every table that is a pickle, or holds
//! one, is a member `table/rowid/column`: results of task queues, jobs of schedulers, caches, and the shelves of Python 3.13
//! (`dbm.sqlite3`), whose values go by their keys. Read straight from the bytes of the file, page by page; pages that are in no
//! table, such as deleted rows, are not. Beside a write-ahead log there are two states of the database, with it and without: rows
//! of both are members.

mod computed;
mod log;
mod pages;
mod record;
mod schema;
mod sql;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::Format;
use crate::budget::Budget;
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::sniff::may_be_of_interest;
use crate::unwrap::{Input, Siblings};
use crate::values::{Value, Values, key_name};
use log::Log;
use pages::{Cell, Pages};
use record::{Column, Content, columns};
use schema::Table;

/// The name of the format.
pub(crate) const NAME: &str = "SQLite";

/// What a database begins with.
pub(crate) const MAGIC: &[u8] = b"SQLite format 3\0";

/// Bytes of a value that tell whether the rest of it is worth being put together.
const TELLING: usize = 16;

/// See the module.
pub(crate) struct Sqlite;

impl Format for Sqlite {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["sqlite", "sqlite3", "db"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        input.bytes.starts_with(MAGIC)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let Some(pages) = Pages::new(input.bytes) else {
            let message =
                "expected the header of a database: a page size from 512 to 65536, an encoding of text";
            opened.faults.push(Fault::new(FaultKind::Damaged, MAGIC.len(), message));
            return opened;
        };
        let Some((siblings, name)) = log_beside(input, budget) else {
            take(pages, &mut None, &mut Values::new(input.bytes.len(), &mut opened, budget));
            return opened;
        };
        let was_read = siblings.show(&name, &mut |bytes| both(input.bytes, bytes, &name, budget));
        if !was_read {
            opened.faults.push(log::unread(&name, "the file cannot be read, or changed meanwhile"));
        }
        opened
    }
}

/// The files beside a database and the name of its log, if there is one that is not empty.
fn log_beside<'v>(input: &Input<'_>, budget: &Budget<'v>) -> Option<(&'v dyn Siblings, String)> {
    let (siblings, name) = (budget.siblings()?, format!("{}-wal", input.name.as_ref()?));
    siblings.size(&name).filter(|size| *size > log::HEADER as u64)?;
    Some((siblings, name))
}

/// Takes the rows of a database as it is with its log, and those that it has without.
fn both(database: &[u8], log: &[u8], name: &str, budget: &mut Budget<'_>) {
    let mut opened = Opened::new(NAME);
    let Some(pages) = Pages::new(database) else { return };
    let log = match Log::read(log, pages.size(), budget) {
        Ok((log, wrong)) => {
            let fault = wrong.map(|why| Fault::new(FaultKind::Damaged, 0, format!("{name}: {why}")));
            opened.faults.extend(fault);
            log
        }
        Err(why) => {
            opened.faults.push(log::unread(name, &why));
            take(pages, &mut None, &mut Values::new(database.len(), &mut opened, budget));
            return budget.hand_out(&mut opened);
        }
    };
    let mut seen = (!log.is_empty()).then(Seen::default);
    // Both states are looked at.
    let length = (database.len() + log.len()).saturating_mul(2);
    let mut values = Values::new(length, &mut opened, budget);
    take(pages.with(&log), &mut seen, &mut values);
    if seen.is_some()
        && let Some(pages) = Pages::new(database)
    {
        // Without its log, a database need not be whole.
        values.only_limits();
        take(pages, &mut seen, &mut values);
    }
    budget.hand_out(&mut opened);
}

/// Names and bytes of values that were taken.
#[derive(Default)]
struct Seen {
    hasher: RandomState,
    hashes: HashSet<u64>,
}

impl Seen {
    /// Whether there was no such value before.
    fn is_new(&mut self, name: &str, bytes: &[u8]) -> bool {
        self.hashes.insert(self.hasher.hash_one((name, bytes)))
    }
}

/// Takes the values of all tables, unless they were seen before, and what is computed.
fn take<'a>(mut pages: Pages<'a>, seen: &mut Option<Seen>, values: &mut Values<'_, 'a, '_>) {
    let schema = schema::read(&mut pages, values);
    for table in &schema.tables {
        if !take_table(&mut pages, table, seen, values) {
            return;
        }
    }
    computed::take(pages.afresh(), pages.len(), &schema, values);
}

/// Takes the values of a table; whether to go on.
fn take_table<'a>(
    pages: &mut Pages<'a>,
    table: &Table,
    seen: &mut Option<Seen>,
    values: &mut Values<'_, 'a, '_>,
) -> bool {
    values.expect(table.is_shelf());
    let mut number = 0;
    pages.walk(table.root, values, &mut |pages, cell, values| {
        number += 1;
        let row = match cell.rowid {
            Some(rowid) => rowid.to_string(),
            // A table without rowids.
            None => format!("#{number}"),
        };
        take_row(pages, table, &row, cell, seen, values)
    })
}

fn take_row<'a>(
    pages: &Pages<'a>,
    table: &Table,
    row: &str,
    cell: &Cell<'a>,
    seen: &mut Option<Seen>,
    values: &mut Values<'_, 'a, '_>,
) -> bool {
    let mut whole = None;
    let header = match columns(cell.local) {
        Some(columns) => columns,
        // The header of the record goes on elsewhere.
        None => {
            let Some(bytes) = pages.assemble(cell, values) else { return false };
            let columns = columns(&bytes).unwrap_or_default();
            whole = Some(bytes);
            columns
        }
    };
    let key = table.is_shelf().then(|| header.first().and_then(|key| key.within(cell.local))).flatten();
    for (index, column) in header.iter().enumerate() {
        if !matches!(column.content, Content::Blob | Content::Text) || column.len < 2 {
            continue;
        }
        let name = || match key {
            Some(key) => key_name(key),
            None => format!("{}/{row}/{}", key_name(table.name.as_bytes()), table.column(index)),
        };
        let value = match column.within(cell.local) {
            Some(bytes) => {
                Value { bytes: bytes.into(), offset: cell.at.and_then(|at| at.checked_add(column.start)) }
            }
            _ if !is_worth_assembling(cell, column) => continue,
            _ => {
                if whole.is_none() {
                    let Some(bytes) = pages.assemble(cell, values) else { return false };
                    whole = Some(bytes);
                }
                let bytes = whole.as_deref().unwrap_or_default();
                let start = column.start.min(bytes.len());
                Value::made(bytes[start..bytes.len().min(start.saturating_add(column.len))].to_vec())
            }
        };
        let value = match (column.content, pages.utf8(&value.bytes)) {
            (Content::Text, Some(text)) => Value::made(text),
            _ => value,
        };
        if seen.as_mut().is_some_and(|seen| !seen.is_new(&name(), &value.bytes)) {
            continue;
        }
        if !values.take(name, value) {
            return false;
        }
    }
    true
}

/// Whether a value that goes on outside of its page may be a pickle, from what of it is in the page.
fn is_worth_assembling(cell: &Cell<'_>, column: &Column) -> bool {
    let head = cell.local.get(column.start..).unwrap_or_default();
    let is_text = || head.iter().all(|byte| (b' '..=b'~').contains(byte) || byte.is_ascii_whitespace());
    column.content == Content::Text
        || head.len() < TELLING
        || may_be_of_interest(head)
        || is_text()
        // A moment, and a pickle behind it.
        || head[4] == 0x80
        || head[8] == 0x80
}
