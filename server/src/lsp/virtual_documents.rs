//! URIs of listings: `pickle-listing:///abs/model.pt!/archive/data.pkl.pickleasm?rows=0-100` ↔ file, member, selection.
//!
//! The path of the file is visible in the URI, `!/` separates it from the member, the suffix gives the language and the query
//! a part of the listing. Editors spell URIs in their own ways (VS Code writes `%21/`, `%3A`, `%3D`), so a URI is taken
//! apart after it is decoded, and what is ambiguous then is decided by which file there is. We always write the one
//! spelling of [`Address::uri`]. An answer about the document of a request repeats the spelling of the request.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use pickle_containers::SEPARATOR;
use pickle_listing::Selection;

/// The scheme of listings.
pub(crate) const SCHEME: &str = "pickle-listing";
/// The suffix of listings: their language.
pub(crate) const SUFFIX: &str = ".pickleasm";

/// Everything but what RFC 3986 calls unreserved, and the slash.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A stream of a file; its main view is what `Selection::All` shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stream {
    /// The file.
    pub(crate) path: PathBuf,
    /// The member of a container. `None`: the file itself, the stream of a gzip, or the overview of a container. Empty: the
    /// nameless stream of a file that is a container as well.
    pub(crate) member: Option<String>,
}

/// What the URI of a listing says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Whose listing it is.
    pub(crate) stream: Stream,
    /// Which part of it.
    pub(crate) selection: Selection,
}

/// What kind of URI it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// A listing's.
    Listing(Address),
    /// A file's.
    File(PathBuf),
}

impl Stream {
    /// The file itself.
    pub(crate) fn of_file(path: &Path) -> Self {
        Self { path: path.to_owned(), member: None }
    }

    /// A member of it.
    pub(crate) fn of_member(path: &Path, member: Option<&str>) -> Self {
        Self { path: path.to_owned(), member: member.map(str::to_owned) }
    }

    /// The URI of its main view.
    pub(crate) fn uri(&self) -> String {
        self.view_uri(&Selection::All)
    }

    /// The URI of a view of it.
    pub(crate) fn view_uri(&self, selection: &Selection) -> String {
        let mut uri = format!("{SCHEME}://{}", encode_path(&self.path));
        if let Some(member) = &self.member {
            uri.push_str(SEPARATOR);
            let parts: Vec<_> = member.split(SEPARATOR).map(encode).collect();
            uri.push_str(&parts.join(SEPARATOR));
        }
        uri.push_str(SUFFIX);
        let query = selection.query();
        if !query.is_empty() {
            uri.push('?');
            uri.push_str(&query);
        }
        uri
    }

    /// A name for people: the file's, and the member's.
    pub(crate) fn name(&self) -> String {
        let file = self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy();
        match &self.member {
            Some(member) => format!("{file}{SEPARATOR}{member}"),
            None => file.into_owned(),
        }
    }
}

impl Address {
    /// Its URI, as we write it.
    pub(crate) fn uri(&self) -> String {
        self.stream.view_uri(&self.selection)
    }
}

/// The URI of a file.
pub(crate) fn file_uri(path: &Path) -> String {
    format!("file://{}", encode_path(path))
}

/// Takes a URI apart. `is_file` is asked where `!/` may be a separator or a part of a file's name. `None`: it is neither
/// a listing's nor a file's.
pub(crate) fn parse(uri: &str, is_file: impl Fn(&Path) -> bool) -> Option<Parsed> {
    let (scheme, rest) = uri.split_once(':')?;
    let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let encoded = match rest.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost/").map_or(rest, |_| &rest["localhost".len()..]),
        None => rest,
    };
    let path: Vec<u8> = percent_decode_str(encoded).collect();
    if scheme.eq_ignore_ascii_case("file") {
        return Some(Parsed::File(to_path(&path, cfg!(windows))?));
    }
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return None;
    }
    let query = percent_decode_str(query).decode_utf8().ok()?;
    let selection = Selection::parse(&query)?;
    let stream = split(path.strip_suffix(SUFFIX.as_bytes())?, is_file)?;
    Some(Parsed::Listing(Address { stream, selection }))
}

