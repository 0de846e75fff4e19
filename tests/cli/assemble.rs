//! From listing to file and back, and what stands at the place of the result.

use std::io::{Read, Write};
use std::path::Path;

use crate::sandbox::Sandbox;

/// The blocks of the page about the text form that begin with `first`.
fn block(first: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("server/docs/text-form.md");
    let page = std::fs::read_to_string(page).unwrap();
    let start = page.find(&format!("```\n{first}\n")).unwrap() + "```\n".len();
    let end = start + page[start..].find("```").unwrap();
    page[start..end].to_owned()
}

/// The worked example of the page: what it shows is what happens.
#[test]
fn a_malicious_pickle_is_defused() {
    let sandbox = Sandbox::new();
    let (evil, defused) = (block("# evil.pickleasm"), block("# defused.pickleasm"));
    sandbox.write("evil.pickleasm", evil.as_bytes());
    sandbox.write("defused.pickleasm", defused.as_bytes());
    assert_eq!(sandbox.run(&["assemble", "evil.pickleasm", "-o", "evil.pkl"]).status.code(), Some(0));
    let listed = sandbox.run(&["disassemble", "--full", "evil.pkl"]);
    assert_eq!(String::from_utf8(listed.stdout).unwrap(), evil.split_once('\n').unwrap().1);
    let lint = sandbox.run(&["lint", "evil.pkl"]);
    assert_eq!(lint.status.code(), Some(1));
    assert!(String::from_utf8(lint.stdout).unwrap().contains("PG101"));
    let assembled = sandbox.run(&["assemble", "defused.pickleasm", "-o", "defused.pkl"]);
    assert_eq!(assembled.status.code(), Some(0));
    assert_eq!(
        String::from_utf8(assembled.stderr).unwrap(),
        block("defused.pickleasm:13:3: warning: expected offset 60, found 69")
    );
    let lint = sandbox.run(&["lint", "defused.pkl"]);
    assert_eq!(lint.status.code(), Some(0), "{}", String::from_utf8_lossy(&lint.stdout));
}

