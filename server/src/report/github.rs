//! Workflow commands of GitHub Actions: an annotation a finding.
//!
//! A runner takes every line that begins with `::` for a command; names and texts out of files are escaped so that they
//! can begin none (`actions/toolkit`, `command.ts`).

use std::io::{self, Write};

use pickle_machine::render::escape;
use pickle_rules::Severity;

use super::{Diagnostic, FOREIGN, FileReport, Renderer, Summary};
use crate::output::Output;
use crate::paths;

/// Configurations that are named: a runner shows ten notices of a step.
const MOST_CONFIGURATIONS: usize = 10;

/// See the module.
pub(super) struct Github;

impl Renderer for Github {
    fn file(&mut self, file: &FileReport, out: &mut Output) -> io::Result<()> {
        let path = property(&paths::text(&file.path));
        if let Some(failure) = &file.failure {
            writeln!(out, "::error file={path},title=pickle-lsp::{}", data(failure))?;
        }
        file.diagnostics.iter().try_for_each(|diagnostic| annotation(&path, diagnostic, out))
    }

    fn end(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        summary.foreign.iter().take(MOST_CONFIGURATIONS).try_for_each(|path| {
            let path = paths::near(path);
            let path = paths::text(&path);
            let (file, text) = (property(&path), data(&format!("{path} {FOREIGN}")));
            writeln!(out, "::notice file={file},title=pickle-lsp::{text}")
        })
    }
}

fn annotation(path: &str, diagnostic: &Diagnostic, out: &mut Output) -> io::Result<()> {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    write!(out, "::{level} file={path}")?;
    if let Some(place) = diagnostic.place {
        write!(out, ",line={},endLine={}", place.line, place.end_line)?;
    }
    let title = property(&format!("{} {}", diagnostic.rule.code, diagnostic.rule.name));
    write!(out, ",title={title}::")?;
    if let Some(member) = &diagnostic.member {
        write!(out, "{}: ", data(member))?;
    }
    write!(out, "{}", data(&diagnostic.message))?;
    match &diagnostic.span {
        Some(span) => writeln!(out, " (byte {})", span.start),
        None => writeln!(out),
    }
}

/// The text of a command.
fn data(text: &str) -> String {
    escape(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value before the text.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
