//! What is known of files: their content, the index of each stream, its views, its findings. Read once for each state of a
//! file, whoever asks.
//!
//! The keys of everything hold the [`Stamp`] of the file, so that nothing old can be found: who asks says how the file is
//! now. All of it is plain, blocking code for threads that may block.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pickle_ide::Context;
use pickle_listing::view::{Budget, Selection};
use pickle_listing::{Layout, View};
use pickle_machine::Interrupt;
use pickle_machine::record::{Recording, record_within};
use pickle_machine::stream::Memory;

use super::cache::Cache;
use super::content::Content;
use super::failure::Failure;
use super::virtual_documents::Stream;
use crate::examine::{Asked, Detail, Question, examine, examine_members};
use crate::members::{Carve, Modules};
use crate::pool::on_pool;
use crate::report::Diagnostic;
use crate::settings::Settings;
use crate::source::{SourceError, Stamp};

/// Bytes that are kept of decompressed members, of indexes, and of views.
const CONTENT_ROOM: usize = 512 << 20;
const INDEX_ROOM: usize = 256 << 20;
const PAGE_ROOM: usize = 64 << 20;
const FINDINGS_ROOM: usize = 32 << 20;

/// What each file, index and view weighs beside its bytes: they keep a file open, and systems count open files.
const SEAT: usize = 4 << 20;
const PAGE_SEAT: usize = 512 << 10;

/// How often a file is read again that changes while it is read.
const ATTEMPTS: usize = 3;

/// A stream of a file, and its index.
#[derive(Debug)]
pub(crate) struct Indexed {
    /// The file.
    pub(crate) content: Arc<Content>,
    /// Which member of it.
    member: usize,
    /// Its bytes, where the content leaves them out.
    unpacked: Option<Vec<u8>>,
    /// The index.
    pub(crate) recording: Recording,
}

/// A view of a stream.
#[derive(Debug)]
pub(crate) struct Page {
    /// The stream.
    pub(crate) indexed: Arc<Indexed>,
    /// The text and its map.
    pub(crate) view: View,
}

impl Indexed {
    /// The bytes of the stream.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.unpacked.as_deref().or_else(|| self.content.bytes(self.member)).unwrap_or_default()
    }
}

impl Page {
    /// What editor features work on.
    pub(crate) fn context(&self) -> Context<'_> {
        Context { bytes: self.indexed.bytes(), recording: &self.indexed.recording, view: &self.view }
    }
}

/// A file in one state.
type FileKey = (PathBuf, Stamp);
/// A stream of it: its number.
type StreamKey = (FileKey, usize);

/// All that is known.
#[derive(Debug)]
pub(crate) struct Library {
    contents: Cache<FileKey, Content>,
    indexes: Cache<StreamKey, Indexed>,
    /// By the query of the view's URI.
    pages: Cache<(StreamKey, String), Page>,
    findings: Cache<FileKey, Vec<Diagnostic>>,
}

impl Library {
    /// Nothing is known yet.
    pub(crate) fn new() -> Self {
        Self {
            contents: Cache::new(CONTENT_ROOM),
            indexes: Cache::new(INDEX_ROOM),
            pages: Cache::new(PAGE_ROOM),
            findings: Cache::new(FINDINGS_ROOM),
        }
    }

    /// A file as it is now, with the pickles that settings have looked for in it.
    pub(crate) fn content(
        &self,
        path: &Path,
        carve: Carve,
        stop: Interrupt<'_>,
    ) -> Result<Arc<Content>, Failure> {
        for _ in 0..ATTEMPTS {
            let stamp =
                Stamp::of(path).map_err(|error| Failure::Source(path.to_owned(), SourceError::Io(error)))?;
            let content = self.contents.get_or(&(path.to_owned(), stamp), || {
                self.forget_but(path, Some(stamp));
                let content = Content::read(path, carve, stop)?;
                let weight = SEAT + content.weight();
                Ok::<_, Failure>((content, weight))
            })?;
            // Between the two looks at the file it may have changed, and what was unwrapped may be a mixture.
            let is_now = !content.source.changed_since(&stamp) && !content.source.disturbed();
            if is_now && content.carve == carve {
                return Ok(content);
            }
            self.forget(path);
        }
        Err(Failure::Changed(path.to_owned()))
    }

    /// Follows what streams of a file lead to.
    pub(crate) fn follow(&self, content: &Content, stop: Interrupt<'_>) -> Result<(), Failure> {
        if !content.is_followed() {
            on_pool(content.source.bytes().len(), || content.follow(stop))?;
            steady(content)?;
            self.contents.weigh(&key(content), SEAT + content.weight());
        }
        Ok(())
    }

    /// The member that a stream names; one that a stream leads to is looked for.
    pub(crate) fn find(
        &self,
        content: &Content,
        stream: &Stream,
        stop: Interrupt<'_>,
    ) -> Result<Option<usize>, Failure> {
        let found = content.find(stream);
        if found.is_some() || stream.member.is_none() {
            return Ok(found);
        }
        self.follow(content, stop)?;
        Ok(content.find(stream))
    }

