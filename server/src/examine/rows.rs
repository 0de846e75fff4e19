//! Where findings stand in the listing of their stream. The listing is laid out only for a stream that has findings, and of
//! its text only the rows around them are written.

use std::ops::Range;

use pickle_listing::layout::Layout;
use pickle_listing::row::{Style, Tokens};
use pickle_listing::{TokenKind, layout};
use pickle_machine::record::record;
use pickle_rules::Interrupt;

use super::Detail;
use crate::report::{Diagnostic, Place, Row};

/// Rows that are shown before the one that a finding is about, and behind it.
const BEFORE: u64 = 2;
const BEHIND: u64 = 1;

/// Gives each finding its place in the listing, and the rows around it if they are wanted.
pub(super) fn project(bytes: &[u8], found: &mut [Diagnostic], detail: Detail, interrupt: Interrupt<'_>) {
    if detail == Detail::Offsets || found.iter().all(|diagnostic| diagnostic.span.is_none()) {
        return;
    }
    let recording = record(bytes, interrupt);
    let layout = Layout::new(&recording);
    if !recording.complete || layout.rows() == 0 {
        return;
    }
    let style = Style::new(bytes.len(), false);
    for diagnostic in found {
        let Some(span) = &diagnostic.span else { continue };
        let first = layout.row_of(bytes, span.start);
        let last = layout.row_of(bytes, span.end.saturating_sub(1).max(span.start));
        let around = match detail {
            Detail::Excerpts => first.saturating_sub(BEFORE)..first + 1 + BEHIND,
            _ => first..first + 1,
        };
        let mut rows = Vec::new();
        let begin = around.start;
        layout.each(bytes, around, interrupt, |row| {
            rows.push(one(row, style, (first..=last).contains(&(begin + rows.len() as u64))));
            true
        });
        diagnostic.place = place(bytes, &layout, style, &rows, first..last);
        if detail == Detail::Excerpts {
            diagnostic.excerpt = rows;
        }
    }
}

fn one(row: &layout::Row<'_, '_>, style: Style, marked: bool) -> Row {
    let mut tokens = Tokens::default();
    row.write(&mut tokens, style);
    let said = tokens.tokens.iter().find(|token| token.kind != TokenKind::Offset);
    let start = said.map_or(0, |token| token.columns.start);
    // The comment behind bytes that are no op says why; it is not what the finding is about.
    let last = tokens.tokens.iter().rfind(|token| token.kind != TokenKind::Comment).or(said);
    // At the end of the data there is nothing but the comment.
    let end = last.map_or(tokens.text.len(), |token| token.columns.end).max(start);
    let column = |at| tokens.text.get(..at).unwrap_or_default().chars().count();
    Row { columns: column(start)..column(end), text: tokens.text, marked }
}

/// From what the row `ends.start` says, which is the first marked one of `rows`, to the end of the row `ends.end`.
fn place(bytes: &[u8], layout: &Layout<'_>, style: Style, rows: &[Row], ends: Range<u64>) -> Option<Place> {
    let first = rows.iter().find(|row| row.marked)?;
    let mut end_column = first.columns.end + 1;
    if ends.end > ends.start {
        layout.each(bytes, ends.end..ends.end + 1, &pickle_machine::never, |row| {
            end_column = one(row, style, true).columns.end + 1;
            true
        });
    }
    Some(Place {
        line: usize::try_from(ends.start).ok()? + 1,
        column: first.columns.start + 1,
        end_line: usize::try_from(ends.end).ok()? + 1,
        end_column,
    })
}
