//! A file as it was at one time, unwrapped: its bytes, its members, what is wrong with it as a container.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use pickle_containers::{Fault, Kind, Limits, Member};
use pickle_machine::never;

use super::failure::Failure;
use super::virtual_documents::Stream;
use crate::inner::{Room, inner_members};
use crate::source::Source;

/// A file, unwrapped.
#[derive(Debug)]
pub(crate) struct Content {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its bytes, and what state of it they are.
    pub(crate) source: Source,
    /// Name of its format; `raw` for what is no container.
    pub(crate) format: &'static str,
    /// What it holds, in its own order.
    pub(crate) members: Vec<Held>,
    /// What is wrong with it as a container.
    pub(crate) faults: Vec<Fault>,
}

/// A member.
#[derive(Debug)]
pub(crate) struct Held {
    /// Its path in the container.
    pub(crate) path: Option<String>,
    /// What it is, by content.
    pub(crate) kind: Kind,
    /// Length in bytes.
    pub(crate) size: u64,
    /// Whether it is to be read as a pickle.
    pub(crate) candidate: bool,
    /// Of a pickle in a constant: the path of the member that the constant is in, and the offset of the constant.
    pub(crate) within: Option<(Option<String>, usize)>,
    bytes: Option<Extent>,
}

/// Where the bytes of a member are.
#[derive(Debug)]
enum Extent {
    /// In the file as they are.
    InFile(Range<usize>),
    /// Decompressed.
    Owned(Vec<u8>),
}

impl Content {
    /// Opens and unwraps a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let source = Source::open(path).map_err(Failure::source(path))?;
        let name = path.file_name().map(|name| name.to_string_lossy());
        let limits = Limits::default();
        let opened = pickle_containers::open(name.as_deref(), source.bytes(), &limits);
        let inner = inner_members(&opened.members, &mut Room::new(&limits), &never);
        let length = source.bytes().len();
        let outer = opened.members.into_iter().map(|member| Held::new(member, length, None));
        let inner = inner.into_iter().map(|one| Held::new(one.member, length, Some((one.outer, one.at))));
        let members = outer.chain(inner).collect();
        let (format, faults) = (opened.format, opened.faults);
        Ok(Self { path: path.to_owned(), format, members, faults, source })
    }

    /// Bytes of memory that it takes, the mapped file not counted.
    pub(crate) fn weight(&self) -> usize {
        let owned = self.members.iter().map(|member| match &member.bytes {
            Some(Extent::Owned(bytes)) => bytes.len(),
            _ => 0,
        });
        let names = self.members.iter().map(|member| member.path.as_ref().map_or(0, String::len));
        size_of::<Self>()
            + self.members.len() * size_of::<Held>()
            + owned.sum::<usize>()
            + names.sum::<usize>()
    }

    /// The one stream that the file is, or that is all there is in it, without a name. `None`: it is a container.
    pub(crate) fn single_stream(&self) -> Option<usize> {
        let mut outer = self.members.iter().filter(|member| member.within.is_none());
        let (Some(only), None) = (outer.next(), outer.next()) else { return None };
        (only.path.is_none() && !matches!(only.kind, Kind::Container(_))).then_some(0)
    }

    /// The member that a stream names.
    pub(crate) fn find(&self, stream: &Stream) -> Option<usize> {
        match stream.member.as_deref() {
            None => self.single_stream(),
            Some("") => self.members.iter().position(|member| member.path.is_none()),
            Some(wanted) => self.members.iter().position(|member| member.path.as_deref() == Some(wanted)),
        }
    }

    /// The stream that a member is.
    pub(crate) fn stream_of(&self, member: usize) -> Stream {
        let path = self.members.get(member).and_then(|member| member.path.as_deref());
        let nameless = if self.single_stream().is_some() { None } else { Some("") };
        Stream::of_member(&self.path, path.or(nameless))
    }

    /// The pickles in constants of a member: where each constant is, and the member that it is.
    pub(crate) fn within(&self, member: usize) -> impl Iterator<Item = (usize, usize)> {
        let path = self.members.get(member).map(|member| &member.path);
        self.members.iter().enumerate().filter_map(move |(index, member)| {
            let (outer, at) = member.within.as_ref()?;
            (Some(outer) == path).then_some((*at, index))
        })
    }

    /// Members that are to be read as pickles, and can be.
    pub(crate) fn pickles(&self) -> impl Iterator<Item = usize> {
        let readable = |member: &Held| member.candidate && member.bytes.is_some();
        self.members.iter().enumerate().filter(move |(_, member)| readable(member)).map(|(index, _)| index)
    }

    /// The bytes of a member, if they are there.
    pub(crate) fn bytes(&self, member: usize) -> Option<&[u8]> {
        match self.members.get(member)?.bytes.as_ref()? {
            Extent::InFile(range) => self.source.bytes().get(range.clone()),
            Extent::Owned(bytes) => Some(bytes),
        }
    }
}

impl Held {
    fn new(member: Member<'_>, file_length: usize, within: Option<(Option<String>, usize)>) -> Self {
        let candidate = member.is_candidate();
        let start = member.file_offset.and_then(|offset| usize::try_from(offset).ok());
        let bytes = member.bytes.map(|bytes| match (bytes, start) {
            (Cow::Borrowed(bytes), Some(start)) if start.saturating_add(bytes.len()) <= file_length => {
                Extent::InFile(start..start + bytes.len())
            }
            (bytes, _) => Extent::Owned(bytes.into_owned()),
        });
        Self { path: member.path, kind: member.kind, size: member.size, candidate, within, bytes }
    }
}
