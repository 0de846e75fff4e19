//! What a database declares: the table `sqlite_schema`, whose root is page 1.

use std::rc::Rc;

use super::pages::Pages;
use super::record::columns;
use super::sql::{self, Columns, Read, View, Write};
use crate::values::{Value, Values, key_name};

/// What there is in a database.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// Its tables.
    pub(super) tables: Vec<Table>,
    /// Its indexes: name, and the page that its tree begins with.
    pub(super) indexes: Vec<(String, u32)>,
    /// Its views that make values: name, statement, what it is.
    pub(super) views: Vec<(String, Vec<u8>, Rc<View>)>,
    /// What triggers write: name of the trigger, statement, values.
    pub(super) writes: Vec<(String, Vec<u8>, Write)>,
    /// Statements that are not understood: what it declares, its name, itself, and whether it is too long or nested too deep.
    pub(super) unread: Vec<(&'static str, String, Vec<u8>, bool)>,
}

/// A table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: String,
    /// The page that its tree begins with.
    pub(super) root: u32,
    /// What it declares.
    pub(super) columns: Columns,
    /// The declared columns that a row has, in its order.
    pub(super) kept: Vec<usize>,
    /// The statement.
    pub(super) sql: Vec<u8>,
}

impl Table {
    fn new(name: String, root: u32, declared: Read<Columns>, sql: Vec<u8>) -> Self {
        let Read::Known(columns) = declared else {
            return Self { name, root, columns: Columns::default(), kept: Vec::new(), sql };
        };
        let place =
            |name: &String| columns.all.iter().position(|column| column.name.eq_ignore_ascii_case(name));
        let mut kept: Vec<usize> = Vec::new();
        if columns.without_rowid {
            for place in columns.key.iter().filter_map(place) {
                if !kept.contains(&place) {
                    kept.push(place);
                }
            }
        }
        let key = kept.len();
        let rest = (0..columns.all.len()).filter(|index| !columns.all[*index].is_virtual);
        let rest: Vec<_> = rest.filter(|index| !kept[..key].contains(index)).collect();
        kept.extend(rest);
        Self { name, root, columns, kept, sql }
    }

    /// Whether it is what `dbm.sqlite3` keeps a shelf in (`BUILD_TABLE` of `Lib/dbm/sqlite3.py`).
    pub(super) fn is_shelf(&self) -> bool {
        self.name == "Dict" && self.columns.all.iter().map(|column| &*column.name).eq(["key", "value"])
    }

    /// What the column of a row is called.
    pub(super) fn column(&self, index: usize) -> String {
        let declared = self.kept.get(index).and_then(|index| self.columns.all.get(*index));
        declared.map_or_else(|| format!("column {}", index + 1), |column| key_name(column.name.as_bytes()))
    }
}

/// What is in a database.
pub(super) fn read<'a>(pages: &mut Pages<'a>, values: &mut Values<'_, 'a, '_>) -> Schema {
    let mut schema = Schema::default();
    // A limit that is reached here is reached again, and said, by whoever reads the tables.
    pages.walk(1, values, &mut |pages, cell, values| {
        let Some(record) = pages.assemble(cell, values) else { return false };
        let Some([kind, name, _, root, sql]) =
            columns(&record).as_deref().and_then(|columns| columns.first_chunk().copied())
        else {
            return true;
        };
        let text = |column: super::Column| {
            let text = column.within(&record).unwrap_or_default();
            pages.utf8(text).unwrap_or_else(|| text.to_vec())
        };
        // The root of a view or of a virtual table is 0.
        let root = root.integer(&record).and_then(|root| u32::try_from(root).ok()).filter(|root| *root > 0);
        let (kind, sql) = (text(kind), text(sql));
        let name = String::from_utf8_lossy(&text(name)).into_owned();
        schema.add(&kind, &name, root, &sql);
        // A row may have the value that its column has by default, and a view whatever it says.
        values.take(|| format!("sqlite_schema/{}", key_name(name.as_bytes())), Value::made(sql))
    });
    schema
}

