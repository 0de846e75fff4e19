//! Publishes what is wrong with a text that is edited: what the assembler says, and what the rules say of its bytes.
//!
//! A row with a mistake makes no bytes, so behind the first of them the bytes are not those that are meant: what rules say
//! there is left out, but for what they say of globals, which are as bad wherever they stand.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use pickle_ide::Sheet;
use pickle_listing::Rows;
use pickle_listing::text::{self, Problem};
use pickle_ops::{Opcode, Reader};
use pickle_rules::lint_stream;
use tower_lsp::gen_lsp_types::{
    self as lsp, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, Uri,
};

use super::convert;
use super::diagnostics;
use super::outbox::Message;
use super::session::Session;
use super::texts::Text;
use super::virtual_documents::path_of;
use super::work::{self, Work};
use crate::examine;
use crate::report::{self, url};

/// The code of what the assembler says.
const SYNTAX: &str = "syntax";

/// What settings take a text for that is in no file yet.
const UNSAVED: &str = "untitled.pickleasm";

/// Diagnostics of one text; nobody reads more, and editors slow down.
const MOST: usize = 2000;

/// A text was opened, or has changed: finds out what is wrong with it, and says so unless it changes again before.
pub(crate) fn notice(session: &Arc<Session>, uri: &Uri) {
    let Some(text) = session.texts.get(&uri.0) else { return };
    if session.configuration.is_stale() {
        // That comes back here for each text.
        return diagnostics::reconfigure(session);
    }
    let uri = uri.clone();
    work::spawn(session, &work::about(&uri.0), move |work| {
        let (revision, version) = text.now();
        let outdated = || work.is_cancelled() || !text.is_at(revision);
        let Ok(sheet) = text.sheet(&outdated) else { return Ok(()) };
        let session = &work.session;
        let path = settings_path(&uri.0);
        let settings = session.configuration.of_file(&path, &session.outbox);
        let report = lint_stream(&sheet.assembled.bytes, &settings.rules, &outdated);
        let mut findings = report.findings.into_iter().map(examine::diagnostic).collect();
        settings.adjust(&path, &mut findings);
        if !outdated() {
            let diagnostics = diagnostics(work, &uri, &sheet, &findings);
            post(work, &uri, &text, (revision, version), diagnostics);
        }
        Ok(())
    });
}

/// Where the settings for a text are looked for: a text that is in no file yet may have a name already
/// (`untitled:/folder/model.pkl.pickleasm`).
pub(super) fn settings_path(uri: &str) -> PathBuf {
    let named = uri.strip_prefix("untitled:").filter(|path| path.starts_with('/'));
    let path = match named {
        Some(path) => path_of(&format!("file:{path}")),
        None => path_of(uri),
    };
    path.unwrap_or_else(|| PathBuf::from(UNSAVED))
}

/// Says it, if it is still true.
fn post(work: &Work, uri: &Uri, text: &Text, of: (u64, i32), diagnostics: Vec<Diagnostic>) {
    text.if_at(of.0, || {
        work.session.outbox.post(Message::TextDiagnostics(uri.clone(), of.1, diagnostics));
    });
}

fn diagnostics(work: &Work, uri: &Uri, sheet: &Sheet, findings: &[report::Diagnostic]) -> Vec<Diagnostic> {
    let mistakes = sheet.assembled.diagnostics.iter();
    let mistakes = mistakes.map(|found| mistake(work, sheet, found.line, &found.problem));
    let known = sheet.first_fault().map_or(usize::MAX, |row| sheet.assembled.line_bytes(row).start);
    let is_sure = |finding: &&report::Diagnostic| {
        let is_known = |span: &Range<usize>| said_by(sheet, span) <= known;
        finding.global.is_some() || finding.span.as_ref().is_none_or(is_known)
    };
    let findings = findings.iter().filter(is_sure);
    let findings = findings.map(|finding| of_rule(work, uri, sheet, finding));
    mistakes.chain(findings).take(MOST).collect()
}

/// Where the bytes end by which it is known what is said of some: what is said of a frame may be said of all that is in it.
fn said_by(sheet: &Sheet, span: &Range<usize>) -> usize {
    match Reader::new(&sheet.assembled.bytes, span.start).next_op() {
        Ok(op) if op.opcode == Opcode::Frame => {
            op.end.saturating_add(usize::try_from(op.number()).unwrap_or(usize::MAX))
        }
        _ => span.end,
    }
}

/// What the assembler says.
fn mistake(work: &Work, sheet: &Sheet, row: usize, problem: &Problem) -> Diagnostic {
    let message = match &problem.suggestion {
        Some(suggestion) => format!("{}: {}", problem.message, suggestion.message),
        None => problem.message.clone(),
    };
    Diagnostic {
        range: convert::range(sheet, row, &problem.columns, work.session.client_can().encoding),
        severity: Some(match problem.severity {
            text::Severity::Error => DiagnosticSeverity::Error,
            text::Severity::Warning => DiagnosticSeverity::Warning,
            text::Severity::Hint => DiagnosticSeverity::Hint,
        }),
        code: Some(SYNTAX.into()),
        source: Some("pickle-lsp".to_owned()),
        message: message.into(),
        ..Diagnostic::default()
    }
}

/// What a rule says of the bytes of some rows.
fn of_rule(work: &Work, uri: &Uri, sheet: &Sheet, finding: &report::Diagnostic) -> Diagnostic {
    let client = work.session.client_can();
    let place = |offset: usize| {
        let row = sheet.row_at(offset).unwrap_or_default();
        convert::range(sheet, row, &sheet.body(row), client.encoding)
    };
    let span = finding.span.clone().unwrap_or_default();
    let (first, last) = (place(span.start), place(span.end.saturating_sub(1).max(span.start)));
    let message = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    let related = finding.related.iter().map(|related| DiagnosticRelatedInformation {
        location: Location { uri: uri.clone(), range: place(related.span.start) },
        message: related.message.clone(),
    });
    Diagnostic {
        range: lsp::Range { start: first.start, end: last.end },
        severity: Some(convert::severity(finding.severity)),
        code: Some(finding.rule.code.into()),
        code_description: Some(CodeDescription { href: Uri(url(finding.rule)) }),
        source: Some("pickle-lsp".to_owned()),
        message: message.into(),
        related_information: (client.related && !finding.related.is_empty()).then(|| related.collect()),
        ..Diagnostic::default()
    }
}
