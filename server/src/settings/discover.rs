//! Which configuration holds for a file: the nearest above it.
//!
//! In each folder from the file's own upwards `pickle-lsp.toml` is looked for, then a `pyproject.toml` with a table of
//! ours. What is found is remembered by folder; a configuration with mistakes is kept as such, and what it should have
//! said is taken to be nothing.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pickle_config::Options;

use super::file::{self, Broken};
use super::{ConfigFile, Settings};
use crate::source::{Stamp, require_regular};

/// The file of our own.
pub(crate) const OWN: &str = "pickle-lsp.toml";
/// The file that may have a table of ours.
pub(crate) const PYPROJECT: &str = "pyproject.toml";

/// Folders that are remembered; a tree may have any number.
const MOST_FOLDERS: usize = 1 << 16;

/// Files, and how they are; a file that is gone has no stamp.
pub(crate) type States = Vec<(PathBuf, Option<Stamp>)>;

/// Where configurations are looked for.
#[derive(Clone, Debug, Default)]
pub(crate) enum Scope {
    /// In the folders above a file.
    #[default]
    Nearest,
    /// In the folder of the process and those above it, for all files.
    Here,
    /// In this file, for all files.
    Fixed(PathBuf),
    /// Nowhere.
    Isolated,
}

/// What is found, remembered.
#[derive(Debug)]
pub(crate) struct Resolver {
    scope: Scope,
    over: Options,
    /// What holds where there is no configuration.
    otherwise: Options,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// By the bytes of their paths: paths are slow to compare.
    folders: HashMap<OsString, Arc<Settings>>,
    broken: Vec<Broken>,
    /// Configurations that are in use.
    files: Vec<Arc<Settings>>,
}

impl Resolver {
    /// Looks in `scope`, and puts `over` on top of everything.
    pub(crate) fn new(scope: Scope, over: Options) -> Self {
        Self { scope, over, otherwise: Options::default(), known: Mutex::default() }
    }

    /// The same, with what holds where there is no configuration.
    pub(crate) fn otherwise(self, otherwise: Options) -> Self {
        Self { otherwise, ..self }
    }

    /// What holds for a file.
    pub(crate) fn of_file(&self, path: &Path) -> Arc<Settings> {
        self.of_folder(path.parent().unwrap_or(Path::new("")))
    }

    /// What holds for the files of a folder.
    pub(crate) fn of_folder(&self, folder: &Path) -> Arc<Settings> {
        if let Some(settings) = self.known().folders.get(folder.as_os_str()) {
            return settings.clone();
        }
        let settings = match &self.scope {
            Scope::Nearest => self.nearest(folder),
            Scope::Here => self.nearest(Path::new("")),
            Scope::Fixed(path) => self.fixed(path),
            Scope::Isolated => self.bare(),
        };
        let mut known = self.known();
        if known.folders.len() >= MOST_FOLDERS {
            known.folders.clear();
        }
        known.folders.insert(folder.into(), settings.clone());
        settings
    }

    /// Configurations with mistakes that were met since this was asked last.
    pub(crate) fn take_broken(&self) -> Vec<Broken> {
        std::mem::take(&mut self.known().broken)
    }

    /// Configurations that were met.
    pub(crate) fn files(&self) -> Vec<Arc<Settings>> {
        self.known().files.clone()
    }

    /// Configurations in use that were not asked for by name and lie neither in the folder of the process nor above it.
    pub(crate) fn foreign(&self) -> Vec<PathBuf> {
        if !matches!(self.scope, Scope::Nearest) {
            return Vec::new();
        }
        let here = std::env::current_dir().unwrap_or_default();
        let files = self.files();
        let foreign = files.iter().filter(|settings| !here.starts_with(&settings.root));
        foreign.filter_map(|settings| settings.file.as_ref()).map(|file| file.path.clone()).collect()
    }

    /// How the configurations that were met are: what changes when one does.
    pub(crate) fn states(&self) -> States {
        let files = self.files();
        let paths = files.iter().filter_map(|settings| settings.file.as_ref()).map(|file| file.path.clone());
        paths.map(|path| (Stamp::of(&path).ok(), path)).map(|(stamp, path)| (path, stamp)).collect()
    }

