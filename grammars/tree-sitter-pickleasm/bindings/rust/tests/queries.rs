//! The queries compile, and capture what they should.

use tree_sitter::{Query, QueryCursor, StreamingIterator};

use crate::{language, parse};

const TEXT: &str = "  0: MARK
  1:   GLOBAL 'os' 'system'
       PUT $f # the callable
       GET 5
       BININT1 1
     TUPLE
     REDUCE
     STOP
     BYTES b'\\xff'
";

/// Names of captures with the text they capture, up to the end of its first row.
fn captures(query: &str) -> Vec<String> {
    let query = Query::new(&language(), query).unwrap();
    let tree = parse(TEXT);
    let mut cursor = QueryCursor::new();
    let mut found = Vec::new();
    let mut captures = cursor.captures(&query, tree.root_node(), TEXT.as_bytes());
    while let Some((matched, index)) = captures.next() {
        let capture = matched.captures()[*index];
        let name = query.capture_names()[capture.index as usize];
        let node = capture.node;
        let text = node.utf8_text(TEXT.as_bytes()).unwrap();
        let rows = node.start_position().row..=node.end_position().row;
        let place = if rows.start() == rows.end() {
            text.to_owned()
        } else {
            format!("{} to {}", rows.start(), rows.end())
        };
        found.push(format!("{name} {place}"));
    }
    found
}

/// The names of captures that an editor documents, by its file; for those of which it takes what is behind a dot for a refinement,
/// the name before it.
const NEOVIM: [(&str, &[&str]); 4] = [
    (
        tree_sitter_pickleasm::HIGHLIGHTS_QUERY,
        &[
            "boolean",
            "comment",
            "constant.builtin",
            "error",
            "function",
            "keyword",
            "keyword.directive",
            "keyword.import",
            "keyword.operator",
            "label",
            "module",
            "number",
            "number.float",
            "punctuation.special",
            "string",
            "string.escape",
            "string.special",
            "variable",
        ],
    ),
    (tree_sitter_pickleasm::FOLDS_QUERY, &["fold"]),
    (tree_sitter_pickleasm::INDENTS_QUERY, &["indent.begin", "indent.branch"]),
    (tree_sitter_pickleasm::LOCALS_QUERY, &["local.definition.var", "local.reference", "local.scope"]),
];
/// <https://docs.helix-editor.com/themes.html#syntax-highlighting>, `guides/indent.html`, `guides/adding_languages.html`.
const HELIX: [(&str, &[&str]); 4] = [
    (
        include_str!("../../../../../server/docs/editors/helix/queries/highlights.scm"),
        &[
            "comment",
            "constant.builtin",
            "constant.builtin.boolean",
            "constant.character.escape",
            "constant.numeric.float",
            "constant.numeric.integer",
            "function",
            "keyword",
            "keyword.control",
            "keyword.control.import",
            "keyword.directive",
            "keyword.operator",
            "keyword.storage",
            "label",
            "namespace",
            "string",
            "string.special",
            "variable",
        ],
    ),
    (include_str!("../../../../../server/docs/editors/helix/queries/indents.scm"), &["indent", "outdent"]),
    (
        include_str!("../../../../../server/docs/editors/helix/queries/locals.scm"),
        &["local.definition.variable", "local.reference", "local.scope"],
    ),
    (
        include_str!("../../../../../server/docs/editors/helix/queries/textobjects.scm"),
        &[
            "class.around",
            "comment.around",
            "comment.inside",
            "function.around",
            "parameter.around",
            "parameter.inside",
        ],
    ),
];
/// <https://zed.dev/docs/extensions/languages>
const ZED: [(&str, &[&str]); 6] = [
    (
        include_str!("../../../../../server/docs/editors/zed/languages/pickleasm/highlights.scm"),
        &[
            "boolean",
            "comment",
            "constant",
            "function",
            "keyword",
            "label",
            "number",
            "preproc",
            "punctuation.special",
            "string",
            "string.escape",
            "string.special",
            "type",
            "variable",
        ],
    ),
    (
        include_str!("../../../../../server/docs/editors/zed/languages/pickleasm/brackets.scm"),
        &["open", "close"],
    ),
    (
        include_str!("../../../../../server/docs/editors/zed/languages/pickleasm/indents.scm"),
        &["indent", "end"],
    ),
    (
        include_str!("../../../../../server/docs/editors/zed/languages/pickleasm/outline.scm"),
        &["context", "item", "name"],
    ),
    (
        include_str!("../../../../../server/docs/editors/zed/languages/pickleasm/overrides.scm"),
        // Names of the configuration's own choice.
        &["comment.inclusive", "string"],
    ),
    (
        include_str!("../../../../../server/docs/editors/zed/languages/pickleasm/textobjects.scm"),
        &["class.around", "comment.around", "function.around"],
    ),
];

