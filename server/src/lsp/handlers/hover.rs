//! `textDocument/hover`.

use pickle_ide::hover::hover;
use pickle_machine::Names;
use tower_lsp::gen_lsp_types::{Hover, HoverParams, MarkupContent, MarkupKind};

use super::Answer;
use crate::lsp::convert;
use crate::lsp::work::Work;
use crate::worth::sentences;

/// What is to be said at a place.
pub(crate) fn handle(work: &Work, params: &HoverParams) -> Answer<Option<Hover>> {
    let place = &params.text_document_position_params;
    let Some(shown) = work.shown(&place.text_document.uri)? else { return Ok(None) };
    let view = shown.rows();
    let worth = |names: &Names<'_>| {
        let path = shown.settings_path();
        let settings = work.session.configuration.of_file(&path, &work.session.outbox);
        let (policy, module, name) = (&settings.rules.policy, &names.module, &names.name);
        let verdict = policy.judge(module, name);
        format!("**{}**: {}", verdict.name(), sentences(policy, module, name, &verdict).join(" "))
    };
    let found = convert::position(view, place.position, shown.encoding)
        .and_then(|position| hover(&shown.context(), position, &worth));
    Ok(found.map(|found| {
        let markdown = work.session.client_can().markdown;
        let kind = if markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
        let contents = MarkupContent { kind, value: found.markdown }.into();
        let range = convert::range(view, found.span.row, &found.span.columns, shown.encoding);
        Hover { contents, range: Some(range) }
    }))
}
