//! Cases that describe themselves. A case is a file in `cases/`:
//!
//! ```text
//! What it shows, in a sentence.
//! --- run
//! lint --format concise evil.pkl
//! --- file evil.pkl
//! cos\nsystem\n(S'echo hi'\ntR.
//! --- status
//! 1
//! --- stdout
//! evil.pkl:24: …
//! ```
//!
//! Sections `file NAME`, `zip NAME MEMBER` (the file with that one member) and `stdin` are byte strings with the escapes
//! `\n`, `\r`, `\t`, `\\` and `\xNN`; real line breaks do not count. Sections `status`, `stdout` and `stderr` are what is
//! expected (nothing, where they are missing). With `UPDATE_EXPECT=1` in the environment they are written anew.

use std::io::{Cursor, Write};
use std::path::Path;

use crate::sandbox::Sandbox;

#[test]
fn cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/cases");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let failed: Vec<_> = paths.iter().filter_map(|path| check(path).err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

struct Section {
    title: String,
    text: String,
}

/// Runs a case; what is different, if it is.
fn check(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut sections = parse(&text);
    let sandbox = Sandbox::new();
    let mut input = Vec::new();
    let mut run = Vec::new();
    for section in &sections[1..] {
        let words: Vec<_> = section.title.split(' ').collect();
        match words[..] {
            ["run"] => run = section.text.split_whitespace().map(str::to_owned).collect(),
            ["stdin"] => input = bytes(&section.text),
            ["file", name] => drop(sandbox.write(name, &bytes(&section.text))),
            ["zip", name, member] => drop(sandbox.write(name, &zip(member, &bytes(&section.text)))),
            ["status" | "stdout" | "stderr"] => {}
            _ => panic!("{}: unknown section {}", path.display(), section.title),
        }
    }
    let output = sandbox.run_with(&run, &input);
    sections.retain(|section| !matches!(section.title.as_str(), "status" | "stdout" | "stderr"));
    let lines = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let status = output.status.code().map_or("killed".to_owned(), |code| code.to_string());
    let found =
        [("status", status + "\n"), ("stdout", lines(output.stdout)), ("stderr", lines(output.stderr))];
    for (title, text) in found.into_iter().filter(|(_, text)| !text.is_empty()) {
        sections.push(Section { title: title.to_owned(), text });
    }
    let found = print(&sections);
    if found == text {
        return Ok(());
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, found).unwrap();
        return Ok(());
    }
    Err(format!("{} now is:\n{found}", path.display()))
}

/// The sections; the first one is the description.
fn parse(text: &str) -> Vec<Section> {
    let mut sections = vec![Section { title: String::new(), text: String::new() }];
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("--- ") {
            Some(title) => sections.push(Section { title: title.trim().to_owned(), text: String::new() }),
            None => sections.last_mut().unwrap().text.push_str(line),
        }
    }
    sections
}

fn print(sections: &[Section]) -> String {
    let mut text = sections[0].text.clone();
    for section in &sections[1..] {
        text.push_str(&format!("--- {}\n{}", section.title, section.text));
        // Whatever the program prints, the next section begins on a line of its own.
        if !section.text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'\n' => {}
            b'\\' => {
                let (&escape, tail) = rest.split_first().unwrap();
                rest = tail;
                match escape {
                    b'n' => bytes.push(b'\n'),
                    b'r' => bytes.push(b'\r'),
                    b't' => bytes.push(b'\t'),
                    b'x' => {
                        bytes.push(u8::from_str_radix(std::str::from_utf8(&rest[..2]).unwrap(), 16).unwrap());
                        rest = &rest[2..];
                    }
                    _ => bytes.push(escape),
                }
            }
            _ => bytes.push(byte),
        }
    }
    bytes
}

/// A zip archive with one member, stored as it is.
fn zip(member: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    archive.start_file(member, stored).unwrap();
    archive.write_all(bytes).unwrap();
    archive.finish().unwrap().into_inner()
}