impl Schema {
    fn add(&mut self, kind: &[u8], name: &str, root: Option<u32>, sql: &[u8]) {
        let unread = |what, is_too_much| (what, name.to_owned(), sql.to_vec(), is_too_much);
        match (kind, root) {
            (b"table", Some(root)) => {
                let declared = sql::table(sql);
                // What its columns compute is not seen.
                match declared {
                    Read::Known(_) => {}
                    Read::Unknown => self.unread.push(unread("table", false)),
                    Read::TooMuch => self.unread.push(unread("table", true)),
                }
                self.tables.push(Table::new(name.to_owned(), root, declared, sql.to_vec()));
            }
            (b"index", Some(root)) => self.indexes.push((name.to_owned(), root)),
            (b"view", _) => match sql::view(sql) {
                Read::Known(view) => self.views.push((name.to_owned(), sql.to_vec(), Rc::new(view))),
                Read::Unknown => self.unread.push(unread("view", false)),
                Read::TooMuch => self.unread.push(unread("view", true)),
            },
            (b"trigger", _) => match sql::trigger(sql) {
                Read::Known(writes) => {
                    let writes = writes.into_iter().map(|write| (name.to_owned(), sql.to_vec(), write));
                    self.writes.extend(writes);
                }
                // What it does is not seen, but to whom it may do something.
                Read::Unknown => {}
                Read::TooMuch => self.unread.push(unread("trigger", true)),
            },
            _ => {}
        }
    }

    /// The table of a name.
    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns() {
        let names = |sql: &str| {
            let table = Table::new(String::new(), 2, sql::table(sql.as_bytes()), Vec::new());
            (0..table.kept.len()).map(|index| table.column(index)).collect::<Vec<_>>()
        };
        let sql = "CREATE TABLE \"a (b\" (\n -- the key, first\n id INTEGER PRIMARY KEY, [some, name] blob DEFAULT (1,2),\n \
                   `v` varchar(20) CHECK (v in ('x,y', 'z')), 'constraint' text, CONSTRAINT c UNIQUE (id, v))";
        assert_eq!(names(sql), ["id", "some, name", "v", "constraint"]);
        assert_eq!(names("CREATE TABLE t(b, a, c, PRIMARY KEY (c, a)) WITHOUT ROWID"), ["c", "a", "b"]);
        let computed = "CREATE TABLE t(a, b GENERATED ALWAYS AS (a || ',' || d) VIRTUAL, c AS (a) STORED, d DEFAULT 'x')";
        assert_eq!(names(computed), ["a", "c", "d"]);
        assert_eq!(names("CREATE TABLE t"), [""; 0]);
        assert_eq!(names("((((,'"), [""; 0]);
    }

    /// What is nested too deep to be read is said to be, and so is what is not understood under the name of a store.
    #[test]
    fn statements_that_are_not_read() {
        let unread = |kind: &str, name: &str, sql: &str| {
            let mut schema = Schema::default();
            schema.add(kind.as_bytes(), name, Some(2), sql.as_bytes());
            schema.unread.first().map(|(.., is_too_much)| *is_too_much)
        };
        let deep = format!("{}a{}", "(".repeat(5000), ")".repeat(5000));
        assert_eq!(unread("view", "v", &format!("CREATE VIEW v AS SELECT {deep}")), Some(true));
        assert_eq!(unread("table", "t", &format!("CREATE TABLE t (a, b AS ({deep}))")), Some(true));
        let long = format!(
            "CREATE TRIGGER t AFTER INSERT ON u BEGIN UPDATE u SET a = a{}; END",
            " + a".repeat(5000)
        );
        assert_eq!(unread("trigger", "t", &long), Some(true));
        assert_eq!(unread("view", "v", "CREATE VIEW v AS VALUE"), Some(false));
        assert_eq!(unread("view", "v", "CREATE VIEW v AS SELECT a FROM b"), None);
        assert_eq!(unread("table", "t", "CREATE TABLE t (a, b AS (a || a) STORED, CHECK (a > 1))"), None);
    }
}
