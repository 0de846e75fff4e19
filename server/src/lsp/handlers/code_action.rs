//! `textDocument/codeAction`, in texts that are edited: fixes of what the assembler finds, rewrites of the whole text, and
//! assembling it.
//!
//! A rewrite may change every row. To a client that asks again for the one which is chosen (`codeAction/resolve`) they are offered
//! without their edits.

use pickle_ide::Sheet;
use pickle_ide::actions::{Fix, Outcome, Rewrite, fixes, refusal};
use pickle_listing::Rows;
use pickle_listing::edit::LineEdit;
use serde::{Deserialize, Serialize};
use tower_lsp::gen_lsp_types::{
    CodeAction, CodeActionDisabled, CodeActionKind, CodeActionParams, CodeActionResponse,
    CodeActionTriggerKind, Command, MessageType, TextEdit, Uri,
};

use super::Answer;
use crate::lsp::capabilities::ASSEMBLE;
use crate::lsp::convert::{self, line_edits};
use crate::lsp::document::Shown;
use crate::lsp::failure::Failure;
use crate::lsp::outbox::Message;
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
        for rewrite in Rewrite::all() {
            actions.push(offer(work, &shown, sheet, rewrite)?);
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

/// Rows of a text up to which all rewrites are tried to say which are possible: that takes no time that anybody would notice.
const TRIED: usize = 5_000;

/// A rewrite; one that is not possible only for a client that shows why.
fn offer(work: &Work, shown: &Shown, sheet: &Sheet, rewrite: Rewrite) -> Answer<Option<CodeAction>> {
    let client = work.session.client_can();
    let tried = if client.resolves_edits && sheet.len() > TRIED {
        refusal(sheet).map_or(Ok(None), Err)
    } else {
        apply(work, sheet, rewrite)?.map(Some)
    };
    let action = CodeAction {
        title: rewrite.title(),
        kind: Some(CodeActionKind::RefactorRewrite),
        ..CodeAction::default()
    };
    Ok(match tried {
        Ok(_) if client.resolves_edits => {
            let chosen = Chosen { uri: shown.uri.0.clone(), rewrite: rewrite.title() };
            Some(CodeAction { data: serde_json::to_value(chosen).ok(), ..action })
        }
        Ok(edits) => Some(with_edits(action, shown, &edits.unwrap_or_default())),
        Err(reason) if client.disabled_actions => {
            Some(CodeAction { disabled: Some(CodeActionDisabled { reason }), ..action })
        }
        Err(_) => None,
    })
}

fn apply(work: &Work, sheet: &Sheet, rewrite: Rewrite) -> Answer<Outcome> {
    rewrite.apply(sheet, &|| work.is_cancelled()).ok_or(Failure::Cancelled)
}

fn with_edits(action: CodeAction, shown: &Shown, edits: &[LineEdit]) -> CodeAction {
    let edits = line_edits(shown.rows(), edits, shown.encoding);
    CodeAction { edit: Some(convert::workspace_edit(&shown.uri, edits)), ..action }
}

/// What a client keeps with a rewrite that it was offered.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Chosen {
    /// Of the text.
    pub(crate) uri: String,
    /// Its title.
    rewrite: String,
}

impl Chosen {
    /// What was kept with an action; `None` with one that was offered with all that belongs to it.
    pub(crate) fn of(action: &CodeAction) -> Option<Self> {
        serde_json::from_value(action.data.clone()?).ok()
    }
}

/// `codeAction/resolve`: a rewrite that was chosen, with its edits. Editors say nothing where there turn out to be none, so it is
/// said here.
pub(crate) fn resolve(work: &Work, action: &CodeAction) -> Answer<CodeAction> {
    let chosen = Chosen::of(action)
        .and_then(|chosen| Some((Rewrite::all().find(|rewrite| rewrite.title() == chosen.rewrite)?, chosen)));
    let Some((rewrite, chosen)) = chosen else { return Ok(action.clone()) };
    let shown = work.shown(&Uri(chosen.uri))?;
    let Some((shown, sheet)) = shown.as_ref().and_then(|shown| Some((shown, shown.sheet()?))) else {
        return Err(Failure::Other("the text is not open any more".to_owned()));
    };
    Ok(match apply(work, sheet, rewrite)? {
        Ok(edits) => with_edits(action.clone(), shown, &edits),
        Err(reason) => {
            let message = format!("{}: {reason}", rewrite.title());
            work.session.outbox.post(Message::Show(MessageType::Info, message));
            action.clone()
        }
    })
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
