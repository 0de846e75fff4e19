//! SQLite databases (<https://www.sqlite.org/fileformat2.html>): every BLOB and TEXT of every table that is a pickle, or holds
//! one, is a member `table/rowid/column`: results of task queues, jobs of schedulers, caches, and the shelves of Python 3.13
//! (`dbm.sqlite3`), whose values go by their keys. Read straight from the bytes of the file, page by page; pages that are in no
//! table, such as deleted rows, are not, and neither is a write-ahead log.

mod pages;
mod record;
mod schema;

use super::Format;
use crate::budget::Budget;
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::sniff::may_be_of_interest;
use crate::unwrap::Input;
use crate::values::{Value, Values, key_name};
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

    fn sniff(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        opened.faults.extend(log(input, budget));
        let mut values = Values::new(input.bytes.len(), &mut opened, budget);
        let Some(mut pages) = Pages::new(input.bytes) else {
            let message =
                "expected the header of a database: a page size from 512 to 65536, an encoding of text";
            values.fault(Fault::new(FaultKind::Damaged, MAGIC.len(), message));
            return opened;
        };
        for table in schema::tables(&mut pages, &mut values) {
            if !take_table(&mut pages, &table, &mut values) {
                break;
            }
        }
        opened
    }
}

/// Says that changes are in another file, if they are.
fn log(input: &Input<'_>, budget: &Budget<'_>) -> Option<Fault> {
    /// Length of a log's header: without more it holds nothing.
    const EMPTY: u64 = 32;
    let name = format!("{}-wal", input.name.as_ref()?);
    budget.siblings()?.size(&name).filter(|size| *size > EMPTY)?;
    let message = format!("changes to the database that are in {name} are not read");
    Some(Fault::new(FaultKind::Unsupported, 0, message))
}

/// Takes the values of a table; whether to go on.
fn take_table<'a>(pages: &mut Pages<'a>, table: &Table, values: &mut Values<'_, 'a, '_>) -> bool {
    values.expect(table.is_shelf());
    let mut number = 0;
    pages.walk(table.root, values, &mut |pages, cell, values| {
        number += 1;
        let row = match cell.rowid {
            Some(rowid) => rowid.to_string(),
            // A table without rowids.
            None => format!("#{number}"),
        };
        take_row(pages, table, &row, cell, values)
    })
}

fn take_row<'a>(
    pages: &Pages<'a>,
    table: &Table,
    row: &str,
    cell: &Cell<'a>,
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
        let value = match (column.within(cell.local), cell.at.checked_add(column.start)) {
            (Some(bytes), Some(at)) => Value { bytes: bytes.into(), offset: Some(at) },
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
