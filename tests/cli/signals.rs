//! Runs that somebody ends, and runs that go on until somebody does.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ExitStatus, Stdio};

use crate::sandbox::{Sandbox, program};

const EVIL: &[u8] = b"cos\nsystem\n(S'echo hi'\ntR.";

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    assert!(program("kill".as_ref()).args(["-INT", &pid]).status().unwrap().success());
}

/// Reads lines until one has a text in it.
fn wait_for(lines: &mut impl Iterator<Item = std::io::Result<String>>, text: &str) -> Vec<String> {
    let mut seen = Vec::new();
    for line in lines {
        seen.push(line.unwrap());
        if seen.last().unwrap().contains(text) {
            return seen;
        }
    }
    panic!("no {text} in {seen:?}");
}

fn code(status: ExitStatus) -> Option<i32> {
    status.code()
}

/// Standard input never ends, and what was found before it is reported all the same.
#[test]
fn an_interrupt_ends_the_run_with_what_was_found() {
    let sandbox = Sandbox::new();
    sandbox.write("evil.pkl", EVIL);
    sandbox.write("list", b"evil.pkl\n-\n");
    let mut command = sandbox.command(&["lint", "--format", "concise", "--files-from", "list"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"\x80\x04").unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    wait_for(&mut lines, "evil.pkl:24: PG101");
    interrupt(&child);
    wait_for(&mut lines, "interrupted: there may be more");
    assert_eq!(code(child.wait().unwrap()), Some(130));
    drop(input);
}

#[test]
fn every_format_is_whole_after_an_interrupt() {
    let sandbox = Sandbox::new();
    sandbox.write("evil.pkl", EVIL);
    sandbox.write("list", b"evil.pkl\n-\n");
    for (format, end) in [("json", "]"), ("sarif", "}"), ("junit", "</testsuites>")] {
        let mut command = sandbox.command(&["lint", "--format", format, "--files-from", "list"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let mut output = child.stdout.take().unwrap();
        let mut text = Vec::new();
        // SARIF names all rules at its beginning; a finding has a place.
        while !String::from_utf8_lossy(&text).contains("evil.pkl") {
            let mut piece = [0; 4096];
            let read = output.read(&mut piece).unwrap();
            assert!(read > 0, "{format}: {}", String::from_utf8_lossy(&text));
            text.extend(&piece[..read]);
        }
        interrupt(&child);
        output.read_to_end(&mut text).unwrap();
        assert!(text.trim_ascii_end().ends_with(end.as_bytes()), "{format}");
        assert_eq!(code(child.wait().unwrap()), Some(130));
        drop(input);
    }
}

#[test]
fn watching() {
    let sandbox = Sandbox::new();
    sandbox.write("a.pkl", b"N.");
    let mut command = sandbox.command(&["lint", "--watch", "--format", "concise", "."]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    wait_for(&mut lines, "Nothing found (1 file checked)");
    sandbox.write("b.pkl", EVIL);
    wait_for(&mut lines, "b.pkl:24: PG101");
    wait_for(&mut lines, "Found 1 error");
    sandbox.write("pickle-lsp.toml", b"ignore = [\"PG\"]\n");
    wait_for(&mut lines, "Nothing found (2 files checked)");
    interrupt(&child);
    assert_eq!(code(child.wait().unwrap()), Some(130));
}
