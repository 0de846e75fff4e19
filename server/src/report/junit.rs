//! JUnit XML: a suite a file, a failed case a finding; a file that could not be read is an error. A run that finds nothing
//! has one case that passed, because some readers take a report without any for a broken one.

use std::io::{self, Write};

use pickle_machine::render::escape;

use super::{Diagnostic, FOREIGN, FileReport, Renderer, Summary, url};
use crate::output::Output;
use crate::paths;

/// See the module.
#[derive(Default)]
pub(super) struct Junit {
    begun: bool,
}

impl Renderer for Junit {
    fn begin(&mut self, out: &mut Output) -> io::Result<()> {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pickle-lsp\">")
    }

    fn file(&mut self, file: &FileReport, out: &mut Output) -> io::Result<()> {
        self.begun = true;
        let (failures, errors) = (file.diagnostics.len(), usize::from(file.failure.is_some()));
        let path = xml(&paths::text(&file.path));
        let tests = failures + errors;
        writeln!(
            out,
            "  <testsuite name=\"{path}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">"
        )?;
        if let Some(failure) = &file.failure {
            writeln!(out, "    <testcase name=\"read\" classname=\"{path}\">")?;
            writeln!(out, "      <error message=\"{}\"/>\n    </testcase>", xml(failure))?;
        }
        file.diagnostics.iter().try_for_each(|diagnostic| case(&path, diagnostic, out))?;
        writeln!(out, "  </testsuite>")
    }

    fn end(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        for path in &summary.foreign {
            self.begun = true;
            let path = xml(&paths::text(&paths::near(path)));
            writeln!(out, "  <testsuite name=\"{path}\" tests=\"1\" failures=\"0\" errors=\"0\">")?;
            writeln!(out, "    <testcase name=\"configuration\" classname=\"{path}\">")?;
            writeln!(
                out,
                "      <system-out>{path} {FOREIGN}</system-out>\n    </testcase>\n  </testsuite>"
            )?;
        }
        if !self.begun {
            writeln!(out, "  <testsuite name=\"pickle-lsp\" tests=\"1\" failures=\"0\" errors=\"0\">")?;
            writeln!(out, "    <testcase name=\"nothing found\" classname=\"pickle-lsp\"/>\n  </testsuite>")?;
        }
        writeln!(out, "</testsuites>")
    }
}

fn case(path: &str, diagnostic: &Diagnostic, out: &mut Output) -> io::Result<()> {
    let mut name = format!("{} {}", diagnostic.rule.code, diagnostic.rule.name);
    if let Some(member) = &diagnostic.member {
        name.push_str(&format!(" in {member}"));
    }
    if let Some(span) = &diagnostic.span {
        name.push_str(&format!(" at {}", span.start));
    }
    writeln!(out, "    <testcase name=\"{}\" classname=\"{path}\">", xml(&name))?;
    let message = xml(&diagnostic.message);
    let help = diagnostic.help.as_deref().map_or(String::new(), |help| format!("{}\n", xml(help)));
    writeln!(
        out,
        "      <failure type=\"{}\" message=\"{message}\">{message}\n{help}{}</failure>\n    </testcase>",
        diagnostic.severity,
        url(diagnostic.rule)
    )
}

/// Text for XML, in quotes or not: what XML cannot hold at all is shown as an escape before.
fn xml(text: &str) -> String {
    let mut out = String::new();
    for character in escape(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            plain => out.push(plain),
        }
    }
    out
}
