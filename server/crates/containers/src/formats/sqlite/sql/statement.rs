//! What a schema declares: columns of tables, and values that views, columns and triggers compute.

use super::parser::Parser;
use super::syntax::{Core, Expr, Item, Query, Source};
use super::tokens::Token;

/// A `CREATE TABLE`.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Columns {
    /// The columns in the order of the declaration.
    pub(in super::super) all: Vec<Declared>,
    /// It has no numbers of rows: rows begin with the key.
    pub(in super::super) without_rowid: bool,
    /// The columns of the key, in its order.
    pub(in super::super) key: Vec<String>,
}

/// A column that is declared.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Declared {
    /// Its name.
    pub(in super::super) name: String,
    /// What computes it.
    pub(in super::super) computed: Option<Computed>,
    /// What it is where a row says nothing.
    pub(in super::super) default: Option<Computed>,
    /// It is not kept in rows.
    pub(in super::super) is_virtual: bool,
    /// It is the number of the row.
    pub(in super::super) is_rowid: bool,
}

/// An expression that makes a value, and its place in the text.
#[derive(Debug, Clone)]
pub(in super::super) struct Computed(pub(super) Expr);

/// A `CREATE VIEW`.
#[derive(Debug, Clone)]
pub(in super::super) struct View {
    /// What its columns are called, if it says so.
    pub(super) columns: Vec<String>,
    /// What it shows.
    pub(super) query: Query,
}

/// A value that a trigger writes.
#[derive(Debug, Clone)]
pub(in super::super) struct Write {
    /// The table.
    pub(in super::super) table: String,
    /// Its columns, one for each of the query; empty: all.
    pub(in super::super) columns: Vec<String>,
    /// What computes them.
    pub(super) query: Query,
}

/// Words that begin a constraint where the name of a column could stand.
const CONSTRAINTS: &[&str] = &["constraint", "primary", "unique", "check", "foreign"];

impl Parser {
    /// Passes over `CREATE … kind`, up to the name.
    fn create(&mut self, kind: &str) -> Option<()> {
        if !self.word("create") {
            return None;
        }
        while !self.is_word(kind) {
            match self.next()? {
                Token::Word(_) => {}
                _ => return None,
            }
        }
        self.next();
        if self.word("if") {
            self.word("not");
            self.word("exists");
        }
        Some(())
    }

    /// A `CREATE TABLE`.
    pub(in super::super) fn table(&mut self) -> Option<Columns> {
        self.create("table")?;
        self.qualified()?;
        let mut columns = Columns::default();
        if !self.mark("(") {
            return None;
        }
        loop {
            if self.is_any(CONSTRAINTS) {
                self.constraint(&mut columns);
            } else {
                let declared = self.declared(&mut columns)?;
                columns.all.push(declared);
            }
            if !self.mark(",") {
                break;
            }
        }
        self.close();
        while let Some(token) = self.next() {
            columns.without_rowid |=
                matches!(token, Token::Word(word) if word.eq_ignore_ascii_case("without"));
        }
        for column in &mut columns.all {
            let is_key = matches!(&*columns.key, [key] if key.eq_ignore_ascii_case(&column.name));
            column.is_rowid &= is_key && !columns.without_rowid;
        }
        Some(columns)
    }

    fn constraint(&mut self, columns: &mut Columns) {
        self.skip_to(|parser| parser.is_word("primary") || parser.is_mark(","));
        if self.word("primary") {
            self.word("key");
            columns.key = self.names();
        }
        self.skip_to(|parser| parser.is_mark(","));
    }

    fn declared(&mut self, columns: &mut Columns) -> Option<Declared> {
        let mut declared = Declared { name: self.name()?, ..Declared::default() };
        declared.is_rowid = self.is_word("integer");
        loop {
            self.skip_to(|parser| {
                parser.is_mark(",") || parser.is_any(&["as", "default", "primary", "virtual", "stored"])
            });
            if self.word("as") {
                if !self.mark("(") {
                    continue;
                }
                declared.computed = self.expressions().pop().map(Computed);
                declared.is_virtual = true;
            } else if self.word("default") {
                declared.default = self.default_value().map(Computed);
            } else if self.word("primary") {
                columns.key = vec![declared.name.clone()];
            } else if self.word("stored") {
                declared.is_virtual = false;
            } else if !self.word("virtual") {
                return Some(declared);
            }
        }
    }

