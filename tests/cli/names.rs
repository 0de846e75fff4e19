//! Names that are no text, and the files that have them.
#![cfg(target_os = "linux")]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::sandbox::Sandbox;

const EVIL: &[u8] = b"cos\nsystem\n(S'echo hi'\ntR.";

/// A folder with one file whose name is no UTF-8, and has a backslash and a line break.
fn odd() -> Sandbox {
    let sandbox = Sandbox::new();
    let path = sandbox.path("").join(OsStr::from_bytes(b"a\xff\\\n.pkl"));
    std::fs::write(path, EVIL).unwrap();
    sandbox
}

fn lint(sandbox: &Sandbox, format: &str) -> String {
    String::from_utf8(sandbox.run(&["lint", "--format", format, "."]).stdout).unwrap()
}

#[test]
fn nothing_of_a_name_is_lost() {
    let sandbox = odd();
    assert!(lint(&sandbox, "concise").starts_with("a\\xff\\\\\\x0a.pkl:24: PG101"));
    let findings: serde_json::Value = serde_json::from_str(&lint(&sandbox, "json")).unwrap();
    assert_eq!(findings[0]["path"], "a\\xff\\\\\n.pkl");
    assert_eq!(findings[0]["pathBytes"], "61ff5c0a2e706b6c");
    let sarif: serde_json::Value = serde_json::from_str(&lint(&sandbox, "sarif")).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%FF%5C%0A.pkl");
    assert_eq!(lint(&sandbox, "github").lines().count(), 1);
}

#[test]
fn a_file_called_like_an_option() {
    let sandbox = Sandbox::new();
    sandbox.write("evil.pkl", EVIL);
    sandbox.write("--exclude=*.pkl", b"");
    // As a hook passes the names of all files.
    let output = sandbox.run(&["lint", "--force-exclude", "--in-passing", "--exclude=*.pkl", "evil.pkl"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stderr.starts_with(b"error: --exclude=*.pkl: an option, and the name of a file as well"));
    let output = sandbox.run(&["lint", "--in-passing", "--", "--exclude=*.pkl", "evil.pkl"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_list_of_such_names() {
    let sandbox = odd();
    sandbox.write("list", b"a\xff\\\n.pkl\0");
    let output = sandbox.run(&["lint", "-0", "--format", "concise", "--files-from", "list"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.starts_with(b"a\\xff"));
}

#[test]
fn a_plain_name_has_no_bytes_beside_it() {
    let sandbox = Sandbox::new();
    sandbox.write("a.pkl", EVIL);
    let findings: serde_json::Value = serde_json::from_str(&lint(&sandbox, "json")).unwrap();
    assert!(findings[0].get("pathBytes").is_none());
}
