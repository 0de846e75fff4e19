//! `textDocument/semanticTokens/full` and `/range`.

use std::ops::Range;

use pickle_ide::semantic_tokens::semantic_tokens;
use tower_lsp::gen_lsp_types::{SemanticTokens, SemanticTokensParams, SemanticTokensRangeParams};

use super::{Answer, STRIDE};
use crate::lsp::convert::{TokenStream, touched};
use crate::lsp::document::Shown;
use crate::lsp::work::Work;

/// Of the whole view.
pub(crate) fn full(work: &Work, params: &SemanticTokensParams) -> Answer<Option<SemanticTokens>> {
    let Some(shown) = work.shown(&params.text_document.uri)? else { return Ok(None) };
    tokens(work, &shown, 0..shown.rows().len()).map(Some)
}

/// Of some rows.
pub(crate) fn range(work: &Work, params: &SemanticTokensRangeParams) -> Answer<Option<SemanticTokens>> {
    let Some(shown) = work.shown(&params.text_document.uri)? else { return Ok(None) };
    let rows = touched(shown.rows(), params.range);
    tokens(work, &shown, rows).map(Some)
}

fn tokens(work: &Work, shown: &Shown, rows: Range<usize>) -> Answer<SemanticTokens> {
    let mut stream = TokenStream::default();
    for start in rows.clone().step_by(STRIDE) {
        work.check()?;
        let part = start..(start + STRIDE).min(rows.end);
        for token in semantic_tokens(&shown.context(), part) {
            stream.push(shown.rows(), &token, shown.encoding);
        }
    }
    Ok(SemanticTokens { result_id: None, data: stream.data })
}
