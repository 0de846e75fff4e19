//! From the URI of a request to what it is about.

use std::path::Path;
use std::sync::Arc;

use pickle_containers::is_pickle_name;
use pickle_listing::Selection;
use pickle_listing::view::{Budget, RowKind};
use tower_lsp::gen_lsp_types::{Location, Uri};

use super::cache::lock;
use super::content::Content;
use super::convert::{self, Encoding};
use super::diagnostics;
use super::failure::Failure;
use super::handlers::sniff;
use super::library::{Page, row_of};
use super::overview::{self, Overview};
use super::virtual_documents::{Address, Parsed, SUFFIX, Stream, parse};
use super::work::Work;

/// What a URI stands for.
#[derive(Debug)]
pub(crate) enum Document {
    /// A listing, or a part of one.
    Listing(Shown),
    /// What a container holds.
    Overview(Overview),
}

/// A view that is asked about.
#[derive(Debug)]
pub(crate) struct Shown {
    /// As the request spells it.
    pub(crate) uri: Uri,
    /// The stream.
    pub(crate) stream: Stream,
    /// The view.
    pub(crate) page: Arc<Page>,
    /// How the client counts columns.
    pub(crate) encoding: Encoding,
    content: Arc<Content>,
    member: usize,
}

/// Elisions inside elisions.
const NESTED: usize = 4;

/// Bytes of text that a row may have beside its operand, and for each byte of the operand.
const ROW_TEXT: u64 = 140;
const BYTE_TEXT: usize = 4;

impl Document {
    /// The text.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Listing(shown) => shown.page.view.text(),
            Self::Overview(overview) => &overview.text,
        }
    }
}

impl Work {
    /// What a URI stands for. `None`: nothing of ours, such as a text file that is left to the editor.
    pub(crate) fn document(&self, uri: &Uri) -> Result<Option<Document>, Failure> {
        let Some((address, content)) = self.address(uri)? else { return Ok(None) };
        let Some(member) = content.find(&address.stream) else {
            if let Some(name) = &address.stream.member {
                return Err(Failure::Member(
                    content.path.clone(),
                    name.clone(),
                    "there is no such member".to_owned(),
                ));
            }
            return Ok(Some(Document::Overview(overview::overview(self, &content)?)));
        };
        let stop = || self.is_cancelled();
        let page = self.session.library.page(&content, member, &address.selection, &stop)?;
        let encoding = self.session.client_can().encoding;
        Ok(Some(Document::Listing(Shown {
            uri: uri.clone(),
            stream: address.stream,
            page,
            encoding,
            content,
            member,
        })))
    }

    /// The view that a URI stands for, if it stands for one.
    pub(crate) fn shown(&self, uri: &Uri) -> Result<Option<Shown>, Failure> {
        Ok(match self.document(uri)? {
            Some(Document::Listing(shown)) => Some(shown),
            Some(Document::Overview(_)) | None => None,
        })
    }

    /// Where a URI leads, and the file there.
    pub(crate) fn address(&self, uri: &Uri) -> Result<Option<(Address, Arc<Content>)>, Failure> {
        let Some((address, is_file)) = self.resolve(&uri.0)? else { return Ok(None) };
        let path = &address.stream.path;
        // An editor that attaches us to all its files wants no error about each that is none of ours.
        let optional = is_file && !is_pickle_name(&path.to_string_lossy());
        let content = match self.session.library.content(path, &|| self.is_cancelled()) {
            Ok(content) => content,
            Err(Failure::Cancelled) => return Err(Failure::Cancelled),
            Err(_) if optional => return Ok(None),
            Err(failure) => {
                if matches!(failure, Failure::Source(..)) {
                    diagnostics::gone(&self.session, path);
                }
                return Err(failure);
            }
        };
        if is_file && address.stream.member.is_none() && !sniff::is_ours(self, &content)? {
            return Ok(None);
        }
        diagnostics::notice(&self.session, &uri.0, &address, is_file, &content);
        Ok(Some((address, content)))
    }

