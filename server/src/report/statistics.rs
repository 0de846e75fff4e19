//! How often each rule was broken, the most frequent first.

use std::collections::BTreeMap;
use std::io::{self, Write};

use pickle_rules::{Meta, Severity};

use super::{FileReport, Format, Renderer, Summary, conclusion};
use crate::output::{self, Output, Paint};

/// See the module.
pub(super) struct Statistics {
    format: Format,
    paint: Paint,
    /// Whether the last line is left out.
    quiet: bool,
    /// By code; the severity is the worst that there was.
    counts: BTreeMap<&'static str, (&'static Meta, Severity, usize)>,
}

impl Statistics {
    /// Nothing counted yet.
    pub(super) fn new(format: Format, paint: Paint, quiet: bool) -> Self {
        Self { format, paint, quiet, counts: BTreeMap::new() }
    }

    fn objects(&self, rows: &[(&Meta, Severity, usize)], out: &mut Output) -> io::Result<()> {
        let array = self.format == Format::Json;
        for (at, (rule, severity, count)) in rows.iter().enumerate() {
            let before = match at {
                _ if !array => "",
                0 => "[\n ",
                _ => ",\n ",
            };
            let (code, name, after) = (rule.code, rule.name, if array { "" } else { "\n" });
            write!(
                out,
                "{before}{{\"code\":\"{code}\",\"name\":\"{name}\",\"severity\":\"{severity}\",\"count\":{count}}}{after}"
            )?;
        }
        match rows {
            _ if !array => Ok(()),
            [] => out.write_all(b"[]\n"),
            _ => out.write_all(b"\n]\n"),
        }
    }
}

impl Renderer for Statistics {
    fn file(&mut self, file: &FileReport, _: &mut Output) -> io::Result<()> {
        for diagnostic in &file.diagnostics {
            let row =
                self.counts.entry(diagnostic.rule.code).or_insert((diagnostic.rule, diagnostic.severity, 0));
            row.1 = row.1.max(diagnostic.severity);
            row.2 += 1;
        }
        Ok(())
    }

    fn end(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        let mut rows: Vec<_> = self.counts.values().copied().collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.2));
        if matches!(self.format, Format::Json | Format::JsonLines) {
            return self.objects(&rows, out);
        }
        let width = rows.first().map_or(0, |row| row.2.to_string().len());
        for (rule, severity, count) in &rows {
            let severity = self.paint.paint(output::severity(*severity), severity);
            writeln!(out, "{count:>width$}  {} {severity} {}", rule.code, rule.name)?;
        }
        if self.quiet { Ok(()) } else { writeln!(out, "{}", conclusion(summary)) }
    }
}
