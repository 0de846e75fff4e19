//! What a file holds, for all verbs and for the editor alike: its containers unwrapped, with the files beside it where a format
//! keeps one thing in several files, and the pickles that lie between other bytes.
//!
//! The members come from [`pickle_containers`], the search between other bytes is [`mod@carve`]; here the two are put together.

mod at_load;
mod beside;
mod code;
mod kept;
mod shadows;
mod slices;

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use pickle_containers::{
    Fault, FaultKind, Input, Item, Kind, Limits, Member, SEPARATOR, Siblings, TEXT, carries_behind_header,
    is_pickle_name,
};
use pickle_machine::Interrupt;
use pickle_machine::carve::carve;
use pickle_machine::segments::{Segments, ranges};
use pickle_machine::stream::{Memory, beside};
use pickle_rules::MOST_BESIDE;

pub(crate) use beside::visit_beside;
use code::Judged;
pub(crate) use kept::Kept;
pub(crate) use shadows::{Modules, Shadow, is_packaged, may_be_packaged, may_shadow, shadows};
pub(crate) use slices::visit_slices;

use crate::examine::{other_than_pickle, promises_text};
use crate::source::Source;

/// Bytes of the longest file beside another that is read: an index of a million keys is shorter.
const LONGEST_SIBLING: u64 = 64 << 20;

/// Where pickles are looked for that nothing leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carve {
    /// In what is called a pickle and is something else.
    Named,
    /// Also in what nothing is recognised in, whatever it is called: those count that do harm.
    Harm,
    /// Everywhere.
    Everywhere,
}

impl Carve {
    /// As the command line says it.
    pub(crate) fn everywhere(asked: bool) -> Self {
        if asked { Self::Everywhere } else { Self::Named }
    }
}

/// A file to unwrap, and how.
#[derive(Clone, Copy)]
pub(crate) struct Wrapped<'w> {
    /// Where it is, or what it is called.
    pub(crate) path: &'w Path,
    /// Its content.
    pub(crate) bytes: &'w [u8],
    /// How much is unpacked.
    pub(crate) limits: &'w Limits,
    /// Where pickles are looked for that nothing leads to.
    pub(crate) carve: Carve,
    /// The path of the one member that is unpacked, with what it is in; `None`: all are.
    pub(crate) only: Option<&'w str>,
    /// Asked from time to time; when it says yes, the rest is left.
    pub(crate) interrupt: Interrupt<'w>,
}

