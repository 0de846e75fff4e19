//! As much of the language of SQLite (<https://www.sqlite.org/lang.html>) as tells what values a schema computes: those of views,
//! of generated columns, and what triggers write.

mod evaluate;
mod functions;
mod interest;
mod parser;
mod query;
mod rows;
mod statement;
mod syntax;
mod tokens;
mod value;

pub(super) use evaluate::{Catalog, Engine, Relation, Row};
pub(super) use rows::ROWID;
pub(super) use statement::{Columns, Computed, View, Write};
pub(super) use value::{Bytes, Value};

use parser::Parser;
use tokens::tokens;

/// What a statement declares.
#[derive(Debug)]
pub(super) enum Read<T> {
    /// This.
    Known(T),
    /// Nothing that is understood.
    Unknown,
    /// What is too long, or nested too deep, to be read.
    TooMuch,
}

fn read<T>(sql: &[u8], statement: impl FnOnce(&mut Parser) -> Option<T>) -> Read<T> {
    let Some(tokens) = tokens(sql) else { return Read::TooMuch };
    let mut parser = Parser::new(tokens);
    match statement(&mut parser) {
        _ if parser.is_too_deep => Read::TooMuch,
        Some(known) => Read::Known(known),
        None => Read::Unknown,
    }
}

/// A `CREATE TABLE`.
pub(super) fn table(sql: &[u8]) -> Read<Columns> {
    read(sql, Parser::table)
}

/// A `CREATE VIEW`.
pub(super) fn view(sql: &[u8]) -> Read<View> {
    read(sql, Parser::view)
}

/// What a `CREATE TRIGGER` writes.
pub(super) fn trigger(sql: &[u8]) -> Read<Vec<Write>> {
    read(sql, Parser::trigger)
}

/// The words and names in a statement, in small letters.
pub(super) fn names(sql: &[u8]) -> Vec<String> {
    let named = |token| match token {
        tokens::Token::Word(name) | tokens::Token::Name(name, _) => Some(name.to_ascii_lowercase()),
        _ => None,
    };
    tokens(sql).unwrap_or_default().into_iter().filter_map(named).collect()
}
