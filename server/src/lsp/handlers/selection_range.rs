//! `textDocument/selectionRange`, in texts that are edited: operand, row, group, pickle, text.

use std::ops::Range as Span;

use pickle_ide::Sheet;
use pickle_listing::Rows;
use tower_lsp::gen_lsp_types::{Position, Range, SelectionRange, SelectionRangeParams};

use super::Answer;
use crate::lsp::convert::{self, Encoding};
use crate::lsp::work::Work;

/// What stands around each place, from the inside out.
pub(crate) fn handle(work: &Work, params: &SelectionRangeParams) -> Answer<Option<Vec<SelectionRange>>> {
    let Some(shown) = work.shown(&params.text_document.uri)? else { return Ok(None) };
    let Some(sheet) = shown.sheet() else { return Ok(None) };
    let of = |position: &Position| around(sheet, *position, shown.encoding);
    Ok(Some(params.positions.iter().map(of).collect()))
}

/// Ranges around a place that are given; editors go through them one at a time.
const MOST: usize = 64;

fn around(sheet: &Sheet, position: Position, encoding: Encoding) -> SelectionRange {
    let row = position.line as usize;
    let text = sheet.row_text(row).unwrap_or_default();
    let byte = sheet.tree.row_start(row) + encoding.byte(text, position.character);
    let spans = sheet.tree.around(byte);
    // The outermost is made first; of very many those in the middle are left out.
    let outermost = spans.last().cloned();
    let spans = spans.into_iter().take(MOST).chain(outermost).rev();
    let mut found = None;
    for span in spans {
        let range = range(sheet, &span, encoding);
        found = Some(SelectionRange { range, parent: found.map(Box::new) });
    }
    let empty = Range { start: position, end: position };
    found.unwrap_or(SelectionRange { range: empty, parent: None })
}

/// Bytes of the text as a range.
fn range(sheet: &Sheet, span: &Span<usize>, encoding: Encoding) -> Range {
    let place = |byte: usize| {
        let row = sheet.tree.row_of(byte);
        let column = byte - sheet.tree.row_start(row);
        convert::range(sheet, row, &(column..column), encoding).start
    };
    Range { start: place(span.start), end: place(span.end) }
}
