//! Listings that an editor has open and edits: `.pickleasm` files on disk, and new ones that are on none yet.
//!
//! Their text is what the editor says it is. An edit is entered at once, and costs next to nothing; what a state of the text means
//! is found out when somebody asks, once for each state, and given up when the next edit comes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use pickle_ide::Sheet;
use pickle_machine::Interrupt;
use pickle_syntax::Buffer;
use tower_lsp::gen_lsp_types::{Position, TextDocumentContentChangeEvent};

use super::cache::lock;
use super::convert::Encoding;
use super::failure::Failure;

/// What clients call the language.
const LANGUAGES: [&str; 2] = ["pickle-listing", "pickleasm"];

/// Whether a document of this language is a listing, wherever it is.
pub(crate) fn is_listing(language: &str) -> bool {
    LANGUAGES.contains(&language)
}

/// All texts that are open, by URI.
#[derive(Debug, Default)]
pub(crate) struct Texts(Mutex<HashMap<String, Arc<Text>>>);

/// A text that is open.
#[derive(Debug)]
pub(crate) struct Text {
    state: Mutex<State>,
    /// Counts edits. Beside the state, so that work which looks at it waits for nobody.
    revision: AtomicU64,
    /// What the text meant when somebody last asked. Locked while it is found out, so that it is found out once.
    sheet: Mutex<Option<(u64, Arc<Sheet>)>>,
}

#[derive(Debug)]
struct State {
    buffer: Buffer,
    /// As the client counts.
    version: i32,
}

impl Texts {
    /// `didOpen`.
    pub(crate) fn open(&self, uri: &str, version: i32, text: &str) {
        let text = Text::new(version, text);
        // What is still being found out of an earlier text under this URI concerns nobody.
        if let Some(before) = lock(&self.0).insert(uri.to_owned(), Arc::new(text)) {
            let _state = lock(&before.state);
            before.revision.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// `didClose`; whether it was open.
    pub(crate) fn close(&self, uri: &str) -> bool {
        let closed = lock(&self.0).remove(uri);
        closed.is_some_and(|text| {
            let _state = lock(&text.state);
            text.revision.fetch_add(1, Ordering::SeqCst);
            true
        })
    }

    /// The URIs of all texts that are open.
    pub(crate) fn uris(&self) -> Vec<String> {
        lock(&self.0).keys().cloned().collect()
    }

    /// A text that is open.
    pub(crate) fn get(&self, uri: &str) -> Option<Arc<Text>> {
        lock(&self.0).get(uri).cloned()
    }
}

impl Text {
    /// A text in its first version.
    pub(crate) fn new(version: i32, text: &str) -> Self {
        let state = Mutex::new(State { buffer: Buffer::new(text), version });
        Self { state, revision: AtomicU64::new(0), sheet: Mutex::default() }
    }

    /// `didChange`: enters the changes one after the other.
    pub(crate) fn change(
        &self,
        version: i32,
        changes: &[TextDocumentContentChangeEvent],
        encoding: Encoding,
    ) {
        let mut state = lock(&self.state);
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(change) => {
                    let byte = |position| byte(&state.buffer, position, encoding);
                    let range = byte(change.range.start)..byte(change.range.end);
                    state.buffer.replace(range, &change.text);
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(change) => {
                    state.buffer = Buffer::new(&change.text);
                }
            }
        }
        state.version = version;
        self.revision.fetch_add(1, Ordering::SeqCst);
    }

    /// What the text means now.
    ///
    /// # Errors
    /// Nobody wants to know any more.
    pub(crate) fn sheet(&self, stop: Interrupt<'_>) -> Result<Arc<Sheet>, Failure> {
        let mut known = lock(&self.sheet);
        while !stop() {
            let (revision, mut buffer) = {
                let state = lock(&self.state);
                (self.revision.load(Ordering::SeqCst), state.buffer.clone())
            };
            if let Some((of, sheet)) = known.as_ref()
                && *of == revision
            {
                return Ok(sheet.clone());
            }
            let stop = || stop() || !self.is_at(revision);
            let Some(tree) = buffer.parse(&stop) else { continue };
            // The next parse begins with the tree of this one.
            let mut state = lock(&self.state);
            if self.is_at(revision) {
                state.buffer = buffer;
            }
            drop(state);
            let Some(sheet) = Sheet::new(tree, &stop) else { continue };
            let sheet = Arc::new(sheet);
            *known = Some((revision, sheet.clone()));
            return Ok(sheet);
        }
        Err(Failure::Cancelled)
    }

    /// The number of edits so far, and the client's version.
    pub(crate) fn now(&self) -> (u64, i32) {
        let state = lock(&self.state);
        (self.revision.load(Ordering::SeqCst), state.version)
    }

    /// Does something unless there was an edit since; an edit waits until it is done.
    pub(crate) fn if_at(&self, revision: u64, act: impl FnOnce()) {
        let _state = lock(&self.state);
        if self.is_at(revision) {
            act();
        }
    }

    /// Whether there was no edit since.
    pub(crate) fn is_at(&self, revision: u64) -> bool {
        self.revision.load(Ordering::SeqCst) == revision
    }
}

/// The byte of a place; the end of the row behind it, the end of the text behind the last row.
fn byte(buffer: &Buffer, position: Position, encoding: Encoding) -> usize {
    let row = position.line as usize;
    buffer.row_start(row) + encoding.byte(&buffer.row_text(row), position.character)
}
