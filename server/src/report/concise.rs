//! A finding a line: `path!/member:offset: CODE message`.

use std::io::{self, Write};

use pickle_machine::render::escape;

use super::{FileReport, Renderer, Summary, conclusion, place};
use crate::output::{self, BOLD, Output, Paint};

/// See the module.
pub(super) struct Concise {
    pub(super) paint: Paint,
    /// Whether the last line is left out.
    pub(super) quiet: bool,
}

impl Renderer for Concise {
    fn file(&mut self, file: &FileReport, out: &mut Output) -> io::Result<()> {
        for diagnostic in &file.diagnostics {
            let place = self.paint.paint(BOLD, place(&file.path, diagnostic));
            let code = self.paint.paint(output::severity(diagnostic.severity), diagnostic.rule.code);
            writeln!(out, "{place}: {code} {}", escape(&diagnostic.message))?;
        }
        Ok(())
    }

    fn end(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        if self.quiet { Ok(()) } else { writeln!(out, "{}", conclusion(summary)) }
    }
}
