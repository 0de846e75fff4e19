//! `textDocument/formatting` and `textDocument/rangeFormatting`, of texts that are edited.

use std::ops::Range;

use pickle_ide::Sheet;
use pickle_listing::Rows;
use pickle_listing::edit::{LineEdit, format};
use tower_lsp::gen_lsp_types::{DocumentFormattingParams, DocumentRangeFormattingParams, TextEdit, Uri};

use super::Answer;
use crate::lsp::convert::{self, line_edits};
use crate::lsp::failure::Failure;
use crate::lsp::work::Work;

/// Of the whole text.
pub(crate) fn full(work: &Work, params: &DocumentFormattingParams) -> Answer<Option<Vec<TextEdit>>> {
    edits(work, &params.text_document.uri, |sheet| 0..sheet.len())
}

/// Of some rows.
pub(crate) fn range(work: &Work, params: &DocumentRangeFormattingParams) -> Answer<Option<Vec<TextEdit>>> {
    edits(work, &params.text_document.uri, |sheet| convert::touched(sheet, params.range))
}

fn edits(work: &Work, uri: &Uri, rows: impl Fn(&Sheet) -> Range<usize>) -> Answer<Option<Vec<TextEdit>>> {
    let Some(shown) = work.shown(uri)? else { return Ok(None) };
    let Some(sheet) = shown.sheet() else { return Ok(None) };
    let rows = rows(sheet);
    let wanted = |edit: &LineEdit| rows.contains(&edit.line);
    let edits = format(sheet.text(), &|| work.is_cancelled()).ok_or(Failure::Cancelled)?;
    let edits = edits.iter().filter(|edit| wanted(edit));
    Ok(Some(line_edits(shown.rows(), edits, shown.encoding)))
}