    /// Where a URI leads, and whether it is that of a file on disk.
    fn resolve(&self, uri: &str) -> Result<Option<(Address, bool)>, Failure> {
        match parse(uri, Path::is_file) {
            Some(Parsed::Listing(address)) => Ok(Some((address, false))),
            Some(Parsed::File(path)) if path.to_string_lossy().ends_with(SUFFIX) => {
                let source = self.session.copies.get().and_then(|copies| copies.source_of(&path));
                Ok(source.and_then(|uri| match parse(&uri, Path::is_file)? {
                    Parsed::Listing(address) => Some((address, true)),
                    Parsed::File(_) => None,
                }))
            }
            Some(Parsed::File(path)) => {
                Ok(Some((Address { stream: Stream::of_file(&path), selection: Selection::All }, true)))
            }
            None if uri.starts_with(super::virtual_documents::SCHEME) => {
                Err(Failure::Invalid(format!("not the URI of a listing: {uri}")))
            }
            None => Ok(None),
        }
    }
}

impl Shown {
    /// Where an op is: in this view, or else in the one that shows it.
    pub(crate) fn locate(&self, work: &Work, offset: usize) -> Result<Location, Failure> {
        let mut uri = self.uri.clone();
        let mut page = self.page.clone();
        if page.view.row_at(offset).is_none() {
            page = self.other(work, &Selection::All)?;
            uri = Uri(lock(&work.session.documents).spelling(&self.stream));
        }
        for _ in 0..NESTED {
            let Some(row) = page.view.row_at(offset) else { break };
            let Some(rows) = page.view.elision(row).filter(|_| page.view.kind(row) == Some(RowKind::Elision))
            else {
                return Ok(Location { uri, range: self.op_range(&page, row) });
            };
            let fits =
                page.view.row_bytes(row).is_some_and(|bytes| is_short(rows.end - rows.start, bytes.len()));
            let selection = Selection::Rows(rows.clone());
            uri = Uri(self.stream.view_uri(&selection));
            if fits {
                return self
                    .locate_unseen(work, &page, rows.start, offset)
                    .map(|range| Location { uri, range });
            }
            page = self.other(work, &selection)?;
        }
        Ok(Location { uri, range: self.op_range(&page, 0) })
    }

    /// The place of an op in a view that shows all rows from `first` on, without making that view.
    fn locate_unseen(
        &self,
        work: &Work,
        page: &Page,
        first: u64,
        offset: usize,
    ) -> Result<tower_lsp::gen_lsp_types::Range, Failure> {
        work.check()?;
        let row = row_of(page, offset);
        let context = page.context();
        let one = Selection::Rows(row..row + 1);
        let stop = || work.is_cancelled();
        let view =
            pickle_listing::View::build(context.bytes, context.recording, &one, &Budget::default(), &stop);
        let body = pickle_ide::Context { view: &view, ..context }.body(0);
        let mut range = convert::range(&view, 0, &body.columns, self.encoding);
        let line = convert::number(usize::try_from(row - first).unwrap_or(usize::MAX));
        (range.start.line, range.end.line) = (line, line);
        Ok(range)
    }

    /// The text of an op: from its name to the end of the row.
    pub(crate) fn op_range(&self, page: &Page, row: usize) -> tower_lsp::gen_lsp_types::Range {
        convert::range(&page.view, row, &page.context().body(row).columns, self.encoding)
    }

    fn other(&self, work: &Work, selection: &Selection) -> Result<Arc<Page>, Failure> {
        work.session.library.page(&self.content, self.member, selection, &|| work.is_cancelled())
    }
}

/// Whether so many rows of so many bytes fit in a view whatever they say.
fn is_short(rows: u64, bytes: usize) -> bool {
    let budget = Budget::default();
    let text = rows.saturating_mul(ROW_TEXT).saturating_add(bytes.saturating_mul(BYTE_TEXT) as u64);
    rows <= budget.rows && text <= budget.bytes as u64
}
