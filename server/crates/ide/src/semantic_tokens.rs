//! Semantic tokens: every token of a row by its kind.

use std::ops::Range;

use pickle_listing::TokenKind;
use pickle_machine::record::is_store;

use crate::Context;

/// The types of tokens, in the order of their numbers.
pub const TYPES: [&str; 11] = [
    "offset", "mnemonic", "mark", "keyword", "number", "string", "module", "qualname", "memo", "operator",
    "comment",
];

/// The modifiers of tokens, in the order of their bits.
pub const MODIFIERS: [&str; 1] = ["definition"];

/// A token of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SemanticToken {
    /// Row, from 0.
    pub row: usize,
    /// Columns in bytes of UTF-8.
    pub columns: Range<usize>,
    /// Number of its type in [`TYPES`].
    pub kind: u32,
    /// Bits of its modifiers in [`MODIFIERS`].
    pub modifiers: u32,
}

/// The tokens of some rows.
#[must_use]
pub fn semantic_tokens(context: &Context<'_>, rows: Range<usize>) -> Vec<SemanticToken> {
    let rows = rows.start..rows.end.min(context.view.len());
    let mut tokens = Vec::new();
    for row in rows {
        let defines = || context.view.op(context.bytes, row).is_some_and(|op| is_store(op.opcode));
        for token in context.view.tokens(context.bytes, row) {
            let modifiers = u32::from(token.kind == TokenKind::Memo && defines());
            tokens.push(SemanticToken { row, columns: token.columns, kind: number(token.kind), modifiers });
        }
    }
    tokens
}

fn number(kind: TokenKind) -> u32 {
    match kind {
        TokenKind::Offset | TokenKind::Space => 0,
        TokenKind::Mnemonic => 1,
        TokenKind::MarkMnemonic => 2,
        TokenKind::Directive => 3,
        TokenKind::Number => 4,
        TokenKind::String | TokenKind::Bytes => 5,
        TokenKind::Module => 6,
        TokenKind::Name => 7,
        TokenKind::Memo => 8,
        TokenKind::Ellipsis => 9,
        TokenKind::Comment => 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn kinds_of_tokens() {
        let fixture = Fixture::new(b"cos\nsystem\nq\x05.\xff");
        let context = fixture.context();
        let shown: Vec<_> = semantic_tokens(&context, fixture.rows())
            .into_iter()
            .map(|token| {
                let text = &context.view.row_text(token.row).unwrap()[token.columns];
                (TYPES[token.kind as usize], text, token.modifiers)
            })
            .filter(|(kind, ..)| *kind != "offset")
            .collect();
        assert_eq!(
            shown,
            [
                ("mnemonic", "GLOBAL", 0),
                ("module", "'os'", 0),
                ("qualname", "'system'", 0),
                ("mnemonic", "BINPUT", 0),
                ("memo", "5", 1),
                ("mnemonic", "STOP", 0),
                ("keyword", "BYTES", 0),
                ("string", "b'\\xff'", 0),
            ]
        );
    }
}
