//! What was found in a file. Plain data; never says whether it is good or bad.

use std::borrow::Cow;

use crate::code::Code;
use crate::fault::Fault;
use crate::sniff::Kind;

/// Between a container's path and its member's: `inner.zip!/data.pkl`.
pub const SEPARATOR: &str = "!/";

/// One thing that was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// A member. Its faults came before it.
    Member(Member<'a>),
    /// Something that is wrong.
    Fault(Fault),
    /// Code that a loader runs: what it is, or is in, is a member of its own.
    Code(Code<'a>),
}

impl Item<'_> {
    /// Without ties to the bytes of the file.
    pub(crate) fn into_owned(self) -> Item<'static> {
        match self {
            Self::Member(member) => {
                let bytes = member.bytes.map(|bytes| Cow::Owned(bytes.into_owned()));
                Item::Member(Member { bytes, ..member })
            }
            Self::Fault(fault) => Item::Fault(fault),
            Self::Code(code) => Item::Code(code.into_owned()),
        }
    }
}

/// What was found in one file or container and is not yet handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened<'a> {
    /// Name of the [`Format`](crate::Format) that read it.
    pub format: &'static str,
    /// The members in the order of the container, those that are no pickles included.
    pub members: Vec<Member<'a>>,
    /// What is wrong, in the order in which it was seen.
    pub faults: Vec<Fault>,
}

/// One byte string of a file: the file itself, or what a container holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its path inside the file, unique; `None`: the file itself, or the single stream of a gzip.
    pub path: Option<String>,
    /// What it is, by content.
    pub kind: Kind,
    /// Its bytes; a slice of the file wherever they are stored as they are. `None` when they were not needed (no
    /// pickle by name or content, and compressed) or could not be had (a fault says why). After a `Truncated`,
    /// `Damaged` or `LimitReached` fault of this member they are what could be read.
    pub bytes: Option<Cow<'a, [u8]>>,
    /// Where its bytes begin in the file, when they are stored there as they are.
    pub file_offset: Option<u64>,
    /// Length in bytes: of `bytes` when they are there, else what the container claims.
    pub size: u64,
    /// Its name says that it is a pickle ([`is_pickle_name`]).
    pub named_pickle: bool,
    /// It is, or is in, another file beside the one that was opened, which is a part of that one.
    pub beside: bool,
}

impl Member<'_> {
    /// Whether it should be decoded: a pickle by content, or by name while its content says nothing else.
    #[must_use]
    pub fn is_candidate(&self) -> bool {
        self.kind == Kind::Pickle || (self.named_pickle && matches!(self.kind, Kind::Unknown | Kind::Empty))
    }

    /// The member without ties to bytes other than those of `file`, the whole file that it was found in.
    #[must_use]
    pub fn tied_to(self, file: &[u8]) -> Member<'_> {
        // What was not worth decompressing is not worth copying either.
        let keep = self.is_candidate() || self.named_pickle || matches!(self.bytes, Some(Cow::Owned(_)));
        let start = self.file_offset.and_then(|at| usize::try_from(at).ok());
        let Member { path, kind, bytes, file_offset, size, named_pickle, beside } = self;
        let bytes = bytes.and_then(|bytes| {
            let stored = start.and_then(|start| file.get(start..start.checked_add(bytes.len())?));
            match (stored, bytes) {
                (Some(stored), Cow::Borrowed(_)) => Some(Cow::Borrowed(stored)),
                (_, bytes) => keep.then(|| Cow::Owned(bytes.into_owned())),
            }
        });
        Member { path, kind, bytes, file_offset, size, named_pickle, beside }
    }
}

impl Opened<'_> {
    /// Nothing found yet by the format called `format`.
    pub(crate) fn new(format: &'static str) -> Self {
        Self { format, members: Vec::new(), faults: Vec::new() }
    }
}

/// The path of what is called `inner` inside `outer`.
pub(crate) fn join(outer: Option<&str>, inner: Option<String>) -> Option<String> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => Some(format!("{outer}{SEPARATOR}{inner}")),
        (Some(outer), None) => Some(outer.to_owned()),
        (None, inner) => inner,
    }
}

/// Whether the member called `wanted` is the one at `path`, or lies in it; a member of the same name before it has no number
/// behind its own yet.
#[must_use]
pub fn leads_to(path: Option<&str>, wanted: &str) -> bool {
    let Some(path) = path else { return true };
    let Some(rest) = wanted.strip_prefix(path) else { return false };
    let number =
        rest.strip_prefix('#').map(|rest| rest.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    [Some(rest), number].into_iter().flatten().any(|rest| rest.is_empty() || rest.starts_with(SEPARATOR))
}

/// Endings of names under which pickles are kept: the standard library's, joblib's, dill's, torch's.
const PICKLE_EXTENSIONS: &[&str] = &[
    "pkl",
    "pickle",
    "pck",
    "pcl",
    "pk",
    "p",
    "pkl2",
    "pkl3",
    "pickle2",
    "sav",
    "joblib",
    "jl",
    "dill",
    "dump",
    "debug_pkl",
    "model",
];

/// Whether a member of this name is read as a pickle whatever its content: `data.pkl`, `x.py.debug_pkl`, `MODEL.SAV`.
#[must_use]
pub fn is_pickle_name(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let Some((_, extension)) = file.rsplit_once('.') else { return false };
    PICKLE_EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Whether something of this name would be extracted outside the folder that it is extracted to.
pub(crate) fn escapes(name: &str) -> bool {
    let up = name.split(['/', '\\']).any(|part| part == "..");
    up || name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_the_way_to_a_member() {
        let wanted = "in.zip#2!/x/data.pkl!/bytes@3";
        for path in ["in.zip", "in.zip#2", "in.zip#2!/x/data.pkl", wanted] {
            assert!(leads_to(Some(path), wanted), "{path}");
        }
        for path in ["in", "in.zi", "in.zip#", "in.zip#2!/x", "in.zip#2!/x/data.pkl!/bytes", "x"] {
            assert!(!leads_to(Some(path), wanted), "{path}");
        }
        assert!(leads_to(None, wanted));
    }
}
