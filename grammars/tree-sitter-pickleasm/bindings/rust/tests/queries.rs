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

#[test]
fn highlights() {
    let found = captures(tree_sitter_pickleasm::HIGHLIGHTS_QUERY);
    for expected in [
        "label 0:",
        "keyword.control MARK",
        "keyword.import GLOBAL",
        "module 'os'",
        "namespace 'os'",
        "function 'system'",
        "keyword PUT",
        "variable $f",
        "comment # the callable",
        "variable 5",
        "number 1",
        "keyword.control TUPLE",
        "keyword.operator REDUCE",
        "keyword STOP",
        "keyword.directive BYTES",
        "string.special b'\\xff'",
        "string.escape \\xff",
    ] {
        assert!(found.iter().any(|capture| capture == expected), "no {expected} in {found:#?}");
    }
}

#[test]
fn folds() {
    let found = captures(tree_sitter_pickleasm::FOLDS_QUERY);
    assert_eq!(found, ["fold 0 to 7", "fold 0 to 5", "fold 8 to 9"]);
}

#[test]
fn indents() {
    let found = captures(tree_sitter_pickleasm::INDENTS_QUERY);
    assert!(found.contains(&"indent 0 to 5".to_owned()), "{found:?}");
    assert!(found.contains(&"indent.begin 0 to 5".to_owned()), "{found:?}");
    for name in ["outdent", "end", "indent.branch"] {
        assert!(found.contains(&format!("{name} TUPLE")), "{found:?}");
    }
}

#[test]
fn locals() {
    let found = captures(tree_sitter_pickleasm::LOCALS_QUERY);
    assert_eq!(
        found,
        ["local.scope 0 to 9", "local.definition $f", "local.definition.var $f", "local.reference 5"]
    );
}
