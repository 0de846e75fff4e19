//! `textDocument/documentHighlight`.

use pickle_ide::highlights::{Highlight, HighlightKind, highlights};
use pickle_ide::rename::slot_columns;
use tower_lsp::gen_lsp_types::{DocumentHighlight, DocumentHighlightParams};

use super::Answer;
use crate::lsp::convert;
use crate::lsp::work::Work;

/// The other ends, in the view, of what stands at a place.
pub(crate) fn handle(
    work: &Work,
    params: &DocumentHighlightParams,
) -> Answer<Option<Vec<DocumentHighlight>>> {
    let place = &params.text_document_position_params;
    let Some(shown) = work.shown(&place.text_document.uri)? else { return Ok(None) };
    let view = shown.rows();
    let Some(position) = convert::position(view, place.position, shown.encoding) else { return Ok(None) };
    let highlight = |found: Highlight| {
        let row = view.row_at(found.offset).filter(|&row| view.elision(row).is_none())?;
        // In a text, what is marked is what a rename would change.
        let slot = shown.sheet().filter(|_| found.kind != HighlightKind::Text);
        let slot = slot.and_then(|sheet| slot_columns(sheet, row));
        let range = match slot {
            Some(columns) => convert::range(view, row, &columns, shown.encoding),
            None => shown.op_range(row),
        };
        Some(DocumentHighlight { range, kind: Some(convert::highlight(found.kind)) })
    };
    Ok(Some(highlights(&shown.context(), position).into_iter().filter_map(highlight).collect()))
}
