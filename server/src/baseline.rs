//! Findings that are known: written once, taken out of every report since.
//!
//! In two precisions. *Strict*: the path, the hash of the file's content, the rule, the member and the offset; nothing about the file
//! can change without its findings coming back. *Loose*: the path, the rule, the member and the global, with how many
//! there are; a model that is trained anew stays known, and so does whatever else asks for the same.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::output::shown;
use crate::paths;
use crate::replacement::Replacement;
use crate::report::{Diagnostic, FileReport};
use crate::source::Source;

/// The layout of the file.
const VERSION: u32 = 1;

/// How closely findings are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Precision {
    /// By content and offset: any change of the file brings its findings back
    #[default]
    Strict,
    /// By path, rule and global: a file that is written anew stays known
    Loose,
}

/// What tells findings apart. Those that are alike are counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Key {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    global: Option<String>,
}

/// An entry of the file.
#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    key: Key,
    count: usize,
}

/// The file.
#[derive(Serialize, Deserialize)]
struct Layout {
    version: u32,
    precision: Precision,
    findings: Vec<Entry>,
}

/// A baseline in memory.
#[derive(Clone, Debug)]
pub(crate) struct Baseline {
    path: PathBuf,
    /// The folder that its paths are relative to.
    root: PathBuf,
    precision: Precision,
    /// How many findings of each kind are known.
    known: BTreeMap<Key, usize>,
    /// How many of them were seen.
    seen: BTreeMap<Key, usize>,
    /// Paths that were examined to their end.
    examined: BTreeSet<String>,
}

impl Baseline {
    /// Nothing is known yet.
    pub(crate) fn new(path: &Path, precision: Precision) -> Self {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let root = absolute.parent().unwrap_or(Path::new("/"));
        // Paths of files are relative to no `a/..`.
        let is_roundabout = root.components().any(|part| part == Component::ParentDir);
        let real = if is_roundabout { root.canonicalize().ok() } else { None };
        let root = real.unwrap_or_else(|| root.to_owned());
        let (known, seen, examined) = Default::default();
        Self { path: path.to_owned(), root, precision, known, seen, examined }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// It cannot be read, or is none; why.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let failed = |reason: String| format!("the baseline {}: {reason}", shown(path));
        let source = Source::open(path).map_err(|error| failed(error.to_string()))?;
        let layout: Layout =
            serde_json::from_slice(source.bytes()).map_err(|error| failed(error.to_string()))?;
        if source.disturbed() {
            return Err(failed("the file changed while it was read".to_owned()));
        }
        if layout.version != VERSION {
            return Err(failed(format!("expected version {VERSION}, found {}", layout.version)));
        }
        let mut baseline = Self::new(path, layout.precision);
        for entry in layout.findings {
            *baseline.known.entry(entry.key).or_default() += entry.count;
        }
        Ok(baseline)
    }

    /// Whether content has to be hashed.
    pub(crate) fn is_strict(&self) -> bool {
        self.has(Precision::Strict)
    }

    /// Whether it is of this precision.
    pub(crate) fn has(&self, precision: Precision) -> bool {
        self.precision == precision
    }

    /// What a file is called here. One that lies elsewhere begins at the root of all: else it would be called like one that does not.
    fn name(&self, path: &Path) -> String {
        let relative = paths::relative(path, &self.root);
        let is_inside = std::path::absolute(path).is_ok_and(|path| path.starts_with(&self.root));
        if is_inside || cfg!(windows) { relative } else { format!("/{relative}") }
    }

    /// Takes the known findings out of a report; gives how many there were.
    pub(crate) fn filter(&mut self, file: &mut FileReport) -> usize {
        let relative = self.name(&file.path);
        if file.failure.is_none() && !self.known.is_empty() {
            self.examined.insert(relative.clone());
        }
        let before = file.diagnostics.len();
        let (sha256, precision) = (file.sha256.as_deref(), self.precision);
        file.diagnostics.retain(|diagnostic| {
            let key = Key::new(&relative, sha256, diagnostic, precision);
            let Some(&known) = self.known.get(&key) else { return true };
            let seen = self.seen.entry(key).or_default();
            *seen += 1;
            *seen > known
        });
        before - file.diagnostics.len()
    }

    /// Entries of which there is less than they say, in files that were examined or are gone: a line each.
    pub(crate) fn stale(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (key, &count) in &self.known {
            let seen = self.seen.get(key).copied().unwrap_or_default();
            let path = key.path.as_str();
            let judged = self.examined.contains(path) || !self.root.join(path).exists();
            if seen < count && judged {
                let global = key.global.as_ref().map_or(String::new(), |global| format!(" {global}"));
                lines.push(format!("{path}: {}{global} ({} of {count} not found)", key.code, count - seen));
            }
        }
        lines
    }

    /// Takes note of all findings of a file, in place of what was known of it.
    pub(crate) fn learn(&mut self, file: &FileReport) {
        let relative = self.name(&file.path);
        self.examined.insert(relative.clone());
        for diagnostic in &file.diagnostics {
            let key = Key::new(&relative, file.sha256.as_deref(), diagnostic, self.precision);
            *self.seen.entry(key).or_default() += 1;
        }
    }

    /// Writes what was learned, and what was known of files that were not examined and are still there. Gives how many
    /// findings there are now, and how many there were of entries that are gone.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn write(&self) -> io::Result<(usize, usize)> {
        let keeps = |key: &Key| !self.examined.contains(&key.path) && self.root.join(&key.path).exists();
        let mut all = self.seen.clone();
        all.extend(self.known.iter().filter(|(key, _)| keeps(key)).map(|(key, count)| (key.clone(), *count)));
        let total = all.values().sum();
        let left = |key: &Key| all.get(key).copied().unwrap_or_default();
        let removed = self.known.iter().map(|(key, count)| count.saturating_sub(left(key))).sum();
        let mut file = Replacement::new(&self.path)?;
        file.write_all(self.text(all)?.as_ref())?;
        file.finish()?;
        Ok((total, removed))
    }

    /// The file: an entry a line, so that a change of it can be reviewed.
    fn text(&self, all: BTreeMap<Key, usize>) -> io::Result<String> {
        let precision = serde_json::to_string(&self.precision)?;
        let mut text = format!("{{\n\"version\": {VERSION},\n\"precision\": {precision},\n\"findings\": [");
        for (at, (key, count)) in all.into_iter().enumerate() {
            text.push_str(if at == 0 { "\n" } else { ",\n" });
            text.push_str(&serde_json::to_string(&Entry { key, count })?);
        }
        text.push_str("\n]\n}\n");
        Ok(text)
    }
}

impl Key {
    fn new(path: &str, sha256: Option<&str>, diagnostic: &Diagnostic, precision: Precision) -> Self {
        let strict = precision == Precision::Strict;
        Self {
            path: path.to_owned(),
            sha256: sha256.filter(|_| strict).map(str::to_owned),
            code: diagnostic.rule.code.to_owned(),
            member: diagnostic.member.clone(),
            offset: diagnostic.span.as_ref().map(|span| span.start).filter(|_| strict),
            global: diagnostic.global.clone(),
        }
    }
}
