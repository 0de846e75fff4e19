//! Document highlight: the other ends of what the cursor is on, in the view.

use pickle_machine::record::{is_read, is_store};

use crate::{Context, Position};

/// What an op does to the thing that is highlighted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HighlightKind {
    /// It reads the memo slot.
    Read,
    /// It fills the memo slot.
    Write,
    /// It is the other end of a mark.
    Text,
}

/// An op to highlight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Offset of the op.
    pub offset: usize,
    /// What it does.
    pub kind: HighlightKind,
}

/// Ops that are highlighted, at the most.
const LIMIT: usize = 2000;

/// The ops to highlight for the op at a place: a memo slot's store and reads, or both ends of a mark.
#[must_use]
pub fn highlights(context: &Context<'_>, position: Position) -> Vec<Highlight> {
    let Some(op) = context.view.op(context.bytes, position.row) else { return Vec::new() };
    let explorer = context.explorer();
    if is_read(op.opcode) || is_store(op.opcode) {
        let Some(store) = explorer.memo_store(op.start) else { return Vec::new() };
        let reads = explorer.memo_reads(store, &context.view.bytes(), LIMIT);
        let reads = reads.into_iter().map(|offset| Highlight { offset, kind: HighlightKind::Read });
        return std::iter::once(Highlight { offset: store, kind: HighlightKind::Write })
            .chain(reads)
            .collect();
    }
    match explorer.mark_partner(op.start) {
        Some(partner) => {
            [op.start, partner].map(|offset| Highlight { offset, kind: HighlightKind::Text }).to_vec()
        }
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn slots_and_marks() {
        let fixture = Fixture::new(b"]q\x05(h\x05e.");
        let kinds = |name| {
            let found = highlights(&fixture.context(), fixture.at(name));
            found.iter().map(|highlight| (highlight.offset, highlight.kind)).collect::<Vec<_>>()
        };
        assert_eq!(kinds("BINGET"), [(1, HighlightKind::Write), (4, HighlightKind::Read)]);
        assert_eq!(kinds("APPENDS"), [(6, HighlightKind::Text), (3, HighlightKind::Text)]);
        assert_eq!(kinds("EMPTY_LIST"), []);
    }
}
