//! One file: examined, adjusted to what the project decides, never allowed to take others down with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pickle_machine::stream::Memory;

use crate::cache::Cache;
use crate::digest::sha256;
use crate::examine::{Detail, Question, examine};
use crate::report::FileReport;
use crate::scan::{Item, interrupt};

/// How files are examined.
#[derive(Debug)]
pub(crate) struct Look {
    /// What is wanted of the places of findings.
    pub(crate) detail: Detail,
    /// Whether the content of files with findings is hashed.
    pub(crate) hashed: bool,
    /// What was found before.
    pub(crate) cache: Option<Cache>,
    /// Set when nobody wants the results any more.
    pub(crate) stop: AtomicBool,
}

impl Look {
    /// Without cache and hashes.
    pub(crate) fn new(detail: Detail) -> Self {
        Self { detail, hashed: false, cache: None, stop: AtomicBool::new(false) }
    }

    /// Examines a file.
    pub(crate) fn at(&self, item: Item) -> FileReport {
        let name = item.name();
        let Item { path, source, asked, modules, settings } = item;
        let source = match source {
            Ok(source) => source,
            Err(failure) => return FileReport::failed(path, failure),
        };
        let question = Question {
            path: &path,
            name: &name,
            asked,
            modules,
            options: &settings.rules,
            limits: &settings.limits,
            carve: settings.carve,
            memory: Memory::OF_FILE,
            detail: self.detail,
            cache: self.cache.as_ref(),
            records: None,
            allowed: &|numbers| settings.note_allowed(numbers),
            interrupt: &|| self.stop.load(Relaxed) || interrupt::is_interrupted(),
        };
        // A mistake of ours in one file must not hide what is in the others.
        let examined = catch_unwind(AssertUnwindSafe(|| examine(source.bytes(), &question)));
        let failure = match &examined {
            Err(_) => Some("internal error; please report it with the file".to_owned()),
            Ok(_) if interrupt::is_interrupted() => Some("interrupted before its end".to_owned()),
            Ok(_) if source.disturbed() => Some("the file changed while it was read".to_owned()),
            Ok(_) => None,
        };
        let mut diagnostics = examined.unwrap_or_default();
        settings.adjust(&path, &mut diagnostics);
        let hash = (self.hashed && !diagnostics.is_empty()).then(|| sha256(source.bytes()));
        FileReport { path, diagnostics, failure, sha256: hash }
    }
}
