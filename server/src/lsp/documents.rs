//! What the client asked about: which URIs, in which spelling, and what it was told of them.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::virtual_documents::{Address, Stream};
use crate::source::Stamp;
use pickle_listing::Selection;

/// URIs that are remembered of one file; sub-views may be asked for without end.
const MOST_URIS: usize = 1000;

/// All files that were asked about.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    files: HashMap<PathBuf, Known>,
    /// URIs between `didOpen` and `didClose`.
    open: HashSet<String>,
}

#[derive(Debug, Default)]
struct Known {
    /// How the file was when its diagnostics were computed, or began to be.
    stamp: Option<Stamp>,
    /// As the client spells them.
    uris: HashMap<String, Asked>,
    /// URIs that have diagnostics.
    published: HashSet<String>,
}

#[derive(Debug)]
struct Asked {
    address: Address,
    /// A file's own URI, or that of a copy, and not that of a listing.
    is_file: bool,
    /// It was opened since the last question about it.
    was_opened: bool,
}

/// What a question tells of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// It was not asked about before, or not under this URI.
    New,
    /// It is as it was.
    None,
    /// It changed.
    Changed,
}

impl Documents {
    /// Takes note of a question about a file as it is now.
    pub(crate) fn asked(&mut self, uri: &str, address: &Address, is_file: bool, stamp: Stamp) -> News {
        let known = self.files.entry(address.stream.path.clone()).or_default();
        let asked = known.uris.get(uri);
        let new = asked.is_none_or(|asked| asked.was_opened) && address.selection == Selection::All;
        if known.uris.len() < MOST_URIS {
            let asked = Asked { address: address.clone(), is_file, was_opened: false };
            known.uris.insert(uri.to_owned(), asked);
        }
        match known.stamp.replace(stamp) {
            Some(before) if before != stamp => News::Changed,
            None => News::New,
            Some(_) if new => News::New,
            Some(_) => News::None,
        }
    }

    /// `didOpen`. The next question about it counts as the first: what is published depends on what is open. It is not forgotten until
    /// then: the file may change meanwhile, and who shows it has to be told.
    pub(crate) fn opened(&mut self, uri: &str) {
        self.open.insert(uri.to_owned());
        let asked = self.files.values_mut().filter_map(|known| known.uris.get_mut(uri));
        asked.for_each(|asked| asked.was_opened = true);
    }

    /// `didClose`.
    pub(crate) fn closed(&mut self, uri: &str) {
        self.open.remove(uri);
    }

    /// Whether anybody asked about a file.
    pub(crate) fn knows(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    /// All files that somebody asked about.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        self.files.keys().cloned().collect()
    }

    /// Takes note of how a file is now; gives whether it was known to be so.
    pub(crate) fn replace_stamp(&mut self, path: &Path, now: Stamp) -> bool {
        self.files.get_mut(path).is_some_and(|known| known.stamp.replace(now) == Some(now))
    }

    /// Whether the file's diagnostics are of this state of it.
    pub(crate) fn is_current(&self, path: &Path, stamp: Stamp) -> bool {
        self.files.get(path).is_some_and(|known| known.stamp == Some(stamp))
    }

    /// The virtual documents that show something of a file, as the client spells them.
    pub(crate) fn listings(&self, path: &Path) -> Vec<String> {
        let uris = self.files.get(path).into_iter().flat_map(|known| &known.uris);
        uris.filter(|(_, asked)| !asked.is_file).map(|(uri, _)| uri.clone()).collect()
    }

    /// Files on disk that show something of a file.
    pub(crate) fn copies(&self, path: &Path) -> Vec<Address> {
        let uris = self.files.get(path).into_iter().flat_map(|known| known.uris.values());
        uris.filter(|asked| asked.is_file).map(|asked| asked.address.clone()).collect()
    }

    /// The streams of a file that were asked about.
    pub(crate) fn streams(&self, path: &Path) -> HashSet<Stream> {
        let uris = self.files.get(path).into_iter().flat_map(|known| known.uris.values());
        uris.map(|asked| asked.address.stream.clone()).collect()
    }

    /// The URI of the main view of a stream, as the client spells it, or else as we do.
    pub(crate) fn spelling(&self, stream: &Stream) -> String {
        let shows = |asked: &Asked| {
            !asked.is_file && asked.address.stream == *stream && asked.address.selection == Selection::All
        };
        let uris = self.files.get(&stream.path).into_iter().flat_map(|known| &known.uris);
        let asked = uris.filter(|(_, asked)| shows(asked)).map(|(uri, _)| uri);
        let open = asked.max_by_key(|uri| self.open.contains(*uri));
        open.cloned().unwrap_or_else(|| stream.uri())
    }

    /// Open files on disk that show the main view of a stream: an editor shows diagnostics of no other URI there.
    pub(crate) fn aliases(&self, stream: &Stream) -> Vec<String> {
        let uris = self.files.get(&stream.path).into_iter().flat_map(|known| &known.uris);
        let shows = |asked: &Asked| {
            asked.is_file && asked.address.stream == *stream && asked.address.selection == Selection::All
        };
        uris.filter(|(uri, asked)| shows(asked) && self.open.contains(*uri))
            .map(|(uri, _)| uri.clone())
            .collect()
    }

    /// Takes note of the URIs that have diagnostics now; gives those that had some before.
    pub(crate) fn published(&mut self, path: &Path, now: HashSet<String>) -> Vec<String> {
        let Some(known) = self.files.get_mut(path) else { return Vec::new() };
        let before = std::mem::replace(&mut known.published, now);
        before.difference(&known.published).cloned().collect()
    }

    /// The file is gone: forgets how it was, and gives the URIs that had diagnostics.
    pub(crate) fn gone(&mut self, path: &Path) -> Vec<String> {
        if let Some(known) = self.files.get_mut(path) {
            known.stamp = None;
        }
        self.published(path, HashSet::new())
    }
}
