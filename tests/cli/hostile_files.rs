//! Files that are no files, and files that change under the reader.

use std::fs::OpenOptions;
use std::time::Duration;

use crate::sandbox::{Sandbox, program};

#[test]
fn what_is_not_there_or_no_file() {
    let sandbox = Sandbox::new();
    for (path, message) in [("missing.pkl", "missing.pkl: no such file or folder"), ("/dev/zero", "a device")]
    {
        for verb in ["lint", "dis"] {
            let output = sandbox.run(&[verb, path]);
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{verb} {path}");
            assert!(stderr.starts_with("error: ") && stderr.contains(message), "{stderr}");
        }
    }
    assert_eq!(sandbox.run(&["dis", "."]).status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_not_waited_for() {
    let sandbox = Sandbox::new();
    let pipe = sandbox.path("pipe.pkl");
    assert!(program("mkfifo".as_ref()).arg(&pipe).status().unwrap().success());
    let output = sandbox.run(&["lint", "pipe.pkl"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("a named pipe"));
    // In a folder it is told of where a model should be, and passed over where there is none.
    let in_folder = || {
        let output = sandbox.run(&["lint", "."]);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, said) = in_folder();
    assert_eq!(status, Some(2));
    assert!(said.contains("a named pipe"), "{said}");
    std::fs::rename(&pipe, sandbox.path("pipe")).unwrap();
    assert_eq!(in_folder(), (Some(0), String::new()));
}

#[test]
fn other_files_are_reported_beside_one_that_fails() {
    let sandbox = Sandbox::new();
    sandbox.write("evil.pkl", b"cos\nsystem\n(S'echo hi'\ntR.");
    let output = sandbox.run(&["lint", "--format", "concise", "evil.pkl", "missing.pkl"]);
    assert_eq!(output.status.code(), Some(2));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.starts_with("evil.pkl:"), "{stdout}");
    assert!(stdout.ends_with("(1 file checked, 1 could not be read)\n"), "{stdout}");
}

/// Whenever the file is cut, the program ends by itself, and either was done before or says what happened.
#[test]
fn a_file_that_vanishes_while_it_is_read() {
    let sandbox = Sandbox::new();
    let mut bytes = b"\x80\x04](".to_vec();
    bytes.extend((0..4_000_000).flat_map(|_| *b"\x8c\x02ab\x94"));
    bytes.extend(b"e.");
    for verb in [["lint", "big.pkl"].as_slice(), &["dis", "--format", "json-lines", "big.pkl"]] {
        for delay in [0, 5, 20, 60] {
            let path = sandbox.write("big.pkl", &bytes);
            let mut command = sandbox.command(verb);
            let child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped());
            let child = child.spawn().unwrap();
            std::thread::sleep(Duration::from_millis(delay));
            OpenOptions::new().write(true).open(&path).unwrap().set_len(4096).unwrap();
            let output = child.wait_with_output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(
                matches!(output.status.code(), Some(0..=2)),
                "{verb:?} {delay}: {:?} {stderr}",
                output.status
            );
            assert!(!stderr.contains("panicked"), "{stderr}");
        }
    }
}

/// The result is shown however much was called before it.
#[test]
fn many_calls_without_a_trace() {
    let sandbox = Sandbox::new();
    let bytes = [b"\x80\x04".to_vec(), b"cmyapp\nlog\n)R0".repeat(30_000), b"K\x07.".to_vec()].concat();
    sandbox.write("a.pkl", &bytes);
    let text = String::from_utf8(sandbox.run(&["show", "a.pkl"]).stdout).unwrap();
    assert!(text.ends_with("myapp.log()\n# … 29900 more\n# the result:\n7\n"), "{text}");
    let json = sandbox.run(&["show", "--format", "json", "a.pkl"]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json[0]["dropped"].as_array().unwrap().len(), 100);
    assert_eq!((&json[0]["moreDropped"], &json[0]["result"]["text"]), (&29_900.into(), &"7".into()));
}