    fn default_value(&mut self) -> Option<Expr> {
        if self.is_mark(",") || self.is_mark(")") { None } else { self.unary() }
    }

    /// A `CREATE VIEW`.
    pub(in super::super) fn view(&mut self) -> Option<View> {
        self.create("view")?;
        self.qualified()?;
        let columns = self.names();
        self.word("as");
        Some(View { columns, query: self.query()? })
    }

    /// What a `CREATE TRIGGER` writes.
    pub(in super::super) fn trigger(&mut self) -> Option<Vec<Write>> {
        self.create("trigger")?;
        self.is_trigger = true;
        self.skip_to(|parser| parser.is_word("on") || parser.is_word("begin"));
        let table = if self.word("on") { self.qualified()? } else { String::new() };
        self.skip_to(|parser| parser.is_word("begin"));
        self.next();
        let mut writes = Vec::new();
        while self.peek().is_some() && !self.is_word("end") {
            let start = self.position();
            let write = if self.word("update") {
                self.update()
            } else if self.is_any(&["insert", "replace"]) {
                self.insert()
            } else {
                None
            };
            if self.is_too_deep {
                return None;
            }
            if let Some(mut write) = write {
                // Rows of the table itself are what a row that is written can be known to be.
                if self.mentions(start, &["new", "old"]) {
                    let alias = Some("new".to_owned());
                    let source = Source { alias, is_hidden: true, ..Source::named(&table) };
                    for core in &mut write.query.cores {
                        core.from.push(source.clone());
                    }
                }
                writes.push(write);
            }
            self.skip_to(|parser| parser.is_mark(";"));
            self.next();
        }
        Some(writes)
    }

    /// Passes over `OR …`.
    fn conflict(&mut self) {
        if self.word("or") {
            self.next();
        }
    }

    fn update(&mut self) -> Option<Write> {
        self.conflict();
        let mut source = Source::named("");
        let table = self.qualified()?;
        source.what = super::syntax::What::Named(table.clone());
        self.skip_to(|parser| parser.is_word("set") || parser.is_mark(";"));
        let (mut core, mut columns) = (Core::default(), Vec::new());
        if !self.word("set") {
            return None;
        }
        loop {
            let names = if self.is_mark("(") { self.names() } else { vec![self.name()?] };
            self.mark("=");
            let value = self.expression()?;
            match value {
                Expr::Unknown(values) if names.len() > 1 && values.len() == names.len() => {
                    core.results.extend(values.into_iter().map(|value| Item::One(value, None)));
                }
                value => core.results.extend(names.iter().map(|_| Item::One(value.clone(), None))),
            }
            columns.extend(names);
            if !self.mark(",") {
                break;
            }
        }
        core.from.push(source);
        if self.word("from") {
            self.sources(&mut core.from)?;
        }
        if self.word("where") {
            self.expression()?.conjuncts(&mut core.conditions);
        }
        Some(Write { table, columns, query: Query { cores: vec![core], ..Query::default() } })
    }

    fn insert(&mut self) -> Option<Write> {
        self.next();
        self.conflict();
        self.word("into");
        let table = self.qualified()?;
        let columns = self.names();
        let query = self.query()?;
        // One `SELECT` for each row that is written down, so that columns can be told what they are of.
        let cores = query.cores.into_iter().flat_map(|core| match core.values.is_empty() {
            true => vec![core],
            false => core.values.into_iter().map(of_values).collect(),
        });
        Some(Write { table, columns, query: Query { cores: cores.collect(), ..query } })
    }
}

/// A row that is written down, as a query.
fn of_values(row: Vec<Expr>) -> Core {
    Core { results: row.into_iter().map(|value| Item::One(value, None)).collect(), ..Core::default() }
}
