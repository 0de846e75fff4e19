//! `test/corpus`: texts and their trees, in the format of `tree-sitter test`.

use std::fs;
use std::path::Path;

use crate::parse;

struct Case {
    name: String,
    text: String,
    tree: String,
}

/// The cases of a file: a name between two lines of `=`, the text, `---`, the tree.
fn cases(file: &str) -> Vec<Case> {
    let is_rule = |line: &str, of: char| line.len() >= 3 && line.chars().all(|character| character == of);
    let lines: Vec<&str> = file.lines().collect();
    let headers: Vec<usize> = (2..lines.len())
        .filter(|&at| is_rule(lines[at - 2], '=') && is_rule(lines[at], '='))
        .map(|at| at - 2)
        .collect();
    let ends = headers.iter().skip(1).copied().chain([lines.len()]);
    let case = |(start, end): (&usize, usize)| {
        let divider = (*start..end).find(|&at| is_rule(lines[at], '-')).expect("a case has a tree");
        Case {
            name: lines[start + 1].to_owned(),
            text: lines[start + 3..divider].join("\n"),
            tree: words(&lines[divider + 1..end].join(" ")),
        }
    };
    headers.iter().zip(ends).map(case).collect()
}

/// A tree in one line, without the names of fields.
fn words(tree: &str) -> String {
    let words = tree.split_whitespace().filter(|word| !word.ends_with(':') || word.starts_with('('));
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn trees_are_as_in_the_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test/corpus");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        for case in cases(&fs::read_to_string(&path).unwrap()) {
            let tree = words(&parse(&case.text).root_node().to_sexp());
            assert_eq!(tree, case.tree, "{}: {}", path.display(), case.name);
            count += 1;
        }
    }
    assert!(count >= 15, "only {count} cases");
}
