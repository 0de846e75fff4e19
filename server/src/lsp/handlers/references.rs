//! `textDocument/references`.

use pickle_ide::references::references;
use tower_lsp::gen_lsp_types::{Location, ReferenceParams};

use super::Answer;
use crate::lsp::convert;
use crate::lsp::work::Work;

/// References that are given; nobody reads more.
const LIMIT: usize = 1000;

/// The ops that have to do with what stands at a place.
pub(crate) fn handle(work: &Work, params: &ReferenceParams) -> Answer<Option<Vec<Location>>> {
    let place = &params.text_document_position_params;
    let Some(shown) = work.shown(&place.text_document.uri)? else { return Ok(None) };
    let Some(position) = convert::position(shown.rows(), place.position, shown.encoding) else {
        return Ok(None);
    };
    let offsets = references(&shown.context(), position, params.context.include_declaration, LIMIT);
    offsets.into_iter().map(|offset| shown.locate(work, offset)).collect::<Answer<_>>().map(Some)
}