    /// The index of a stream.
    pub(crate) fn indexed(
        &self,
        content: &Arc<Content>,
        member: usize,
        stop: Interrupt<'_>,
    ) -> Result<Arc<Indexed>, Failure> {
        self.indexes.get_or(&(key(content), member), || {
            let unpacked = if content.is_left_out(member) { content.read_again(member, stop) } else { None };
            let bytes = unpacked.as_deref().or_else(|| content.bytes(member));
            let bytes = bytes.ok_or_else(|| missing(content, member, stop))?;
            let memory = content.memory(member);
            let recording = on_pool(bytes.len(), || record_within(bytes, memory, stop));
            if !recording.complete {
                return Err(Failure::Cancelled);
            }
            steady(content)?;
            let weight = SEAT + recording.weight() + unpacked.as_ref().map_or(0, Vec::len);
            Ok((Indexed { content: content.clone(), member, unpacked, recording }, weight))
        })
    }

    /// A view of a stream.
    pub(crate) fn page(
        &self,
        content: &Arc<Content>,
        member: usize,
        selection: &Selection,
        stop: Interrupt<'_>,
    ) -> Result<Arc<Page>, Failure> {
        let key = ((key(content), member), selection.query());
        self.pages.get_or(&key, || {
            let indexed = self.indexed(content, member, stop)?;
            let view = View::build(indexed.bytes(), &indexed.recording, selection, &Budget::default(), stop);
            if !view.complete {
                return Err(Failure::Cancelled);
            }
            steady(content)?;
            let weight = PAGE_SEAT + view.text().len() + view.len() * 32;
            Ok((Page { indexed, view }, weight))
        })
    }

    /// All that is to be said of a file, in bytes of its members.
    pub(crate) fn findings(
        &self,
        content: &Arc<Content>,
        settings: &Settings,
        stop: Interrupt<'_>,
    ) -> Result<Arc<Vec<Diagnostic>>, Failure> {
        self.findings.get_or(&key(content), || {
            self.follow(content, stop)?;
            let mut found = on_pool(content.source.bytes().len(), || judge(content, settings, stop));
            if stop() {
                return Err(Failure::Cancelled);
            }
            steady(content)?;
            settings.adjust(&content.path, &mut found);
            let weight =
                found.iter().map(|diagnostic| size_of::<Diagnostic>() + 2 * diagnostic.message.len()).sum();
            Ok((found, weight))
        })
    }

    /// Forgets all findings: what is to be said of files has changed.
    pub(crate) fn forget_findings(&self) {
        self.findings.forget(|_| true);
    }

    /// Forgets a file, in whatever state.
    pub(crate) fn forget(&self, path: &Path) {
        self.forget_but(path, None);
    }

    /// Forgets a file in all states but one.
    fn forget_but(&self, path: &Path, now: Option<Stamp>) {
        let old = |(other, stamp): &FileKey| other == path && Some(*stamp) != now;
        self.contents.forget(old);
        self.indexes.forget(|(file, _)| old(file));
        self.pages.forget(|((file, _), _)| old(file));
        self.findings.forget(old);
    }
}

/// The row of the whole listing that covers a byte.
pub(crate) fn row_of(page: &Page, offset: usize) -> u64 {
    Layout::new(&page.indexed.recording).row_of(page.indexed.bytes(), offset)
}

fn key(content: &Content) -> FileKey {
    (content.path.clone(), *content.source.stamp())
}

/// What the rules find in a file, after what its streams lead to was followed.
fn judge(content: &Content, settings: &Settings, stop: Interrupt<'_>) -> Vec<Diagnostic> {
    let name = content.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let question = Question {
        path: &content.path,
        name: &name,
        asked: Asked::ByName,
        modules: Modules::Unknown,
        options: &settings.rules,
        limits: &settings.limits,
        cache: None,
        records: None,
        allowed: &|_| {},
        memory: Memory::OF_FILE,
        detail: Detail::Offsets,
        carve: settings.carve,
        interrupt: stop,
    };
    match content.whole() {
        Some(members) => {
            examine_members(content.source.bytes(), content.format, content.faults(), members, &question)
        }
        // More than is kept: it is unpacked again, one member at a time.
        None => examine(content.source.bytes(), &question),
    }
}

/// Refuses what was made of a file that changed meanwhile.
fn steady(content: &Content) -> Result<(), Failure> {
    if content.source.disturbed() { Err(Failure::Changed(content.path.clone())) } else { Ok(()) }
}

/// Why the bytes of a member are not there.
fn missing(content: &Content, member: usize, stop: Interrupt<'_>) -> Failure {
    if stop() {
        return Failure::Cancelled;
    }
    let path = content.get(member).and_then(|member| member.path.clone());
    let fault = content.faults().find(|fault| fault.member == path);
    let why = fault.map_or("it is no pickle, and was not decompressed", |fault| &fault.message);
    Failure::Member(content.path.clone(), path.clone().unwrap_or_default(), why.to_owned())
}
