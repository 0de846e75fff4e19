//! Readers that have seen enough, and where reports go.

use std::io::Read;
use std::process::Stdio;

use crate::sandbox::Sandbox;

const EVIL: &[u8] = b"cos\nsystem\n(S'echo hi'\ntR.";

/// A pickle of a list of many small integers.
fn long_pickle() -> Vec<u8> {
    let mut bytes = b"\x80\x02](".to_vec();
    bytes.extend((0..200_000u32).flat_map(|number| [b'K', number as u8]));
    bytes.extend(b"e.");
    bytes
}

#[test]
fn a_closed_pipe_is_success() {
    let sandbox = Sandbox::new();
    sandbox.write("long.pkl", &long_pickle());
    for format in ["listing", "pickletools", "json-lines"] {
        let mut child = sandbox
            .command(&["dis", "--format", format, "long.pkl"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 100];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert_eq!(output.stderr, b"", "{format}");
    }
}

/// Who looks at the first lines only must not be told that nothing was found.
#[test]
fn a_closed_pipe_is_no_verdict() {
    let sandbox = Sandbox::new();
    for number in 0..2000 {
        sandbox.write(&format!("{number}.pkl"), b"cos\nsystem\n(S'echo hi'\ntR.");
    }
    let status_of = |arguments: &[&str]| {
        let mut child =
            sandbox.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 100];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(status_of(&["lint", "."]), (Some(1), String::new()));
    assert_eq!(status_of(&["lint", "--exit-zero", "."]), (Some(0), String::new()));
    sandbox.write("pickle-lsp.toml", b"severity = { PG = \"info\" }\n");
    let (status, said) = status_of(&["lint", "."]);
    assert_eq!(status, Some(2));
    assert_eq!(said, "error: nobody reads the report any more, so not all files were looked at\n");
}

#[test]
fn an_assembled_pickle_that_nobody_reads() {
    let sandbox = Sandbox::new();
    sandbox.write("long.pickleasm", "NONE\n".repeat(300_000).as_bytes());
    let mut child = sandbox
        .command(&["assemble", "long.pickleasm"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 100];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[test]
fn the_report_goes_to_a_file() {
    let sandbox = Sandbox::new();
    sandbox.write("evil.pkl", EVIL);
    let output =
        sandbox.run(&["lint", "--format", "json", "--output-file", "report.json", "--exit-zero", "evil.pkl"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), b"".as_slice()));
    let report = std::fs::read(sandbox.path("report.json")).unwrap();
    let findings: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert!(!findings.as_array().unwrap().is_empty());
    let output = sandbox.run(&["lint", "--output-file", "no/such/folder/report", "evil.pkl"]);
    assert_eq!(output.status.code(), Some(2));
}

/// What has the name of the report is looked at before it is gone, and the report itself is not.
#[test]
fn a_report_among_what_is_looked_at() {
    let sandbox = Sandbox::new();
    for number in 0..1000 {
        sandbox.write(&format!("{number}.pkl"), EVIL);
    }
    sandbox.write("report", EVIL);
    let arguments = ["lint", "--format", "json", "-o", "report", "."];
    for is_pickle in [true, false] {
        let output = sandbox.run(&arguments);
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(1), b"".as_slice()));
        let report = std::fs::read_to_string(sandbox.path("report")).unwrap();
        assert_eq!(report.contains("\"path\":\"report\""), is_pickle);
        assert_eq!(std::fs::read_dir(sandbox.path("")).unwrap().count(), 1001);
    }
}

/// A link is somebody's word for which file the report takes the place of.
#[cfg(unix)]
#[test]
fn a_report_goes_through_no_link() {
    let sandbox = Sandbox::new();
    sandbox.write("weights", EVIL);
    for (target, name) in [("weights", "report"), ("nowhere", "other")] {
        std::os::unix::fs::symlink(target, sandbox.path(name)).unwrap();
        let output = sandbox.run(&["lint", "-o", name, "."]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert_eq!(said, format!("error: {name}: a link, which no report is written through: remove it\n"));
    }
    assert_eq!(std::fs::read(sandbox.path("weights")).unwrap(), EVIL);
    assert!(!sandbox.path("nowhere").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_written() {
    let sandbox = Sandbox::new();
    for arguments in [&["--help"][..], &["--version"], &["lint", "--help"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = sandbox.command(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with("error: the results could not be written: "), "{said}");
    }
}

#[test]
fn colours_are_forced_by_what_other_tools_heed() {
    let sandbox = Sandbox::new();
    sandbox.write("evil.pkl", b"cos\nsystem\n(S'echo hi'\ntR.");
    let is_coloured = |set: &[(&str, &str)]| {
        let mut command = sandbox.command(&["lint", "evil.pkl"]);
        command.env_remove("NO_COLOR").envs(set.iter().copied());
        command.output().unwrap().stdout.contains(&0x1b)
    };
    assert!(is_coloured(&[("FORCE_COLOR", "1")]) && is_coloured(&[("CLICOLOR_FORCE", "1")]));
    for set in
        [&[("FORCE_COLOR", "0")][..], &[("FORCE_COLOR", "")], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], &[]]
    {
        assert!(!is_coloured(set), "{set:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("evil.pkl", b"cos\nsystem\n(S'echo hi'\ntR.");
    let output = sandbox.run(&["lint", "evil.pkl", "-o", "/dev/full"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.starts_with("error: /dev/full: the report could not be written to its end: "), "{said}");
}
