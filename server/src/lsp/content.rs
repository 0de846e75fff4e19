//! A file as it was at one time, unwrapped: its bytes, its members, what is wrong with it as a container.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use pickle_containers::{Fault, Item, Kind, Limits, Member};
use pickle_machine::Interrupt;
use pickle_machine::stream::Memory;

use super::failure::Failure;
use super::virtual_documents::Stream;
use crate::inner::{Room, inner_members};
use crate::members::{self, Carve, Wrapped};
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
    /// Where pickles were looked for in it that nothing leads to.
    pub(crate) carve: Carve,
    /// What it holds, in its own order.
    outer: Vec<Held>,
    /// What is wrong with it as a container.
    faults: Vec<Fault>,
    /// What streams lead to, once somebody asked for it: to find that, all has to be read.
    led_to: OnceLock<LedTo>,
    /// Bytes of it that may be kept.
    room: usize,
}

/// What streams of a file lead to.
#[derive(Debug, Default)]
struct LedTo {
    /// What is in files beside it, and behind that the pickles in constants of all.
    members: Vec<Held>,
    /// What is wrong with files beside it.
    faults: Vec<Fault>,
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
    /// Its name says that it is a pickle.
    named_pickle: bool,
    /// It is in another file, which belongs to this one.
    beside: bool,
    /// Of a pickle in a constant: the path of the member that the constant is in, and the offset of the constant.
    within: Option<(Option<String>, usize)>,
    bytes: Option<Extent>,
}

/// Bytes of decompressed members that are kept with a file. What is beyond is unpacked again when it is asked for.
const KEPT: usize = 128 << 20;

/// Where the bytes of a member are.
#[derive(Debug)]
enum Extent {
    /// In the file as they are.
    InFile(Range<usize>),
    /// Decompressed.
    Owned(Vec<u8>),
    /// To be had by reading the file again.
    LeftOut,
}

impl Content {
    /// Opens and unwraps a file.
    pub(crate) fn read(path: &Path, carve: Carve, stop: Interrupt<'_>) -> Result<Self, Failure> {
        Self::read_in(path, carve, KEPT, stop)
    }

    /// The same; no more than `room` bytes of decompressed members are kept.
    fn read_in(path: &Path, carve: Carve, mut room: usize, stop: Interrupt<'_>) -> Result<Self, Failure> {
        let source = Source::open(path).map_err(Failure::source(path))?;
        let (mut members, mut faults) = (Vec::new(), Vec::new());
        let length = source.bytes().len();
        let limits = Limits::default();
        let format = wrapped(path, &source, carve, &limits, stop).visit(&mut |item| match item {
            Item::Member(member) => members.push(Held::new(member, length, &mut room)),
            Item::Fault(fault) => faults.push(fault),
            Item::Code(_) => {}
        });
        if stop() {
            return Err(Failure::Cancelled);
        }
        let led_to = OnceLock::new();
        Ok(Self { path: path.to_owned(), format, carve, outer: members, faults, led_to, room, source })
    }

    /// Follows what streams lead to: files beside this one, and pickles in constants. Only then they are among the members, behind all
    /// others. Of pickles in constants, those that would have to be copied and for which there is no room are left to the findings. Who
    /// asks twice at the same time has it done twice.
    pub(crate) fn follow(&self, stop: Interrupt<'_>) -> Result<(), Failure> {
        if self.is_followed() {
            return Ok(());
        }
        let (length, mut room) = (self.source.bytes().len(), self.room);
        let mut led_to = self.beside(&mut room, stop);
        let all = self.outer.iter().chain(&led_to.members).filter(|held| held.candidate);
        let all: Vec<_> = all.map(|held| self.member(held)).collect();
        let inner = inner_members(&all, &mut Room::new(&Limits::default()), stop);
        if stop() {
            return Err(Failure::Cancelled);
        }
        let held = inner.into_iter().map(|one| {
            let within = Some((one.outer, one.at));
            Held { within, ..Held::new(one.member, length, &mut room) }
        });
        let held: Vec<_> = held.filter(|held| !matches!(held.bytes, Some(Extent::LeftOut) | None)).collect();
        led_to.members.extend(held);
        let _ = self.led_to.set(led_to);
        Ok(())
    }

    /// What is in files beside it.
    fn beside(&self, room: &mut usize, stop: Interrupt<'_>) -> LedTo {
        let (length, mut found) = (self.source.bytes().len(), LedTo::default());
        let streams = self.outer.iter().filter(|held| held.path.is_none());
        let streams = streams.filter_map(|held| self.bytes_of(held));
        members::visit_named_beside(&self.path, streams, &Limits::default(), stop, &mut |item| match item {
            Item::Member(member) => found.members.push(Held::new(member, length, room)),
            Item::Fault(fault) => found.faults.push(fault),
            Item::Code(_) => {}
        });
        found
    }

