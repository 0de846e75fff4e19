//! One array with an object a finding; every object has every key.

use std::io::{self, Write};
use std::path::Path;

use super::{Diagnostic, FileReport, Renderer, Summary, url};
use crate::json::string;
use crate::output::Output;

/// See the module.
#[derive(Default)]
pub(super) struct Json {
    /// Whether there is an object already.
    begun: bool,
}

impl Renderer for Json {
    fn begin(&mut self, out: &mut Output) -> io::Result<()> {
        out.write_all(b"[")
    }

    fn file(&mut self, file: &FileReport, out: &mut Output) -> io::Result<()> {
        for diagnostic in &file.diagnostics {
            out.write_all(if self.begun { b",\n " } else { b"\n " })?;
            self.begun = true;
            object(&file.path, diagnostic, out)?;
        }
        Ok(())
    }

    fn end(&mut self, _: &Summary, out: &mut Output) -> io::Result<()> {
        out.write_all(if self.begun { b"\n]\n" } else { b"]\n" })
    }
}

/// The object of a finding.
pub(super) fn object(path: &Path, diagnostic: &Diagnostic, out: &mut Output) -> io::Result<()> {
    let Diagnostic { rule, severity, message, member, pickle, span, place, global, .. } = diagnostic;
    write!(out, "{{\"code\":\"{}\",\"name\":\"{}\",\"severity\":\"{severity}\"", rule.code, rule.name)?;
    text("message", Some(message), out)?;
    text("path", Some(&path.to_string_lossy()), out)?;
    text("member", member.as_deref(), out)?;
    number("pickle", *pickle, out)?;
    number("offset", span.as_ref().map(|span| span.start), out)?;
    number("endOffset", span.as_ref().map(|span| span.end), out)?;
    number("line", place.map(|place| place.line), out)?;
    number("column", place.map(|place| place.column), out)?;
    number("endLine", place.map(|place| place.end_line), out)?;
    number("endColumn", place.map(|place| place.end_column), out)?;
    text("global", global.as_deref(), out)?;
    text("url", Some(&url(rule)), out)?;
    out.write_all(b"}")
}

fn text(key: &str, value: Option<&str>, out: &mut Output) -> io::Result<()> {
    write!(out, ",\"{key}\":")?;
    match value {
        Some(value) => string(out, value),
        None => out.write_all(b"null"),
    }
}

fn number(key: &str, value: Option<usize>, out: &mut Output) -> io::Result<()> {
    match value {
        Some(value) => write!(out, ",\"{key}\":{value}"),
        None => write!(out, ",\"{key}\":null"),
    }
}
