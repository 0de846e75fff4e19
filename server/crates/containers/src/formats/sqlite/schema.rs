//! Which tables there are, and what their columns are called: the table `sqlite_schema`, whose root is page 1, and as much of
//! the language as names need.

use super::pages::Pages;
use super::record::columns;
use crate::values::{Value, Values, key_name};

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: String,
    /// The page that its tree begins with.
    pub(super) root: u32,
    /// The names of its columns, as far as they could be read.
    columns: Vec<String>,
}

impl Table {
    /// Whether it is what `dbm.sqlite3` keeps a shelf in (`BUILD_TABLE` of `Lib/dbm/sqlite3.py`).
    pub(super) fn is_shelf(&self) -> bool {
        self.name == "Dict" && self.columns == ["key", "value"]
    }

    /// What a column is called.
    pub(super) fn column(&self, index: usize) -> String {
        self.columns
            .get(index)
            .map_or_else(|| format!("column {}", index + 1), |name| key_name(name.as_bytes()))
    }
}

/// The tables of a database.
pub(super) fn tables<'a>(pages: &mut Pages<'a>, values: &mut Values<'_, 'a, '_>) -> Vec<Table> {
    let mut tables = Vec::new();
    // A limit that is reached here is reached again, and said, by whoever reads the tables.
    pages.walk(1, values, &mut |pages, cell, values| {
        let Some(record) = pages.assemble(cell, values) else { return false };
        let Some([kind, name, _, root, sql]) =
            columns(&record).as_deref().and_then(|columns| columns.first_chunk().copied())
        else {
            return true;
        };
        let text =
            |column: super::Column| column.within(&record).map(|text| pages.text(text)).unwrap_or_default();
        // The root of a view or of a virtual table is 0.
        let root = root.integer(&record).and_then(|root| u32::try_from(root).ok()).filter(|root| *root > 0);
        let (name, sql) = (text(name), text(sql));
        if let Some(root) = root
            && text(kind) == "table"
        {
            tables.push(Table { name: name.clone(), root, columns: column_names(&sql) });
        }
        // A row may have the value that its column has by default, and a view whatever it says.
        values.take(|| format!("sqlite_schema/{}", key_name(name.as_bytes())), Value::made(sql.into_bytes()))
    });
    tables
}

/// The names of the columns that a `CREATE TABLE` declares, in the order in which a row has them. None for a table without
/// rowids, which begins with its key.
fn column_names(sql: &str) -> Vec<String> {
    let tokens = Tokens { rest: sql };
    let mut names = Vec::new();
    let (mut depth, mut expects_name) = (0, false);
    for token in tokens {
        match token {
            Token::Mark('(') => {
                depth += 1;
                expects_name = depth == 1;
            }
            Token::Mark(')') => depth -= 1,
            Token::Mark(',') if depth == 1 => expects_name = true,
            Token::Mark(_) => {}
            Token::Word(word) if depth == 1 && expects_name && is_constraint(word) => expects_name = false,
            Token::Word(word) if depth == 0 && word.eq_ignore_ascii_case("without") && !names.is_empty() => {
                return Vec::new();
            }
            Token::Word(name) | Token::Quoted(name) => {
                if depth == 1 && std::mem::take(&mut expects_name) {
                    names.push(name.to_owned());
                }
            }
        }
    }
    names
}

/// Words that begin a constraint where the name of a column could stand.
fn is_constraint(word: &str) -> bool {
    ["constraint", "primary", "unique", "check", "foreign"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

enum Token<'s> {
    Word(&'s str),
    Quoted(&'s str),
    Mark(char),
}

struct Tokens<'s> {
    rest: &'s str,
}

impl<'s> Iterator for Tokens<'s> {
    type Item = Token<'s>;

    fn next(&mut self) -> Option<Token<'s>> {
        loop {
            self.rest = self.rest.trim_start();
            let first = self.rest.chars().next()?;
            if let Some(comment) = self.rest.strip_prefix("--") {
                self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
                continue;
            }
            if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
                continue;
            }
            let behind = &self.rest[first.len_utf8()..];
            let close = match first {
                '"' | '\'' | '`' => first,
                '[' => ']',
                _ if first.is_alphanumeric() || first == '_' => {
                    let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
                    let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                    self.rest = rest;
                    return Some(Token::Word(word));
                }
                _ => {
                    self.rest = behind;
                    return Some(Token::Mark(first));
                }
            };
            let (name, rest) = behind.split_once(close).unwrap_or((behind, ""));
            self.rest = rest;
            return Some(Token::Quoted(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns() {
        let sql = "CREATE TABLE \"a (b\" (\n -- the key, first\n id INTEGER PRIMARY KEY, [some, name] blob DEFAULT (1,2),\n \
                   `v` varchar(20) CHECK (v in ('x,y', 'z')), 'constraint' text, CONSTRAINT c UNIQUE (id, v))";
        assert_eq!(column_names(sql), ["id", "some, name", "v", "constraint"]);
        assert_eq!(column_names("CREATE TABLE t(b, a, PRIMARY KEY (a)) WITHOUT ROWID"), [""; 0]);
        assert_eq!(column_names("CREATE TABLE t"), [""; 0]);
        assert_eq!(column_names("((((,'"), [""; 0]);
    }
}