    /// Whether it was followed what streams lead to.
    pub(crate) fn is_followed(&self) -> bool {
        self.led_to.get().is_some()
    }

    /// What it holds, as far as it was looked for.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Held> {
        self.outer.iter().chain(self.led_to.get().into_iter().flat_map(|led_to| &led_to.members))
    }

    /// What is wrong with it, as far as it was looked for.
    pub(crate) fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter().chain(self.led_to.get().into_iter().flat_map(|led_to| &led_to.faults))
    }

    /// A member by its number.
    pub(crate) fn get(&self, member: usize) -> Option<&Held> {
        match member.checked_sub(self.outer.len()) {
            None => self.outer.get(member),
            Some(behind) => self.led_to.get()?.members.get(behind),
        }
    }

    /// A member as the container gives it.
    fn member<'s>(&'s self, held: &'s Held) -> Member<'s> {
        let file_offset = match &held.bytes {
            Some(Extent::InFile(range)) => Some(range.start as u64),
            _ => None,
        };
        Member {
            path: held.path.clone(),
            kind: held.kind,
            bytes: self.bytes_of(held).map(Cow::Borrowed),
            file_offset,
            size: held.size,
            named_pickle: held.named_pickle,
            beside: held.beside,
        }
    }

    /// The pickles in constants of a member, once they were looked for: where each constant is, and the member that it is.
    pub(crate) fn within(&self, member: usize) -> impl Iterator<Item = (usize, usize)> {
        let path = self.get(member).map(|member| &member.path);
        self.members().enumerate().filter_map(move |(index, member)| {
            let (outer, at) = member.within.as_ref()?;
            (Some(outer) == path).then_some((*at, index))
        })
    }

    /// Unpacks again a member whose bytes were left out.
    pub(crate) fn read_again(&self, member: usize, stop: Interrupt<'_>) -> Option<Vec<u8>> {
        let (mut found, count) = (None, AtomicUsize::new(0));
        let is_done = || stop() || count.load(Relaxed) > member;
        wrapped(&self.path, &self.source, self.carve, &Limits::default(), &is_done).visit_all(&mut |item| {
            let Item::Member(held) = item else { return };
            if count.fetch_add(1, Relaxed) == member {
                found = held.bytes.map(Cow::into_owned);
            }
        });
        found.filter(|_| !stop())
    }

    /// Whether the bytes of a member can be had.
    pub(crate) fn can_be_read(&self, member: usize) -> bool {
        self.get(member).is_some_and(|member| member.bytes.is_some())
    }

    /// Whether the bytes of a member were left out.
    pub(crate) fn is_left_out(&self, member: usize) -> bool {
        self.get(member).is_some_and(|member| matches!(member.bytes, Some(Extent::LeftOut)))
    }

    /// All members with their bytes, as the container gives them, and those in files beside it, once it was followed what streams lead
    /// to; `None`: some were left out.
    pub(crate) fn whole(&self) -> Option<impl Iterator<Item = Member<'_>>> {
        let whole = || self.members().filter(|held| held.within.is_none());
        let left_out = whole().any(|held| matches!(held.bytes, Some(Extent::LeftOut)));
        (!left_out).then(|| whole().map(|held| Member { file_offset: None, ..self.member(held) }))
    }

    /// Bytes of memory that it takes, the mapped file not counted.
    pub(crate) fn weight(&self) -> usize {
        let owned = self.members().map(|member| match &member.bytes {
            Some(Extent::Owned(bytes)) => bytes.len(),
            _ => 0,
        });
        let names = self.members().map(|member| member.path.as_ref().map_or(0, String::len));
        size_of::<Self>()
            + self.members().count() * size_of::<Held>()
            + owned.sum::<usize>()
            + names.sum::<usize>()
    }

    /// The one stream that the file is, or that is all there is in it, without a name. `None`: it is a container.
    pub(crate) fn single_stream(&self) -> Option<usize> {
        let mut outer = self.outer.iter().filter(|member| !member.beside);
        let (Some(only), None) = (outer.next(), outer.next()) else { return None };
        (only.path.is_none() && !matches!(only.kind, Kind::Container(_))).then_some(0)
    }

    /// The member that a stream names, among those that were looked for.
    pub(crate) fn find(&self, stream: &Stream) -> Option<usize> {
        match stream.member.as_deref() {
            None => self.single_stream(),
            Some("") => self.members().position(|member| member.path.is_none()),
            Some(wanted) => self.members().position(|member| member.path.as_deref() == Some(wanted)),
        }
    }

    /// The stream that a member is.
    pub(crate) fn stream_of(&self, member: usize) -> Stream {
        let path = self.get(member).and_then(|member| member.path.as_deref());
        let nameless = if self.single_stream().is_some() { None } else { Some("") };
        Stream::of_member(&self.path, path.or(nameless))
    }

    /// Members that are to be read as pickles, and can be, as far as they were looked for.
    pub(crate) fn pickles(&self) -> impl Iterator<Item = usize> {
        let readable = |member: &Held| member.candidate && member.bytes.is_some();
        self.members().enumerate().filter(move |(_, member)| readable(member)).map(|(index, _)| index)
    }

    /// The bytes of a member, if they are there and were not left out.
    pub(crate) fn bytes(&self, member: usize) -> Option<&[u8]> {
        self.bytes_of(self.get(member)?)
    }

    /// What reading a member as a pickle may take.
    pub(crate) fn memory(&self, member: usize) -> Memory {
        match self.get(member).and_then(|held| held.bytes.as_ref()) {
            Some(Extent::Owned(_) | Extent::LeftOut) => Memory::OF_UNPACKED,
            Some(Extent::InFile(_)) | None => Memory::OF_FILE,
        }
    }

    fn bytes_of<'s>(&'s self, held: &'s Held) -> Option<&'s [u8]> {
        match held.bytes.as_ref()? {
            Extent::InFile(range) => self.source.bytes().get(range.clone()),
            Extent::Owned(bytes) => Some(bytes),
            Extent::LeftOut => None,
        }
    }
}

