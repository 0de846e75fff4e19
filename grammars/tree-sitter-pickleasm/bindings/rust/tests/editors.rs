//! The set-ups of editors that are read by editors that are not here: they are well-formed, and name what there is.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn table(path: &str) -> Table {
    fs::read_to_string(root().join(path)).unwrap().parse().unwrap()
}

fn text<'t>(table: &'t Table, key: &str) -> &'t str {
    table[key].as_str().unwrap()
}

fn texts<'t>(table: &'t Table, key: &str) -> Vec<&'t str> {
    table[key].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

/// The grammar by which `tree_sitter_pickleasm` is called, and where it lies in the repository.
const NAME: &str = "pickleasm";
const FOLDER: &str = "grammars/tree-sitter-pickleasm";

#[test]
fn helix() {
    let languages = table("server/docs/editors/helix/languages.toml");
    let [Value::Table(language)] = &languages["language"].as_array().unwrap()[..] else { panic!() };
    let [Value::Table(grammar)] = &languages["grammar"].as_array().unwrap()[..] else { panic!() };
    // The language has no `grammar`, so that its name is the grammar's too.
    assert_eq!((text(language, "name"), text(grammar, "name")), (NAME, NAME));
    assert_eq!(texts(language, "file-types"), [NAME]);
    let servers = languages["language-server"].as_table().unwrap();
    for server in texts(language, "language-servers") {
        let server = servers[server].as_table().unwrap();
        assert_eq!((text(server, "command"), texts(server, "args")), ("pickle-lsp", vec!["server"]));
    }
    assert!(text(grammar["source"].as_table().unwrap(), "path").ends_with(FOLDER));
}

#[test]
fn zed() {
    let (folder, workspace) = ("server/docs/editors/zed", table("Cargo.toml"));
    let package = workspace["workspace"]["package"].as_table().unwrap();
    let extension = table(&format!("{folder}/extension.toml"));
    for key in ["id", "name", "description"] {
        assert!(
            !text(&extension, key).is_empty() && !text(&extension, key).to_lowercase().contains("zed"),
            "{key}"
        );
    }
    assert_eq!(extension["schema_version"].as_integer(), Some(1));
    assert!(!texts(&extension, "authors").is_empty());
    let of_crate = table(&format!("{folder}/Cargo.toml"));
    for about in [&extension, of_crate["package"].as_table().unwrap()] {
        assert_eq!(text(about, "version"), text(package, "version"));
        assert_eq!(text(about, "repository"), text(package, "repository"));
    }
    // Zed builds a component of it, and cargo must not take it for a member of ours.
    assert_eq!(texts(of_crate["lib"].as_table().unwrap(), "crate-type"), ["cdylib"]);
    assert!(of_crate.contains_key("workspace"));

    // Zed takes `src/parser.c` below `path` of this revision, and the language by the grammar's name.
    let grammars = extension["grammars"].as_table().unwrap();
    let grammar = grammars[NAME].as_table().unwrap();
    assert_eq!((grammars.len(), text(grammar, "repository")), (1, text(package, "repository")));
    assert_eq!((text(grammar, "path"), text(grammar, "rev")), (FOLDER, "main"));
    assert!(root().join(FOLDER).join("src/parser.c").is_file());

    let config = table(&format!("{folder}/languages/{NAME}/config.toml"));
    assert_eq!((text(&config, "grammar"), texts(&config, "path_suffixes")), (NAME, vec![NAME]));
    let overrides =
        fs::read_to_string(root().join(folder).join("languages/pickleasm/overrides.scm")).unwrap();
    for bracket in config["brackets"].as_array().unwrap() {
        for scope in texts(bracket.as_table().unwrap(), "not_in") {
            assert!(overrides.contains(&format!("@{scope}")), "{scope}");
        }
    }
    let server = extension["language_servers"]["pickle-lsp"].as_table().unwrap();
    assert_eq!(texts(server, "languages"), [text(&config, "name")]);
    // What the server takes for a listing.
    assert_eq!(text(server["language_ids"].as_table().unwrap(), text(&config, "name")), NAME);
}
