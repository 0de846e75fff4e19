//! Modules in the folder of a file that are called like libraries: a program that runs in the folder imports them in place of those,
//! for its pickles as well; and modules in the folder that an archive of torch.package was unpacked to, which the loader of packages
//! takes as well as the archive. Imports nothing, and reads no more than the names.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use pickle_rules::policy::{Policy, loaders};

/// A module.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shadow {
    /// What it is imported as.
    pub(crate) module: String,
    /// The file, or the folder.
    pub(crate) file: String,
    /// It is in a package of torch, and so is the file beside which it is.
    pub(crate) packaged: bool,
}

/// Modules that are there before Python looks anywhere.
const BUILT_IN: &[&str] = &["builtins", "itertools", "sys", "time"];

/// Endings of what is imported, behind the first dot of a name. What is compiled may have a tag in between.
const SOURCES: &[&str] = &["py", "pyc", "pyw"];
const COMPILED: &[&str] = &["pyd", "so"];

/// What was found in a folder, and how that was then.
struct Looked {
    folder: PathBuf,
    changed: SystemTime,
    found: Arc<Vec<Shadow>>,
}

/// The folder that was looked at last: its files are examined one after the other.
static LAST: Mutex<Option<Looked>> = Mutex::new(None);

/// The modules beside the file at `path` that are called like libraries which lists know; none beside what is part of a package.
pub(crate) fn shadows(path: &Path) -> Arc<Vec<Shadow>> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new("."));
    let changed = std::fs::metadata(folder).and_then(|folder| folder.modified());
    let (Ok(changed), true) = (changed, path.is_file()) else { return Arc::default() };
    let last = || LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let is_known = |looked: &&Looked| looked.folder == folder && looked.changed == changed;
    let known = last().as_ref().filter(is_known).map(|looked| looked.found.clone());
    known.unwrap_or_else(|| {
        let found = Arc::new(look(folder));
        *last() = Some(Looked { folder: folder.to_owned(), changed, found: found.clone() });
        found
    })
}

/// What a package of torch has to have, which says what is not in it; and how far above a pickle it is looked for.
const OF_PACKAGES: &str = ".data/extern_modules";
const HIGHEST: usize = 8;

fn look(folder: &Path) -> Vec<Shadow> {
    let folder = &std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let root = folder.ancestors().take(HIGHEST).find(|above| above.join(OF_PACKAGES).is_file());
    let packaged = root.is_some();
    if !packaged && folder.join("__init__.py").exists() {
        return Vec::new();
    }
    let folder = root.unwrap_or(folder);
    let names = std::fs::read_dir(folder).into_iter().flatten();
    let mut found: Vec<_> = names
        .filter_map(|entry| {
            let file = entry.ok()?.file_name().into_string().ok()?;
            let module = file.split('.').next()?.to_owned();
            is_shadow(folder, &file, &module, packaged).then_some(Shadow { module, file, packaged })
        })
        .collect();
    found.sort_unstable_by(|one, other| one.file.cmp(&other.file));
    found
}

/// Whether a file or folder is imported as a module that lists know. A checkout of a library has the library beside whatever was put
/// there; but for what is compiled first, and for what comes with Python. The loader of a package takes what it has for any module, also
/// a folder without a file that says so.
fn is_shadow(folder: &Path, file: &str, module: &str, packaged: bool) -> bool {
    let is_there_first = module.starts_with('_') || BUILT_IN.contains(&module);
    if is_there_first && !packaged || !Policy::knows_package(module) {
        return false;
    }
    let is_file = |path: PathBuf| std::fs::metadata(path).is_ok_and(|found: Metadata| found.is_file());
    match file.strip_prefix(module).and_then(|rest| rest.strip_prefix('.')) {
        Some(ending) => {
            let last = ending.rsplit('.').next().unwrap_or(ending);
            (SOURCES.contains(&ending) || COMPILED.contains(&last)) && is_file(folder.join(file))
        }
        None => {
            let inside = folder.join(file);
            loaders::never_packaged(module).is_some()
                && (packaged && inside.is_dir() || is_file(inside.join("__init__.py")))
        }
    }
}
