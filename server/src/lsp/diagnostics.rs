//! Publishes what the rules find, on the URI of the listing, whether it is open or not.
//!
//! Rules run in the background when a file was asked about, as soon as there is what was asked for. Findings are in bytes of
//! a stream; the map of its main view gives them rows at the last moment, an elision's if they are in one.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pickle_listing::Selection;
use pickle_machine::READ_AHEAD_FROM;
use tower_lsp::gen_lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, Location, Position, Range, Uri,
};

use super::cache::lock;
use super::check;
use super::content::Content;
use super::convert;
use super::documents::News;
use super::failure::Failure;
use super::library::Page;
use super::outbox::Message;
use super::session::Session;
use super::virtual_documents::{Address, Stream};
use super::work::{self, Work};
use crate::report::{self, url};

/// How long rules wait for the listing of a long file to be on its way: both would take all processors there are.
const HEAD_START: Duration = Duration::from_millis(30);

/// Streams of one file whose findings are published; those that are opened always are.
const MOST_STREAMS: usize = 1000;

/// A file is asked about: sees to it that its diagnostics are, or will be, what they should be.
pub(crate) fn notice(
    session: &Arc<Session>,
    uri: &str,
    address: &Address,
    is_file: bool,
    content: &Arc<Content>,
) {
    if session.configuration.is_stale() {
        reconfigure(session);
    }
    let news = lock(&session.documents).asked(uri, address, is_file, *content.source.stamp());
    if news == News::Changed {
        refresh(session, &content.path);
    }
    if news != News::None {
        let (content, address) = (content.clone(), address.clone());
        work::spawn(session, "", move |work| {
            // What was asked for is seen first: each of the two would keep all processors busy.
            let (library, stop) = (&work.session.library, || work.is_cancelled());
            let member = library.find(&content, &address.stream, &stop)?;
            if let Some(member) = member.filter(|&member| content.can_be_read(member)) {
                let _ = library.page(&content, member, &address.selection, &stop);
            }
            if content.source.bytes().len() >= READ_AHEAD_FROM {
                std::thread::sleep(HEAD_START);
            }
            publish(work, &content)
        });
    }
}

/// A file may have changed: looks at it again, if anybody asked about it.
pub(crate) fn look_again(session: &Arc<Session>, path: &Path) {
    if !lock(&session.documents).knows(path) {
        return;
    }
    let path = path.to_owned();
    work::spawn(session, "", move |work| {
        let session = &work.session;
        let content = match session.content(&path, &|| work.is_cancelled()) {
            Ok(content) => content,
            Err(Failure::Cancelled) => return Err(Failure::Cancelled),
            Err(_) => {
                gone(session, &path);
                refresh(session, &path);
                return Ok(());
            }
        };
        let known = lock(&session.documents).replace_stamp(&path, *content.source.stamp());
        if known {
            return Ok(());
        }
        refresh(session, &path);
        publish(work, &content)
    });
}

/// What projects decide has changed: all that was said is said anew.
pub(crate) fn reconfigure(session: &Arc<Session>) {
    session.configuration.reload(&session.outbox);
    session.library.forget_findings();
    for path in lock(&session.documents).paths() {
        work::spawn(session, "", move |work| {
            let content = work.session.content(&path, &|| work.is_cancelled())?;
            lock(&work.session.documents).replace_stamp(&path, *content.source.stamp());
            publish(work, &content)
        });
    }
    for uri in session.texts.uris() {
        check::notice(session, &Uri(uri));
    }
}

/// A file cannot be read any more: what was said of it is taken back.
pub(crate) fn gone(session: &Session, path: &Path) {
    session.library.forget(path);
    for uri in lock(&session.documents).gone(path) {
        session.outbox.post(Message::Diagnostics(Uri(uri), Vec::new()));
    }
}

/// The documents that show something of a file are to be read again.
fn refresh(session: &Arc<Session>, path: &Path) {
    let (listings, copies) = {
        let documents = lock(&session.documents);
        (documents.listings(path), documents.copies(path))
    };
    if session.client_can().content {
        listings.into_iter().for_each(|uri| session.outbox.post(Message::Refresh(Uri(uri))));
    }
    if copies.is_empty() {
        return;
    }
    work::spawn(session, "", move |work| {
        let Some(on_disk) = work.session.copies.get() else { return Ok(()) };
        for address in copies.into_iter().filter(|address| on_disk.has(address)) {
            if let Some(document) = work.document(&Uri(address.uri()))? {
                on_disk.write(&address, document.text())?;
            }
        }
        Ok(())
    });
}

