//! The code quality report of GitLab: one array with an object a finding.

use std::io::{self, Write};
use std::path::Path;

use pickle_machine::render::escape;
use pickle_rules::Severity;
use serde_json::json;

use super::fingerprint::fingerprints;
use super::{Diagnostic, FOREIGN, FileReport, Renderer, Summary};
use crate::digest::fingerprint;
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
            self.issue(&issue(file, diagnostic, &fingerprint), out)?;
        }
        Ok(())
    }

    fn end(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        for path in &summary.foreign {
            self.issue(&configuration(path), out)?;
        }
        out.write_all(if self.begun { b"\n]\n" } else { b"]\n" })
    }
}

impl Gitlab {
    fn issue(&mut self, issue: &serde_json::Value, out: &mut Output) -> io::Result<()> {
        out.write_all(if self.begun { b",\n " } else { b"\n " })?;
        self.begun = true;
        Ok(serde_json::to_writer(out, issue)?)
    }
}

/// The format knows nothing but issues: a configuration that came with the files is one, of the least severity.
fn configuration(path: &Path) -> serde_json::Value {
    let path = escape(&paths::text(&paths::near(path)));
    json!({
        "description": format!("{path} {FOREIGN}"),
        "check_name": "configuration",
        "fingerprint": fingerprint(["configuration", &path].map(str::as_bytes)),
        "severity": "info",
        "location": { "path": path, "lines": { "begin": 1 } },
    })
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
