//! URIs there and back, and in the spellings of editors.

use super::*;

fn listing(uri: &str, files: &[&str]) -> Option<Address> {
    match parse(uri, |path| files.iter().any(|file| path == Path::new(file)))? {
        Parsed::Listing(address) => Some(address),
        Parsed::File(_) => None,
    }
}

fn address(path: &str, member: Option<&str>, selection: Selection) -> Address {
    Address { stream: Stream::of_member(Path::new(path), member), selection }
}

#[test]
#[cfg(unix)]
fn round_trip() {
    let paths =
        ["/a/b.pkl", "/with space/#1?%20/ü\u{1f600}.pkl", "/a!/b!.pkl", "/c:/x", "/x.pickleasm", "/tab\t\n"];
    let members =
        [None, Some("archive/data.pkl"), Some("outer.zip!/in ner.pkl#2"), Some("/abs/../é!"), Some("")];
    let selections = [Selection::All, Selection::Rows(3..70_000), Selection::Bytes(0..1)];
    for path in paths {
        for member in members {
            for selection in &selections {
                let address = address(path, member, selection.clone());
                assert_eq!(listing(&address.uri(), &[path]).as_ref(), Some(&address), "{}", address.uri());
            }
        }
    }
}

#[test]
#[cfg(unix)]
fn how_they_look() {
    let uri = |path, member| Stream::of_member(Path::new(path), member).uri();
    assert_eq!(uri("/abs/path/model.pkl", None), "pickle-listing:///abs/path/model.pkl.pickleasm");
    assert_eq!(
        uri("/abs/model.pt", Some("archive/data.pkl")),
        "pickle-listing:///abs/model.pt!/archive/data.pkl.pickleasm"
    );
    assert_eq!(uri("/a b!/ü.pt", Some("o!/i")), "pickle-listing:///a%20b%21/%C3%BC.pt!/o!/i.pickleasm");
    assert_eq!(file_uri(Path::new("/a b/c.pickleasm")), "file:///a%20b/c.pickleasm");
}

#[test]
#[cfg(unix)]
fn spellings_of_editors() {
    let expected = address("/a b/m.pt", Some("archive/data.pkl"), Selection::Rows(0..5));
    for uri in [
        "pickle-listing:///a%20b/m.pt!/archive/data.pkl.pickleasm?rows=0-5",
        "pickle-listing:///a%20b/m.pt%21/archive/data.pkl.pickleasm?rows%3D0-5",
        "pickle-listing:/a%20b/m.pt!/archive%2Fdata.pkl.pickleasm?rows=0-5#L3",
        "PICKLE-LISTING://localhost/a b/m.pt!/archive/data.pkl.pickleasm?rows=0-5",
    ] {
        assert_eq!(listing(uri, &["/a b/m.pt"]).as_ref(), Some(&expected), "{uri}");
    }
}

#[test]
#[cfg(unix)]
fn separators_in_names_of_files() {
    let uri = "pickle-listing:///d!/m.pt!/x.pkl.pickleasm";
    let member = |files: &[&str]| listing(uri, files).unwrap().stream;
    assert_eq!(member(&["/d!/m.pt"]), Stream::of_member(Path::new("/d!/m.pt"), Some("x.pkl")));
    assert_eq!(member(&["/d"]), Stream::of_member(Path::new("/d"), Some("m.pt!/x.pkl")));
    assert_eq!(member(&["/d!/m.pt!/x.pkl", "/d"]), Stream::of_file(Path::new("/d!/m.pt!/x.pkl")));
    assert_eq!(member(&[]), Stream::of_member(Path::new("/d"), Some("m.pt!/x.pkl")));
}

#[test]
#[cfg(unix)]
fn what_is_none() {
    for uri in [
        "",
        "untitled:Untitled-1",
        "https://x/y.pickleasm",
        "pickle-listing:///a.pkl",
        "pickle-listing:///a.pkl.pickleasm?rows=x",
        "pickle-listing:relative.pickleasm",
        "file://host.of/%00",
    ] {
        assert_eq!(parse(uri, |_| false), None, "{uri}");
    }
    assert_eq!(parse("file:///a%20b", |_| false), Some(Parsed::File(PathBuf::from("/a b"))));
}

#[test]
fn windows() {
    assert_eq!(windows_path("/c:/dir/x.pkl").as_deref(), Some(r"C:\dir\x.pkl"));
    assert_eq!(windows_path("server/share/x").as_deref(), Some(r"\\server\share\x"));
    assert_eq!(windows_path("/dir/x"), None);
    assert_eq!(encode_windows(r"C:\my dir\x.pkl"), "/c:/my%20dir/x.pkl");
    assert_eq!(encode_windows(r"\\server\share\x"), "server/share/x");
    assert_eq!(encode_windows(r"\\?\C:\x"), "/c:/x");
}
