//! `textDocument/documentLink`.

use pickle_ide::links::{Link, Target, links};
use pickle_listing::TokenKind;
use tower_lsp::gen_lsp_types::{DocumentLink, DocumentLinkParams, Uri};

use super::Answer;
use crate::lsp::convert;
use crate::lsp::document::{Document, Shown};
use crate::lsp::overview::Overview;
use crate::lsp::virtual_documents::Stream;
use crate::lsp::work::Work;

/// From elisions and cut operands to views that show them, from members of a container to their listings.
pub(crate) fn handle(work: &Work, params: &DocumentLinkParams) -> Answer<Option<Vec<DocumentLink>>> {
    Ok(match work.document(&params.text_document.uri)? {
        Some(Document::Listing(shown)) => {
            let mut found: Vec<_> =
                links(&shown.context()).into_iter().map(|found| link(&shown, found)).collect();
            let within = shown.pickles_within(work)?.into_iter();
            found.extend(within.map(|(row, stream)| link_within(&shown, row, &stream)));
            Some(found)
        }
        Some(Document::Overview(overview)) => Some(members(work, &overview)),
        None => None,
    })
}

fn link(shown: &Shown, found: Link) -> DocumentLink {
    let target = match found.target {
        Target::View(selection) => shown.view_uri(&selection),
        Target::Url(url) => Some(Uri(url)),
    };
    DocumentLink {
        range: convert::range(shown.rows(), found.span.row, &found.span.columns, shown.encoding),
        target,
        tooltip: Some(found.tooltip),
        data: None,
    }
}

/// From a constant that is a pickle, or holds one, to the listing of that.
fn link_within(shown: &Shown, row: usize, stream: &Stream) -> DocumentLink {
    let tokens = shown.rows().tokens(shown.context().bytes, row);
    let name = tokens.into_iter().find(|token| token.kind != TokenKind::Offset);
    let columns = name.map_or_else(|| shown.rows().body(row), |token| token.columns);
    DocumentLink {
        range: convert::range(shown.rows(), row, &columns, shown.encoding),
        target: Some(Uri(stream.uri())),
        tooltip: Some("Open the pickle in it".to_owned()),
        data: None,
    }
}

fn members(work: &Work, overview: &Overview) -> Vec<DocumentLink> {
    let encoding = work.session.client_can().encoding;
    let rows: Vec<_> = overview.text.lines().collect();
    let link = |(row, columns, stream): &(usize, _, Stream)| DocumentLink {
        range: convert::range_in(rows.get(*row).copied().unwrap_or_default(), *row, columns, encoding),
        target: Some(Uri(stream.uri())),
        tooltip: Some("Open the listing".to_owned()),
        data: None,
    };
    overview.links.iter().map(link).collect()
}
