//! What was found in a stream before, on disk: by the hash of its bytes, the sources of this program, and everything that
//! decides what is found.
//!
//! Only on request: a checker that believes files in a cache believes whoever can write there. Streams, not files, are
//! remembered, so that of a checkpoint of gigabytes only the pickle in it is hashed. Small ones are looked at faster than
//! they are looked up. An entry that cannot be read, or that is not what it should be, is none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use pickle_rules::{Related, Severity, registry};
use serde::{Deserialize, Serialize};

use crate::digest::fingerprint;
use crate::report::{Diagnostic, Place, Row};
use crate::source::Source;

/// Streams shorter than this are not remembered.
pub(crate) const WORTH_IT: usize = 64 << 10;

/// Changes when an entry says something else than it did.
const LAYOUT: &str = "1";

/// The folder in a cache folder that is ours; nothing else is ever removed.
const FOLDER: &str = "pickle-lsp-results";

/// A folder of results.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    /// Why the first result that could not be kept was not.
    failure: OnceLock<String>,
    /// How many results were written.
    written: AtomicU64,
}

/// A finding as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    code: String,
    severity: String,
    message: String,
    /// From the stream on: a pickle in one of its constants.
    member: Option<String>,
    pickle: Option<usize>,
    span: Option<(usize, usize)>,
    place: Option<(usize, usize, usize, usize)>,
    global: Option<String>,
    related: Vec<(usize, usize, String)>,
    help: Option<String>,
    excerpt: Vec<(String, usize, usize, bool)>,
}

/// An entry.
#[derive(Serialize, Deserialize)]
struct Entry {
    key: String,
    findings: Vec<Kept>,
    /// Numbers of allowed patterns that allowed something.
    allowed_by: Vec<usize>,
}

impl Cache {
    /// Below a folder that is made when it is needed.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.join(FOLDER), failure: OnceLock::new(), written: AtomicU64::new(0) }
    }

    /// Where results are kept unless something else is asked for.
    pub(crate) fn usual_folder() -> Option<PathBuf> {
        let variable =
            |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        variable("PICKLE_LSP_CACHE_DIR").or_else(|| {
            if cfg!(windows) {
                variable("LOCALAPPDATA")
            } else if cfg!(target_os = "macos") {
                variable("HOME").map(|home| home.join("Library/Caches"))
            } else {
                variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))
            }
        })
    }

    /// The key of a stream: what it is, and what decides what is found in it. Rules and lists of globals change with the sources,
    /// many times in a version.
    pub(crate) fn key(bytes: &[u8], deciding: &str) -> String {
        let program = env!("PICKLE_LSP_SOURCES");
        fingerprint([LAYOUT.as_bytes(), program.as_bytes(), deciding.as_bytes(), bytes])
    }

    /// What was found, if that is known.
    pub(crate) fn get(&self, key: &str) -> Option<(Vec<Diagnostic>, Vec<usize>)> {
        // No device or pipe in place of an entry is read for ever.
        let source = Source::open(&self.path(key)).ok()?;
        let entry: Entry = serde_json::from_slice(source.bytes()).ok()?;
        if entry.key != key {
            return None;
        }
        let found = entry.findings.into_iter().map(restored).collect::<Option<_>>()?;
        Some((found, entry.allowed_by))
    }

    /// Remembers what was found. A folder that cannot be written to remembers nothing: [`Cache::failure`] says so.
    pub(crate) fn put(&self, key: &str, found: &[Diagnostic], allowed_by: Vec<usize>) {
        let findings = found.iter().map(kept).collect();
        let entry = Entry { key: key.to_owned(), findings, allowed_by };
        let Ok(text) = serde_json::to_vec(&entry) else { return };
        if let Err(error) = self.write(key, &text) {
            let _ = self.failure.set(error.to_string());
        }
    }

    /// Why a result could not be kept, if there was one.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// Written beside and put in place: who reads meanwhile sees the old entry or the new one. Others, of this process as well, may be
    /// at the same entry.
    fn write(&self, key: &str, text: &[u8]) -> io::Result<()> {
        let path = self.path(key);
        private_folder(path.parent().unwrap_or(&self.folder))?;
        let number = self.written.fetch_add(1, Relaxed);
        let beside = path.with_extension(format!("{}-{number}.new", std::process::id()));
        fs::write(&beside, text)?;
        fs::rename(&beside, &path)
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(key.get(..2).unwrap_or_default()).join(key)
    }

    /// Removes all results; gives whether there were any.
    pub(crate) fn clean(&self) -> io::Result<bool> {
        match fs::remove_dir_all(&self.folder) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The folder of the results.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// A folder that others cannot write to.
fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn kept(diagnostic: &Diagnostic) -> Kept {
    let place = |place: Place| (place.line, place.column, place.end_line, place.end_column);
    let related = |related: &Related| (related.span.start, related.span.end, related.message.clone());
    let row = |row: &Row| (row.text.clone(), row.columns.start, row.columns.end, row.marked);
    Kept {
        code: diagnostic.rule.code.to_owned(),
        severity: diagnostic.severity.to_string(),
        message: diagnostic.message.clone(),
        member: diagnostic.member.clone(),
        pickle: diagnostic.pickle,
        span: diagnostic.span.as_ref().map(|span| (span.start, span.end)),
        place: diagnostic.place.map(place),
        global: diagnostic.global.clone(),
        related: diagnostic.related.iter().map(related).collect(),
        help: diagnostic.help.clone(),
        excerpt: diagnostic.excerpt.iter().map(row).collect(),
    }
}

fn restored(kept: Kept) -> Option<Diagnostic> {
    let severity = [Severity::Error, Severity::Warning, Severity::Info]
        .into_iter()
        .find(|severity| severity.to_string() == kept.severity)?;
    let place = |(line, column, end_line, end_column)| Place { line, column, end_line, end_column };
    let related = |(start, end, message)| Related { span: start..end, message };
    let row = |(text, start, end, marked)| Row { text, columns: start..end, marked };
    Some(Diagnostic {
        rule: registry::by_code(&kept.code)?,
        severity,
        message: kept.message,
        member: kept.member,
        pickle: kept.pickle,
        span: kept.span.map(|(start, end)| start..end),
        place: kept.place.map(place),
        global: kept.global,
        related: kept.related.into_iter().map(related).collect(),
        help: kept.help,
        excerpt: kept.excerpt.into_iter().map(row).collect(),
    })
}
