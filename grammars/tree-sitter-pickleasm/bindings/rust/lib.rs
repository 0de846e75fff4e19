//! The tree-sitter grammar of the text form of pickles: the parser, and the queries that editors use.
//!
//! The parser is generated from `grammar.js`; this crate only compiles it.

use tree_sitter_language::LanguageFn;

#[allow(unsafe_code, reason = "the parser is C")]
mod parser {
    use super::LanguageFn;

    unsafe extern "C" {
        fn tree_sitter_pickleasm() -> *const ();
    }

    // SAFETY: the generated parser exports this function, and it returns a `TSLanguage`.
    pub(super) const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_pickleasm) };
}

/// The language, for `tree_sitter::Parser::set_language`.
pub const LANGUAGE: LanguageFn = parser::LANGUAGE;

/// The kinds of nodes, in JSON.
pub const NODE_TYPES: &str = include_str!("../../src/node-types.json");

/// What is coloured how.
pub const HIGHLIGHTS_QUERY: &str = include_str!("../../queries/highlights.scm");

/// What can be folded.
pub const FOLDS_QUERY: &str = include_str!("../../queries/folds.scm");

/// What is indented.
pub const INDENTS_QUERY: &str = include_str!("../../queries/indents.scm");

/// Where memo slots are filled and read.
pub const LOCALS_QUERY: &str = include_str!("../../queries/locals.scm");