/// File and member of a decoded path.
fn split(path: &[u8], is_file: impl Fn(&Path) -> bool) -> Option<Stream> {
    let whole = to_path(path, cfg!(windows))?;
    let separators: Vec<usize> = path
        .windows(SEPARATOR.len())
        .enumerate()
        .filter(|(_, at)| *at == SEPARATOR.as_bytes())
        .map(|(at, _)| at)
        .collect();
    let Some(&first) = separators.first() else { return Some(Stream::of_file(&whole)) };
    if is_file(&whole) {
        return Some(Stream::of_file(&whole));
    }
    let file_before = |at: &&usize| to_path(&path[..**at], cfg!(windows)).is_some_and(|file| is_file(&file));
    let at = separators.iter().find(file_before).copied().unwrap_or(first);
    let member = String::from_utf8_lossy(&path[at + SEPARATOR.len()..]).into_owned();
    Some(Stream { path: to_path(&path[..at], cfg!(windows))?, member: Some(member) })
}

/// The path of a decoded URI; `None` unless it is absolute.
fn to_path(decoded: &[u8], windows: bool) -> Option<PathBuf> {
    if windows {
        return windows_path(std::str::from_utf8(decoded).ok()?).map(PathBuf::from);
    }
    if !decoded.starts_with(b"/") || decoded.contains(&0) {
        return None;
    }
    Some(bytes_path(decoded))
}

#[cfg(unix)]
fn bytes_path(bytes: &[u8]) -> PathBuf {
    let name: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(bytes);
    PathBuf::from(name)
}

#[cfg(not(unix))]
fn bytes_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// `/c:/dir/x` → `C:\dir\x`; `server/share/x` (the authority of a URI) → `\\server\share\x`.
fn windows_path(decoded: &str) -> Option<String> {
    let mut characters = decoded.strip_prefix('/').unwrap_or("").chars();
    match (characters.next(), characters.next()) {
        (Some(drive), Some(':')) if drive.is_ascii_alphabetic() => {
            Some(format!("{}:{}", drive.to_ascii_uppercase(), characters.as_str().replace('/', "\\")))
        }
        _ if !decoded.starts_with('/') && decoded.contains('/') => {
            Some(format!("\\\\{}", decoded.replace('/', "\\")))
        }
        _ => None,
    }
}

/// An absolute path as the authority and path of a URI.
fn encode_path(path: &Path) -> String {
    #[cfg(unix)]
    {
        let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
        percent_encoding::percent_encode(bytes, SEGMENT).to_string()
    }
    #[cfg(not(unix))]
    encode_windows(&path.to_string_lossy())
}

/// `C:\dir\x` → `/c:/dir/x`; `\\server\share` → `server/share`.
#[cfg_attr(unix, allow(dead_code, reason = "tested everywhere, used on Windows"))]
fn encode_windows(path: &str) -> String {
    let path = path.strip_prefix(r"\\?\").unwrap_or(path);
    let slashes = path.replace('\\', "/");
    match slashes.split_once(':') {
        Some((drive, rest)) if drive.len() == 1 => {
            format!("/{}:{}", drive.to_ascii_lowercase(), encode(rest))
        }
        _ => encode(slashes.trim_start_matches('/')),
    }
}

fn encode(part: &str) -> String {
    utf8_percent_encode(part, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
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
        let paths = [
            "/a/b.pkl",
            "/with space/#1?%20/ü\u{1f600}.pkl",
            "/a!/b!.pkl",
            "/c:/x",
            "/x.pickleasm",
            "/tab\t\n",
        ];
        let members =
            [None, Some("archive/data.pkl"), Some("outer.zip!/in ner.pkl#2"), Some("/abs/../é!"), Some("")];
        let selections = [Selection::All, Selection::Rows(3..70_000), Selection::Bytes(0..1)];
        for path in paths {
            for member in members {
                for selection in &selections {
                    let address = address(path, member, selection.clone());
                    assert_eq!(
                        listing(&address.uri(), &[path]).as_ref(),
                        Some(&address),
                        "{}",
                        address.uri()
                    );
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
}
