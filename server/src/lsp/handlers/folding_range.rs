//! `textDocument/foldingRange`.

use pickle_ide::folding::{Fold, folding};
use tower_lsp::gen_lsp_types::{FoldingRange, FoldingRangeParams};

use super::Answer;
use crate::lsp::convert::number;
use crate::lsp::work::Work;

/// What can be folded.
pub(crate) fn handle(work: &Work, params: &FoldingRangeParams) -> Answer<Option<Vec<FoldingRange>>> {
    let Some(shown) = work.shown(&params.text_document.uri)? else { return Ok(None) };
    let shows_text = work.session.client_can().collapsed_text;
    let range = |fold: Fold| FoldingRange {
        start_line: number(*fold.rows.start()),
        end_line: number(*fold.rows.end()),
        collapsed_text: fold.collapsed.filter(|_| shows_text),
        ..FoldingRange::default()
    };
    Ok(Some(folding(&shown.context()).into_iter().map(range).collect()))
}
