//! Tables out of which libraries unpickle, or which say out of which file (`stores.txt`).

use std::sync::LazyLock;

use super::schema::Table;
use crate::fault::{Fault, FaultKind};
use crate::member::escapes;

const STORES: &str = include_str!("stores.txt");

/// The setting that has diskcache go on in another folder, as it takes all over when it opens a cache (`diskcache/core.py`). Those that it
/// writes itself do not begin so.
const FOLDER: &[u8] = b"_directory";
/// Characters of a name that are shown.
const SHOWN: usize = 80;

/// What columns of a store hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Pickles, as bytes.
    Blobs,
    /// Pickles, as bytes or as texts.
    Texts,
    /// Names of files with pickles, in the folder of the database.
    Paths,
}

/// A line of the list.
pub(super) struct Store {
    /// The name of the table; `*`: it has any.
    pub(super) table: &'static str,
    /// Columns that such a table has.
    columns: Vec<&'static str>,
    /// Those of them that hold what it is about.
    of_interest: Vec<&'static str>,
    /// What that is.
    pub(super) holds: Holds,
}

/// All that are known.
pub(super) fn all() -> &'static [Store] {
    static ALL: LazyLock<Vec<Store>> = LazyLock::new(|| {
        let lines = STORES.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(store).collect()
    });
    &ALL
}

fn store(line: &'static str) -> Option<Store> {
    let mut fields = line.split('|').map(str::trim);
    Some(Store {
        table: fields.next()?,
        columns: fields.next()?.split(' ').collect(),
        of_interest: fields.next()?.split(' ').collect(),
        holds: match fields.next()? {
            "blob" => Holds::Blobs,
            "text" => Holds::Texts,
            "path" => Holds::Paths,
            _ => return None,
        },
    })
}

impl Store {
    /// Whether a table of this name, with these columns, is such a store.
    pub(super) fn is(&self, table: &str, columns: &[String]) -> bool {
        let has = |wanted: &&str| columns.iter().any(|column| column.eq_ignore_ascii_case(wanted));
        (self.table == "*" || self.table.eq_ignore_ascii_case(table)) && self.columns.iter().all(has)
    }

    /// Whether a column holds what the store is about.
    pub(super) fn has(&self, column: &str) -> bool {
        self.of_interest.iter().any(|known| known.eq_ignore_ascii_case(column))
    }
}

/// The columns of a table whose texts lead to what is not in the database, by their numbers in its rows.
pub(super) struct Elsewhere {
    paths: Vec<usize>,
    has_settings: bool,
}

impl Elsewhere {
    pub(super) fn of(table: &Table) -> Self {
        let names: Vec<String> = table.columns.all.iter().map(|column| column.name.clone()).collect();
        let is = |store: &&Store| store.holds == Holds::Paths && store.is(&table.name, &names);
        let store = all().iter().find(is);
        let is_path = |index: &usize| store.is_some_and(|store| store.has(&table.column(*index)));
        let has = |wanted: &str| names.iter().any(|name| name == wanted);
        Self {
            paths: (0..names.len()).filter(is_path).collect(),
            has_settings: table.name == "Settings" && has("key") && has("value"),
        }
    }

    /// What is to be said of a text in the column of this number, at this place of the file.
    pub(super) fn look(&self, column: usize, text: &[u8], at: usize) -> Option<Fault> {
        if self.has_settings && text == FOLDER {
            let message = "the settings have diskcache go on in another folder, which was not read";
            return Some(Fault::new(FaultKind::Unsupported, at, message));
        }
        self.paths.contains(&column).then(|| leads_out(text, at)).flatten()
    }
}

/// That a file, of which a store has the name, is none of those beside the database.
pub(super) fn leads_out(name: &[u8], at: usize) -> Option<Fault> {
    let name = String::from_utf8_lossy(name);
    let shown: String = name.chars().take(SHOWN).collect();
    let message = || {
        let shown = shown.escape_debug();
        format!(
            "a value is in the file '{shown}', which is outside of the folder of the database and was not read"
        )
    };
    escapes(&name).then(|| Fault::new(FaultKind::Unsupported, at, message()))
}
