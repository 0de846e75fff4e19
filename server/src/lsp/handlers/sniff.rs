//! `pickle/sniff`: whether a file is one of ours, and what to open for it. Content decides, never the name alone: `.pkl` is
//! Apple's Pkl language as well.

use std::path::Path;
use std::sync::Arc;

use pickle_containers::{Kind, TextKind};
use pickle_machine::record::{Recording, Segment};
use serde::Serialize;
use tower_lsp::gen_lsp_types::Uri;

use super::Answer;
use crate::lsp::content::Content;
use crate::lsp::failure::Failure;
use crate::lsp::virtual_documents::{Parsed, Stream, parse};
use crate::lsp::work::Work;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    /// One stream of pickles.
    Pickle,
    /// It holds others.
    Container,
    /// Text for people, left to the editor.
    Text,
    /// Anything else.
    Other,
}

/// The answer.
#[derive(Debug, Serialize)]
pub(crate) struct Sniffed {
    kind: What,
    /// What to open in place of the file.
    listing: Option<String>,
}

/// Looks at a file.
pub(crate) fn handle(work: &Work, uri: &Uri) -> Answer<Sniffed> {
    let path = match parse(&uri.0, Path::is_file) {
        Some(Parsed::File(path)) => path,
        Some(Parsed::Listing(address)) => address.stream.path,
        None => return Err(Failure::Invalid(format!("not the URI of a file: {}", uri.0))),
    };
    let content = work.session.content(&path, &|| work.is_cancelled())?;
    let kind = what(work, &content)?;
    let listing = match kind {
        What::Pickle => Some(Stream::of_file(&path).uri()),
        What::Container => Some(entrance(work, &content)?.uri()),
        What::Text | What::Other => None,
    };
    Ok(Sniffed { kind, listing })
}

/// Whether requests about a file are to be answered.
pub(crate) fn is_ours(work: &Work, content: &Arc<Content>) -> Answer<bool> {
    Ok(matches!(what(work, content)?, What::Pickle | What::Container))
}

/// The only pickle of a container, or else the overview.
fn entrance(work: &Work, content: &Content) -> Answer<Stream> {
    work.session.library.follow(content, &|| work.is_cancelled())?;
    let mut pickles = content.pickles();
    Ok(match (pickles.next(), pickles.next()) {
        (Some(only), None) => content.stream_of(only),
        _ => Stream::of_file(&content.path),
    })
}

fn what(work: &Work, content: &Arc<Content>) -> Answer<What> {
    // Text for people, with pickles written down in it.
    if content.format == pickle_containers::TEXT {
        return Ok(What::Text);
    }
    let Some(only) = content.single_stream().and_then(|index| content.get(index)) else {
        return Ok(What::Container);
    };
    Ok(match only.kind {
        _ if only.candidate => What::Pickle,
        Kind::Text(TextKind::Plain | TextKind::Base64) if decodes(work, content, true)? => What::Pickle,
        Kind::Unknown if decodes(work, content, false)? => What::Pickle,
        Kind::Text(_) => What::Text,
        _ => What::Other,
    })
}

/// Whether an unpickler would read the file: at least its first pickle, and all of a text.
fn decodes(work: &Work, content: &Arc<Content>, all: bool) -> Answer<bool> {
    let indexed = work.session.library.indexed(content, 0, &|| work.is_cancelled())?;
    Ok(begins_with_pickle(&indexed.recording)
        && (!all || is_all_pickles(&indexed.recording, indexed.bytes())))
}

fn begins_with_pickle(recording: &Recording) -> bool {
    let behind = recording.segments.get(1);
    let unreadable = matches!(behind, Some(Segment::Gap(_, Some(_))));
    match recording.segments.first() {
        Some(Segment::Pickle(pickle)) => pickle.bytes.start == 0 && pickle.fault.is_none() && !unreadable,
        _ => false,
    }
}

fn is_all_pickles(recording: &Recording, bytes: &[u8]) -> bool {
    recording.segments.iter().all(|segment| match segment {
        Segment::Pickle(_) => true,
        Segment::Gap(range, _) => bytes.get(range.clone()).is_some_and(|gap| gap.trim_ascii().is_empty()),
    })
}