/// An editor ignores a capture that it does not know.
#[test]
fn editors_know_the_captures() {
    for (query, known) in NEOVIM.iter().chain(&HELIX).chain(&ZED) {
        let query = Query::new(&language(), query).unwrap();
        for name in query.capture_names() {
            assert!(known.contains(name), "{name}");
        }
    }
}

#[test]
fn highlights() {
    let neovim = [
        "label 0:",
        "punctuation.special MARK",
        "keyword.import GLOBAL",
        "module 'os'",
        "function 'system'",
        "keyword PUT",
        "variable $f",
        "comment # the callable",
        "variable 5",
        "number 1",
        "punctuation.special TUPLE",
        "keyword.operator REDUCE",
        "keyword STOP",
        "keyword.directive BYTES",
        "string.special b'\\xff'",
        "string.escape \\xff",
    ];
    check(NEOVIM[0].0, &neovim);
    let helix =
        ["keyword.control MARK", "namespace 'os'", "constant.numeric.integer 1", "keyword.storage GET"];
    check(HELIX[0].0, &helix);
    check(ZED[0].0, &["punctuation.special MARK", "type 'os'", "number 1", "preproc BYTES"]);
}

fn check(query: &str, expected: &[&str]) {
    let found = captures(query);
    for expected in expected {
        assert!(found.iter().any(|capture| capture == expected), "no {expected} in {found:#?}");
    }
}

#[test]
fn folds() {
    let found = captures(NEOVIM[1].0);
    assert_eq!(found, ["fold 0 to 7", "fold 0 to 5", "fold 8 to 9"]);
}

#[test]
fn indents() {
    assert_eq!(captures(NEOVIM[2].0), ["indent.begin 0 to 5", "indent.branch TUPLE"]);
    assert_eq!(captures(HELIX[1].0), ["indent 0 to 5", "outdent TUPLE"]);
    assert_eq!(captures(ZED[2].0), ["indent 0 to 5", "end TUPLE"]);
}

#[test]
fn brackets_and_outline() {
    assert_eq!(captures(ZED[1].0), ["open 0: MARK", "close TUPLE"]);
    let outline = ["item GLOBAL 'os' 'system'", "context 'os'", "name 'system'", "item PUT $f", "name $f"];
    assert_eq!(captures(ZED[3].0), outline);
}

#[test]
fn locals() {
    let found = captures(NEOVIM[3].0);
    assert_eq!(found, ["local.scope 0 to 9", "local.definition.var $f", "local.reference 5"]);
    check(HELIX[2].0, &["local.definition.variable $f"]);
}

#[test]
fn text_objects_and_overrides() {
    let expected = [
        "class.around 0 to 7",
        "function.around 0 to 5",
        "comment.around # the callable",
        "class.around 8 to 9",
    ];
    assert_eq!(captures(ZED[5].0), expected);
    check(HELIX[3].0, &["function.around 0 to 5", "parameter.inside 1", "comment.inside # the callable"]);
    check(ZED[4].0, &["string 'os'", "string b'\\xff'", "comment.inclusive # the callable"]);
}
