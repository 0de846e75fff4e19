//! Where findings stand in the listing of their stream. The listing is laid out only for a stream that has findings, and of
//! its text only the rows around them are written.

use std::ops::{Range, RangeInclusive};

use pickle_listing::layout::Layout;
use pickle_listing::row::{Style, Tokens};
use pickle_listing::{TokenKind, layout};
use pickle_machine::record::record_within;
use pickle_rules::Interrupt;

use super::{Detail, Question};
use crate::report::{Diagnostic, Place, Row};

/// Rows that are shown before the one that a finding is about, and behind it.
const BEFORE: u64 = 2;
const BEHIND: u64 = 1;

/// Rows that are this far apart are gone to one by one, not over all rows between them.
const FAR: u64 = 4096;

/// Gives each finding its place in the listing, and the rows around it if they are wanted.
pub(super) fn project(bytes: &[u8], found: &mut [Diagnostic], question: &Question<'_>) {
    let (detail, interrupt) = (question.detail, question.interrupt);
    if detail == Detail::Offsets || found.iter().all(|diagnostic| diagnostic.span.is_none()) {
        return;
    }
    let recording = record_within(bytes, question.memory, interrupt);
    let layout = Layout::new(&recording);
    if !recording.complete || layout.rows() == 0 {
        return;
    }
    let about = rows_of(bytes, &layout, found);
    let around = |rows: &RangeInclusive<u64>| match detail {
        Detail::Excerpts => {
            rows.start().saturating_sub(BEFORE)..(rows.start() + 1 + BEHIND).min(layout.rows())
        }
        _ => *rows.start()..rows.start() + 1,
    };
    let wanted = about.iter().flatten().flat_map(|rows| around(rows).chain([*rows.end()])).collect();
    let written = Written::new(bytes, &layout, wanted, interrupt);
    for (diagnostic, rows) in found.iter_mut().zip(&about) {
        let Some(rows) = rows else { continue };
        diagnostic.place = written.place(rows);
        if detail == Detail::Excerpts {
            diagnostic.excerpt = around(rows).filter_map(|number| written.excerpt(number, rows)).collect();
        }
    }
}

/// The first row of each finding that is about bytes, and the last one.
fn rows_of(bytes: &[u8], layout: &Layout<'_>, found: &[Diagnostic]) -> Vec<Option<RangeInclusive<u64>>> {
    let ends = |span: &Range<usize>| [span.start, span.end.saturating_sub(1).max(span.start)];
    let spans = || found.iter().map(|diagnostic| diagnostic.span.as_ref());
    let mut offsets: Vec<usize> = spans().flatten().flat_map(ends).collect();
    offsets.sort_unstable();
    offsets.dedup();
    let mut finder = layout.finder(bytes);
    let rows: Vec<u64> = offsets.iter().map(|&offset| finder.row_of(offset)).collect();
    let row_of = |offset| rows[offsets.partition_point(|&before| before < offset)];
    spans().map(|span| span.map(ends).map(|[first, last]| row_of(first)..=row_of(last))).collect()
}

/// Rows as they are written.
struct Written {
    /// Their numbers, in order.
    numbers: Vec<u64>,
    /// As many, or less if the work was interrupted.
    rows: Vec<Row>,
}

impl Written {
    fn new(bytes: &[u8], layout: &Layout<'_>, mut wanted: Vec<u64>, interrupt: Interrupt<'_>) -> Self {
        wanted.sort_unstable();
        wanted.dedup();
        let style = Style::new(bytes.len(), false);
        let mut rows = Vec::with_capacity(wanted.len());
        for run in wanted.chunk_by(|a, b| b - a < FAR) {
            let (mut number, mut left) = (run[0], run.iter().peekable());
            layout.each(bytes, run[0]..run[run.len() - 1] + 1, interrupt, |row| {
                if left.next_if_eq(&&number).is_some() {
                    rows.push(one(row, style));
                }
                number += 1;
                true
            });
            if left.next().is_some() {
                break;
            }
        }
        Self { numbers: wanted, rows }
    }

    fn row(&self, number: u64) -> Option<&Row> {
        self.rows.get(self.numbers.binary_search(&number).ok()?)
    }

    /// A row as it is shown in the excerpt of a finding about some.
    fn excerpt(&self, number: u64, about: &RangeInclusive<u64>) -> Option<Row> {
        self.row(number).map(|row| Row { marked: about.contains(&number), ..row.clone() })
    }

    /// From what the first row of a finding says to the end of its last.
    fn place(&self, rows: &RangeInclusive<u64>) -> Option<Place> {
        let (first, last) = (self.row(*rows.start())?, self.row(*rows.end()));
        Some(Place {
            line: usize::try_from(*rows.start()).ok()? + 1,
            column: first.columns.start + 1,
            end_line: usize::try_from(*rows.end()).ok()? + 1,
            end_column: last.unwrap_or(first).columns.end + 1,
        })
    }
}

fn one(row: &layout::Row<'_, '_>, style: Style) -> Row {
    let mut tokens = Tokens::default();
    row.write(&mut tokens, style);
    let said = tokens.tokens.iter().find(|token| token.kind != TokenKind::Offset);
    let start = said.map_or(0, |token| token.columns.start);
    // The comment behind bytes that are no op says why; it is not what the finding is about.
    let last = tokens.tokens.iter().rfind(|token| token.kind != TokenKind::Comment).or(said);
    // At the end of the data there is nothing but the comment.
    let end = last.map_or(tokens.text.len(), |token| token.columns.end).max(start);
    let column = |at| tokens.text.get(..at).unwrap_or_default().chars().count();
    Row { columns: column(start)..column(end), text: tokens.text, marked: false }
}
