//! What was found in a file. Plain data; never says whether it is good or bad.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::fault::{Fault, FaultKind};
use crate::limits;
use crate::sniff::Kind;

/// Between a container's path and its member's: `inner.zip!/data.pkl`.
pub const SEPARATOR: &str = "!/";

/// Everything that was found in one file or container.
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
}

impl Member<'_> {
    /// Whether it should be decoded: a pickle by content, or by name while its content says nothing else.
    #[must_use]
    pub fn is_candidate(&self) -> bool {
        self.kind == Kind::Pickle || (self.named_pickle && matches!(self.kind, Kind::Unknown | Kind::Empty))
    }

    fn into_owned(self) -> Member<'static> {
        // What was not worth decompressing is not worth copying either.
        let keep = self.is_candidate() || self.named_pickle || matches!(self.bytes, Some(Cow::Owned(_)));
        let bytes = self.bytes.filter(|_| keep).map(|bytes| Cow::Owned(bytes.into_owned()));
        Member { bytes, ..self }
    }
}

impl<'a> Opened<'a> {
    /// Nothing found yet by the format called `format`.
    pub(crate) fn new(format: &'static str) -> Self {
        Self { format, members: Vec::new(), faults: Vec::new() }
    }

    /// Cuts the ties to the bytes: for members of a container that was itself decompressed.
    pub(crate) fn into_owned(self) -> Opened<'static> {
        let members = self.members.into_iter().map(Member::into_owned).collect();
        Opened { format: self.format, members, faults: self.faults }
    }

    /// Takes in what was found inside the member `outer`, whose bytes lie at `offset` of this container (`None`:
    /// they are compressed).
    pub(crate) fn absorb(&mut self, inner: Opened<'a>, outer: Option<&str>, offset: Option<u64>) {
        let moved = |at: Option<u64>| at.zip(offset).map(|(at, base)| at.saturating_add(base));
        self.members.extend(inner.members.into_iter().map(|member| Member {
            path: join(outer, member.path),
            file_offset: moved(member.file_offset),
            ..member
        }));
        self.faults.extend(inner.faults.into_iter().map(|fault| Fault {
            member: join(outer, fault.member),
            offset: moved(fault.offset),
            ..fault
        }));
    }

    /// Makes paths unique by `#2`, `#3` …, and cuts off faults that only repeat themselves.
    pub(crate) fn finished(mut self) -> Self {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for path in self.members.iter_mut().filter_map(|member| member.path.as_mut()) {
            *path = unused(&mut seen, path);
        }
        let dropped = self.faults.len().saturating_sub(limits::FAULTS);
        if dropped > 0 {
            self.faults.truncate(limits::FAULTS);
            let message = format!("{dropped} more faults are not listed");
            self.faults.push(Fault::new(FaultKind::LimitReached, 0, message));
        }
        self
    }
}

/// `name`, or the first of `name#2`, `name#3` … that was not given out before.
fn unused(seen: &mut HashMap<String, usize>, name: &str) -> String {
    let mut path = name.to_owned();
    while seen.contains_key(&path) {
        let count = seen.entry(name.to_owned()).or_insert(1);
        *count += 1;
        path = format!("{name}#{count}");
    }
    seen.insert(path.clone(), 1);
    path
}

fn join(outer: Option<&str>, inner: Option<String>) -> Option<String> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => Some(format!("{outer}{SEPARATOR}{inner}")),
        (Some(outer), None) => Some(outer.to_owned()),
        (None, inner) => inner,
    }
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