/// Publishes all that is to be said of a file.
fn publish(work: &Work, content: &Arc<Content>) -> Result<(), Failure> {
    let session = &work.session;
    let stop = || work.is_cancelled();
    let settings = session.configuration.of_file(&content.path, &session.outbox);
    let findings = session.library.findings(content, &settings, &stop)?;
    let mut by_member: HashMap<Option<&str>, Vec<&report::Diagnostic>> = HashMap::new();
    for finding in findings.iter() {
        by_member.entry(finding.member.as_deref()).or_default().push(finding);
    }
    let asked = lock(&session.documents).streams(&content.path);
    let mut messages: HashMap<String, Vec<Diagnostic>> = HashMap::new();
    for (count, (member, findings)) in by_member.into_iter().enumerate() {
        let stream = Stream::of_member(&content.path, member);
        if count < MOST_STREAMS || asked.contains(&stream) {
            for (uri, diagnostics) in of_stream(work, content, &stream, &findings)? {
                messages.entry(uri).or_default().extend(diagnostics);
            }
        }
    }
    // Under one lock, so that of two of these for one file the later one has the last word.
    let mut documents = lock(&session.documents);
    let same = Arc::ptr_eq(&settings, &session.configuration.of_file(&content.path, &session.outbox));
    if !same || !documents.is_current(&content.path, *content.source.stamp()) {
        return Ok(());
    }
    let now: HashSet<_> = messages.keys().cloned().collect();
    for uri in documents.published(&content.path, now) {
        session.outbox.post(Message::Diagnostics(Uri(uri), Vec::new()));
    }
    for (uri, diagnostics) in messages {
        session.outbox.post(Message::Diagnostics(Uri(uri), diagnostics));
    }
    Ok(())
}

/// The diagnostics of a stream, for each URI on which they are published.
fn of_stream(
    work: &Work,
    content: &Arc<Content>,
    stream: &Stream,
    findings: &[&report::Diagnostic],
) -> Result<Vec<(String, Vec<Diagnostic>)>, Failure> {
    let session = &work.session;
    let stop = || work.is_cancelled();
    let member = session.library.find(content, stream, &stop)?;
    let page = match member.filter(|&member| content.can_be_read(member)) {
        Some(member) => Some(session.library.page(content, member, &Selection::All, &stop)?),
        None => None,
    };
    // What is said of a member that has no listing is said of the file.
    let stream = if page.is_some() { stream.clone() } else { Stream::of_file(&content.path) };
    let (uri, aliases) = {
        let documents = lock(&session.documents);
        (documents.spelling(&stream), documents.aliases(&stream))
    };
    let uris = std::iter::once(uri).chain(aliases);
    Ok(uris
        .map(|uri| {
            let convert = |finding: &&report::Diagnostic| diagnostic(work, page.as_deref(), &uri, finding);
            let diagnostics = findings.iter().map(convert).collect();
            (uri, diagnostics)
        })
        .collect())
}

fn diagnostic(work: &Work, page: Option<&Page>, uri: &str, finding: &report::Diagnostic) -> Diagnostic {
    let client = work.session.client_can();
    let place = |offset: usize| range(work, page, offset);
    let message = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    let related = finding.related.iter().map(|related| DiagnosticRelatedInformation {
        location: Location { uri: Uri(uri.to_owned()), range: place(related.span.start) },
        message: related.message.clone(),
    });
    Diagnostic {
        range: finding.span.as_ref().map_or_else(Range::default, |span| place(span.start)),
        severity: Some(convert::severity(finding.severity)),
        code: Some(finding.rule.code.into()),
        code_description: Some(CodeDescription { href: Uri(url(finding.rule)) }),
        source: Some("pickle-lsp".to_owned()),
        message: message.into(),
        related_information: (client.related && !finding.related.is_empty()).then(|| related.collect()),
        ..Diagnostic::default()
    }
}

/// The row of the main view that covers a byte.
fn range(work: &Work, page: Option<&Page>, offset: usize) -> Range {
    let found = page.and_then(|page| Some((page, page.view.row_at(offset)?)));
    let Some((page, row)) = found else {
        return Range { start: Position::default(), end: Position::default() };
    };
    let columns = page.context().body(row).columns;
    convert::range(&page.view, row, &columns, work.session.client_can().encoding)
}
