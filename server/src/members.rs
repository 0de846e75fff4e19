//! What a file holds, for all verbs and for the editor alike: its containers unwrapped, with the files beside it where a format
//! keeps one thing in several files, and the pickles that lie between other bytes.
//!
//! The members come from [`pickle_containers`], the search between other bytes is [`mod@carve`]; here the two are put together.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use pickle_containers::{Fault, FaultKind, Input, Kind, Limits, Member, Opened, SEPARATOR, Siblings};
use pickle_machine::Interrupt;
use pickle_machine::carve::carve;
use pickle_machine::segments::ranges;

use crate::examine::other_than_pickle;
use crate::source::Source;

/// Bytes of the longest file beside another that is read: an index of a million keys is shorter.
const LONGEST_SIBLING: u64 = 64 << 20;

/// Where pickles are looked for that nothing leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carve {
    /// In what is called a pickle and is something else.
    Named,
    /// Everywhere.
    Everywhere,
}

impl Carve {
    /// As the command line says it.
    pub(crate) fn everywhere(asked: bool) -> Self {
        if asked { Self::Everywhere } else { Self::Named }
    }
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found<'b> {
    /// Members and faults; carved pickles come last.
    pub(crate) opened: Opened<'b>,
    /// How many of the members were carved.
    pub(crate) carved: usize,
}

/// Opens the file at `path`, whose content is `bytes`.
pub(crate) fn open<'b>(
    path: &Path,
    bytes: &'b [u8],
    limits: &Limits,
    how: Carve,
    interrupt: Interrupt<'_>,
) -> Found<'b> {
    let folder = Folder(path.parent().map(Path::to_owned).unwrap_or_default());
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut opened = pickle_containers::open_beside(&Input { name, bytes }, Some(&folder), limits);
    let before = opened.members.len();
    let mut carving = Carving { how, interrupt, faults: Vec::new(), members: Vec::new() };
    for member in &opened.members {
        carving.member(member);
    }
    if how == Carve::Everywhere && opened.members.iter().all(|member| member.path.is_some()) {
        carving.unlisted(bytes, &opened);
    }
    opened.faults.append(&mut carving.faults);
    opened.members.append(&mut carving.members);
    Found { carved: opened.members.len() - before, opened }
}

/// The files beside a file.
struct Folder(PathBuf);

impl Folder {
    fn path(&self, name: &str) -> Option<PathBuf> {
        let is_plain = !name.contains(['/', '\\']) && !matches!(name, "" | "." | "..");
        is_plain.then(|| self.0.join(name))
    }
}

impl Siblings for Folder {
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        self.size(name).filter(|size| *size <= LONGEST_SIBLING)?;
        Source::open(&self.path(name)?).ok().map(|source| source.bytes().to_vec())
    }

    fn size(&self, name: &str) -> Option<u64> {
        let metadata = std::fs::metadata(self.path(name)?).ok()?;
        metadata.is_file().then(|| metadata.len())
    }
}

struct Carving<'b, 'i> {
    how: Carve,
    interrupt: Interrupt<'i>,
    faults: Vec<Fault>,
    members: Vec<Member<'b>>,
}

