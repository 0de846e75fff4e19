//! Tests of the grammar that need no tree-sitter program: the corpus, the queries, what editors are set up with, hostile input.
// A test may fail by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod corpus;
mod editors;
mod hostile;
mod queries;

use tree_sitter::{Language, Parser, Tree};

fn language() -> Language {
    tree_sitter_pickleasm::LANGUAGE.into()
}

fn parse(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(&language()).unwrap();
    parser.parse(text, None).unwrap()
}
