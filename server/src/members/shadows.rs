//! Modules in the folder of a file that are called like libraries: a program that runs in the folder imports them in place of those,
//! for its pickles as well; and modules in the folder that an archive of torch.package was unpacked to, which the loader of packages
//! takes as well as the archive. Imports nothing, and reads no more than the names.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
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

/// What is known of the modules beside a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Modules {
    /// Whoever read the folder saw none that is called like a library.
    None,
    /// Nobody looked.
    Unknown,
}

/// Modules that are there before Python looks anywhere.
const BUILT_IN: &[&str] = &["builtins", "itertools", "sys", "time"];

/// Endings of what is imported, behind the first dot of a name. What is compiled may have a tag in between.
const SOURCES: &[&str] = &["py", "pyc", "pyw"];
const COMPILED: &[&str] = &["pyd", "so"];

/// What was found in a folder, and when that had changed.
type Looked = (SystemTime, Arc<Vec<Shadow>>);

/// The folders that were looked at: several are examined side by side, each with many files.
static KNOWN: LazyLock<Mutex<HashMap<PathBuf, Looked>>> = LazyLock::new(Mutex::default);
/// As many are kept; then it begins anew.
const MOST_KNOWN: usize = 4096;

/// The modules beside the file at `path` that are called like libraries which lists know; none beside what is part of a package.
pub(crate) fn shadows(path: &Path) -> Arc<Vec<Shadow>> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new("."));
    let Ok(changed) = std::fs::metadata(folder).and_then(|folder| folder.modified()) else {
        return Arc::default();
    };
    let found = known(folder, changed).unwrap_or_else(|| {
        let found = Arc::new(look(folder));
        keep(folder, (changed, found.clone()));
        found
    });
    // What is read from a pipe under some name lies beside nothing.
    if found.is_empty() || path.is_file() { found } else { Arc::default() }
}

fn known(folder: &Path, changed: SystemTime) -> Option<Arc<Vec<Shadow>>> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.get(folder).filter(|(then, _)| *then == changed).map(|(_, found)| found.clone())
}

fn keep(folder: &Path, looked: Looked) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MOST_KNOWN {
        known.clear();
    }
    known.insert(folder.to_owned(), looked);
}

/// What a package of torch has to have, which says what is not in it; and how far above a pickle it is looked for.
const OF_PACKAGES: [&str; 2] = [".data", "extern_modules"];
const HIGHEST: usize = 8;

/// Whether the name of something in a folder is that of a module which may stand for another, of whatever kind it is.
pub(crate) fn may_shadow(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let (module, ending) =
        name.split_once('.').map_or((name, None), |(module, ending)| (module, Some(ending)));
    ending.is_none_or(is_imported) && Policy::knows_package(module)
}

/// Whether a folder with this name in it may be the root of a package of torch.
pub(crate) fn may_be_packaged(name: &OsStr) -> bool {
    name == OF_PACKAGES[0]
}

/// Whether a folder, or one above it, is the root of a package of torch.
pub(crate) fn is_packaged(folder: &Path) -> bool {
    package(&absolute(folder)).is_some()
}

fn absolute(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}

/// The root of the package of torch that a folder is in.
fn package(folder: &Path) -> Option<&Path> {
    let is_root =
        |folder: &Path| OF_PACKAGES.iter().fold(folder.to_owned(), |path, name| path.join(name)).is_file();
    folder.ancestors().take(HIGHEST).find(|above| is_root(above))
}

/// Whether this is what a name has behind its first dot that is imported.
fn is_imported(ending: &str) -> bool {
    let last = ending.rsplit('.').next().unwrap_or(ending);
    SOURCES.contains(&ending) || COMPILED.contains(&last)
}

fn look(folder: &Path) -> Vec<Shadow> {
    let folder = &absolute(folder);
    let root = package(folder);
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
        Some(ending) => is_imported(ending) && is_file(folder.join(file)),
        None => {
            let inside = folder.join(file);
            loaders::never_packaged(module).is_some()
                && (packaged && inside.is_dir() || is_file(inside.join("__init__.py")))
        }
    }
}
