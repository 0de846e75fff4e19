//! For people: each finding with its severity, the ops around it, what to do, and where to read more.

use std::io::{self, Write};

use pickle_machine::render::{escape, inert};

use super::{Diagnostic, FileReport, Renderer, Summary, conclusion, place, url};
use crate::output::{BOLD, DIM, Output, Paint, severity};

/// See the module.
pub(super) struct Full {
    pub(super) paint: Paint,
    /// Whether the last line is left out.
    pub(super) quiet: bool,
}

impl Renderer for Full {
    fn file(&mut self, file: &FileReport, out: &mut Output) -> io::Result<()> {
        file.diagnostics.iter().try_for_each(|diagnostic| self.diagnostic(file, diagnostic, out))
    }

    fn end(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        if self.quiet { Ok(()) } else { writeln!(out, "{}", conclusion(summary)) }
    }
}

impl Full {
    fn diagnostic(&self, file: &FileReport, diagnostic: &Diagnostic, out: &mut Output) -> io::Result<()> {
        let label = format!("{}[{}]", diagnostic.severity, diagnostic.rule.code);
        let label = self.paint.paint(severity(diagnostic.severity), label);
        writeln!(
            out,
            "{}: {label} {}",
            self.paint.paint(BOLD, place(&file.path, diagnostic)),
            escape(&diagnostic.message)
        )?;
        let bar = self.paint.paint(DIM, "|");
        for row in &diagnostic.excerpt {
            writeln!(out, "  {bar} {}", inert(&row.text))?;
            if row.marked {
                let carets = "^".repeat(row.columns.len().max(1));
                let carets = self.paint.paint(severity(diagnostic.severity), carets);
                writeln!(out, "  {bar} {:width$}{carets}", "", width = row.columns.start)?;
            }
        }
        let margin = format!("  {}", self.paint.paint(DIM, "="));
        for related in &diagnostic.related {
            writeln!(out, "{margin} at {}: {}", related.span.start, escape(&related.message))?;
        }
        if let Some(help) = &diagnostic.help {
            writeln!(out, "{margin} help: {}", escape(help))?;
        }
        writeln!(out, "{margin} {}\n", self.paint.paint(DIM, url(diagnostic.rule)))
    }
}
