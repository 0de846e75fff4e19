//! Which files of a folder are looked at, and in which order they are reported.

use crate::sandbox::Sandbox;

const EVIL: &[u8] = b"cos\nsystem\n(S'echo hi'\ntR.";

/// The paths of all findings, each once, in the order of the report.
fn paths(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let output = sandbox.run(&[&["lint", "--format", "json", "--select", "PG101"], arguments].concat());
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let path = |finding: &serde_json::Value| finding["path"].as_str().unwrap().to_owned();
    let mut paths: Vec<_> = findings.as_array().unwrap().iter().map(path).collect();
    paths.dedup();
    paths
}

#[test]
fn by_name_and_whatever_they_are_called() {
    let sandbox = Sandbox::new();
    for name in ["b.pkl", "a/2.pkl", "a/10.pkl", ".hidden/x.pkl", "a/noextension", "a/picture.png", "z.pt"] {
        sandbox.write(name, EVIL);
    }
    sandbox.write(".gitignore", b"*");
    sandbox.write("a/notes.txt", b"system (S");
    let expected =
        [".hidden/x.pkl", "a/10.pkl", "a/2.pkl", "a/noextension", "a/picture.png", "b.pkl", "z.pt"];
    assert_eq!(paths(&sandbox, &[]), expected);
    assert_eq!(paths(&sandbox, &["z.pt", "a/2.pkl"]), ["a/2.pkl", "z.pt"]);
}

#[test]
fn texts_are_looked_through() {
    let sandbox = Sandbox::new();
    for (name, words) in [("a.json", 100), ("b.csv", 100_000)] {
        let text = format!("{}\"Y29zCnN5c3RlbQooUydlY2hvIGhpJwp0Ui4=\"\n", "words, ".repeat(words));
        sandbox.write(name, text.as_bytes());
    }
    sandbox.write("c.txt", "words, ".repeat(100_000).as_bytes());
    assert_eq!(paths(&sandbox, &[]), ["a.json", "b.csv"]);
}

