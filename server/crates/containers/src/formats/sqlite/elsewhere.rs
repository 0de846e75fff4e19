//! Rows by which diskcache reads what is not in the database (`diskcache/core.py`): a value that is in a file, and settings that it takes
//! over when it opens a cache, with another folder among them.

use super::schema::Table;
use crate::fault::{Fault, FaultKind};
use crate::member::escapes;

/// What a database of diskcache has, by the names of the columns.
const CACHE: [&str; 4] = ["access_count", "filename", "mode", "tag"];
/// The setting that is the folder of the cache. Those that it writes itself do not begin so.
const FOLDER: &[u8] = b"_directory";
/// Characters of a name that are shown.
const SHOWN: usize = 80;

/// What is wrong with a text in the column of this number, at this place of the file.
pub(super) fn look(table: &Table, column: usize, text: &[u8], at: usize) -> Option<Fault> {
    let has = |name: &str| table.columns.all.iter().any(|column| &*column.name == name);
    let message = match table.name.as_str() {
        "Cache" if table.column(column) == "filename" && CACHE.iter().all(|name| has(name)) => {
            let file = String::from_utf8_lossy(text);
            let shown: String = file.chars().take(SHOWN).collect();
            escapes(&file).then(|| {
                format!("diskcache reads the value out of the file '{}', which is outside of the cache and was not read", shown.escape_debug())
            })?
        }
        "Settings" if text == FOLDER && has("key") && has("value") => {
            "the settings have diskcache go on in another folder, which was not read".to_owned()
        }
        _ => return None,
    };
    Some(Fault::new(FaultKind::Unsupported, at, message))
}
