//! A text as a listing is written: offsets in a column, rows indented by the marks around them.

use pickle_machine::Interrupt;
use pickle_machine::record::record;

use super::LineEdit;
use crate::layout::{Layout, Row as Listed};
use crate::row::indentation;
use crate::text::{Assembled, Row, STRIDE, Severity, assemble_unless, parse};

/// Writes offsets, indentation and blanks as a listing has them. A text with offsets gets one on each row that makes
/// bytes, one without gets none. Rows that are wrong stay as they are, and while there is one, no offset and no indentation
/// changes. `None` if it was interrupted.
#[must_use]
pub fn format(text: &str, interrupt: Interrupt<'_>) -> Option<Vec<LineEdit>> {
    let assembled = assemble_unless(text, interrupt)?;
    let mut rows = Vec::with_capacity(assembled.lines());
    for (number, line) in text.lines().enumerate() {
        if number % STRIDE == STRIDE - 1 && interrupt() {
            return None;
        }
        rows.push(parse(line));
    }
    let depths = if assembled.faulty { Vec::new() } else { depths(&assembled, interrupt)? };
    let style = Style {
        whole: !assembled.faulty,
        width: assembled.bytes.len().to_string().len().max(4),
        offsets: rows.iter().any(|row| row.offset.is_some()),
    };
    let mut next = 0;
    let mut edits = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let start = assembled.line_bytes(number).start;
        while depths.get(next).is_some_and(|(offset, _)| *offset < start) {
            next += 1;
        }
        let depth = depths.get(next).filter(|(offset, _)| *offset == start).map_or(0, |(_, depth)| *depth);
        let line = style.line(row, start, depth);
        if line != row.text {
            edits.push(LineEdit { line: number, lines: vec![line] });
        }
    }
    Some(edits)
}

/// Offset and depth of each op, in order. `None` if it was interrupted.
fn depths(assembled: &Assembled, interrupt: Interrupt<'_>) -> Option<Vec<(usize, usize)>> {
    let recording = record(&assembled.bytes, interrupt);
    let layout = Layout::new(&recording);
    let mut depths = Vec::new();
    layout.each(&assembled.bytes, 0..layout.rows(), interrupt, |row| {
        if let Listed::Op(nested) = row {
            depths.push((nested.op.start, nested.depth));
        }
        true
    });
    (!interrupt()).then_some(depths)
}

struct Style {
    /// Whether offsets and depths are known.
    whole: bool,
    width: usize,
    offsets: bool,
}

impl Style {
    fn line(&self, row: &Row<'_>, start: usize, depth: usize) -> String {
        if row.problems.iter().any(|problem| problem.severity == Severity::Error) {
            return row.text.trim_end().to_owned();
        }
        let mut out = String::new();
        let width = self.width;
        match &row.offset {
            Some(_) if self.whole => out.push_str(&format!("{start:>width$}: ")),
            None if self.whole && self.offsets && row.mnemonic.is_some() => {
                out.push_str(&format!("{start:>width$}: "));
            }
            Some(offset) => out.push_str(&format!("{} ", row.slice(&(0..offset.columns.end)))),
            None => {}
        }
        if let Some(mnemonic) = &row.mnemonic {
            match () {
                () if self.whole => out.push_str(&" ".repeat(indentation(depth))),
                () => out.push_str(blanks_before(row, mnemonic.columns.start)),
            }
            out.push_str(&row.slice(&mnemonic.columns).to_ascii_uppercase());
        }
        for operand in &row.operands {
            out.push(' ');
            out.push_str(row.slice(&operand.columns));
        }
        if let Some(comment) = &row.comment {
            let behind = row.mnemonic.is_some();
            if behind {
                out.push_str("  ");
            } else if row.offset.is_none() {
                out.push_str(blanks_before(row, comment.start));
            }
            out.push_str(row.slice(comment).trim_end());
        }
        out.trim_end().to_owned()
    }
}

/// The blanks of the row that end at a column, one for the offset left out.
fn blanks_before<'t>(row: &Row<'t>, column: usize) -> &'t str {
    let from = row.offset.as_ref().map_or(0, |offset| offset.columns.end + 1);
    row.text.get(from..column).unwrap_or_default().trim_start_matches('\u{feff}')
}
