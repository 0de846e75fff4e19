//! One array with an object a finding; every object has every key.

use std::io::{self, Write};
use std::path::Path;

use super::{Diagnostic, FileReport, Renderer, Summary, url};
use crate::json::{self, string};
use crate::output::Output;
use crate::paths;

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

/// An object a line, each by itself.
pub(super) struct JsonLines;

impl Renderer for JsonLines {
    fn file(&mut self, file: &FileReport, out: &mut Output) -> io::Result<()> {
        file.diagnostics.iter().try_for_each(|diagnostic| {
            object(&file.path, diagnostic, out)?;
            out.write_all(b"\n")
        })
    }

    fn end(&mut self, _: &Summary, _: &mut Output) -> io::Result<()> {
        Ok(())
    }
}

/// The object of a finding. A path that is no text has its bytes beside it.
pub(super) fn object(path: &Path, diagnostic: &Diagnostic, out: &mut Output) -> io::Result<()> {
    let mut object = Vec::new();
    members(path, diagnostic, &mut object)?;
    // Runners take `##[` anywhere in a line for a command; a number sign stands in strings alone.
    let mut rest = object.as_slice();
    while let Some(at) = memchr::memmem::find(rest, b"##") {
        out.write_all(&rest[..=at])?;
        out.write_all(b"\\u0023")?;
        rest = &rest[at + 2..];
    }
    out.write_all(rest)
}

fn members(path: &Path, diagnostic: &Diagnostic, out: &mut Vec<u8>) -> io::Result<()> {
    let Diagnostic { rule, severity, message, member, pickle, span, place, global, .. } = diagnostic;
    write!(out, "{{\"code\":\"{}\",\"name\":\"{}\",\"severity\":\"{severity}\"", rule.code, rule.name)?;
    text("message", Some(message), out)?;
    text("path", Some(&paths::text(path)), out)?;
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
    if !paths::is_plain(path) {
        text("pathBytes", Some(&paths::hex(path)), out)?;
    }
    out.write_all(b"}")
}

fn text(key: &str, value: Option<&str>, out: &mut Vec<u8>) -> io::Result<()> {
    begin(key, out)?;
    match value {
        Some(value) => string(out, value),
        None => out.write_all(b"null"),
    }
}

fn number(key: &str, value: Option<usize>, out: &mut Vec<u8>) -> io::Result<()> {
    begin(key, out)?;
    match value {
        Some(value) => json::number(out, value as u64),
        None => out.write_all(b"null"),
    }
}

/// What stands before a value.
fn begin(key: &str, out: &mut Vec<u8>) -> io::Result<()> {
    out.write_all(b",\"")?;
    out.write_all(key.as_bytes())?;
    out.write_all(b"\":")
}
