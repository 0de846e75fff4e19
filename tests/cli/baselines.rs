//! Findings that are known, and what happens to them when files change.

use crate::sandbox::Sandbox;

const UNLISTED: &[u8] = b"\x80\x02cmyapp.models\nModel\n)\x81.";
const OTHER: &[u8] = b"\x80\x02cmyapp.models\nOther\n)\x81.";

/// Exit status, standard output and standard error.
fn run(sandbox: &Sandbox, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = sandbox.run(arguments);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn lint(sandbox: &Sandbox) -> (Option<i32>, String, String) {
    run(sandbox, &["lint", "--format", "concise", "--baseline", "known.json", "."])
}

fn learn(sandbox: &Sandbox, precision: &str) -> String {
    let (status, _, stderr) =
        run(sandbox, &["baseline", "--output-file", "known.json", "--precision", precision, "."]);
    assert_eq!(status, Some(0), "{stderr}");
    stderr
}

#[test]
fn strict_knows_one_content() {
    let sandbox = Sandbox::new();
    sandbox.write("a.pkl", UNLISTED);
    sandbox.write("b.pkl", UNLISTED);
    assert_eq!(learn(&sandbox, "strict"), "known.json: 2 findings known, 0 removed\n");
    let (status, stdout, stderr) = lint(&sandbox);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    assert_eq!(stdout, "Nothing found (2 files checked, 2 findings known to the baseline)\n");

    // One more byte, and the finding is back; what the baseline knew of the file is stale.
    sandbox.write("a.pkl", &[UNLISTED, UNLISTED].concat());
    let (status, stdout, stderr) = lint(&sandbox);
    assert_eq!(status, Some(1));
    assert!(stdout.starts_with("a.pkl:2: PG108"), "{stdout}");
    assert!(stderr.contains("a.pkl: PG108 myapp.models.Model (1 of 1 not found)"), "{stderr}");
    assert!(!stderr.contains("b.pkl"), "{stderr}");
    assert_eq!(learn(&sandbox, "strict"), "known.json: 3 findings known, 1 removed\n");
    assert_eq!(lint(&sandbox).0, Some(0));
}

#[test]
fn loose_counts() {
    let sandbox = Sandbox::new();
    sandbox.write("a.pkl", &[b"N0".as_slice(), UNLISTED].concat());
    learn(&sandbox, "loose");
    sandbox.write("a.pkl", UNLISTED);
    assert_eq!(lint(&sandbox).0, Some(0));
    sandbox.write("a.pkl", &[UNLISTED, UNLISTED, OTHER].concat());
    let (status, stdout, _) = lint(&sandbox);
    assert_eq!(status, Some(1));
    assert_eq!(stdout.matches("PG108").count(), 2, "{stdout}");
}

#[test]
fn files_that_are_not_examined_stay_known() {
    let sandbox = Sandbox::new();
    sandbox.write("a.pkl", UNLISTED);
    sandbox.write("b.pkl", OTHER);
    sandbox.write("c.pkl", OTHER);
    learn(&sandbox, "strict");
    std::fs::remove_file(sandbox.path("c.pkl")).unwrap();
    sandbox.write("a.pkl", b"N.");
    let (status, _, stderr) = run(&sandbox, &["baseline", "-o", "known.json", "a.pkl"]);
    assert_eq!((status, stderr.as_str()), (Some(0), "known.json: 1 finding known, 2 removed\n"));
    let text = std::fs::read_to_string(sandbox.path("known.json")).unwrap();
    assert!(text.contains("\"b.pkl\"") && !text.contains("\"c.pkl\""), "{text}");
    assert_eq!(lint(&sandbox).0, Some(0));
}

/// A file elsewhere has the path of none in the folder, whatever it is called.
#[test]
fn a_file_elsewhere() {
    let (sandbox, elsewhere) = (Sandbox::new(), Sandbox::new());
    let path = elsewhere.write("a.pkl", UNLISTED).canonicalize().unwrap();
    let path = path.to_str().unwrap();
    sandbox.write(path.trim_start_matches('/'), UNLISTED);
    learn(&sandbox, "loose");
    assert_eq!(lint(&sandbox).0, Some(0));
    let status = |path| run(&sandbox, &["lint", "--baseline", "known.json", path]).0;
    assert_eq!(status(path), Some(1));
    assert_eq!(run(&sandbox, &["baseline", "--output-file", "known.json", path]).0, Some(0));
    assert_eq!(status(path), Some(0));
}

#[test]
fn in_a_folder_above() {
    let sandbox = Sandbox::new();
    sandbox.write("a/b.pkl", UNLISTED);
    assert_eq!(run(&sandbox, &["baseline", "--output-file", "a/../known.json", "a"]).0, Some(0));
    assert_eq!(lint(&sandbox).0, Some(0));
}

#[test]
fn named_by_the_configuration() {
    let sandbox = Sandbox::new();
    sandbox.write("pickle-lsp.toml", b"baseline = \"ci/known.json\"\n");
    sandbox.write("ci/empty", b"");
    sandbox.write("models/a.pkl", UNLISTED);
    assert_eq!(run(&sandbox, &["lint", "."]).0, Some(2));
    assert_eq!(run(&sandbox, &["lint", "--no-baseline", "."]).0, Some(1));
    assert_eq!(run(&sandbox, &["baseline", "."]).0, Some(0));
    let text = std::fs::read_to_string(sandbox.path("ci/known.json")).unwrap();
    assert!(text.contains("models/a.pkl"), "{text}");
    assert_eq!(run(&sandbox, &["lint", "models"]).0, Some(0));
}

#[test]
fn what_is_no_baseline() {
    let sandbox = Sandbox::new();
    sandbox.write("a.pkl", UNLISTED);
    for text in ["", "{}", "[]", "{\"version\": 2, \"precision\": \"strict\", \"findings\": []}"] {
        sandbox.write("known.json", text.as_bytes());
        let (status, _, stderr) = lint(&sandbox);
        assert_eq!(status, Some(2), "{text}");
        assert!(stderr.starts_with("error: the baseline known.json: "), "{stderr}");
    }
    // Nothing is overwritten by a run that failed.
    sandbox.write("known.json", b"{}");
    assert_eq!(run(&sandbox, &["baseline", "-o", "known.json", "missing.pkl"]).0, Some(2));
    assert_eq!(std::fs::read(sandbox.path("known.json")).unwrap(), b"{}");
}
