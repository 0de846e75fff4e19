//! Results that are remembered: the same report, until anything changes that decides it.

use std::path::PathBuf;

use crate::sandbox::Sandbox;

/// A pickle that is long enough to be worth remembering.
fn long(end: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x80\x02](".to_vec();
    bytes.extend(b"K\x01".repeat(50_000));
    bytes.extend(b"e0cmyapp.models\nModel\n)\x81");
    bytes.extend(end);
    bytes
}

fn lint(sandbox: &Sandbox, more: &[&str]) -> String {
    let arguments = [&["lint", "--format", "full", "--cache-dir", "cache", "a.pkl"], more].concat();
    String::from_utf8(sandbox.run(&arguments).stdout).unwrap()
}

/// All entries.
fn entries(sandbox: &Sandbox) -> Vec<PathBuf> {
    let list = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    list(sandbox.path("cache/pickle-lsp-results")).into_iter().flat_map(list).collect()
}

#[test]
fn the_same_report() {
    let sandbox = Sandbox::new();
    sandbox.write("a.pkl", &long(b"."));
    let first = lint(&sandbox, &[]);
    assert!(first.contains("PG108"), "{first}");
    assert_eq!(entries(&sandbox).len(), 1);
    assert_eq!(lint(&sandbox, &[]), first);
    assert_eq!(lint(&sandbox, &["--no-cache"]), first);
    assert_eq!(entries(&sandbox).len(), 1);
}

/// What is remembered is believed: an entry that says nothing makes the report say nothing.
#[test]
fn it_is_really_used_and_depends_on_everything() {
    let sandbox = Sandbox::new();
    sandbox.write("a.pkl", &long(b"."));
    lint(&sandbox, &[]);
    let entry = entries(&sandbox).remove(0);
    let key = entry.file_name().unwrap().to_str().unwrap().to_owned();
    let empty = format!("{{\"key\":\"{key}\",\"findings\":[],\"allowed_by\":[]}}");
    std::fs::write(&entry, empty).unwrap();
    assert!(!lint(&sandbox, &[]).contains("PG108"));
    assert!(lint(&sandbox, &["--no-cache"]).contains("PG108"));
    assert!(lint(&sandbox, &["--ignore", "PD"]).contains("PG108"), "another selection");
    assert!(!lint(&sandbox, &["--allow-global", "myapp.*"]).contains("PG108"));
    sandbox.write("a.pkl", &long(b"0N."));
    assert!(lint(&sandbox, &[]).contains("PG108"), "another content");
}

#[test]
fn what_is_damaged_is_not_used() {
    let sandbox = Sandbox::new();
    sandbox.write("a.pkl", &long(b"."));
    let first = lint(&sandbox, &[]);
    for text in ["", "{", "{\"key\":\"other\",\"findings\":[],\"allowed_by\":[]}"] {
        std::fs::write(&entries(&sandbox)[0], text).unwrap();
        assert_eq!(lint(&sandbox, &[]), first);
    }
}

/// The same pickle under many names is written down by several threads at once.
#[test]
fn copies_do_not_get_in_each_others_way() {
    let sandbox = Sandbox::new();
    for number in 0..60 {
        sandbox.write(&format!("m/{number}.pkl"), &long(b"."));
    }
    let output = sandbox.run(&["lint", "-j", "16", "--format", "concise", "--cache-dir", "cache", "m"]);
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(1), b"".as_slice()));
    assert_eq!(entries(&sandbox).len(), 1);
}

/// A device is never read to its end.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_used() {
    let sandbox = Sandbox::new();
    sandbox.write("a.pkl", &long(b"."));
    let first = lint(&sandbox, &[]);
    let entry = entries(&sandbox).remove(0);
    std::fs::remove_file(&entry).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &entry).unwrap();
    assert_eq!(lint(&sandbox, &[]), first);
}

#[test]
fn clean_removes_results_and_nothing_else() {
    let sandbox = Sandbox::new();
    sandbox.write("a.pkl", &long(b"."));
    sandbox.write("cache/mine.txt", b"mine");
    lint(&sandbox, &[]);
    for _ in 0..2 {
        assert_eq!(sandbox.run(&["clean", "--cache-dir", "cache"]).status.code(), Some(0));
        assert!(entries(&sandbox).is_empty() && sandbox.path("cache/mine.txt").exists());
    }
}

#[test]
fn nothing_is_remembered_unasked() {
    let sandbox = Sandbox::new();
    sandbox.write("a.pkl", &long(b"."));
    let mut command = sandbox.command(&["lint", "a.pkl"]);
    command.env("PICKLE_LSP_CACHE_DIR", sandbox.path("cache"));
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    assert!(entries(&sandbox).is_empty());
}

/// A file stands where the folder is to be: that holds for everybody, whatever they may write.
#[test]
fn a_folder_that_cannot_be_made() {
    let sandbox = Sandbox::new();
    sandbox.write("a.pkl", &long(b"."));
    sandbox.write("b.pkl", &long(b"0N."));
    sandbox.write("cache/pickle-lsp-results", b"");
    let said = |more: &[&str]| {
        let arguments = ["lint", "--exit-zero", "--cache-dir", "cache", "a.pkl", "b.pkl"];
        let output = sandbox.run(&[&arguments, more].concat());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, note) = said(&[]);
    assert_eq!(status, Some(0));
    assert!(note.starts_with("note: nothing can be remembered in cache/pickle-lsp-results: "), "{note}");
    assert_eq!(note.lines().count(), 1, "{note}");
    assert_eq!(said(&["--quiet"]), (Some(0), String::new()));
}
