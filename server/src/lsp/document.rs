//! From the URI of a request to what it is about.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pickle_containers::is_pickle_name;
use pickle_ide::Sheet;
use pickle_listing::view::{Budget, RowKind};
use pickle_listing::{Rows, Selection};
use tower_lsp::gen_lsp_types::{Location, Uri};

use super::cache::lock;
use super::check::settings_path;
use super::content::Content;
use super::convert::{self, Encoding};
use super::diagnostics;
use super::failure::Failure;
use super::handlers::sniff;
use super::library::{Page, row_of};
use super::overview::{self, Overview};
use super::session::Session;
use super::texts;
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

/// Rows that are asked about.
#[derive(Debug)]
pub(crate) struct Shown {
    /// As the request spells it.
    pub(crate) uri: Uri,
    /// How the client counts columns.
    pub(crate) encoding: Encoding,
    rows: Shows,
}

/// Whose rows they are.
#[derive(Debug)]
enum Shows {
    /// A view of a stream of a file.
    View(Part),
    /// A text that is edited.
    Text(Arc<Sheet>),
}

/// A view, and what it is a part of.
#[derive(Debug)]
struct Part {
    stream: Stream,
    page: Arc<Page>,
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
            Self::Listing(shown) => shown.rows().text(),
            Self::Overview(overview) => &overview.text,
        }
    }
}

impl Work {
    /// What a URI stands for. `None`: nothing of ours, such as a text file that is left to the editor.
    pub(crate) fn document(&self, uri: &Uri) -> Result<Option<Document>, Failure> {
        let encoding = self.session.client_can().encoding;
        if let Some(text) = self.session.texts.get(&uri.0) {
            let sheet = text.sheet(&|| self.is_cancelled())?;
            return Ok(Some(Document::Listing(Shown {
                uri: uri.clone(),
                encoding,
                rows: Shows::Text(sheet),
            })));
        }
        let Some((address, content)) = self.address(uri)? else { return Ok(None) };
        let stop = || self.is_cancelled();
        let Some(member) = self.session.library.find(&content, &address.stream, &stop)? else {
            if let Some(name) = &address.stream.member {
                return Err(Failure::Member(
                    content.path.clone(),
                    name.clone(),
                    "there is no such member".to_owned(),
                ));
            }
            return Ok(Some(Document::Overview(overview::overview(self, &content)?)));
        };
        let page = self.session.library.page(&content, member, &address.selection, &stop)?;
        let part = Part { stream: address.stream, page, content, member };
        Ok(Some(Document::Listing(Shown { uri: uri.clone(), encoding, rows: Shows::View(part) })))
    }

