//! `pickle/offsetToPosition` and `pickle/positionToOffset`: between bytes of the stream and rows of the listing.

use serde::{Deserialize, Serialize};
use tower_lsp::gen_lsp_types::{Position, Range, TextDocumentIdentifier};

use super::Answer;
use crate::lsp::work::Work;

/// Parameters of `pickle/offsetToPosition`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OffsetParams {
    pub(crate) text_document: TextDocumentIdentifier,
    offset: usize,
}

/// Its answer.
#[derive(Debug, Serialize)]
pub(crate) struct Place {
    range: Range,
}

/// Parameters of `pickle/positionToOffset`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PositionParams {
    pub(crate) text_document: TextDocumentIdentifier,
    position: Position,
}

/// Its answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bytes {
    offset: usize,
    end_offset: usize,
}

/// The row that covers a byte: the op's text, from its name on. An elision's if it is in one, null if it is in another view.
pub(crate) fn to_position(work: &Work, params: &OffsetParams) -> Answer<Option<Place>> {
    let Some(shown) = work.shown(&params.text_document.uri)? else { return Ok(None) };
    let row = shown.rows().row_at(params.offset);
    Ok(row.map(|row| Place { range: shown.op_range(row) }))
}

/// The bytes that a row covers; null behind the last row.
pub(crate) fn to_offset(work: &Work, params: &PositionParams) -> Answer<Option<Bytes>> {
    let Some(shown) = work.shown(&params.text_document.uri)? else { return Ok(None) };
    let bytes = shown.rows().row_bytes(params.position.line as usize);
    Ok(bytes.map(|bytes| Bytes { offset: bytes.start, end_offset: bytes.end }))
}
