//! All generated files, and whether they are as they should be.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{
    Problems, categories, container_page, extension, grammar, opcode_page, options_page, root, rule_pages,
    schema,
};

/// A generated file: path from the root, and text.
pub(crate) struct Generated {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

fn all() -> Vec<Generated> {
    let mut files =
        vec![categories::generate(), grammar::generate(), opcode_page::generate(), options_page::generate()];
    files.push(container_page::generate());
    files.extend(schema::generate());
    files.extend(extension::generate());
    files.extend(rule_pages::generate());
    files
}

/// Writes all generated files, and removes those that are generated no more.
pub(crate) fn write() -> Result<(), Problems> {
    let files = all();
    let mut problems = Problems::new();
    for stale in leftovers(&files) {
        problems.extend(fs::remove_file(&stale).err().map(|error| format!("{}: {error}", stale.display())));
    }
    for file in files {
        let path = root().join(&file.path);
        let parent = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = parent.and_then(|()| fs::write(&path, &file.text));
        problems.extend(written.err().map(|error| format!("{}: {error}", file.path.display())));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Says which generated files are stale.
pub(crate) fn check() -> Result<(), Problems> {
    let files = all();
    let mut problems = Problems::new();
    for file in &files {
        if fs::read_to_string(root().join(&file.path)).ok().as_deref() != Some(&file.text) {
            problems.push(format!("{} is stale: run `cargo xtask generate`", file.path.display()));
        }
    }
    for stale in leftovers(&files) {
        problems.push(format!("{} is generated no more: run `cargo xtask generate`", stale.display()));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Files in the folder of rule pages that no rule has.
fn leftovers(files: &[Generated]) -> Vec<PathBuf> {
    let folder = root().join(rule_pages::FOLDER);
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let known = |path: &Path| files.iter().any(|file| root().join(&file.path) == path);
    entries.map(|entry| entry.path()).filter(|path| !known(path)).collect()
}