/// Libraries keep pickles behind headers of their own.
#[test]
fn what_is_of_no_known_format_is_searched_for_harm() {
    let sandbox = Sandbox::new();
    let behind = |head: &[u8], pickle: &[u8]| [head, pickle, b"\xff\0"].concat();
    sandbox.write("_MAIN_1.toc", &behind(b"\xff\xff\xcf\xc7\x9e\xff\xff\xff\x02", EVIL));
    sandbox
        .write("speech.ark", &behind(b"utt1 PKL", b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R."));
    sandbox.write("large", &behind(&b"\x01\xfe\x02\xfd".repeat(5 << 20), EVIL));
    assert_eq!(paths(&sandbox, &[]), ["_MAIN_1.toc", "large", "speech.ark"]);
    let sandbox = Sandbox::new();
    sandbox.write("_MAIN_1.toc", &behind(b"\xff\xff\xcf\xc7\x9e", b"\x80\x02cmine\nSchema\n)\x81}b."));
    sandbox.write("numbers", &behind(b"\xff\xff\xcf\xc7\x9e", b"\x80\x02]K\x01a."));
    // Where words are divided in German: a global, and `BUILD`.
    sandbox.write("hyphen.den", b"ba1yo\n3b2\xe41c\n3b2\xe4d\n2b1\xe4h\nb2\xe4l\n2b\xe4rz\n");
    let output = sandbox.run(&["lint", "--format", "concise"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

/// What stands in front may make a text of it, or look like another format, and the first op may be any.
#[test]
fn what_is_behind_any_header_is_searched_for_harm() {
    let sandbox = Sandbox::new();
    let long = b"\x8d\x05\0\0\0\0\0\0\0posix\x8d\x06\0\0\0\0\0\0\0system\x93\x8c\x02id\x85R.";
    let array =
        b"\x93NUMPY\x01\0\x44\0{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }          \n1234";
    for (name, head, pickle) in [
        ("cache/c0ffee", b"cc=1,".as_slice(), EVIL),
        ("frames.dat2", b"RIFF\x10\0\0\0", EVIL),
        ("picture", b"MM\0*", long),
        ("shard", b"\xfeHDR\xff\0", long),
        ("two.arrays", array, EVIL),
    ] {
        sandbox.write(name, &[head, pickle].concat());
    }
    let expected = ["cache/c0ffee", "frames.dat2", "picture", "shard", "two.arrays"];
    assert_eq!(paths(&sandbox, &[]), expected);
    let sandbox = Sandbox::new();
    // What is about pickles, what merely looks like one, and what does no harm.
    sandbox.write("pickles.py", &[b"HEAD = 1\n".as_slice(), EVIL].concat());
    sandbox.write("words", b"acos\nsystem\nRoads\nbasic\nmath\nfloor\n");
    sandbox.write("cache/c0ffee", b"cc=1,cmine\nSystem\n(S'echo hi'\ntR.");
    sandbox.write("two.arrays", &[array.as_slice(), array].concat());
    let output = sandbox.run(&["lint", "--format", "concise"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn many_files_in_order() {
    let sandbox = Sandbox::new();
    let names: Vec<_> = (0..600).map(|number| format!("{:02}/{number:04}.pkl", number / 50)).collect();
    for name in &names {
        sandbox.write(name, EVIL);
    }
    assert_eq!(paths(&sandbox, &["."]), names);
}

#[cfg(unix)]
#[test]
fn links_in_folders_are_not_followed() {
    let sandbox = Sandbox::new();
    let outside = Sandbox::new();
    outside.write("evil.pkl", EVIL);
    std::os::unix::fs::symlink(outside.path(""), sandbox.path("folder")).unwrap();
    std::os::unix::fs::symlink(outside.path("evil.pkl"), sandbox.path("link.pkl")).unwrap();
    // What is looked at anyway is no loss.
    sandbox.write("notes.txt", b"none");
    std::os::unix::fs::symlink("notes.txt", sandbox.path("inside.pkl")).unwrap();
    assert!(paths(&sandbox, &["."]).is_empty());
    let said = |arguments: &[&str]| String::from_utf8(sandbox.run(arguments).stderr).unwrap();
    let note = "note: 2 links were not followed, such as folder; --follow does\n";
    assert_eq!(said(&["lint", "."]), note);
    assert_eq!(said(&["lint", "--quiet", "."]), "");
    assert_eq!(paths(&sandbox, &["link.pkl"]), ["link.pkl"]);
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere() {
    let sandbox = Sandbox::new();
    std::os::unix::fs::symlink("nowhere", sandbox.path("gone.pkl")).unwrap();
    let output = sandbox.run(&["lint", "--follow", "."]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.as_str()), (Some(2), "error: gone.pkl: no such file or folder\n"));
}

#[cfg(unix)]
#[test]
fn links_to_what_was_not_fetched() {
    let sandbox = Sandbox::new();
    std::os::unix::fs::symlink(".git/annex/objects/0/1", sandbox.path("model.pkl")).unwrap();
    std::os::unix::fs::symlink("nowhere", sandbox.path("notes.txt")).unwrap();
    let output = sandbox.run(&["lint", "."]);
    let said = String::from_utf8(output.stderr).unwrap();
    let note = "note: the link model.pkl leads nowhere: what should be there was not looked at\n";
    assert_eq!((output.status.code(), said.as_str()), (Some(0), note));
}

/// As in a list that a system with other ends of lines made, or in one of a name that ends so.
#[cfg(unix)]
#[test]
fn a_list_with_carriage_returns() {
    let sandbox = Sandbox::new();
    sandbox.write("list.txt", b"a.pkl\r\nb.pkl\r\n");
    sandbox.write("a.pkl", EVIL);
    sandbox.write("b.pkl", EVIL);
    assert_eq!(paths(&sandbox, &["--files-from", "list.txt"]), ["a.pkl", "b.pkl"]);
    sandbox.write("b.pkl\r", EVIL);
    assert_eq!(paths(&sandbox, &["--files-from", "list.txt"]), ["a.pkl", "b.pkl\r", "b.pkl"]);
}

#[cfg(unix)]
#[test]
fn a_list_without_end() {
    let sandbox = Sandbox::new();
    let output = sandbox.run(&["lint", "--files-from", "/dev/zero"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(said, "error: /dev/zero: expected paths, found a line of 65536 bytes or more\n");
}

#[test]
fn a_configuration_holds_for_its_folder_and_those_below() {
    let sandbox = Sandbox::new();
    for name in ["a/1.pkl", "a/b/2.pkl", "a/b/c/3.pkl", "a/b/c/d/4.pkl", "a/d/5.pkl", "z/d/6.pkl"] {
        sandbox.write(name, EVIL);
    }
    sandbox.write("a/pickle-lsp.toml", b"exclude = ['d']\n");
    sandbox.write("a/b/pyproject.toml", b"[tool.pickle-lsp]\nexclude = ['2.pkl']\n");
    // One without a table of ours says nothing.
    sandbox.write("a/b/c/pyproject.toml", b"[tool.other]\n");
    let expected = ["a/1.pkl", "a/b/c/3.pkl", "a/b/c/d/4.pkl", "z/d/6.pkl"];
    assert_eq!(paths(&sandbox, &["."]), expected);
    let inner = sandbox.path("a").to_string_lossy().into_owned();
    let expected: Vec<_> = expected[..3].iter().map(|path| format!("{inner}{}", &path[1..])).collect();
    assert_eq!(paths(&sandbox, &[&inner]), expected);
}

#[cfg(unix)]
#[test]
fn links_are_followed_where_that_is_asked_for() {
    let sandbox = Sandbox::new();
    sandbox.write("b/1.pkl", EVIL);
    sandbox.write("pickle-lsp.toml", b"follow-links = true\n");
    std::os::unix::fs::symlink(sandbox.path("b"), sandbox.path("a")).unwrap();
    assert_eq!(paths(&sandbox, &["."]), ["a/1.pkl", "b/1.pkl"]);
}

/// As in a store of models: the names are links to blobs, which are next to them.
#[cfg(unix)]
#[test]
fn links_that_are_not_followed_are_told_of() {
    let sandbox = Sandbox::new();
    sandbox.write("blobs/1", EVIL);
    sandbox.write("blobs/2", b"{}");
    sandbox.write("names/own.pkl", b"N.");
    for (target, name) in [
        ("../blobs/1", "model.pkl"),
        ("../blobs/1", "again.bin"),
        ("../blobs/2", "config.json"),
        ("own.pkl", "same.pkl"),
        ("nowhere", "gone.json"),
    ] {
        std::os::unix::fs::symlink(target, sandbox.path("names").join(name)).unwrap();
    }
    let said = |arguments: &[&str]| {
        let output = sandbox.run(&[&["lint", "--format", "json"], arguments].concat());
        String::from_utf8(output.stderr).unwrap()
    };
    let note = "note: 2 links were not followed, such as names/again.bin; --follow does\n";
    assert_eq!(said(&["names"]), note);
    assert_eq!(said(&["--respect-gitignore", "names"]), note);
    // What the links lead to is looked at where it lies, unless it is left out there.
    assert_eq!(said(&["."]), "");
    assert_eq!(said(&["--exclude", "blobs", "."]), note);
    assert_eq!(said(&["names", "blobs"]), "");
    assert_eq!(said(&["--quiet", "names"]), "");
    assert_eq!(
        said(&["--exclude", "*.bin", "names"]),
        "note: the link names/model.pkl was not followed; --follow does\n"
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_given_by_two_names() {
    let sandbox = Sandbox::new();
    sandbox.write("b/1.pkl", EVIL);
    std::os::unix::fs::symlink("b", sandbox.path("a")).unwrap();
    std::os::unix::fs::symlink("1.pkl", sandbox.path("b/2.pkl")).unwrap();
    assert_eq!(paths(&sandbox, &["b", "a", "."]), ["a/1.pkl"]);
    // A link to a file is a name of its own.
    assert_eq!(paths(&sandbox, &["b/1.pkl", "b/2.pkl", "a/2.pkl"]), ["a/2.pkl", "b/1.pkl"]);
    let absolute = sandbox.path("b").to_string_lossy().into_owned();
    assert_eq!(paths(&sandbox, &[&absolute, "."]), [format!("{absolute}/1.pkl")]);
    assert_eq!(paths(&sandbox, &["--follow", ".", "b/1.pkl"]), ["a/1.pkl", "a/2.pkl", "b/2.pkl", "b/1.pkl"]);
}