impl Wrapped<'_> {
    /// Hands everything that is in the file to `sink`, as [`pickle_containers::visit_member`] does, but for code: what is
    /// wrong with that is a fault. Pickles that lie between the bytes of a member come behind it. Gives the name of the file's format.
    pub(crate) fn visit(&self, sink: &mut dyn FnMut(Item<'_>)) -> &'static str {
        let folder = Folder::of(self.path);
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned());
        let (how, interrupt) = (self.carve, self.interrupt);
        let mut carving = Carving { how, interrupt, sink, listed: Vec::new(), is_container: true };
        let mut judged = Judged::default();
        let input = Input::new(name, self.bytes);
        let format = pickle_containers::visit_member(
            &input,
            Some(&folder),
            self.limits,
            self.only,
            interrupt,
            &mut |item| match item {
                Item::Member(member) => carving.member(member),
                Item::Fault(fault) => (carving.sink)(Item::Fault(fault)),
                Item::Code(code) => judged.judge(&code, &mut *carving.sink),
            },
        );
        judged.finish(&mut *carving.sink);
        if how == Carve::Harm {
            carving.behind_header(self.bytes, &input, format);
        }
        if how == Carve::Everywhere && carving.is_container {
            carving.unlisted(self.bytes, format);
        }
        format
    }

    /// As [`Wrapped::visit`], and what belongs to it in files beside comes behind all else.
    pub(crate) fn visit_all(&self, sink: &mut dyn FnMut(Item<'_>)) -> &'static str {
        let mut named = Vec::new();
        let format = self.visit(&mut |item| {
            if let Item::Member(Member { path: None, bytes: Some(bytes), .. }) = &item {
                named.extend(beside(bytes, MOST_BESIDE + 1, Memory::from(bytes), self.interrupt));
            }
            sink(item);
        });
        visit_beside(self.path, &named, self.limits, self.interrupt, sink);
        format
    }
}

/// Hands out what `streams`, the nameless ones of the file at `path`, have in files beside it.
pub(crate) fn visit_named_beside<'s>(
    path: &Path,
    streams: impl Iterator<Item = &'s [u8]>,
    limits: &Limits,
    interrupt: Interrupt<'_>,
    sink: &mut dyn FnMut(Item<'_>),
) {
    let look = |bytes| beside(bytes, MOST_BESIDE + 1, Memory::OF_FILE, interrupt);
    let named: Vec<_> = streams.flat_map(look).collect();
    visit_beside(path, &named, limits, interrupt, sink);
}

/// The files beside a file.
struct Folder(PathBuf);

/// Whether this is the name of a file in the same folder, on every system.
fn is_plain(name: &str) -> bool {
    !name.contains(['/', '\\', '\0', ':']) && !matches!(name, "" | "." | "..")
}

impl Folder {
    /// That of the file at `path`.
    fn of(path: &Path) -> Self {
        Self(path.parent().map(Path::to_owned).unwrap_or_default())
    }

    /// Where a file in the folder is, or one in folders in it. Nothing leads out.
    fn path(&self, name: &str) -> Option<PathBuf> {
        name.split('/').all(is_plain).then(|| self.0.join(name))
    }
}

impl Siblings for Folder {
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        self.size(name).filter(|size| *size <= LONGEST_SIBLING)?;
        Source::open(&self.path(name)?).ok().map(|source| source.bytes().to_vec())
    }

    fn show(&self, name: &str, look: &mut dyn FnMut(&[u8])) -> bool {
        let source = self.path(name).and_then(|path| Source::open(&path).ok());
        source.is_some_and(|source| {
            look(source.bytes());
            !source.disturbed()
        })
    }

    fn below(&self, folder: &str, wanted: &dyn Fn(&str) -> bool, most: usize) -> Vec<String> {
        let plain = folder.trim_end_matches('/');
        let root = if plain.is_empty() { Some(self.0.join(".")) } else { self.path(plain) };
        let (Some(root), mut found) = (root, Vec::new()) else { return Vec::new() };
        let mut open = vec![String::new()];
        while let Some(inside) = open.pop().filter(|_| found.len() < most) {
            let names = std::fs::read_dir(root.join(&inside)).into_iter().flatten();
            let names = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            for path in names.map(|name| format!("{inside}{name}")).filter(|path| wanted(path)).take(most) {
                match std::fs::symlink_metadata(root.join(&path)) {
                    Ok(kind) if kind.is_dir() && inside.split('/').count() < DEEPEST => {
                        open.push(format!("{path}/"));
                    }
                    // A link to a folder may lead in circles: it is a file that cannot be read.
                    Ok(_) => found.push(path),
                    Err(_) => {}
                }
            }
        }
        found.truncate(most);
        found.sort_unstable();
        found
    }

    fn size(&self, name: &str) -> Option<u64> {
        let metadata = std::fs::metadata(self.path(name)?).ok()?;
        metadata.is_file().then_some(metadata.len())
    }
}

/// Folders in each other below a file that are looked into: chunks of arrays have one for each dimension, of which numpy has 64.
const DEEPEST: usize = 66;

/// A pickle in a member.
struct Inner {
    /// Its bytes.
    range: Range<usize>,
    kind: FaultKind,
    /// Where it is, as a message says it.
    whereabouts: String,
}

struct Carving<'s> {
    how: Carve,
    interrupt: &'s dyn Fn() -> bool,
    sink: &'s mut dyn FnMut(Item<'_>),
    /// Where members are stored as they are.
    listed: Vec<Range<usize>>,
    /// The file itself was not among the members.
    is_container: bool,
}

