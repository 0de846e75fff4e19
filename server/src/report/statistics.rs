//! How often each rule was broken, the most frequent first.

use std::collections::BTreeMap;
use std::io::{self, Write};

use pickle_rules::{Meta, Severity};

use super::{FileReport, Renderer, Summary, conclusion};
use crate::output::{self, Output, Paint};

/// See the module.
pub(super) struct Statistics {
    json: bool,
    paint: Paint,
    /// By code; the severity is the worst that there was.
    counts: BTreeMap<&'static str, (&'static Meta, Severity, usize)>,
}

impl Statistics {
    /// Nothing counted yet.
    pub(super) fn new(json: bool, paint: Paint) -> Self {
        Self { json, paint, counts: BTreeMap::new() }
    }

    fn json(rows: &[(&Meta, Severity, usize)], out: &mut Output) -> io::Result<()> {
        for (at, (rule, severity, count)) in rows.iter().enumerate() {
            let (open, code, name) = (if at == 0 { "[\n" } else { ",\n" }, rule.code, rule.name);
            write!(
                out,
                "{open} {{\"code\":\"{code}\",\"name\":\"{name}\",\"severity\":\"{severity}\",\"count\":{count}}}"
            )?;
        }
        out.write_all(if rows.is_empty() { b"[]\n" } else { b"\n]\n" })
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
        if self.json {
            return Self::json(&rows, out);
        }
        let width = rows.first().map_or(0, |row| row.2.to_string().len());
        for (rule, severity, count) in &rows {
            let severity = self.paint.paint(output::severity(*severity), severity);
            writeln!(out, "{count:>width$}  {} {severity} {}", rule.code, rule.name)?;
        }
        writeln!(out, "{}", conclusion(summary))
    }
}
