//! SQLite databases (<https://www.sqlite.org/fileformat2.html>): every BLOB and TEXT of every table that is a pickle, or holds
//! one, is a member `table/rowid/column`: results of task queues, jobs of schedulers, caches, and the shelves of Python 3.13
//! (`dbm.sqlite3`), whose values go by their keys. Read straight from the bytes of the file, page by page; pages that are in no
//! table, such as deleted rows, are not. Beside a write-ahead log or a journal there are two states of the database, with it and
//! without: rows of both are members. So are values that are not kept but computed, as far as they are worked out.

mod computed;
mod indexes;
mod journal;
mod log;
mod pages;
mod record;
mod schema;
mod sql;
mod stores;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::Format;
use super::text::lenient;
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
use stores::Elsewhere;

/// The name of the format.
pub(crate) const NAME: &str = "SQLite";

/// What a database begins with.
pub(crate) const MAGIC: &[u8] = b"SQLite format 3\0";

/// What the name of a write-ahead log has behind that of its database.
const WRITE_AHEAD: &str = "-wal";

/// What the name of a rollback journal has.
const JOURNAL: &str = "-journal";

/// Bytes of a page where nothing says how many they are.
const USUAL_SIZE: usize = 4096;

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

    fn sniff_beside(&self, input: &Input<'_>, budget: &Budget<'_>) -> bool {
        self.sniff(input) || is_put_back(input, budget)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let files = beside(input, budget);
        if let Some((siblings, names)) = files {
            let mut was_shown = false;
            let unread = show(siblings, &names, &[], &mut |files| {
                was_shown = true;
                all_states(input.bytes, files, budget);
            });
            let mut opened = Opened::new(NAME);
            if let Some(name) = unread {
                opened.faults.push(log::unread(&name, "the file cannot be read, or changed meanwhile"));
            }
            if was_shown {
                return opened;
            }
            budget.hand_out(&mut opened);
        }
        let mut opened = Opened::new(NAME);
        match Pages::new(input.bytes) {
            Some(pages) => {
                take(pages, &mut None, &mut Values::new(input.bytes.len(), &mut opened, budget));
            }
            None => opened.faults.push(no_header()),
        }
        opened
    }
}

/// That a database does not begin as one.
fn no_header() -> Fault {
    let message = "expected the header of a database: a page size from 512 to 65536, an encoding of text";
    Fault::new(FaultKind::Damaged, MAGIC.len(), message)
}

/// The files beside a database, and the names of its logs: of those that are not empty, the write-ahead log before the journal.
fn beside<'v>(input: &Input<'_>, budget: &Budget<'v>) -> Option<(&'v dyn Siblings, Vec<String>)> {
    let (siblings, name) = (budget.siblings()?, input.name.as_ref()?);
    let is_there = |name: &String, header| siblings.size(name).is_some_and(|size| size > header as u64);
    let ends = [(WRITE_AHEAD, log::HEADER), (JOURNAL, journal::HEADER)];
    let names = ends.map(|(end, header)| (format!("{name}{end}"), header)).into_iter();
    let names: Vec<_> =
        names.filter(|(name, header)| is_there(name, *header)).map(|(name, _)| name).collect();
    (!names.is_empty()).then_some((siblings, names))
}

/// Whether a file is a database only with what is in its logs: of their pages, the first one goes before its own.
fn is_put_back(input: &Input<'_>, budget: &Budget<'_>) -> bool {
    let is_called_one = |name: &String| {
        Sqlite
            .extensions()
            .iter()
            .any(|ending| name.strip_suffix(ending).is_some_and(|name| name.ends_with('.')))
    };
    // SQLite does away with the logs of an empty file.
    if input.bytes.is_empty() || !input.name.as_ref().is_some_and(is_called_one) {
        return false;
    }
    let Some((siblings, names)) = beside(input, budget) else { return false };
    let mut has_header = false;
    let _: Option<String> = show(siblings, &names, &[], &mut |files| {
        let mut unused = Opened::new(NAME);
        let (write_ahead, journal) = logs(input.bytes, files, &mut unused, budget);
        let logs = [write_ahead, journal];
        let mut first = logs.iter().flatten().filter_map(|log| log.page(1));
        has_header = first.any(|page| page.starts_with(MAGIC));
    });
    has_header
}

/// A file beside a database: its name and its bytes.
type Beside<'f> = (&'f str, &'f [u8]);

