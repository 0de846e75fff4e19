//! `textDocument/completion`, in texts that are edited.

use pickle_ide::completion::{Completion, CompletionKind, completion};
use tower_lsp::gen_lsp_types::{
    CompletionItem, CompletionItemKind, CompletionParams, CompletionResponse, MarkupContent, MarkupKind,
    TextEdit,
};

use super::Answer;
use crate::lsp::convert;
use crate::lsp::document::Shown;
use crate::lsp::work::Work;

/// What may stand at a place.
pub(crate) fn handle(work: &Work, params: &CompletionParams) -> Answer<Option<CompletionResponse>> {
    let place = &params.text_document_position_params;
    let Some(shown) = work.shown(&place.text_document.uri)? else { return Ok(None) };
    let Some(sheet) = shown.sheet() else { return Ok(None) };
    let Some(position) = convert::position(shown.rows(), place.position, shown.encoding) else {
        return Ok(None);
    };
    let found = completion(sheet, position, pickle_rules::policy::allowed_globals());
    // Who indents a row asks for nothing; and the next Enter would take what is offered.
    let blank =
        params.context.as_ref().is_some_and(|context| context.trigger_character.as_deref() == Some(" "));
    let wanted = |found: &Completion| !blank || found.kind != CompletionKind::Mnemonic;
    let items = found.into_iter().filter(wanted).enumerate();
    let items = items.map(|(rank, found)| item(work, &shown, position.row, rank, found));
    Ok(Some(items.collect::<Vec<_>>().into()))
}

fn item(work: &Work, shown: &Shown, row: usize, rank: usize, found: Completion) -> CompletionItem {
    let kind =
        if work.session.client_can().markdown_items { MarkupKind::Markdown } else { MarkupKind::PlainText };
    let range = convert::range(shown.rows(), row, &found.columns, shown.encoding);
    let documentation = MarkupContent { kind, value: found.documentation };
    CompletionItem {
        kind: Some(match found.kind {
            CompletionKind::Mnemonic => CompletionItemKind::Keyword,
            CompletionKind::Slot => CompletionItemKind::Variable,
            CompletionKind::Global => CompletionItemKind::Class,
            CompletionKind::Word => CompletionItemKind::Constant,
        }),
        label: found.label,
        detail: (!found.detail.is_empty()).then_some(found.detail),
        documentation: (!documentation.value.is_empty()).then(|| documentation.into()),
        // Clients sort by text: ours is the order that was found.
        sort_text: Some(format!("{rank:05}")),
        filter_text: Some(found.text.clone()),
        text_edit: Some(TextEdit { range, new_text: found.text }.into()),
        ..CompletionItem::default()
    }
}
