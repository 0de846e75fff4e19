//! Paths as text: for people, for patterns, and as URIs. Nothing of a name is lost, whatever bytes it is made of.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::{Component, Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// What stands in a URI as it is (RFC 3986, unreserved).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path as text. A name that is no UTF-8 shows its bytes as `\xNN`, and backslashes doubled.
pub(crate) fn text(path: &Path) -> Cow<'_, str> {
    match path.to_str() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(escaped(&bytes(path))),
    }
}

/// Whether [`text`] is the path as it is.
pub(crate) fn is_plain(path: &Path) -> bool {
    path.to_str().is_some()
}

/// The bytes of a path, as hexadecimal digits.
pub(crate) fn hex(path: &Path) -> String {
    bytes(path).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(unix)]
fn bytes(path: &Path) -> Cow<'_, [u8]> {
    Cow::Borrowed(std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()))
}

/// Elsewhere a name is not made of bytes; these are how Rust keeps it.
#[cfg(not(unix))]
fn bytes(path: &Path) -> Cow<'_, [u8]> {
    Cow::Borrowed(path.as_os_str().as_encoded_bytes())
}

/// A path out of the bytes of a list of files.
pub(crate) fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    #[cfg(unix)]
    {
        PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// A path relative to a folder, with `/` between names; one that lies elsewhere is given whole.
pub(crate) fn relative(path: &Path, root: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let inside = absolute.strip_prefix(root).unwrap_or(&absolute);
    let names: Vec<_> = inside
        .components()
        .filter(|part| !matches!(part, Component::RootDir | Component::CurDir))
        .map(|part| text(Path::new(part.as_os_str())).into_owned())
        .collect();
    names.join("/")
}

/// A path as people would write it here: relative where it lies in the folder of the process.
pub(crate) fn near(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).map_or_else(|_| path.to_owned(), Path::to_owned)
}

/// A path as a URI: relative to the folder of the process where it lies in it, else absolute.
pub(crate) fn uri(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (scheme, names) = match absolute.strip_prefix(&here) {
        Ok(inside) => ("", inside),
        Err(_) => ("file://", absolute.as_path()),
    };
    let mut uri = scheme.to_owned();
    for part in names.components().filter(|part| !matches!(part, Component::RootDir)) {
        if uri.len() > scheme.len() || !scheme.is_empty() {
            uri.push('/');
        }
        uri.extend(percent_encode(&bytes(Path::new(part.as_os_str())), PLAIN));
    }
    uri
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_text() {
        let path = from_bytes(b"a\\b/\xff\xc3\xa4.pkl".to_vec());
        assert_eq!(text(&path), "a\\\\b/\\xff\u{e4}.pkl");
        assert!(!is_plain(&path));
        assert_eq!(uri(&path), "a%5Cb/%FF%C3%A4.pkl");
        assert_eq!(hex(Path::new("a/")), "612f");
    }

    #[test]
    fn uris() {
        assert_eq!(uri(Path::new("/x y/%.pkl")), "file:///x%20y/%25.pkl");
        assert_eq!(uri(Path::new("./a/b.pkl")), "a/b.pkl");
    }
}
