//! Values that are computed when somebody reads a database, or writes to it: by views, by generated columns, by what columns are by
//! default, by triggers. A cache of which a view joins the two halves of each pickle is a cache of pickles.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::pages::{Cell, Pages};
use super::record::{Column, Content, columns};
use super::schema::{Schema, Table};
use super::sql::{self, Bytes, Catalog, Engine, ROWID, Relation, Row, Value, View};
use super::stores::{self, Holds, Store};
use crate::fault::{Fault, FaultKind};
use crate::formats::text::lenient;
use crate::values::{self, Values, key_name};

/// Steps, and bytes that are made, in any database; and for each byte of it.
const WORK: (usize, usize) = (16 << 20, 4);

/// Bytes of rows that are kept in memory.
const ROOM: usize = 64 << 20;

/// Characters of a statement that are shown.
const SHOWN: usize = 160;

/// A value that was computed, and what it is called.
struct Made {
    name: String,
    bytes: Rc<[u8]>,
}

/// Takes what is computed. `pages` are not visited yet, and `len` is the length of the database.
pub(super) fn take<'a>(pages: Pages<'a>, len: usize, schema: &Schema, values: &mut Values<'_, 'a, '_>) {
    let mut found = Found::default();
    found.unread(schema);
    if makes_values(schema) {
        values.look_again(len);
        let (utf16, interrupt) = (pages.utf16(), values.interrupt());
        let mut tables = Tables::new(pages, schema, values);
        let work = len.saturating_mul(WORK.1).saturating_add(WORK.0);
        let mut engine = Engine::new(&mut tables, utf16, interrupt, work);
        found.tables(schema, &mut engine);
        found.views(schema, &mut engine);
        found.writes(schema, &mut engine);
        let is_exhausted = engine.is_exhausted();
        if (is_exhausted || tables.is_full) && !values.is_interrupted() {
            let message = "views or columns of the database compute more than is worked out here";
            values.fault(Fault::new(FaultKind::LimitReached, 0, message));
        }
    }
    for fault in found.faults {
        values.fault(fault);
    }
    for Made { name, bytes } in found.made {
        values.look_again(bytes.len());
        let pickle = lenient::pickle_in(&bytes);
        if pickle.is_some_and(|pickle| !values.take(|| name.clone(), values::Value::made(pickle)))
            || !values.take(|| name, values::Value::made(bytes.to_vec()))
        {
            return;
        }
    }
}

/// Whether there is anything in a schema that is not kept as it is.
fn makes_values(schema: &Schema) -> bool {
    schema.views.iter().any(|(.., view)| view.makes_values())
        || schema.writes.iter().any(|(.., write)| write.makes_values())
        || schema.tables.iter().any(makes_columns)
}

/// Whether a table has columns that are not kept in its rows.
fn makes_columns(table: &Table) -> bool {
    let makes = |computed: &Option<sql::Computed>| computed.as_ref().is_some_and(sql::Computed::makes_values);
    table
        .columns
        .all
        .iter()
        .any(|column| column.is_virtual && makes(&column.computed) || makes(&column.default))
}

#[derive(Default)]
struct Found {
    made: Vec<Made>,
    faults: Vec<Fault>,
    told: HashSet<String>,
}

impl Found {
    fn unread(&mut self, schema: &Schema) {
        for (what, name, sql, is_too_much) in &schema.unread {
            if *is_too_much || stores::all().iter().any(|store| store.table.eq_ignore_ascii_case(name)) {
                self.tell(what, name, sql);
            }
        }
    }

    fn tables(&mut self, schema: &Schema, engine: &mut Engine<'_>) {
        for table in schema.tables.iter().filter(|table| makes_columns(table)) {
            let relation = engine.table(&table.name);
            let declared = table.columns.all.iter();
            let computed: Vec<_> =
                declared.map(|column| column.is_virtual || column.default.is_some()).collect();
            self.relation(("table", &table.name, &table.sql), &table.name, &relation, &|index| {
                computed.get(index).copied().unwrap_or(false)
            });
            // What a row that does not exist yet is by default.
            for column in &table.columns.all {
                if let Some(default) = &column.default {
                    let value = engine.computed(default, &Rc::from([]), Rc::from([]));
                    self.value(&format!("{}/default", key_name(table.name.as_bytes())), &column.name, &value);
                }
            }
        }
    }

    fn views(&mut self, schema: &Schema, engine: &mut Engine<'_>) {
        for (name, sql, _) in schema.views.iter().filter(|(.., view)| view.makes_values()) {
            let relation = engine.table(name);
            self.relation(("view", name, sql), name, &relation, &|_| true);
        }
    }

