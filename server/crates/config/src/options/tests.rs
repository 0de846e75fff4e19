//! What is read of which text, and what is said of what is wrong.

use super::*;
use crate::problem::position;
use crate::read::{Read, Vocabulary, own_file, pyproject};

fn vocabulary() -> Vocabulary {
    Vocabulary {
        rules: vec![("PG101", "code-execution-call"), ("PG108", "unlisted-global"), ("PD105", "memo-miss")],
        presets: vec!["numpy", "torch"],
    }
}

/// All problems of a text, each `line:column: message`.
fn problems(text: &str) -> Vec<String> {
    let problems = own_file(text, &vocabulary()).problems;
    problems
        .iter()
        .map(|problem| {
            let at = position(text, problem.span.start);
            format!("{}:{}: {}", at.line, at.column, problem.message)
        })
        .collect()
}

#[test]
fn everything_that_is_documented_can_be_read() {
    let known = ["PD301", "PD1", "PD3", "PG", "PD", "bytes-after-stop"];
    let mut vocabulary = vocabulary();
    vocabulary.rules.extend(known.map(|rule| (rule, rule)));
    for field in Options::FIELDS {
        assert!(!field.summary().is_empty(), "{}", field.name);
        let Read { options, problems, .. } = own_file(field.example, &vocabulary);
        assert_eq!(problems, [], "{}", field.name);
        assert_eq!(options.given().len(), 1, "{}", field.name);
        if !field.default.is_empty() {
            let problems = own_file(&format!("{} = {}", field.name, field.default), &vocabulary).problems;
            assert_eq!(problems, [], "the default of {}", field.name);
        }
    }
}

#[test]
fn what_is_written_can_be_read() {
    let text = "select = [\"PG\"]\nseverity = { PG108 = \"error\" }\nlimits = { depth = 3 }\n\
        allow-globals = [{ name = \"a.\\\"b\", reason = \"x\\u0007\" }]\nforce-exclude = true\n";
    let Read { options, problems, places } = own_file(text, &vocabulary());
    assert_eq!(&text[places["severity"].clone()], "severity");
    assert_eq!(problems, []);
    let again: String = options.given().iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    let again = own_file(&again, &vocabulary());
    assert_eq!((again.options, again.problems), (options, vec![]));
}

#[test]
fn every_problem_with_its_place() {
    assert_eq!(
        problems(
            "selct = []\nignore = [\"PG1O1\", \"PG\"]\nfail-on = \"eror\"\nlimits = { depth = 0, dept = 1 }\n"
        ),
        [
            "1:1: unknown key `selct`: did you mean `select`?",
            "2:11: no rule has the code or name `PG1O1`, or a code that begins so: did you mean `PG101`?",
            "3:11: expected \"error\" or \"warning\" or \"info\", found \"eror\"",
            "4:20: expected a whole number from 1 to 100, found 0",
            "4:23: unknown key `dept`: did you mean `depth`?",
        ]
    );
}

#[test]
fn a_reason_is_required() {
    let found = problems("allow-globals = [{ name = \"a.b\" }, { name = \"a.c\", reason = \" \" }]");
    assert_eq!(found, ["1:18: `reason` is missing", "1:61: expected a text that is not empty"]);
}

#[test]
fn formats_of_texts() {
    assert_eq!(problems("exclude = [\"a[\"]").len(), 1);
    assert_eq!(
        problems("presets = { nunpy = true }"),
        ["1:13: no preset is called `nunpy`: did you mean `numpy`?"]
    );
    assert_eq!(
        problems("[tool.pickle-lsp]\nselect = []"),
        ["1:2: unknown key `tool`: in a file of its own, keys stand at the top, without [tool.pickle-lsp]"]
    );
    assert_eq!(problems("target-python = \"three\"").len(), 1);
    assert_eq!(problems("allow-globals = [{ name = \"Model\", reason = \"r\" }]").len(), 1);
    assert_eq!(problems("max-protocol = 6").len(), 1);
    assert_eq!(problems("select = \"PG\"").len(), 1);
    assert_eq!(problems("select = [1979-05-27]").len(), 1);
}

#[test]
fn syntax_errors_have_places() {
    let found = problems("select = [\n\nfail-on = \"error\"\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("3:"), "{found:?}");
    assert_eq!(problems("a = ").len(), 1);
    assert_eq!(problems(&format!("x = {}", "[".repeat(100_000))).len(), 1);
}

#[test]
fn the_table_of_a_pyproject() {
    assert_eq!(pyproject("[tool.ruff]\nselect = []\n", &vocabulary()), None);
    assert_eq!(pyproject("[tool", &vocabulary()), None);
    assert_eq!(pyproject("[tool.pickle-lsp", &vocabulary()).unwrap().problems.len(), 1);
    let Read { options, problems, .. } =
        pyproject("[tool.pickle-lsp]\nfail-on = \"info\"\n", &vocabulary()).unwrap();
    assert_eq!((options.fail_on, problems), (Some(Bar::Info), vec![]));
    let problems = pyproject("[tool]\npickle-lsp = 1\n", &vocabulary()).unwrap().problems;
    assert_eq!(problems.len(), 1);
}

#[test]
fn what_is_nearer_wins() {
    let far = own_file("select = [\"PG\"]\nfail-on = \"info\"", &vocabulary());
    let near = own_file("fail-on = \"error\"", &vocabulary());
    let both = far.options.overridden_by(near.options);
    assert_eq!((both.fail_on, both.select.map(|list| list.len())), (Some(Bar::Error), Some(1)));
}

#[test]
fn globals_of_a_length_that_none_has() {
    let text = |length: usize| {
        format!("allow-globals = [{{ name = \"m.*{}\", reason = \"x\" }}]", "a".repeat(length - 3))
    };
    assert_eq!(problems(&text(1000)), Vec::<String>::new());
    assert_eq!(problems(&text(1001)), ["1:27: longer than 1000 bytes, as no global is"]);
}
