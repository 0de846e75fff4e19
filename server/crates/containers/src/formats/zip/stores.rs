//! Arrays of zarr in an archive (`zarr.ZipStore`): descriptions that name the codec `pickle`, and the chunks beside them as their
//! reader would take them from here.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::directory::Entry;
use super::local;
use super::method;
use crate::budget::{Budget, Interrupt};
use crate::bytes::clamped;
use crate::formats::zarr;
use crate::member::Opened;
use crate::pull::{End, Room};
use crate::unwrap::Siblings;

/// Adds the chunks of arrays that are unpickled. They come by the path of their description.
pub(super) fn add(
    bytes: &[u8],
    entries: &[Entry<'_>],
    names: &[String],
    opened: &mut Opened<'_>,
    budget: &mut Budget<'_>,
) {
    let describes = |name: &&String| zarr::is_description(name) && budget.wants(Some(name));
    let described: BTreeSet<&String> = names.iter().filter(describes).collect();
    if described.is_empty() {
        return;
    }
    // Of several members of a name, readers take the last.
    let all: BTreeMap<&str, &Entry<'_>> = names.iter().map(String::as_str).zip(entries).collect();
    for name in described {
        let end = name.rfind('/').map_or(0, |slash| slash + 1);
        let room = Cell::new(budget.allowance(bytes.len()).0);
        let (folder, before) = (&name[..end], room.get());
        let store = Store { bytes, all: &all, folder, room: &room, interrupt: budget.interrupt() };
        let mut description = Vec::new();
        store.show(&name[end..], &mut |bytes| description.extend_from_slice(bytes));
        if zarr::is_telling(&description) {
            zarr::read(&description, Some(name), Some(&store), opened, budget);
        }
        budget.hand_out(opened);
        budget.spend(usize::try_from(before.saturating_sub(room.get())).unwrap_or(usize::MAX));
    }
}

/// A folder in an archive.
struct Store<'s> {
    bytes: &'s [u8],
    all: &'s BTreeMap<&'s str, &'s Entry<'s>>,
    folder: &'s str,
    /// Bytes that may still be unpacked.
    room: &'s Cell<u64>,
    interrupt: Interrupt<'s>,
}

impl Store<'_> {
    fn entry(&self, name: &str) -> Option<&Entry<'_>> {
        self.all.get(format!("{}{name}", self.folder).as_str()).copied()
    }
}

impl Siblings for Store<'_> {
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let mut all = Vec::new();
        self.show(name, &mut |bytes| all.extend_from_slice(bytes)).then_some(all)
    }

    fn show(&self, name: &str, look: &mut dyn FnMut(&[u8])) -> bool {
        let Some(entry) = self.entry(name) else { return false };
        let header = usize::try_from(entry.header).ok().and_then(|at| local::header_at(self.bytes, at));
        let Some((_, at)) = header else { return false };
        let data = clamped(self.bytes, at, entry.compressed);
        if entry.method == 0 {
            look(data);
            return data.len() as u64 == entry.compressed;
        }
        let Some(method) = method::method(entry.method) else { return false };
        let room = Room { limit: self.room.get(), interrupt: self.interrupt, watch: None };
        let found = (method.decode)(data, entry, room);
        self.room.set(self.room.get().saturating_sub(found.bytes.len() as u64));
        look(&found.bytes);
        found.end == End::Complete
    }

    fn below(&self, folder: &str, wanted: &dyn Fn(&str) -> bool, most: usize) -> Vec<String> {
        let start = format!("{}{folder}", self.folder);
        let inside = self.all.range(start.as_str()..).map_while(|(name, _)| name.strip_prefix(&start));
        inside.filter(|path| wanted(path)).take(most).map(str::to_owned).collect()
    }

    fn size(&self, name: &str) -> Option<u64> {
        self.entry(name).map(|entry| entry.size)
    }
}
