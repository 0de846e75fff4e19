//! From listing to file and back, and what stands at the place of the result.

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
