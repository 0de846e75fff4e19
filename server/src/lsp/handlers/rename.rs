//! `textDocument/rename` and `textDocument/prepareRename`: memo slots of texts that are edited.

use pickle_ide::rename::{rename, slot_at};
use tower_lsp::gen_lsp_types::{
    PrepareRenamePlaceholder, PrepareRenameResult, RenameParams, TextDocumentPositionParams, TextEdit,
    WorkspaceEdit,
};

use super::Answer;
use crate::lsp::convert;
use crate::lsp::failure::Failure;
use crate::lsp::work::Work;

/// Whether there is something to rename at a place, and what.
pub(crate) fn prepare(
    work: &Work,
    place: &TextDocumentPositionParams,
) -> Answer<Option<PrepareRenameResult>> {
    let Some(shown) = work.shown(&place.text_document.uri)? else { return Ok(None) };
    let Some(sheet) = shown.sheet() else { return Ok(None) };
    let position = convert::position(shown.rows(), place.position, shown.encoding);
    let found = position.and_then(|position| slot_at(sheet, position));
    Ok(found.map(|(span, placeholder)| {
        let range = convert::range(shown.rows(), span.row, &span.columns, shown.encoding);
        PrepareRenamePlaceholder { range, placeholder }.into()
    }))
}

/// The changes that give a memo slot another name.
pub(crate) fn handle(work: &Work, params: &RenameParams) -> Answer<Option<WorkspaceEdit>> {
    let place = &params.text_document_position_params;
    let Some(shown) = work.shown(&place.text_document.uri)? else { return Ok(None) };
    let Some(sheet) = shown.sheet() else {
        return Err(Failure::Other(
            "the listing of a file cannot be changed; save it as text first".to_owned(),
        ));
    };
    let Some(position) = convert::position(shown.rows(), place.position, shown.encoding) else {
        return Ok(None);
    };
    let changes = rename(sheet, position, &params.new_name).map_err(Failure::Other)?;
    let edits = changes.into_iter().map(|change| TextEdit {
        range: convert::range(shown.rows(), change.span.row, &change.span.columns, shown.encoding),
        new_text: change.text,
    });
    Ok(Some(convert::workspace_edit(&shown.uri, edits.collect())))
}