    fn writes(&mut self, schema: &Schema, engine: &mut Engine<'_>) {
        for (name, sql, write) in schema.writes.iter().filter(|(.., write)| write.makes_values()) {
            let mut relation = engine.written(write);
            let table = schema.table(&write.table);
            if let Some(table) = table.filter(|_| write.columns.is_empty()) {
                relation.columns = table.columns.all.iter().map(|column| column.name.clone()).collect();
            }
            // Columns that are not written are there all the same.
            let written = relation.columns.len();
            let others =
                table.iter().flat_map(|table| table.columns.all.iter().map(|column| column.name.clone()));
            relation.columns = relation.columns.iter().cloned().chain(others).collect();
            self.relation(("trigger", name, sql), &write.table, &relation, &|index| index < written);
        }
    }

    /// Takes the values of rows, in those columns that are `wanted`; tells which of a store are not known.
    fn relation(
        &mut self,
        (what, name, sql): (&'static str, &str, &[u8]),
        table: &str,
        relation: &Relation,
        wanted: &dyn Fn(usize) -> bool,
    ) {
        let columns: Vec<_> = (0..relation.columns.len()).filter(|index| wanted(*index)).collect();
        let of_table = |store: &&Store| store.is(table, &relation.columns);
        let store = stores::all().iter().filter(|store| store.holds != Holds::Paths).find(of_table);
        let paths = stores::all().iter().filter(|store| store.holds == Holds::Paths).find(of_table);
        let mut is_unknown = store.is_some() && relation.is_open;
        for (number, row) in relation.rows.iter().enumerate() {
            for &index in &columns {
                let (Some(value), Some(column)) = (row.get(index), relation.columns.get(index)) else {
                    continue;
                };
                let paths = paths.filter(|store| store.has(column));
                if let (Some(_), Value::Bytes(Bytes { bytes, is_stored: false, .. })) = (paths, value) {
                    self.faults.extend(stores::leads_out(bytes, 0));
                }
                let store = store.filter(|store| store.has(column)).or(paths);
                is_unknown |= match value {
                    // A text is hardly ever made a blob but for what wants bytes.
                    Value::UnknownBlob => true,
                    Value::Unknown => store.is_some(),
                    Value::UnknownText => store.is_some_and(|store| store.holds != Holds::Blobs),
                    _ => false,
                };
                let number = number + 1;
                self.value(&format_args!("{}/#{number}", key_name(name.as_bytes())), column, value);
            }
        }
        if is_unknown {
            self.tell(what, name, sql);
        }
    }

    fn value(&mut self, row: &dyn std::fmt::Display, column: &str, value: &Value) {
        if let Value::Bytes(Bytes { bytes, is_stored: false, .. }) = value
            && (values::is_wanted(bytes) || lenient::pickle_in(bytes).is_some())
        {
            let name = format!("{row}/{}", key_name(column.as_bytes()));
            self.made.push(Made { name, bytes: Rc::clone(bytes) });
        }
    }

    fn tell(&mut self, what: &str, name: &str, sql: &[u8]) {
        if !self.told.insert(format!("{what} {name}")) {
            return;
        }
        let sql = String::from_utf8_lossy(sql);
        let mut shown: String = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((cut, _)) = shown.char_indices().nth(SHOWN) {
            shown.truncate(cut);
            shown.push('…');
        }
        let message = format!(
            "the {what} {} computes values that a library may unpickle, and that are not worked out here: {shown}",
            key_name(name.as_bytes())
        );
        self.faults.push(Fault::new(FaultKind::Unsupported, 0, message));
    }
}

/// The tables of a database, for queries.
struct Tables<'t, 'o, 'a, 'v> {
    pages: Pages<'a>,
    schema: &'t Schema,
    values: &'t mut Values<'o, 'a, 'v>,
    views: HashMap<String, Rc<View>>,
    /// Names that any statement mentions; `None`: columns are renamed, and all may be.
    mentioned: Option<HashSet<String>>,
    room: usize,
    is_full: bool,
}

impl<'t, 'o, 'a, 'v> Tables<'t, 'o, 'a, 'v> {
    fn new(pages: Pages<'a>, schema: &'t Schema, values: &'t mut Values<'o, 'a, 'v>) -> Self {
        let views = schema.views.iter().map(|(name, _, view)| (name.to_ascii_lowercase(), Rc::clone(view)));
        let statements = schema.views.iter().map(|(_, sql, _)| sql);
        let statements = statements.chain(schema.writes.iter().map(|(_, sql, _)| sql));
        let tables = schema.tables.iter().filter(|table| makes_columns(table)).map(|table| &table.sql);
        let renames = schema.views.iter().any(|(.., view)| view.renames());
        let mentioned =
            (!renames).then(|| statements.chain(tables).flat_map(|sql| sql::names(sql)).collect());
        Self { pages, schema, values, views: views.collect(), mentioned, room: ROOM, is_full: false }
    }
}

impl Catalog for Tables<'_, '_, '_, '_> {
    fn view(&self, name: &str) -> Option<Rc<View>> {
        self.views.get(&name.to_ascii_lowercase()).cloned()
    }

