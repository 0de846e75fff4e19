//! Parts of files to which the index of a distributed checkpoint of torch leads (`.metadata`): each is unpickled by itself, wherever
//! in its file it is. Archives that stand in a row in a shard are found in the shard; what is looked into here are parts that are
//! none of those.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use pickle_containers::{FaultKind, Item, Limits, Member, archives_in_a_row};
use pickle_rules::{MOST_SLICES, Slice};

use super::Folder;
use super::beside::{fault, hand_out};
use crate::source::Source;

/// Parts that are looked into, all indices of a file together.
const MOST_FOLLOWED: usize = 10_000;

/// Bytes of parts that are looked into, for each byte of their file, and in any file: parts may lie in each other.
const FACTOR: usize = 4;
const FLOOR: usize = 1 << 20;

/// Up to this many bytes, how much longer a part becomes when it is unpacked is not judged.
const RATIO_FLOOR: u64 = 1 << 20;

/// Hands out what is in the parts that `slices` are, of which a stream of the file at `path` is the index, but for archives that a
/// look at their file shows. What cannot be read is a fault; nothing is loaded from a file that is not there.
pub(crate) fn visit_slices(
    path: &Path,
    slices: &[Slice],
    limits: &Limits,
    interrupt: &dyn Fn() -> bool,
    sink: &mut dyn FnMut(Item<'_>),
) {
    let mut files: BTreeMap<&str, BTreeSet<(u64, u64, usize)>> = BTreeMap::new();
    for slice in slices.iter().take(MOST_SLICES) {
        files.entry(&slice.file).or_default().insert((slice.bytes.start, slice.bytes.end, slice.at));
    }
    let limits = Limits { ratio_floor: limits.ratio_floor.min(RATIO_FLOOR), ..limits.clone() };
    let mut following = Following { limits, left: MOST_FOLLOWED, interrupt, sink };
    if let Some(slice) = slices.get(MOST_SLICES) {
        following.limit(slice.at, "entries of an index");
    }
    let folder = Folder::of(path);
    for (name, parts) in files {
        let first = parts.first().map_or(0, |(_, _, at)| *at);
        match Source::open(&folder.0.join(name)) {
            Ok(source) => following.file(name, &source, &parts),
            Err(error) if error.is_missing() => {}
            Err(error) => {
                let message = format!("the index leads to the file {name:?}, which cannot be read: {error}");
                (following.sink)(Item::Fault(fault(FaultKind::Damaged, first, message)));
            }
        }
    }
}

struct Following<'f> {
    /// What is left of them.
    limits: Limits,
    /// How many parts may still be looked into.
    left: usize,
    interrupt: &'f dyn Fn() -> bool,
    sink: &'f mut dyn FnMut(Item<'_>),
}

impl Following<'_> {
    fn limit(&mut self, at: usize, what: &str) {
        let message = format!("limit ({what}) reached: not all parts that it leads to are looked into");
        (self.sink)(Item::Fault(fault(FaultKind::LimitReached, at, message)));
    }

    /// Looks into the parts of one file.
    fn file(&mut self, name: &str, source: &Source, parts: &BTreeSet<(u64, u64, usize)>) {
        let bytes = source.bytes();
        let archives: BTreeSet<_> =
            archives_in_a_row(name, bytes).into_iter().map(|archive| (archive.start, archive.end)).collect();
        let mut room = bytes.len().saturating_mul(FACTOR).saturating_add(FLOOR);
        let mut before = 0..0;
        for &(start, end, at) in parts {
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
            let part = place(start)..place(end);
            if (self.interrupt)() {
                return;
            }
            if part.is_empty() || part == before || archives.contains(&(part.start, part.end)) {
                continue;
            }
            let (Some(left), Some(more)) = (self.left.checked_sub(1), room.checked_sub(part.len())) else {
                return self.limit(at, "parts of files");
            };
            (self.left, room) = (left, more);
            self.part(name, &bytes[part.clone()], &part);
            before = part;
        }
        if source.disturbed() {
            let message = format!("the file {name:?} changed while it was read");
            (self.sink)(Item::Fault(fault(FaultKind::Damaged, 0, message)));
        }
    }

    /// Looks into one part, and takes from the limits what that took.
    fn part(&mut self, name: &str, bytes: &[u8], place: &Range<usize>) {
        let name = format!("{name}@{}..{}", place.start, place.end);
        let (mut unpacked, mut members) = (0u64, 0usize);
        hand_out(&name, None, bytes, &self.limits, self.interrupt, &mut |item| {
            if let Item::Member(Member { bytes: Some(bytes), .. }) = &item {
                members += 1;
                unpacked += bytes.len() as u64;
            }
            (self.sink)(item);
        });
        self.limits.total_bytes = self.limits.total_bytes.saturating_sub(unpacked);
        self.limits.members = self.limits.members.saturating_sub(members);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    const CALL: &[u8] = b"cos\nsystem\n(S'id'\ntR.";

    /// What is said of parts of a file of this name and content: paths of members, and messages.
    fn followed(name: &str, bytes: &[u8], parts: &[Range<u64>]) -> Vec<String> {
        let folder = std::env::temp_dir().join(format!("pickle-lsp-slices-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
        let slices: Vec<_> =
            parts.iter().map(|bytes| Slice { at: 7, file: name.to_owned(), bytes: bytes.clone() }).collect();
        let mut said = Vec::new();
        let path = folder.join(".metadata");
        visit_slices(&path, &slices, &Limits::default(), &|| false, &mut |item| match item {
            Item::Member(member) => said.extend(member.path),
            Item::Fault(fault) => said.push(fault.message),
            Item::Code(_) => {}
        });
        std::fs::remove_dir_all(&folder).unwrap();
        said
    }

    #[test]
    fn parts_that_are_no_archives_of_the_row() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("archive/data.pkl", SimpleFileOptions::default()).unwrap();
        writer.write_all(CALL).unwrap();
        let zip = writer.finish().unwrap().into_inner();
        let (len, bytes) = (zip.len() as u64, [&zip[..], &zip].concat());
        assert!(followed("a.distcp", &bytes, &[0..len, len..2 * len, 5..5]).is_empty());
        // Twice the same, in an archive; and to the end of the file, however far it is said to go.
        let inside = followed("b.distcp", &bytes, &[44..60, 44..60, 2 * len - 3..u64::MAX]);
        assert_eq!(inside, ["b.distcp@44..60".to_owned(), format!("b.distcp@{}..{}", 2 * len - 3, 2 * len)]);
        // Under another name, they are not looked into as a row.
        assert_eq!(
            followed("c.safetensors", &bytes, std::slice::from_ref(&(0..len)))[0],
            format!("c.safetensors@0..{len}!/archive/data.pkl")
        );
    }

    #[test]
    fn parts_that_lie_in_each_other() {
        let parts: Vec<_> = (0..1000).map(|at| at..1 << 20).collect();
        let said = followed("d.distcp", &vec![0; 1 << 20], &parts);
        assert!(said.len() < 10, "{said:?}");
        assert!(said.last().unwrap().contains("limit"), "{said:?}");
    }
}