    /// Whether a configuration is no longer as it was when it was read.
    pub(crate) fn is_stale(&self) -> bool {
        let known = self.known();
        let mut files = known.files.iter().filter_map(|settings| settings.file.as_ref());
        files.any(|file| Stamp::of(&file.path).ok() != file.stamp)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A panic elsewhere leaves nothing half-done here.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn nearest(&self, folder: &Path) -> Arc<Settings> {
        let absolute =
            std::path::absolute(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
        let Ok(absolute) = absolute else { return self.bare() };
        let mut found = None;
        let mut passed = Vec::new();
        for above in absolute.ancestors() {
            found = self.known().folders.get(above.as_os_str()).cloned();
            if found.is_none() {
                passed.push(above);
                found = [OWN, PYPROJECT].iter().find_map(|name| self.read(&above.join(name), above));
            }
            if found.is_some() {
                break;
            }
        }
        let settings = found.unwrap_or_else(|| self.bare());
        let mut known = self.known();
        if known.folders.len() < MOST_FOLDERS {
            known.folders.extend(passed.into_iter().map(|above| (above.into(), settings.clone())));
        }
        settings
    }

    fn fixed(&self, path: &Path) -> Arc<Settings> {
        if let Some(settings) = self.known().files.first() {
            return settings.clone();
        }
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let root = absolute.parent().unwrap_or(Path::new("/"));
        match self.read(&absolute, root) {
            Some(settings) => settings,
            None => {
                let message = match require_regular(path) {
                    Ok(()) => format!("it has no table [{}]", pickle_config::TABLE),
                    Err(_) if !path.exists() => "no such file".to_owned(),
                    Err(error) => error.to_string(),
                };
                self.keep(root, None, Err(Broken::unreadable(path, message)))
            }
        }
    }

    fn read(&self, path: &Path, root: &Path) -> Option<Arc<Settings>> {
        if !path.is_file() {
            return None;
        }
        let stamp = Stamp::of(path).ok();
        let read = file::read(path).transpose()?;
        Some(self.keep(root, stamp, read))
    }

    fn keep(
        &self,
        root: &Path,
        stamp: Option<Stamp>,
        read: Result<(Options, ConfigFile), Broken>,
    ) -> Arc<Settings> {
        let mut known = self.known();
        let (options, file) = match read {
            Ok((options, file)) => (options, Some(ConfigFile { stamp, ..file })),
            Err(broken) => {
                let file = ConfigFile { path: broken.path.clone(), stamp, ..ConfigFile::default() };
                known.broken.push(broken);
                (Options::default(), Some(file))
            }
        };
        let own = options.allow_globals.as_ref().map_or(0, Vec::len);
        let settings = Arc::new(Settings::new(self.combine(options), own, root.to_owned(), file));
        known.files.push(settings.clone());
        settings
    }

    /// No configuration: the folder of the process is the root.
    fn bare(&self) -> Arc<Settings> {
        let root = std::env::current_dir().unwrap_or_default();
        Arc::new(Settings::new(self.combine(self.otherwise.clone()), 0, root, None))
    }

    /// The command line on top: its selection replaces that of the file, what it ignores and allows is added.
    fn combine(&self, mut options: Options) -> Options {
        let mut over = self.over.clone();
        if over.select.is_some() {
            options.extend_select = None;
            options.ignore = None;
        }
        let add = |into: &mut Option<Vec<_>>, from: Option<Vec<_>>| {
            if let Some(more) = from {
                into.get_or_insert_default().extend(more);
            }
        };
        add(&mut options.ignore, over.ignore.take());
        add(&mut options.extend_select, over.extend_select.take());
        if let Some(more) = over.allow_globals.take() {
            options.allow_globals.get_or_insert_default().extend(more);
        }
        if let Some(more) = over.exclude.take() {
            options.exclude.get_or_insert_default().extend(more);
        }
        options.overridden_by(over)
    }
}
