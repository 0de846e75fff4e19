//! What a project decides, applied: which configuration holds for a file, and what it comes to.
//!
//! [`Resolver`] finds the nearest configuration of a file and remembers it; [`Settings`] is what it says, with what the
//! command line says on top. What the keys mean is said in `pickle-config`.

mod apply;
mod discover;
mod file;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pickle_config::{FileGlobs, Options, PerFileIgnores, Vocabulary};
use pickle_containers::Limits;
use pickle_rules::{Severity, policy, registry};

pub(crate) use discover::{OWN, PYPROJECT, Resolver, Scope};
pub(crate) use file::{Broken, ConfigFile};

use crate::members::Carve;
use crate::paths;

/// What holds for the files of a folder.
#[derive(Debug)]
pub(crate) struct Settings {
    /// All keys that are given, the command line's on top.
    pub(crate) given: Options,
    /// Rules and policy.
    pub(crate) rules: pickle_rules::Options,
    /// How much of containers is unpacked.
    pub(crate) limits: Limits,
    /// Where pickles are looked for that nothing leads to.
    pub(crate) carve: Carve,
    /// Which files are looked at.
    globs: FileGlobs,
    per_file_ignores: PerFileIgnores,
    severity: Vec<(String, Severity)>,
    /// Which of the file's `allow-globals` allowed something.
    used: Vec<AtomicBool>,
    /// The folder that patterns and paths are relative to, absolute.
    pub(crate) root: PathBuf,
    /// Where they come from.
    pub(crate) file: Option<ConfigFile>,
}

/// The words that configurations use and `pickle-config` does not know.
pub(crate) fn vocabulary() -> Vocabulary {
    Vocabulary {
        rules: registry::rules().map(|rule| (rule.code, rule.name)).collect(),
        presets: policy::presets().collect(),
    }
}

impl Settings {
    /// Of options whose problems were reported. The first `own` allowed globals are those of the file.
    fn new(given: Options, own: usize, root: PathBuf, file: Option<ConfigFile>) -> Self {
        Self {
            rules: apply::rules(&given),
            limits: apply::limits(&given),
            carve: Carve::everywhere(given.carve == Some(true)),
            globs: FileGlobs::new(&given),
            per_file_ignores: PerFileIgnores::new(&given),
            severity: apply::severities(&given),
            used: (0..own).map(|_| AtomicBool::new(false)).collect(),
            given,
            root,
            file,
        }
    }

    /// A path as patterns see it: relative to the root, with `/`. One that lies elsewhere is seen whole.
    fn relative(&self, path: &Path) -> String {
        paths::relative(path, &self.root)
    }

    /// Whether a file or folder is left out.
    pub(crate) fn excludes(&self, path: &Path) -> bool {
        !self.globs.takes_all() && self.globs.excludes(&self.relative(path))
    }

    /// Whether a file in a folder is looked at.
    pub(crate) fn takes(&self, path: &Path) -> bool {
        self.globs.takes_all() || self.globs.takes(&self.relative(path))
    }

    /// Takes note of allowed globals that allowed something, by their numbers.
    pub(crate) fn note_allowed(&self, numbers: &[usize]) {
        numbers.iter().filter_map(|&number| self.used.get(number)).for_each(|used| used.store(true, Relaxed));
    }

    /// The allowed globals of the file that allowed nothing.
    pub(crate) fn unused(&self) -> Vec<&str> {
        let entries = self.given.allow_globals.iter().flatten().zip(&self.used);
        let unused = entries.filter(|(_, used)| !used.load(Relaxed));
        unused.filter_map(|(entry, _)| entry.name.as_ref()).map(|name| name.0.as_str()).collect()
    }

    /// The baseline that is named in the configuration.
    pub(crate) fn baseline(&self) -> Option<PathBuf> {
        self.given.baseline.as_ref().map(|path| self.root.join(&path.0))
    }
}