    fn rows(&mut self, name: &str) -> Option<(Relation, Vec<(usize, sql::Computed)>)> {
        let table = self.schema.table(name)?;
        let declared = &table.columns.all;
        if declared.is_empty() {
            return None;
        }
        let reader = Reader {
            table,
            is_read: declared
                .iter()
                .map(|column| {
                    let name = column.name.to_ascii_lowercase();
                    self.mentioned.as_ref().is_none_or(|names| names.contains(&name))
                })
                .collect(),
        };
        let (mut rows, mut room, mut is_full) = (Vec::new(), self.room, false);
        self.pages.walk(table.root, self.values, &mut |pages, cell, values| {
            let Some(row) = reader.row(pages, cell, values) else { return false };
            let held = |value: &Value| match value {
                Value::Bytes(bytes) => bytes.bytes.len(),
                _ => 0,
            };
            let len: usize = row.iter().map(|value| held(value) + size_of::<Value>()).sum();
            match room.checked_sub(len) {
                Some(left) => room = left,
                None => is_full = true,
            }
            rows.push(row);
            !is_full
        });
        self.room = room;
        self.is_full |= is_full;
        let names = declared.iter().map(|column| column.name.clone()).chain([ROWID.to_owned()]);
        let computed = declared.iter().enumerate().filter_map(|(index, column)| {
            let what = if column.is_virtual { &column.computed } else { &column.default };
            Some((index, what.clone()?))
        });
        let relation = Relation { columns: names.collect(), rows, is_open: is_full, is_certain: !is_full };
        Some((relation, computed.collect()))
    }
}

/// Reads rows of a table.
struct Reader<'t> {
    table: &'t Table,
    /// Which of its columns anybody asks for.
    is_read: Vec<bool>,
}

impl Reader<'_> {
    fn row<'a>(&self, pages: &Pages<'a>, cell: &Cell<'a>, values: &mut Values<'_, 'a, '_>) -> Option<Row> {
        let declared = &self.table.columns.all;
        let mut row = vec![Value::Null; declared.len() + 1];
        let mut whole = None;
        let header = match columns(cell.local) {
            Some(header) => header,
            None => {
                let record = pages.assemble(cell, values)?;
                let header = columns(&record).unwrap_or_default();
                whole = Some(record);
                header
            }
        };
        for (index, place) in self.table.kept.iter().copied().enumerate() {
            row[place] = match header.get(index) {
                _ if !self.is_read[place] => Value::Unread,
                Some(column) => value(pages, cell, column, &mut whole, values)?,
                // Columns that were added to a table are not in its older rows.
                None if declared[place].default.is_some() => Value::Unknown,
                None => Value::Null,
            };
        }
        for (place, column) in declared.iter().enumerate() {
            if column.is_rowid {
                row[place] = cell.rowid.map_or(Value::Null, Value::Integer);
            } else if column.is_virtual {
                row[place] = Value::Unknown;
            }
        }
        row[declared.len()] = cell.rowid.map_or(Value::Null, Value::Integer);
        Some(row.into())
    }
}

/// What a column of a row holds; `None`: a limit was reached.
fn value<'a>(
    pages: &Pages<'a>,
    cell: &Cell<'a>,
    column: &Column,
    whole: &mut Option<Vec<u8>>,
    values: &mut Values<'_, 'a, '_>,
) -> Option<Value> {
    if whole.is_none() && column.within(cell.local).is_none() {
        *whole = Some(pages.assemble(cell, values)?);
    }
    let record = whole.as_deref().unwrap_or(cell.local);
    let bytes = column.within(record).unwrap_or_default();
    Some(match column.content {
        Content::Blob => Value::stored(bytes, false),
        Content::Text => Value::stored(&pages.utf8(bytes).unwrap_or_else(|| bytes.to_vec()), true),
        Content::Integer => column.integer(record).map_or(Value::Number, Value::Integer),
        Content::Bit(bit) => Value::Integer(i64::from(bit)),
        Content::Null => Value::Null,
        Content::Other => Value::Number,
    })
}