impl<'b> Carving<'b, '_> {
    /// Looks for pickles in a member, in the bytes that are not read as one anyway.
    fn member(&mut self, member: &Member<'b>) {
        let Some(bytes) = &member.bytes else { return };
        let places = match member.kind {
            _ if self.how == Carve::Named && !member.named_pickle => return,
            Kind::Pickle if self.how == Carve::Named => return,
            _ if member.is_candidate() => gaps(&ranges(bytes, self.interrupt), bytes.len()),
            _ => vec![0..bytes.len()],
        };
        let what = match member.is_candidate() {
            true => None,
            false => other_than_pickle(member.kind),
        };
        for place in places {
            for found in self.search(&bytes[place.clone()], place.start, member.path.as_deref()) {
                let slice = match bytes {
                    Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[found.clone()]),
                    Cow::Owned(bytes) => Cow::Owned(bytes[found.clone()].to_vec()),
                };
                let (kind, message) = match &what {
                    Some(what) => {
                        (FaultKind::Polyglot, format!("a pickle of {} bytes is in {what}", slice.len()))
                    }
                    None => (
                        FaultKind::Carved,
                        format!("a pickle of {} bytes is between other bytes", slice.len()),
                    ),
                };
                let at = member.file_offset.map(|base| base + found.start as u64);
                self.add(member.path.as_deref(), found.start, slice, at, kind, message);
            }
        }
    }

    /// Looks for pickles in the bytes of a container that belong to no member.
    fn unlisted(&mut self, bytes: &'b [u8], opened: &Opened<'b>) {
        let mut listed: Vec<Range<usize>> = opened.members.iter().filter_map(stored).collect();
        listed.sort_by_key(|range| range.start);
        for place in gaps(&listed, bytes.len()) {
            for found in self.search(&bytes[place.clone()], place.start, None) {
                let slice = &bytes[found.clone()];
                let message = format!(
                    "a pickle of {} bytes is in the {} file, and nothing leads to it",
                    slice.len(),
                    opened.format
                );
                let at = Some(found.start as u64);
                self.add(None, found.start, Cow::Borrowed(slice), at, FaultKind::Carved, message);
            }
        }
    }

    /// Where pickles are in `bytes`, which begin at `base`.
    fn search(&mut self, bytes: &[u8], base: usize, member: Option<&str>) -> Vec<Range<usize>> {
        let carved = carve(bytes, self.interrupt);
        if !carved.complete {
            self.faults.push(Fault {
                kind: FaultKind::LimitReached,
                member: member.map(str::to_owned),
                offset: None,
                message: "the search for pickles between other bytes gave up; there may be more".to_owned(),
            });
        }
        carved.pickles.into_iter().map(|found| base + found.start..base + found.end).collect()
    }

    fn add(
        &mut self,
        inside: Option<&str>,
        offset: usize,
        bytes: Cow<'b, [u8]>,
        file_offset: Option<u64>,
        kind: FaultKind,
        message: String,
    ) {
        let path = match inside {
            Some(outer) => format!("{outer}{SEPARATOR}@{offset}"),
            None => format!("@{offset}"),
        };
        self.faults.push(Fault { kind, member: Some(path.clone()), offset: file_offset, message });
        self.members.push(Member {
            path: Some(path),
            kind: Kind::Pickle,
            size: bytes.len() as u64,
            bytes: Some(bytes),
            file_offset,
            named_pickle: false,
        });
    }
}

/// Where a member is in the file, if it is stored there as it is.
fn stored(member: &Member<'_>) -> Option<Range<usize>> {
    let start = usize::try_from(member.file_offset?).ok()?;
    let end = start.checked_add(usize::try_from(member.size).ok()?)?;
    Some(start..end)
}

/// What `ranges`, which are in order, leave of `len` bytes.
fn gaps(ranges: &[Range<usize>], len: usize) -> Vec<Range<usize>> {
    let mut gaps = Vec::new();
    let mut at = 0;
    for range in ranges {
        if range.start > at {
            gaps.push(at..range.start.min(len));
        }
        at = at.max(range.end).min(len);
    }
    gaps.push(at..len);
    gaps.retain(|gap| gap.start < gap.end);
    gaps
}

#[cfg(test)]
mod tests {
    use pickle_machine::never;

    use super::*;

    const CALL: &[u8] = b"cos\nsystem\n(S'id'\ntR.";

    fn paths(name: &str, bytes: &[u8], how: Carve) -> Vec<String> {
        let found = open(Path::new(name), bytes, &Limits::default(), how, &never);
        let members = &found.opened.members;
        members[members.len() - found.carved..].iter().filter_map(|member| member.path.clone()).collect()
    }

    #[test]
    fn what_is_called_a_pickle_is_searched_and_all_when_asked() {
        let picture = [b"\x89PNG\r\n\x1a\n\0\0\0\0IEND".as_slice(), CALL].concat();
        assert_eq!(paths("a.pkl", &picture, Carve::Named), ["@16"]);
        assert_eq!(paths("a.png", &picture, Carve::Named), [""; 0]);
        assert_eq!(paths("a.png", &picture, Carve::Everywhere), ["@16"]);
        let unknown = [b"\xff\xff\0\0".as_slice(), CALL].concat();
        assert_eq!(paths("a.pkl", &unknown, Carve::Named), ["@4"]);
    }

    #[test]
    fn what_is_read_as_a_pickle_is_not_found_again() {
        let stream = [b"\x80\x02K\x01.\xff\xff\x80\x02]q\0K\x02a.\xff".as_slice(), CALL].concat();
        assert_eq!(paths("a", &stream, Carve::Everywhere), ["@17"]);
        assert_eq!(paths("a.pkl", &stream, Carve::Named), [""; 0]);
    }

    #[test]
    fn gaps_between_ranges() {
        assert_eq!(gaps(&[2..4, 3..5, 8..20], 10), [0..2, 5..8]);
        assert_eq!(gaps(&[], 3), [0..3]);
        assert_eq!(gaps(&[0..9], 3), [] as [Range<usize>; 0]);
    }
}
