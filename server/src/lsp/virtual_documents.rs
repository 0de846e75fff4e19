//! URIs of listings: `pickle-listing:///abs/model.pt!/archive/data.pkl.pickleasm?rows=0-100` ↔ file, member, selection.
//!
//! The path of the file is visible in the URI, `!/` separates it from the member, the suffix gives the language and the query
//! a part of the listing. Editors spell URIs in their own ways (VS Code writes `%21/`, `%3A`, `%3D`), so a URI is taken
//! apart after it is decoded, and what is ambiguous then is decided by which file there is. We always write the one
//! spelling of [`Address::uri`]. An answer about the document of a request repeats the spelling of the request.

#[cfg(test)]
mod tests;

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

/// The path of the URI of a file.
pub(crate) fn path_of(uri: &str) -> Option<PathBuf> {
    match parse(uri, Path::is_file)? {
        Parsed::File(path) => Some(path),
        Parsed::Listing(_) => None,
    }
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
