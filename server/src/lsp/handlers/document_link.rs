//! `textDocument/documentLink`.

use pickle_ide::links::{Link, Target, links};
use tower_lsp::gen_lsp_types::{DocumentLink, DocumentLinkParams, Uri};

use super::Answer;
use crate::lsp::convert;
use crate::lsp::document::{Document, Shown};
use crate::lsp::overview::Overview;
use crate::lsp::work::Work;

/// From elisions and cut operands to views that show them, from members of a container to their listings.
pub(crate) fn handle(work: &Work, params: &DocumentLinkParams) -> Answer<Option<Vec<DocumentLink>>> {
    Ok(match work.document(&params.text_document.uri)? {
        Some(Document::Listing(shown)) => {
            Some(links(&shown.context()).into_iter().map(|found| link(&shown, found)).collect())
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

fn members(work: &Work, overview: &Overview) -> Vec<DocumentLink> {
    let encoding = work.session.client_can().encoding;
    let rows: Vec<_> = overview.text.lines().collect();
    let link = |(row, columns, stream): &(usize, _, crate::lsp::virtual_documents::Stream)| DocumentLink {
        range: convert::range_in(rows.get(*row).copied().unwrap_or_default(), *row, columns, encoding),
        target: Some(Uri(stream.uri())),
        tooltip: Some("Open the listing".to_owned()),
        data: None,
    };
    overview.links.iter().map(link).collect()
}