/// A file that is to be unwrapped.
fn wrapped<'w>(
    path: &'w Path,
    source: &'w Source,
    carve: Carve,
    limits: &'w Limits,
    interrupt: Interrupt<'w>,
) -> Wrapped<'w> {
    Wrapped { path, bytes: source.bytes(), limits, carve, only: None, interrupt }
}

impl Held {
    /// A member of a file of so many bytes; what it keeps itself is taken from `room`.
    fn new(member: Member<'_>, file_length: usize, room: &mut usize) -> Self {
        let candidate = member.is_candidate();
        let start = member.file_offset.and_then(|offset| usize::try_from(offset).ok());
        let bytes = member.bytes.map(|bytes| match (bytes, start) {
            (Cow::Borrowed(bytes), Some(start)) if start.saturating_add(bytes.len()) <= file_length => {
                Extent::InFile(start..start + bytes.len())
            }
            (bytes, _) if bytes.len() > *room => Extent::LeftOut,
            (bytes, _) => {
                *room -= bytes.len();
                Extent::Owned(bytes.into_owned())
            }
        });
        let (named_pickle, beside) = (member.named_pickle, member.beside);
        Self {
            path: member.path,
            kind: member.kind,
            size: member.size,
            candidate,
            named_pickle,
            beside,
            within: None,
            bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A zip of two compressed pickles, in a file of its own.
    fn file(name: &str) -> PathBuf {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for pickle in [b"cos\ngetcwd\n(tR.".as_slice(), b"\x80\x02N."] {
            writer.start_file(format!("{}.pkl", pickle.len()), SimpleFileOptions::default()).unwrap();
            writer.write_all(pickle).unwrap();
        }
        let path = std::env::temp_dir().join(format!("pickle-lsp-{}-{name}.zip", std::process::id()));
        std::fs::write(&path, writer.finish().unwrap().into_inner()).unwrap();
        path
    }

    #[test]
    fn what_is_left_out_can_be_had_again() {
        let path = file("left-out");
        for (room, kept) in [(0, 0), (10, 1), (100, 2)] {
            let content = Content::read_in(&path, Carve::Named, room, &|| false).unwrap();
            let in_memory = (0..2).filter(|member| content.bytes(*member).is_some()).count();
            assert_eq!((in_memory, content.whole().is_some()), (kept, kept == 2));
            assert_eq!(content.pickles().count(), 2);
            assert_eq!(content.read_again(1, &|| false).as_deref(), Some(b"\x80\x02N.".as_slice()));
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn nobody_waits_for_what_is_cancelled() {
        let path = file("cancelled");
        assert!(matches!(Content::read(&path, Carve::Named, &|| true), Err(Failure::Cancelled)));
        let content = Content::read_in(&path, Carve::Named, 0, &|| false).unwrap();
        assert_eq!(content.read_again(0, &|| true), None);
        std::fs::remove_file(path).unwrap();
    }
}
