//! Folding: what lies between a mark and the op that takes it, and each pickle of several.

use std::ops::RangeInclusive;

use pickle_listing::view::RowKind;
use pickle_ops::Opcode;

use crate::Context;

/// Rows that can be folded into the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// First and last row.
    pub rows: RangeInclusive<usize>,
    /// What stands for the folded rows.
    pub collapsed: Option<String>,
}

/// All folds of a view, inner ones before outer ones that end at the same row.
#[must_use]
pub fn folding(context: &Context<'_>) -> Vec<Fold> {
    let view = context.view;
    let mut folds = Vec::new();
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut pickle = None;
    for row in 0..view.len() {
        match view.kind(row) {
            Some(RowKind::Heading) => {
                fold(&mut folds, pickle.replace(row), row, None);
                open.clear();
            }
            Some(RowKind::Op) => {
                let depth = view.depth(row);
                while let Some(&(start, level)) = open.last()
                    && depth <= level
                {
                    open.pop();
                    let rows = row.saturating_sub(start + 1);
                    fold(
                        &mut folds,
                        Some(start),
                        row,
                        Some(format!("… {}", pickle_ops::counted(rows, "row"))),
                    );
                }
                if is_mark(context, row) {
                    open.push((row, depth));
                }
            }
            _ => {}
        }
    }
    fold(&mut folds, pickle, view.len(), None);
    folds
}

/// A fold up to the row before `end`, if there is anything to fold.
fn fold(folds: &mut Vec<Fold>, start: Option<usize>, end: usize, collapsed: Option<String>) {
    if let Some(start) = start
        && end > start + 1
    {
        folds.push(Fold { rows: start..=end - 1, collapsed });
    }
}

fn is_mark(context: &Context<'_>, row: usize) -> bool {
    let start = context.view.row_bytes(row).map(|bytes| bytes.start);
    start.and_then(|start| context.bytes.get(start)) == Some(&(Opcode::Mark as u8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn marks_and_pickles() {
        let fixture = Fixture::new(b"](K\x01(K\x02lK\x03e.](e.");
        let folds: Vec<_> = folding(&fixture.context()).into_iter().map(|fold| fold.rows).collect();
        assert_eq!(folds, [3..=4, 1..=6, 9..=13]);
    }
}
