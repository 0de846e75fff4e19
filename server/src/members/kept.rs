//! The members of a file for verbs that print them one after the other: a list of all, and the bytes of as many as there is room
//! for. The rest is unpacked again when it is its turn, and no more than one of them is in memory.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use pickle_containers::{Item, Limits, Member, Opened, leads_to};
use pickle_machine::never;

use super::{Carve, Wrapped};

/// Bytes of unpacked members that are kept.
const ROOM: usize = 64 << 20;

/// See the module.
#[derive(Debug)]
pub(crate) struct Kept<'b> {
    /// What the file holds. Members that were left out have no bytes here.
    pub(crate) opened: Opened<'b>,
    path: &'b Path,
    bytes: &'b [u8],
    how: Carve,
    /// The numbers of those.
    left_out: HashSet<usize>,
}

impl<'b> Kept<'b> {
    /// Of the file at `path` with these bytes. With `only`, nothing is unpacked but the member of this path, and what it is in.
    pub(crate) fn read(path: &'b Path, bytes: &'b [u8], how: Carve, only: Option<&str>) -> Self {
        Self::read_in(path, bytes, how, only, ROOM)
    }

    /// The same; no more than `room` bytes are kept.
    fn read_in(path: &'b Path, bytes: &'b [u8], how: Carve, only: Option<&str>, mut room: usize) -> Self {
        let (mut members, mut faults, mut left_out) = (Vec::new(), Vec::new(), HashSet::new());
        let limits = &Limits::default();
        let file = Wrapped { path, bytes, limits, carve: how, only, interrupt: &never };
        let format = file.visit_all(&mut |item| match item {
            Item::Member(mut member) => {
                let in_file = matches!(member.bytes, Some(Cow::Borrowed(_))) && member.file_offset.is_some();
                let asked_for = only.is_some_and(|only| leads_to(member.path.as_deref(), only));
                let len = member.bytes.as_ref().map_or(0, |bytes| bytes.len());
                if !in_file && !asked_for {
                    match room.checked_sub(len) {
                        Some(left) => room = left,
                        None => {
                            member.bytes = None;
                            left_out.insert(members.len());
                        }
                    }
                }
                members.push(member.tied_to(bytes));
            }
            Item::Fault(fault) => faults.push(fault),
            Item::Code(_) => {}
        });
        Self { opened: Opened { format, members, faults }, path, bytes, how, left_out }
    }

    /// Of what is known already.
    pub(crate) fn of(path: &'b Path, bytes: &'b [u8], opened: Opened<'b>) -> Self {
        Self { opened, path, bytes, how: Carve::Named, left_out: HashSet::new() }
    }

    /// All members of the same file.
    pub(crate) fn again_with_all(&self, how: Carve) -> Self {
        Self::read(self.path, self.bytes, how, None)
    }

    /// Whether the bytes of a member can be had.
    pub(crate) fn can_be_read(&self, number: usize) -> bool {
        self.left_out.contains(&number)
            || self.opened.members.get(number).is_some_and(|member| member.bytes.is_some())
    }

    /// Hands the members with these numbers, which are in order, to `take`, up to the first error.
    ///
    /// # Errors
    /// That of `take`.
    pub(crate) fn each(
        &self,
        numbers: &[usize],
        take: &mut dyn FnMut(&Member<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        if !numbers.iter().any(|number| self.left_out.contains(number)) {
            return numbers.iter().filter_map(|number| self.opened.members.get(*number)).try_for_each(take);
        }
        let next = AtomicUsize::new(0);
        let (mut wanted, mut result) = (numbers.iter().copied().peekable(), Ok(()));
        let last = numbers.last().copied().unwrap_or(0);
        let is_done = || next.load(Relaxed) > last;
        let &Self { path, bytes, how: carve, .. } = self;
        let limits = &Limits::default();
        let file = Wrapped { path, bytes, limits, carve, only: None, interrupt: &is_done };
        file.visit_all(&mut |item| {
            let Item::Member(member) = item else { return };
            let number = next.fetch_add(1, Relaxed);
            if wanted.next_if_eq(&number).is_some() && result.is_ok() {
                result = take(&member);
                if result.is_err() {
                    next.store(usize::MAX, Relaxed);
                }
            }
        });
        result
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    const MEMBERS: [(&str, &[u8]); 3] =
        [("a.pkl", b"\x80\x02]q\0K\x01a."), ("b.pkl", b"\x80\x02N."), ("c.pkl", b"\x80\x02]q\0K\x02a.")];

    fn archive() -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, pickle) in MEMBERS {
            writer.start_file(name, SimpleFileOptions::default()).unwrap();
            writer.write_all(pickle).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn what_is_left_out_comes_in_its_turn() {
        let bytes = archive();
        for room in [0, 5, 12, 100] {
            let kept = Kept::read_in(Path::new("a.zip"), &bytes, Carve::Named, None, room);
            let in_memory = kept.opened.members.iter().filter_map(|member| member.bytes.as_ref());
            assert!(in_memory.map(|bytes| bytes.len()).sum::<usize>() <= room);
            let mut seen = Vec::new();
            kept.each(&[0, 2], &mut |member| {
                seen.push((member.path.clone().unwrap(), member.bytes.as_ref().unwrap().to_vec()));
                Ok(())
            })
            .unwrap();
            let expected = [MEMBERS[0], MEMBERS[2]].map(|(name, pickle)| (name.to_owned(), pickle.to_vec()));
            assert_eq!(seen, expected, "{room}");
            let mut count = 0;
            let stopped = kept.each(&[0, 1, 2], &mut |_| {
                count += 1;
                Err(io::ErrorKind::BrokenPipe.into())
            });
            assert_eq!((count, stopped.is_err()), (1, true));
        }
    }

    #[test]
    fn nothing_is_unpacked_but_what_is_named() {
        let bytes = archive();
        let kept = Kept::read_in(Path::new("a.zip"), &bytes, Carve::Named, Some("b.pkl"), 0);
        let read: Vec<_> = kept.opened.members.iter().map(|member| member.bytes.is_some()).collect();
        assert_eq!(read, [false, true, false]);
        assert_eq!(kept.again_with_all(Carve::Named).opened.members.len(), 3);
    }
}