/// Shows the bytes of files beside the database, all at once, behind those that are `shown` already; gives the name of one that
/// cannot be read.
fn show(
    siblings: &dyn Siblings,
    names: &[String],
    shown: &[Beside<'_>],
    look: &mut dyn FnMut(&[Beside<'_>]),
) -> Option<String> {
    let Some((name, rest)) = names.split_first() else {
        look(shown);
        return None;
    };
    let mut unread = None;
    let was_read = siblings.show(name, &mut |bytes| {
        let shown = [shown, &[(name.as_str(), bytes)]].concat();
        unread = show(siblings, rest, &shown, look);
    });
    unread.or_else(|| (!was_read).then(|| name.clone()))
}

/// Takes the rows of a database as it is with its logs, and those that it has with one of them, or without.
fn all_states(database: &[u8], files: &[Beside<'_>], budget: &mut Budget<'_>) {
    let mut opened = Opened::new(NAME);
    let (write_ahead, journal) = logs(database, files, &mut opened, budget);
    let all: Vec<_> = [&write_ahead, &journal].into_iter().flatten().collect();
    let mut states = vec![all.clone()];
    if all.len() > 1 {
        states.extend(all.iter().map(|log| vec![*log]));
    }
    if !all.is_empty() {
        states.push(Vec::new());
    }
    let mut seen = (!all.is_empty()).then(Seen::default);
    let length = database.len() + files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
    let mut values = Values::new(length.saturating_mul(states.len()), &mut opened, budget);
    for (index, logs) in states.into_iter().enumerate() {
        match Pages::with(database, logs) {
            Some(pages) => take(pages, &mut seen, &mut values),
            None => values.fault(no_header()),
        }
        // Without its logs, a database need not be whole.
        if index == 0 {
            values.only_limits();
        }
    }
    budget.hand_out(&mut opened);
}

/// The write-ahead log and the journal among `files`, if there is something in them.
fn logs<'f>(
    database: &[u8],
    files: &[(&str, &'f [u8])],
    opened: &mut Opened<'_>,
    budget: &Budget<'_>,
) -> (Option<Log<'f>>, Option<Log<'f>>) {
    let of = |end| files.iter().find(|(name, _)| name.ends_with(end));
    let mut keep = |name: &str, read: Result<Option<(Log<'f>, Option<String>)>, String>| match read {
        Ok(Some((log, wrong))) => {
            let fault = wrong.map(|why| Fault::new(FaultKind::Damaged, 0, format!("{name}: {why}")));
            opened.faults.extend(fault);
            Some(log).filter(|log| !log.is_empty())
        }
        Ok(None) => None,
        Err(why) => {
            opened.faults.push(log::unread(name, &why));
            None
        }
    };
    // The header may be in the journal, or in the log.
    let own = Pages::new(database).filter(|_| database.starts_with(MAGIC)).map(|pages| pages.size());
    let of_log = || of(WRITE_AHEAD).and_then(|(_, bytes)| log::page_size(bytes));
    let size = own.or_else(of_log).unwrap_or(USUAL_SIZE);
    let journal = of(JOURNAL).and_then(|(name, bytes)| keep(name, journal::read(bytes, size, budget)));
    let header = journal.as_ref().and_then(|journal| journal.page(1));
    let size = header.and_then(Pages::new).map_or(size, |pages| pages.size());
    let journal = journal.filter(|journal| {
        let why = || format!("its pages have {} bytes, those of the database {size}", journal.page_size());
        journal.page_size() == size || keep(files.last().map_or("", |(name, _)| *name), Err(why())).is_some()
    });
    let write_ahead =
        of(WRITE_AHEAD).and_then(|(name, bytes)| keep(name, Log::read(bytes, size, budget).map(Some)));
    (write_ahead, journal)
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
    // Of the tables, what is wrong is said, and an index can be made anew.
    values.only_limits();
    indexes::take(&pages, pages.len(), &schema, seen, values);
}

/// Takes the values of a table; whether to go on.
fn take_table<'a>(
    pages: &mut Pages<'a>,
    table: &Table,
    seen: &mut Option<Seen>,
    values: &mut Values<'_, 'a, '_>,
) -> bool {
    values.expect(table.is_shelf());
    let elsewhere = Elsewhere::of(table);
    let mut number = 0;
    pages.walk(table.root, values, &mut |pages, cell, values| {
        number += 1;
        let row = match cell.rowid {
            Some(rowid) => rowid.to_string(),
            // A table without rowids.
            None => format!("#{number}"),
        };
        take_row(pages, (table, &elsewhere), &row, cell, seen, values)
    })
}

fn take_row<'a>(
    pages: &Pages<'a>,
    (table, elsewhere): (&Table, &Elsewhere),
    row: &str,
    cell: &Cell<'a>,
    seen: &mut Option<Seen>,
    values: &mut Values<'_, 'a, '_>,
) -> bool {
    let key = || columns(cell.local)?.first()?.within(cell.local);
    let key = table.is_shelf().then(key).flatten();
    each_value(pages, cell, values, &mut |index, value, values| {
        let at = value.offset.or(cell.at).unwrap_or_default();
        if let Some(fault) = elsewhere.look(index, &value.bytes, at) {
            values.fault(fault);
        }
        let name = || match key {
            Some(key) => key_name(key),
            None => format!("{}/{row}/{}", key_name(table.name.as_bytes()), table.column(index)),
        };
        let is_old = seen.as_mut().is_some_and(|seen| !seen.is_new(&name(), &value.bytes));
        is_old || values.take(name, value)
    })
}

/// Takes a value, which is in the column of this number; `false`: a limit was reached.
type Take<'t, 'a> = &'t mut dyn FnMut(usize, Value<'a>, &mut Values<'_, 'a, '_>) -> bool;

/// Takes the blobs and texts of a row, or of an entry of an index, that may be of interest; `false`: a limit was reached.
fn each_value<'a>(
    pages: &Pages<'a>,
    cell: &Cell<'a>,
    values: &mut Values<'_, 'a, '_>,
    take: Take<'_, 'a>,
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
    for (index, column) in header.iter().enumerate() {
        if !matches!(column.content, Content::Blob | Content::Text) || column.len < 2 {
            continue;
        }
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
        // What decodes base64 in a text passes over other characters.
        if column.content == Content::Text
            && let Some(pickle) = lenient::pickle_in(&value.bytes)
            && !take(index, Value::made(pickle), values)
        {
            return false;
        }
        if !take(index, value, values) {
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