impl Carving<'_> {
    /// Hands out a member, and what else it holds: the pickle that it is to a reader that passes over its first bytes, and those in
    /// such of its bytes as are not read as one anyway.
    fn member(&mut self, member: Member<'_>) {
        self.is_container &= member.path.is_some();
        self.listed.extend(stored(&member));
        let found = self.pickles_in(&member);
        let Some(bytes) = member.bytes.as_deref().filter(|_| !found.is_empty()) else {
            return (self.sink)(Item::Member(member));
        };
        let inside = member.path.as_deref();
        let place = |range: &Range<usize>| member.file_offset.map(|base| base + range.start as u64);
        for Inner { range, kind, whereabouts } in &found {
            let message =
                format!("a pickle of {} is {whereabouts}", pickle_ops::counted(range.len(), "byte"));
            let (member, offset) = (Some(path(inside, range.start)), place(range));
            (self.sink)(Item::Fault(Fault { kind: *kind, member, offset, message }));
        }
        (self.sink)(Item::Member(Member {
            bytes: Some(Cow::Borrowed(bytes)),
            path: member.path.clone(),
            ..member
        }));
        for Inner { range, .. } in found {
            let at = place(&range);
            self.hand_out(path(inside, range.start), &bytes[range], at);
        }
    }

    /// The pickles in a member that are not read with it.
    fn pickles_in(&mut self, member: &Member<'_>) -> Vec<Inner> {
        let Some(bytes) = member.bytes.as_deref() else { return Vec::new() };
        let other = member.is_candidate().then(|| Segments::new(bytes).other_first()).flatten();
        let mut found: Vec<_> = other
            .map(|at| Inner {
                range: at..bytes.len(),
                kind: FaultKind::Polyglot,
                whereabouts:
                    "behind what a cache or a queue puts in front, and all together are another pickle"
                        .to_owned(),
            })
            .into_iter()
            .collect();
        if self.is_in_passing(member) {
            return self.carried(bytes, member.path.as_deref());
        }
        if !self.is_searched(member) {
            return found;
        }
        let (places, what) = match member.is_candidate() {
            true => (gaps(&ranges(bytes, self.interrupt), bytes.len()), None),
            false => (gaps(&[], bytes.len()), other_than_pickle(member.kind)),
        };
        let (kind, whereabouts) = match what {
            Some(what) => (FaultKind::Polyglot, format!("in {what}")),
            None => (FaultKind::Carved, "between other bytes".to_owned()),
        };
        for place in places {
            let ranges = self.search(bytes, place, member.path.as_deref());
            found.extend(ranges.into_iter().map(|range| Inner {
                range,
                kind,
                whereabouts: whereabouts.clone(),
            }));
        }
        found
    }

    /// Whether pickles are looked for between the bytes of a member.
    fn is_searched(&self, member: &Member<'_>) -> bool {
        match self.how {
            Carve::Everywhere => true,
            Carve::Named | Carve::Harm => member.named_pickle && member.kind != Kind::Pickle,
        }
    }

    /// Whether a member is searched only for what does harm.
    fn is_in_passing(&self, member: &Member<'_>) -> bool {
        self.how == Carve::Harm && !member.named_pickle && member.kind == Kind::Unknown
    }

    /// Looks for what does harm behind what is recognised by its first bytes, or is a text: what a library puts in front of a pickle may be
    /// so by accident, and a pickle of protocol 0 is a text itself.
    fn behind_header(&mut self, bytes: &[u8], input: &Input<'_>, format: &str) {
        let is_known = matches!(input.kind(), Kind::Text(_) | Kind::Other(_));
        let is_searched = input.name.as_deref().is_some_and(is_pickle_name) && format != TEXT;
        let name = input.name.as_deref().unwrap_or_default();
        if !is_known || is_searched || !may_be_headed(name) || !carries_behind_header(bytes) {
            return;
        }
        for Inner { range, kind, whereabouts } in self.carried(bytes, None) {
            let size = pickle_ops::counted(range.len(), "byte");
            let message = format!("a pickle of {size} is {whereabouts}");
            // A value of a text may be at the same place.
            let path = path(None, range.start) + if format == TEXT { "#2" } else { "" };
            let at = Some(range.start as u64);
            (self.sink)(Item::Fault(Fault { kind, member: Some(path.clone()), offset: at, message }));
            self.hand_out(path, &bytes[range], at);
        }
    }

    /// Looks for pickles in the bytes of a container that belong to no member.
    fn unlisted(&mut self, bytes: &[u8], format: &str) {
        self.listed.sort_by_key(|range| range.start);
        for place in gaps(&std::mem::take(&mut self.listed), bytes.len()) {
            for range in self.search(bytes, place, None) {
                let message = format!(
                    "a pickle of {} is in the {format} file, and nothing leads to it",
                    pickle_ops::counted(range.len(), "byte")
                );
                let (path, at) = (path(None, range.start), Some(range.start as u64));
                let kind = FaultKind::Carved;
                (self.sink)(Item::Fault(Fault { kind, member: Some(path.clone()), offset: at, message }));
                self.hand_out(path, &bytes[range], at);
            }
        }
    }

    /// The pickles in bytes in which nothing is recognised.
    fn carried(&mut self, bytes: &[u8], member: Option<&str>) -> Vec<Inner> {
        let found = pickle_containers::carried(bytes, self.interrupt);
        if !found.complete && !(self.interrupt)() {
            self.gave_up(member);
        }
        let inner = |range| Inner {
            range,
            kind: FaultKind::CarvedInPassing,
            whereabouts: "between other bytes".to_owned(),
        };
        found.pickles.into_iter().map(inner).collect()
    }

    /// Says that there may be more than was found.
    fn gave_up(&mut self, member: Option<&str>) {
        (self.sink)(Item::Fault(Fault {
            kind: FaultKind::LimitReached,
            member: member.map(str::to_owned),
            offset: None,
            message: "the search for pickles between other bytes gave up; there may be more".to_owned(),
        }));
    }

    /// Where pickles are in a part of `bytes`.
    fn search(&mut self, bytes: &[u8], part: Range<usize>, member: Option<&str>) -> Vec<Range<usize>> {
        let carved = carve(&bytes[part.clone()], self.interrupt);
        if !carved.complete {
            self.gave_up(member);
        }
        let base = part.start;
        carved.pickles.into_iter().map(|found| base + found.start..base + found.end).collect()
    }

    /// Hands out a pickle that was carved.
    fn hand_out(&mut self, path: String, bytes: &[u8], file_offset: Option<u64>) {
        (self.sink)(Item::Member(Member {
            path: Some(path),
            kind: Kind::Pickle,
            size: bytes.len() as u64,
            bytes: Some(Cow::Borrowed(bytes)),
            file_offset,
            named_pickle: false,
            beside: false,
        }));
    }
}