/// Whatever the bytes are, and wherever they go.
#[test]
fn all_bytes_come_back() {
    let sandbox = Sandbox::new();
    let noise: Vec<u8> = (0..100_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let long = [
        b"\x80\x04B\x40\x9c\0\0".as_slice(),
        &noise[..40_000],
        b"\x8d\x40\x9c\0\0\0\0\0\0",
        &[b'x'; 40_000],
        b"\x86.",
    ]
    .concat();
    for bytes in [b"".as_slice(), b".", &noise, &long] {
        sandbox.write("in.bin", bytes);
        let text = sandbox.run(&["dis", "--full", "in.bin"]).stdout;
        sandbox.write("in.pickleasm", &text);
        let done = sandbox.run(&["asm", "in.pickleasm", "-o", "out.bin"]);
        assert_eq!((done.status.code(), done.stderr.as_slice()), (Some(0), b"".as_slice()));
        assert!(std::fs::read(sandbox.path("out.bin")).unwrap() == bytes);
        let piped = sandbox.run_with(&["asm".into(), "-".into()], &text);
        assert!(piped.stdout == bytes);
    }
}

/// A zip archive of a stored and a compressed pickle, and other data.
fn archive() -> Vec<u8> {
    use zip::write::SimpleFileOptions;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let members: [(&str, SimpleFileOptions, &[u8]); 3] = [
        ("model/data.pkl", stored, b"cos\nsystem\n(S'echo gotcha'\ntR."),
        ("model/small.pkl", SimpleFileOptions::default(), b"cos\nsystem\n(S'echo gotcha'\ntR."),
        ("model/data/0", stored, &[7; 1000]),
    ];
    for (name, options, bytes) in members {
        archive.start_file(name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.set_comment("kept").unwrap();
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_member_of_an_archive_is_replaced() {
    let sandbox = Sandbox::new();
    sandbox.write("model.pt", &archive());
    sandbox.write(
        "safe.pickleasm",
        b"UNICODE 'a longer text than there was, and it does nothing at all'\nSTOP\n",
    );
    for member in ["model/data.pkl", "model/small.pkl"] {
        let into = ["asm", "safe.pickleasm", "--into", "model.pt", "--member", member, "-o", "model.pt"];
        let done = sandbox.run(&into);
        assert_eq!((done.status.code(), done.stderr.as_slice()), (Some(0), b"".as_slice()));
    }
    let lint = sandbox.run(&["lint", "model.pt"]);
    assert_eq!(lint.status.code(), Some(0), "{}", String::from_utf8_lossy(&lint.stdout));
    let mut new = zip::ZipArchive::new(std::fs::File::open(sandbox.path("model.pt")).unwrap()).unwrap();
    assert_eq!((new.len(), new.comment()), (3, b"kept".as_slice()));
    let mut bytes = Vec::new();
    let mut data = new.by_name("model/data/0").unwrap();
    data.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, [7; 1000]);
    drop(data);
    let methods = ["model/data.pkl", "model/small.pkl"].map(|name| {
        let mut file = new.by_name(name).unwrap();
        // Reading to the end checks length and checksum.
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("Va longer text"));
        file.compression()
    });
    assert_eq!(methods, [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated]);
}

#[test]
fn an_archive_that_is_not_plain_stays_as_it_is() {
    let sandbox = Sandbox::new();
    sandbox.write("safe.pickleasm", b"NONE\nSTOP\n");
    sandbox.write("prefixed.pt", &[b"MZ some program".as_slice(), &archive()].concat());
    sandbox.write("model.pt", &archive());
    for (into, member, said) in [
        ("prefixed.pt", "model/data.pkl", "prefixed.pt: it is not a plain zip archive"),
        (
            "model.pt",
            "data.pkl",
            "model.pt: it holds no member data.pkl; its members are:\n  model/data.pkl\n",
        ),
        ("safe.pickleasm", "data.pkl", "safe.pickleasm: as a zip archive:"),
        ("missing.pt", "data.pkl", "missing.pt: no such file"),
    ] {
        let done =
            sandbox.run(&["asm", "safe.pickleasm", "--into", into, "--member", member, "-o", "out.pt"]);
        let stderr = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.code() == Some(2) && stderr.contains(said), "{stderr}");
        assert!(!sandbox.path("out.pt").exists());
    }
}

#[test]
fn an_error_changes_no_file() {
    let sandbox = Sandbox::new();
    sandbox.write("out.pkl", b"as it was");
    sandbox.write("in.pickleasm", format!("{}BININT1 256\n", "NONE\n".repeat(200_000)).as_bytes());
    assert_eq!(sandbox.run(&["asm", "in.pickleasm", "-o", "out.pkl"]).status.code(), Some(1));
    assert_eq!(std::fs::read(sandbox.path("out.pkl")).unwrap(), b"as it was");
    let names: Vec<_> =
        std::fs::read_dir(sandbox.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(sandbox.run(&["asm", "in.pickleasm", "-o", "no/such/folder.pkl"]).status.code(), Some(2));
    assert_eq!(sandbox.run(&["asm", "missing.pickleasm", "-o", "out.pkl"]).status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_file_is_replaced_with_its_rights_and_through_links() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let real = sandbox.write("real.pkl", b"old");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&real, sandbox.path("link.pkl")).unwrap();
    sandbox.write("in.pickleasm", b"NONE\nSTOP\n");
    assert_eq!(sandbox.run(&["asm", "in.pickleasm", "-o", "link.pkl"]).status.code(), Some(0));
    assert_eq!(std::fs::read(&real).unwrap(), b"N.");
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::symlink_metadata(sandbox.path("link.pkl")).unwrap().is_symlink());
    assert_eq!(sandbox.run(&["asm", "in.pickleasm", "-o", "/dev/null"]).status.code(), Some(0));
}

/// Names for memo slots, as long as the bytes stay what they are.
#[test]
fn labels_are_lossless() {
    let sandbox = Sandbox::new();
    let read_again = b"\x80\x04]\x94h\0e.".as_slice();
    sandbox.write("in.pkl", read_again);
    let labelled = sandbox.run(&["dis", "--full", "--labels", "in.pkl"]);
    assert_eq!(labelled.status.code(), Some(0));
    let text = String::from_utf8(labelled.stdout).unwrap();
    assert!(text.contains("MEMOIZE $m0\n") && text.contains("BINGET $m0\n"), "{text}");
    assert_eq!(sandbox.run_with(&["asm".into(), "-".into()], text.as_bytes()).stdout, read_again);

    // By name they would be other slots: the bytes come first.
    let renumbered = b"\x80\x02]q\x07h\x07a.".as_slice();
    sandbox.write("in.pkl", renumbered);
    let refused = sandbox.run(&["dis", "--full", "--labels", "in.pkl"]);
    assert_eq!(refused.status.code(), Some(1));
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("printed without labels: "), "{message}");
    assert_eq!(sandbox.run_with(&["asm".into(), "-".into()], &refused.stdout).stdout, renumbered);
    assert_eq!(sandbox.run(&["dis", "--labels", "in.pkl"]).status.code(), Some(2));
}
