//! What a project decides, applied: which configuration holds for a file, and what it comes to.
//!
//! [`Resolver`] finds the nearest configuration of a file and remembers it; [`Settings`] is what it says, with what the
//! command line says on top. What the keys mean is said in `pickle-config`.

mod apply;
mod discover;
mod file;

use std::path::{Path, PathBuf};

use pickle_config::{FileGlobs, Options, PerFileIgnores, Vocabulary};
use pickle_containers::Limits;
use pickle_rules::{Severity, policy, registry};

pub(crate) use discover::{Resolver, Scope};
pub(crate) use file::ConfigFile;

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
    /// Which files are looked at.
    globs: FileGlobs,
    per_file_ignores: PerFileIgnores,
    severity: Vec<(String, Severity)>,
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
    /// Of options whose problems were reported.
    fn new(given: Options, root: PathBuf, file: Option<ConfigFile>) -> Self {
        Self {
            rules: apply::rules(&given),
            limits: apply::limits(&given),
            globs: FileGlobs::new(&given),
            per_file_ignores: PerFileIgnores::new(&given),
            severity: apply::severities(&given),
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

    /// The baseline that is named in the configuration.
    pub(crate) fn baseline(&self) -> Option<PathBuf> {
        self.given.baseline.as_ref().map(|path| self.root.join(&path.0))
    }
}
