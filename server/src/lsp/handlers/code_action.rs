//! `textDocument/codeAction`, in texts that are edited: fixes of what the assembler finds, rewrites of the whole text, and
//! assembling it.

use pickle_ide::Sheet;
use pickle_ide::actions::{Fix, Rewrite, fixes, rewrites};
use tower_lsp::gen_lsp_types::{
    CodeAction, CodeActionDisabled, CodeActionKind, CodeActionParams, CodeActionResponse,
    CodeActionTriggerKind, Command, TextEdit,
};

use super::Answer;
use crate::lsp::capabilities::ASSEMBLE;
use crate::lsp::convert::{self, line_edits};
use crate::lsp::document::Shown;
use crate::lsp::failure::Failure;
use crate::lsp::work::Work;

/// What can be done about a part of a text.
pub(crate) fn handle(work: &Work, params: &CodeActionParams) -> Answer<Option<Vec<CodeActionResponse>>> {
    let Some(shown) = work.shown(&params.text_document.uri)? else { return Ok(None) };
    let Some(sheet) = shown.sheet() else { return Ok(None) };
    let wanted = |kind: &CodeActionKind| is_wanted(kind, params.context.only.as_deref());
    let mut actions = Vec::new();
    if wanted(&CodeActionKind::QuickFix) {
        let rows = convert::touched(sheet.as_ref(), params.range);
        actions.extend(fixes(sheet, rows).into_iter().map(|found| fix(&shown, found, params)));
    }
    // An editor that only looks whether there is anything asks at each step of the cursor.
    let asked = params.context.trigger_kind != Some(CodeActionTriggerKind::Automatic);
    if asked && wanted(&CodeActionKind::RefactorRewrite) {
        for found in rewrites(sheet, &|| work.is_cancelled()).ok_or(Failure::Cancelled)? {
            actions.push(rewrite(&shown, found, work.session.client_can().disabled_actions));
        }
    }
    if wanted(&CodeActionKind::Source) {
        actions.push(Some(assemble(&shown, sheet)));
    }
    Ok(Some(actions.into_iter().flatten().map(CodeActionResponse::from).collect()))
}

/// Whether actions of a kind are asked for: kinds are paths, and a wanted one includes those below it.
fn is_wanted(kind: &CodeActionKind, only: Option<&[CodeActionKind]>) -> bool {
    let kind = String::from(kind.clone());
    only.is_none_or(|only| {
        only.iter().any(|wanted| {
            let wanted = String::from(wanted.clone());
            let below = kind.strip_prefix(&wanted);
            wanted.is_empty() || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    })
}

fn fix(shown: &Shown, found: Fix, params: &CodeActionParams) -> Option<CodeAction> {
    let range = |columns| convert::range(shown.rows(), found.row, columns, shown.encoding);
    let edit = TextEdit { range: range(&found.replaced), new_text: found.text };
    let about = range(&found.about);
    let diagnostics = params.context.diagnostics.iter().filter(|diagnostic| diagnostic.range == about);
    Some(CodeAction {
        title: found.title,
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(diagnostics.cloned().collect()),
        is_preferred: Some(true),
        edit: Some(convert::workspace_edit(&shown.uri, vec![edit])),
        ..CodeAction::default()
    })
}

/// A rewrite; one that is not possible only for a client that shows why.
fn rewrite(shown: &Shown, found: Rewrite, shows_disabled: bool) -> Option<CodeAction> {
    let action = CodeAction {
        title: found.title,
        kind: Some(CodeActionKind::RefactorRewrite),
        ..CodeAction::default()
    };
    match found.edits {
        Ok(edits) => {
            let edits = line_edits(shown.rows(), &edits, shown.encoding);
            Some(CodeAction { edit: Some(convert::workspace_edit(&shown.uri, edits)), ..action })
        }
        Err(reason) => {
            shows_disabled.then(|| CodeAction { disabled: Some(CodeActionDisabled { reason }), ..action })
        }
    }
}

fn assemble(shown: &Shown, sheet: &Sheet) -> CodeAction {
    let title = "Assemble to a pickle".to_owned();
    let arguments = vec![shown.uri.0.clone().into()];
    let command = Command {
        title: title.clone(),
        tooltip: None,
        command: ASSEMBLE.to_owned(),
        arguments: Some(arguments),
    };
    let reason = sheet.first_fault().map(|row| format!("line {} is wrong", row + 1));
    CodeAction {
        title,
        kind: Some(CodeActionKind::Source),
        command: reason.is_none().then_some(command),
        disabled: reason.map(|reason| CodeActionDisabled { reason }),
        ..CodeAction::default()
    }
}
