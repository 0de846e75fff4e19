//! The code quality report of GitLab: one array with an object a finding.

use std::io::{self, Write};

use pickle_machine::render::escape;
use pickle_rules::Severity;
use serde_json::json;

use super::fingerprint::fingerprints;
use super::{Diagnostic, FileReport, Renderer, Summary};
use crate::output::Output;
use crate::paths;

/// See the module.
#[derive(Default)]
pub(super) struct Gitlab {
    begun: bool,
}

impl Renderer for Gitlab {
    fn begin(&mut self, out: &mut Output) -> io::Result<()> {
        out.write_all(b"[")
    }

    fn file(&mut self, file: &FileReport, out: &mut Output) -> io::Result<()> {
        for (diagnostic, fingerprint) in file.diagnostics.iter().zip(fingerprints(file)) {
            out.write_all(if self.begun { b",\n " } else { b"\n " })?;
            self.begun = true;
            serde_json::to_writer(&mut *out, &issue(file, diagnostic, &fingerprint))?;
        }
        Ok(())
    }

    fn end(&mut self, _: &Summary, out: &mut Output) -> io::Result<()> {
        out.write_all(if self.begun { b"\n]\n" } else { b"]\n" })
    }
}

fn issue(file: &FileReport, diagnostic: &Diagnostic, fingerprint: &str) -> serde_json::Value {
    let severity = match diagnostic.severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Info => "info",
    };
    let member = diagnostic.member.as_ref().map_or(String::new(), |member| format!("{member}: "));
    let line = diagnostic.place.map_or(1, |place| place.line);
    json!({
        "description": escape(&format!("{member}{}", diagnostic.message)),
        "check_name": diagnostic.rule.code,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": { "path": escape(&paths::text(&file.path)), "lines": { "begin": line } },
    })
}
