//! The grammar and queries for Helix in the library by which Helix loads grammars, colours texts and finds text objects.
#![cfg(test)]

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use ropey::Rope;
use tree_house::highlighter::{Highlight, HighlightEvent, Highlighter};
use tree_house::text_object::TextObjectQuery;
use tree_house::tree_sitter::{Grammar, InactiveQueryCursor, Query};
use tree_house::{InjectionLanguageMarker, Language, LanguageConfig, LanguageLoader, Syntax};

const TEXT: &str = "  0: MARK # the callable
     # and its arguments
  1:   GLOBAL 'os' 'system'
       PUT $f
       GET $f
       BINFLOAT 1.5
       NEWTRUE
       BINUNICODE 'a\\n'
     TUPLE
     FRAME auto
     REDUCE
     STOP
     BYTES b'\\xff'
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The parser as a shared library, as `hx --grammar build` makes it.
fn grammar() -> Grammar {
    let folder = root().join("grammars/tree-sitter-pickleasm/src");
    let library = env::temp_dir().join(format!(
        "pickleasm-{}-{:?}.so",
        std::process::id(),
        std::thread::current().id()
    ));
    let mut compiler = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
    compiler.args(["-shared", "-fPIC", "-O1", "-std=c11", "-o"]).arg(&library).arg("-I").arg(&folder);
    assert!(compiler.arg(folder.join("parser.c")).status().unwrap().success());
    // SAFETY: it was made of a parser a moment ago.
    let grammar = unsafe { Grammar::new("pickleasm", &library) }.unwrap();
    fs::remove_file(library).unwrap();
    grammar
}

fn query(name: &str) -> String {
    fs::read_to_string(root().join(format!("server/docs/editors/helix/queries/{name}.scm"))).unwrap()
}

struct Loader(LanguageConfig);

impl LanguageLoader for Loader {
    fn language_for_marker(&self, _: InjectionLanguageMarker<'_>) -> Option<Language> {
        None
    }

    fn get_config(&self, _: Language) -> Option<&LanguageConfig> {
        Some(&self.0)
    }
}

fn parse(text: &Rope, loader: &Loader) -> Syntax {
    Syntax::new(text.slice(..), Language::new(0), Duration::from_secs(60), loader).unwrap()
}

/// Every piece of the text that has a colour, with the name of the innermost one.
fn colours(text: &Rope, loader: &Loader) -> Vec<String> {
    let names = RefCell::new(Vec::new());
    loader.0.configure(|name| {
        names.borrow_mut().push(name.to_owned());
        Some(Highlight::new(names.borrow().len() as u32 - 1))
    });
    let (names, syntax) = (names.into_inner(), parse(text, loader));
    let mut highlighter = Highlighter::new(&syntax, text.slice(..), loader, ..);
    let (mut active, mut found) = (Vec::new(), Vec::new());
    let len = text.len_bytes() as u32;
    let mut at = highlighter.next_event_offset();
    while at < len {
        let (event, begun) = highlighter.advance();
        if event == HighlightEvent::Refresh {
            active.clear();
        }
        active.extend(begun.map(|highlight| names[highlight.idx()].clone()));
        let next = highlighter.next_event_offset().min(len);
        if let Some(name) = active.last() {
            found.push(format!("{name} {}", text.byte_slice(at as usize..next as usize)));
        }
        at = next;
    }
    found
}

fn loader() -> Loader {
    Loader(LanguageConfig::new(grammar(), &query("highlights"), "", &query("locals")).unwrap())
}

#[test]
fn colours_of_helix() {
    let expected = [
        "label 0:",
        "keyword.control MARK",
        "comment # the callable",
        "comment # and its arguments",
        "label 1:",
        "keyword.control.import GLOBAL",
        "namespace 'os'",
        "function 'system'",
        "keyword.storage PUT",
        "variable $f",
        "keyword.storage GET",
        "variable $f",
        "keyword BINFLOAT",
        "constant.numeric.float 1.5",
        "keyword NEWTRUE",
        "keyword BINUNICODE",
        "string 'a",
        "constant.character.escape \\n",
        "string '",
        "keyword.control TUPLE",
        "keyword FRAME",
        "constant.builtin auto",
        "keyword.operator REDUCE",
        "keyword STOP",
        "keyword.directive BYTES",
        "string.special b'",
        "constant.character.escape \\xff",
        "string.special '",
    ];
    assert_eq!(colours(&Rope::from(TEXT), &loader()), expected);
}

#[test]
fn text_objects_of_helix() {
    let (text, loader) = (Rope::from(TEXT), loader());
    let syntax = parse(&text, &loader);
    let objects = TextObjectQuery {
        query: Query::new(loader.0.grammar, &query("textobjects"), |_, _| Ok(())).unwrap(),
    };
    let captured = |name: &str| -> Vec<String> {
        let root = syntax.tree().root_node();
        let nodes =
            objects.capture_nodes(name, root, text.slice(..), InactiveQueryCursor::default()).unwrap();
        nodes.map(|node| text.byte_slice(node.start_byte()..node.end_byte()).to_string()).collect()
    };
    let between = |start: &str, end: &str| {
        let (start, end) = (TEXT.find(start).unwrap(), TEXT.find(end).unwrap() + end.len());
        TEXT[start..end].trim_start().to_owned()
    };
    assert_eq!(captured("function.around"), [between("0: MARK", "TUPLE")]);
    assert_eq!(captured("class.around")[0], between("0: MARK", "STOP"));
    assert_eq!(captured("comment.inside"), ["# the callable", "# and its arguments"]);
    assert_eq!(captured("parameter.around"), ["1.5", "'a\\n'", "auto", "b'\\xff'"]);
}

/// What is indented by how much is Helix's own business; that it can read the query is ours.
#[test]
fn indents_of_helix() {
    Query::new(grammar(), &query("indents"), |_, _| Ok(())).unwrap();
}
