//! Rows and tokens: the grammar and the printer agree on what a listing is made of.
// A test may fail by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use pickle_listing::view::RowKind;
use pickle_listing::{Budget, Rows, Selection, TokenKind, View};
use pickle_machine::never;
use pickle_machine::record::record;
use pickle_ops::OPCODES;
use pickle_syntax::{Buffer, Tree};

fn parse(text: &str) -> Tree {
    Buffer::new(text).parse(&|| false).unwrap()
}

/// Kinds and texts of the tokens of a row.
fn tokens(tree: &Tree, row: usize) -> Vec<(TokenKind, String)> {
    let text = tree.row_text(row).unwrap();
    tree.tokens(row).into_iter().map(|token| (token.kind, text[token.columns].to_owned())).collect()
}

#[test]
fn every_opcode_is_a_mnemonic() {
    for info in &OPCODES {
        let tree = parse(info.name);
        let kind = match info.opcode.takes_mark() || info.name == "MARK" {
            true => TokenKind::MarkMnemonic,
            false => TokenKind::Mnemonic,
        };
        assert_eq!(tokens(&tree, 0), [(kind, info.name.to_owned())]);
    }
    let small = [(TokenKind::Mnemonic, "binget".to_owned()), (TokenKind::Number, "1".to_owned())];
    assert_eq!(tokens(&parse("binget 1"), 0), small);
}

/// A listing that we wrote has the tokens that we wrote, and the same nesting.
#[test]
fn tokens_of_a_listing() {
    let bytes = [
        b"\x80\x04\x95\0\0\0\0\0\0\0\0]\x94(K\x01\x8c\x06\xc3\xa9\xf0\x9f\x98\x80h\0(G?\xf8\0\0\0\0\0\0tec"
            .as_slice(),
        b"os\nsystem\nq\x05(S'it'\nI01\nios\nx\n.B\x40\0\0\0",
        &[0; 64],
        b".N(\xff",
    ]
    .concat();
    let recording = record(&bytes, &never);
    let view = View::build(&bytes, &recording, &Selection::All, &Budget::default(), &never);
    let tree = parse(view.text());
    assert_eq!(tree.len(), Rows::len(&view) + 1);
    for row in 0..Rows::len(&view) {
        let text = view.row_text(row).unwrap();
        let mut expected = view.tokens(&bytes, row);
        // The printer counts the blanks before an offset to it.
        expected
            .iter_mut()
            .take(1)
            .for_each(|first| first.columns.start = text.len() - text.trim_start().len());
        assert_eq!(tree.tokens(row), expected, "{text:?}");
        if view.kind(row) == Some(RowKind::Op) {
            assert_eq!(tree.depth(row), view.depth(row), "{text:?}");
        }
    }
}

#[test]
fn rows_of_any_ends() {
    let tree = parse("\u{feff}NONE\r\n\r\n  # é\r\nSTOP");
    assert_eq!(tree.len(), 4);
    assert_eq!(tree.row_text(0), Some("\u{feff}NONE"));
    assert_eq!(tokens(&tree, 0), [(TokenKind::Mnemonic, "NONE".to_owned())]);
    assert_eq!(tokens(&tree, 1), []);
    assert_eq!(tokens(&tree, 2), [(TokenKind::Comment, "# é".to_owned())]);
    assert_eq!(tokens(&tree, 3), [(TokenKind::Mnemonic, "STOP".to_owned())]);
    assert_eq!(tree.row_text(4), None);
    assert_eq!(parse("").len(), 1);
}

#[test]
fn what_stands_around_a_place() {
    let text = "NONE\nMARK\n  BININT1 1\nTUPLE\nSTOP\n";
    let tree = parse(text);
    let around: Vec<&str> =
        tree.around(text.find(" 1").unwrap() + 1).into_iter().map(|range| &text[range]).collect();
    assert_eq!(around[0], "1");
    assert!(around.contains(&"BININT1 1"), "{around:?}");
    assert!(around.contains(&"MARK\n  BININT1 1\nTUPLE"), "{around:?}");
    assert_eq!(around.last(), Some(&text));
    for at in 0..=text.len() {
        let around = tree.around(at);
        assert!(around.windows(2).all(|pair| pair[1].start <= pair[0].start && pair[0].end <= pair[1].end));
        assert!(around.iter().all(|range| range.start <= at && at <= range.end));
    }
}

/// What the grammar and the parser of single rows make of rows that are right.
#[test]
fn the_grammar_agrees_with_the_parser() {
    let operands = [
        "",
        "5",
        "-5",
        "0x1f",
        "0o17",
        "-0b1_0",
        "1_000",
        "1.5",
        "-1e-05",
        ".5",
        "1.",
        "inf",
        "-inf",
        "nan",
        "True",
        "auto",
        "''",
        "'a'",
        "\"a'\"",
        "'\\'\\\\ # 12: é🥒'",
        "b''",
        "b'\\xff\\n'",
        "b\"'\"",
        "$a",
        "$_b1",
        "'os' 'system'",
        "b'os\\nsystem'",
        "'os'\t\"system\"",
        "\"\\u20ac\\U0001f600\\101\"",
    ];
    let around =
        [("", ""), ("  12: ", ""), ("0:", " # x"), ("\t", "#'"), ("12 :  ", "  # größe 🥒"), ("", "  \t")];
    let mnemonics = OPCODES.iter().map(|info| info.name).chain(["BYTES"]);
    let mut compared = 0;
    for mnemonic in mnemonics {
        for operand in operands {
            for (before, behind) in around {
                let line = format!("{before}{mnemonic} {operand}{behind}");
                let mistakes = pickle_listing::text::assemble(&line).diagnostics;
                // A label that is used has to be defined above, where nothing is here.
                if mistakes.iter().all(|mistake| mistake.problem.message.contains("defined above")) {
                    let row = pickle_listing::text::parse(&line);
                    assert_eq!(parse(&line).tokens(0), row.tokens(), "{line}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 500, "{compared}");
    for line in ["", "  ", "# x", "5:", "5: # x", "\u{feff}5: NONE"] {
        assert_eq!(parse(line).tokens(0), pickle_listing::text::parse(line).tokens(), "{line:?}");
    }
}
