//! Document links: from what is left out to the view that shows it.

use std::ops::Range;

use pickle_listing::TokenKind;
use pickle_listing::view::{RowKind, Selection};

use crate::{Context, Span};

/// A link in a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it stands.
    pub span: Span,
    /// Where it leads.
    pub target: Target,
    /// What it does, in words.
    pub tooltip: String,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To another view of the same stream.
    View(Selection),
    /// To a page.
    Url(String),
}

/// Rows of fewer bytes are never cut.
const SHORT: usize = 32;

/// The links of a view: elisions, and operands that are cut.
#[must_use]
pub fn links(context: &Context<'_>) -> Vec<Link> {
    let view = context.view;
    (0..view.len()).filter_map(|row| link(context, row)).collect()
}

fn link(context: &Context<'_>, row: usize) -> Option<Link> {
    let covered = context.view.row_bytes(row)?;
    if covered.len() < SHORT {
        return None;
    }
    let (target, tooltip) = match context.view.kind(row)? {
        RowKind::Elision => {
            let rows = context.view.elision(row)?;
            let tooltip = format!("Show rows {} to {}", rows.start + 1, rows.end);
            (Selection::Rows(rows), tooltip)
        }
        RowKind::Op => (Selection::Bytes(operand_bytes(context, row)?), "Show the whole operand".into()),
        RowKind::Gap => (Selection::Bytes(covered), "Show all bytes".into()),
        RowKind::Heading | RowKind::Piece => return None,
    };
    // Most rows have no ellipsis; the text tells before the row is taken apart.
    context.view.row_text(row).filter(|text| text.contains("... "))?;
    let tokens = context.view.tokens(context.bytes, row);
    let ellipsis = tokens.into_iter().find(|token| token.kind == TokenKind::Ellipsis)?;
    Some(Link { span: Span { row, columns: ellipsis.columns }, target: Target::View(target), tooltip })
}

/// The bytes of an operand without its length or newline.
fn operand_bytes(context: &Context<'_>, row: usize) -> Option<Range<usize>> {
    let op = context.view.op(context.bytes, row)?;
    let newline = matches!(
        op.opcode.info().operand.framing(),
        pickle_ops::Framing::Line | pickle_ops::Framing::TwoLines
    );
    let end = op.end - usize::from(newline);
    Some(end - op.raw.len()..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn cut_operands() {
        let bytes = [b"B\xc8\0\0\0".as_slice(), &[0; 200], b"V", &[b'a'; 100], b"\n\x86."].concat();
        let fixture = Fixture::new(&bytes);
        let links = links(&fixture.context());
        let targets: Vec<_> = links.iter().map(|link| link.target.clone()).collect();
        assert_eq!(
            targets,
            [Target::View(Selection::Bytes(5..205)), Target::View(Selection::Bytes(206..306))]
        );
        let text = fixture.context().view.row_text(0).unwrap();
        assert_eq!(&text[links[0].span.columns.clone()], "... 200 bytes");
    }
}
