//! `textDocument/inlayHint`.

use pickle_ide::inlay_hints::{Hint, inlay_hints};
use tower_lsp::gen_lsp_types::{InlayHint, InlayHintParams};

use super::{Answer, STRIDE};
use crate::lsp::convert;
use crate::lsp::work::Work;

/// What stands behind rows without being text.
pub(crate) fn handle(work: &Work, params: &InlayHintParams) -> Answer<Option<Vec<InlayHint>>> {
    let Some(shown) = work.shown(&params.text_document.uri)? else { return Ok(None) };
    let view = shown.rows();
    let settings = work.session.hints();
    let rows = convert::touched(view, params.range);
    let mut hints = Vec::new();
    for start in rows.clone().step_by(STRIDE) {
        work.check()?;
        let part = start..(start + STRIDE).min(rows.end);
        let hint = |hint: Hint| InlayHint {
            position: convert::range(view, hint.row, &(hint.column..hint.column), shown.encoding).start,
            label: hint.label.into(),
            padding_left: Some(true),
            kind: None,
            text_edits: None,
            tooltip: None,
            padding_right: None,
            data: None,
        };
        hints.extend(inlay_hints(&shown.context(), part, &settings).into_iter().map(hint));
    }
    Ok(Some(hints))
}
