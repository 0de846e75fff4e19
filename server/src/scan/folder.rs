//! The files in a folder and in the folders below it, by name, with the settings that hold for them. Links are not followed, and
//! every file is taken that the settings do not leave out.
//!
//! A folder is read once: whether it has a configuration of its own is seen from its names, and asked of the system nowhere.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec::IntoIter;

use super::files::{Filter, Found, explain_io, real, tidy};
use super::interrupt::is_interrupted;
use crate::examine::is_named_model;
use crate::members::{Modules, is_packaged, may_be_packaged, may_shadow};
use crate::settings::{OWN, PYPROJECT, Settings};

/// The way through the folders, of which each is read when it is come to.
pub(super) struct Folders {
    filter: Filter,
    /// The folders that are open, each inside the one before it.
    open: Vec<Folder>,
    /// The folder that was given, if it cannot be read.
    failed: Option<Found>,
    /// The folder that was given, and where it really is, if something in it may have been given itself.
    top: Option<(PathBuf, PathBuf)>,
}

/// A folder of which all names were read.
struct Folder {
    path: PathBuf,
    settings: Arc<Settings>,
    /// What lies beside its files.
    modules: Modules,
    /// Whether it, or what it is in, may be a package of torch, whose modules are elsewhere.
    may_be_packaged: bool,
    /// Those that were not come to, in order.
    entries: IntoIter<Entry>,
}

/// A name in a folder.
struct Entry {
    name: OsString,
    kind: Kind,
}

enum Kind {
    File,
    Folder,
    Link,
    /// The name could not be read, or what it stands for; why.
    Unreadable(String),
}

impl Folders {
    /// All below the folder at `path`.
    pub(super) fn new(path: &Path, filter: Filter) -> Self {
        let top = filter.has_given().then(|| (path.to_owned(), real(path)));
        let mut folders = Self { filter, open: Vec::new(), failed: None, top };
        folders.failed = folders.enter(path.to_owned(), None, is_packaged(path));
        folders
    }

    /// Whether a path in the folder that was given was given itself.
    fn is_given(&self, path: &Path) -> bool {
        let Some((top, real)) = &self.top else { return false };
        path.strip_prefix(top).is_ok_and(|inside| self.filter.is_given(&real.join(inside)))
    }

    /// Reads a folder in one whose settings are `outer`, and which may be in a package of torch; what is to be said if it cannot be
    /// read.
    fn enter(&mut self, path: PathBuf, outer: Option<&Arc<Settings>>, is_packaged: bool) -> Option<Found> {
        let Names { entries, is_configured, may_shadow, may_be_packaged } = match read(&path) {
            Ok(read) => read,
            Err(error) => return Some(Found::Unreadable(path, explain_io(&error))),
        };
        let settings = match outer {
            Some(outer) if !is_configured => outer.clone(),
            _ => self.filter.settings_in(&tidy(path.clone())),
        };
        let may_be_packaged = may_be_packaged || is_packaged;
        let modules = if may_shadow || may_be_packaged { Modules::Unknown } else { Modules::None };
        self.open.push(Folder { path, settings, modules, may_be_packaged, entries: entries.into_iter() });
        None
    }
}

impl Iterator for Folders {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        if let Some(failed) = self.failed.take() {
            return Some(failed);
        }
        while !is_interrupted() {
            let folder = self.open.last_mut()?;
            let Some(Entry { name, kind }) = folder.entries.next() else {
                self.open.pop();
                continue;
            };
            let path = folder.path.join(name);
            if self.is_given(&path) {
                continue;
            }
            let folder = self.open.last()?;
            match kind {
                Kind::File => {
                    let path = tidy(path);
                    if self.filter.takes(&path, &folder.settings) {
                        return Some(Found::InFolder(path, folder.modules, folder.settings.clone()));
                    }
                }
                Kind::Folder => {
                    let (settings, is_packaged) = (folder.settings.clone(), folder.may_be_packaged);
                    if !self.filter.excludes(&tidy(path.clone()), &settings)
                        && let Some(failed) = self.enter(path, Some(&settings), is_packaged)
                    {
                        return Some(failed);
                    }
                }
                Kind::Link => self.filter.pass_link(&tidy(path), &folder.settings),
                Kind::Unreadable(reason) => return Some(Found::Unreadable(path, reason)),
            }
        }
        None
    }
}

/// The names in a folder.
#[derive(Default)]
struct Names {
    /// Sorted.
    entries: Vec<Entry>,
    /// Whether a configuration may be among them,
    is_configured: bool,
    /// a module that is called like a library,
    may_shadow: bool,
    /// or what makes the folder a package of torch.
    may_be_packaged: bool,
}

fn read(path: &Path) -> io::Result<Names> {
    let mut names = Names::default();
    for entry in std::fs::read_dir(path)? {
        let (name, kind) = match entry {
            Ok(entry) => (entry.file_name(), entry.file_type()),
            Err(error) => (OsString::new(), Err(error)),
        };
        names.is_configured |= name == OWN || name == PYPROJECT;
        names.may_shadow = names.may_shadow || may_shadow(&name);
        names.may_be_packaged |= may_be_packaged(&name);
        let kind = match kind {
            Ok(kind) if kind.is_file() => Kind::File,
            Ok(kind) if kind.is_dir() => Kind::Folder,
            Ok(kind) if kind.is_symlink() => Kind::Link,
            // A pipe, a device, a socket: what is called like a model is refused where it is opened, which is told.
            Ok(_) if is_named_model(&name.to_string_lossy()) => Kind::File,
            Ok(_) => continue,
            Err(error) => Kind::Unreadable(explain_io(&error)),
        };
        names.entries.push(Entry { name, kind });
    }
    names.entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(names)
}