    /// The rows that a URI stands for, if it stands for any.
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
        let content = match self.session.content(path, &|| self.is_cancelled()) {
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

/// Whether a document of this language is a text that is edited, and not a listing of ours.
pub(crate) fn is_text(session: &Session, uri: &str, language: &str) -> bool {
    match parse(uri, Path::is_file) {
        Some(Parsed::Listing(_)) => false,
        Some(Parsed::File(path)) => {
            let copy = || session.copies.get().and_then(|copies| copies.source_of(&path));
            path.to_string_lossy().ends_with(SUFFIX) && copy().is_none()
        }
        None => texts::is_listing(language) && !uri.starts_with(super::virtual_documents::SCHEME),
    }
}

impl Shown {
    /// The rows.
    pub(crate) fn rows(&self) -> &dyn Rows {
        match &self.rows {
            Shows::View(part) => &part.page.view,
            Shows::Text(sheet) => sheet.as_ref(),
        }
    }

    /// What editor features work on.
    pub(crate) fn context(&self) -> pickle_ide::Context<'_> {
        match &self.rows {
            Shows::View(part) => part.page.context(),
            Shows::Text(sheet) => sheet.context(),
        }
    }

    /// The text that is edited, if it is one.
    pub(crate) fn sheet(&self) -> Option<&Arc<Sheet>> {
        match &self.rows {
            Shows::View(_) => None,
            Shows::Text(sheet) => Some(sheet),
        }
    }

    /// Where the settings are looked for.
    pub(crate) fn settings_path(&self) -> PathBuf {
        match &self.rows {
            Shows::View(part) => part.content.path.clone(),
            Shows::Text(_) => settings_path(&self.uri.0),
        }
    }

    /// The URI of another view of the same stream.
    pub(crate) fn view_uri(&self, selection: &Selection) -> Option<Uri> {
        match &self.rows {
            Shows::View(part) => Some(Uri(part.stream.view_uri(selection))),
            Shows::Text(_) => None,
        }
    }

    /// Where an op is: in these rows, or else in the view that shows it.
    pub(crate) fn locate(&self, work: &Work, offset: usize) -> Result<Location, Failure> {
        match &self.rows {
            Shows::View(part) => self.locate_in(part, work, offset),
            Shows::Text(sheet) => {
                let range = self.op_range(sheet.row_at(offset).unwrap_or_default());
                Ok(Location { uri: self.uri.clone(), range })
            }
        }
    }

    /// The text of an op: from its name to the end of the row.
    pub(crate) fn op_range(&self, row: usize) -> tower_lsp::gen_lsp_types::Range {
        op_range(self.rows(), row, self.encoding)
    }

    fn locate_in(&self, part: &Part, work: &Work, offset: usize) -> Result<Location, Failure> {
        let mut uri = self.uri.clone();
        let mut page = part.page.clone();
        if page.view.row_at(offset).is_none() {
            page = part.other(work, &Selection::All)?;
            uri = Uri(lock(&work.session.documents).spelling(&part.stream));
        }
        for _ in 0..NESTED {
            let Some(row) = page.view.row_at(offset) else { break };
            let Some(rows) = page.view.elision(row).filter(|_| page.view.kind(row) == Some(RowKind::Elision))
            else {
                return Ok(Location { uri, range: op_range(&page.view, row, self.encoding) });
            };
            let fits =
                page.view.row_bytes(row).is_some_and(|bytes| is_short(rows.end - rows.start, bytes.len()));
            let selection = Selection::Rows(rows.clone());
            uri = Uri(part.stream.view_uri(&selection));
            if fits {
                return self
                    .locate_unseen(work, &page, rows.start, offset)
                    .map(|range| Location { uri, range });
            }
            page = part.other(work, &selection)?;
        }
        Ok(Location { uri, range: op_range(&page.view, 0, self.encoding) })
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
        let mut range = op_range(&view, 0, self.encoding);
        let line = convert::number(usize::try_from(row - first).unwrap_or(usize::MAX));
        (range.start.line, range.end.line) = (line, line);
        Ok(range)
    }

    /// The pickles in constants of the stream that the view shows: the row of each constant, and what it is.
    pub(crate) fn pickles_within(&self, work: &Work) -> Result<Vec<(usize, Stream)>, Failure> {
        match &self.rows {
            Shows::View(part) => part.pickles_within(work),
            Shows::Text(_) => Ok(Vec::new()),
        }
    }
}

impl Part {
    fn pickles_within(&self, work: &Work) -> Result<Vec<(usize, Stream)>, Failure> {
        work.session.library.follow(&self.content, &|| work.is_cancelled())?;
        let within = self.content.within(self.member).filter_map(|(at, member)| {
            let row = self.page.view.row_at(at)?;
            let shown = matches!(self.page.view.kind(row), Some(RowKind::Op | RowKind::Gap));
            shown.then(|| (row, self.content.stream_of(member)))
        });
        Ok(within.collect())
    }

    fn other(&self, work: &Work, selection: &Selection) -> Result<Arc<Page>, Failure> {
        work.session.library.page(&self.content, self.member, selection, &|| work.is_cancelled())
    }
}

/// The text of the op of a row.
fn op_range(rows: &dyn Rows, row: usize, encoding: Encoding) -> tower_lsp::gen_lsp_types::Range {
    convert::range(rows, row, &rows.body(row), encoding)
}

/// Whether so many rows of so many bytes fit in a view whatever they say.
fn is_short(rows: u64, bytes: usize) -> bool {
    let budget = Budget::default();
    let text = rows.saturating_mul(ROW_TEXT).saturating_add(bytes.saturating_mul(BYTE_TEXT) as u64);
    rows <= budget.rows && text <= budget.bytes as u64
}