/// Whether something of this name may have a pickle behind its first bytes, as what is written for people and compilers has not.
pub(crate) fn may_be_headed(name: &str) -> bool {
    !promises_text(name)
}

/// The path of what lies at `offset` of the member called `inside`, or of the file.
fn path(inside: Option<&str>, offset: usize) -> String {
    inside.map_or_else(|| format!("@{offset}"), |outer| format!("{outer}{SEPARATOR}@{offset}"))
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
    use super::*;

    const CALL: &[u8] = b"cos\nsystem\n(S'id'\ntR.";

    fn paths(name: &str, bytes: &[u8], how: Carve) -> Vec<String> {
        let kept = Kept::read(Path::new(name), bytes, how, None);
        kept.opened.members.into_iter().filter_map(|member| member.path).collect()
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
    fn both_pickles_that_a_cache_entry_is() {
        let entry = b"V\x98\x0bk\x80\x02X\x03\0\0\0\nN.0cos\nsystem\n.";
        assert_eq!(paths("a", entry, Carve::Named), ["@4"]);
        // Most that look like one to begin with are none.
        assert_eq!(paths("a", b"V\x98\x0bk\x80\x02(X\x02\0\0\0x\nl.", Carve::Named), [""; 0]);
    }

    #[test]
    #[allow(clippy::single_range_in_vec_init)]
    fn gaps_between_ranges() {
        assert_eq!(gaps(&[2..4, 3..5, 8..20], 10), [0..2, 5..8]);
        assert_eq!(gaps(&[], 3), [0..3]);
        assert_eq!(gaps(&[0..9], 3), [] as [Range<usize>; 0]);
    }
}
