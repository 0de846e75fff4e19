//! What no lint of the compiler holds: every source file says what it is for, and can be read in one sitting.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Problems, root};

/// Lines of a source file, tests included.
const MOST_LINES: usize = 500;

/// Files that are tables, and may be as long as their contents.
const TABLES: &[&str] = &["ops/src/opcode.rs", "machine/src/compat_names.rs"];

/// Checks all Rust sources below `server`.
pub(crate) fn check() -> Result<(), Problems> {
    let mut files = Vec::new();
    collect(&root().join("server"), &mut files);
    files.sort();
    let problems: Problems = files.iter().filter_map(|path| problem(path)).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn problem(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let shown = path.strip_prefix(root()).unwrap_or(path).display();
    let lines = text.lines().count();
    if !text.starts_with("//!") {
        return Some(format!("{shown}: begin with a //! comment that says what the file is for"));
    }
    let table = TABLES.iter().any(|table| path.ends_with(table));
    (lines > MOST_LINES && !table).then(|| format!("{shown}: {lines} lines, at most {MOST_LINES}: split it"))
}
