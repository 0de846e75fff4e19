//! 7z, as archivers and `py7zr` write it. Listed from the header; a folder, whose files are packed together, is decompressed
//! once and its files are handed out of it.

mod coder;
mod header;

use std::borrow::Cow;

use super::compressed::stopped;
use super::{Format, raw, zarr};
use crate::budget::Budget;
use crate::bytes::clamped;
use crate::fault::{Fault, FaultKind};
use crate::inflate::crc32;
use crate::member::{Member, Opened, escapes, is_pickle_name};
use crate::pull::{End, Room};
use crate::sniff::Kind;
use crate::unwrap::{Found, Input, add};
use header::{Files, Folder, Header, Step, Stream};

/// The signature.
const MAGIC: &[u8] = b"7z\xbc\xaf\x27\x1c";

/// A header that is packed may hold a packed one; honest ones do so once.
const HEADERS: usize = 4;

/// See the module.
pub(crate) struct SevenZ;

impl Format for SevenZ {
    fn name(&self) -> &'static str {
        "7z"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["pkl.7z"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        input.bytes.starts_with(MAGIC)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(self.name());
        let Some((folders, files)) = list(input.bytes, &mut opened.faults, budget) else { return opened };
        let mut files = files.into_iter();
        for folder in &folders {
            if !unpack(input.bytes, folder, &mut files, &mut opened, budget) {
                return opened;
            }
        }
        // What is left are folders, and files without content.
        for (name, _) in files {
            if budget.is_interrupted() || !admit(&mut opened, budget) {
                break;
            }
            opened.members.push(unread(name, Kind::Empty, 0));
        }
        opened
    }
}

/// Folders and files, from the header.
fn list(bytes: &[u8], faults: &mut Vec<Fault>, budget: &mut Budget<'_>) -> Option<(Vec<Folder>, Files)> {
    let (at, len, crc) = header::place(bytes).unwrap_or((bytes.len(), 0, 0));
    let stored = clamped(bytes, at, len as u64);
    if stored.len() < len || stored.is_empty() {
        let message = format!(
            "expected a header of {} at {at}, found {}",
            pickle_ops::counted(len, "byte"),
            stored.len()
        );
        faults.push(Fault::new(FaultKind::Truncated, bytes.len(), message));
        return None;
    }
    if crc32(stored) != crc {
        let message = format!("expected CRC {crc:08x} of the 7z header, found {:08x}", crc32(stored));
        faults.push(Fault::new(FaultKind::BadChecksum, at, message));
    }
    if at + len < bytes.len() {
        let message =
            format!("{} after the end of the 7z", pickle_ops::counted(bytes.len() - at - len, "byte"));
        faults.push(Fault::new(FaultKind::TrailingBytes, at + len, message));
    }
    let mut header = Cow::Borrowed(stored);
    for _ in 0..HEADERS {
        match header::read(&header) {
            Some(Header::Plain(folders, files)) => return Some((folders, files)),
            Some(Header::Packed(folder)) => header = Cow::Owned(decode(bytes, &folder, faults, budget)),
            None => break,
        }
    }
    faults.push(Fault::new(FaultKind::Damaged, at, "expected the header of a 7z, found other bytes"));
    None
}

/// The bytes of a folder, as far as they can be had.
fn decode(bytes: &[u8], folder: &Folder, faults: &mut Vec<Fault>, budget: &mut Budget<'_>) -> Vec<u8> {
    let packed: Vec<_> = folder.packed.iter().map(|place| stored(bytes, *place, faults)).collect();
    let at = folder.packed.first().map_or(0, |(at, _)| usize::try_from(*at).unwrap_or(usize::MAX));
    let Some(steps) = &folder.steps else {
        let message = "files packed by steps that do not lead to each other are not read";
        faults.push(Fault::new(FaultKind::Unsupported, at, message));
        return Vec::new();
    };
    let (limit, which) = budget.allowance(packed.iter().map(|packed| packed.len()).sum());
    let mut made: Vec<Vec<u8>> = Vec::new();
    for Step { coder, inputs } in steps {
        let room = Room { limit: limit.min(coder.size), interrupt: budget.interrupt(), watch: None };
        let name = coder::name(coder.id);
        if name == coder::AES {
            let message = "the files are encrypted; what they hold cannot be told";
            faults.push(Fault::new(FaultKind::Encrypted, at, message));
            return Vec::new();
        }
        let inputs: Option<Vec<&[u8]>> = inputs
            .iter()
            .map(|stream| match stream {
                Stream::Packed(number) => packed.get(*number).copied(),
                Stream::Made(number) => made.get(*number).map(Vec::as_slice),
            })
            .collect();
        let found = coder::decode(coder, &inputs.unwrap_or_default(), room);
        budget.spend(found.bytes.len());
        let is_whole = found.bytes.len() as u64 == coder.size;
        // What is made beyond the stated length is nothing to a reader.
        let end = if found.end == End::Limit && limit >= coder.size { End::Complete } else { found.end };
        if end != End::Complete || !is_whole {
            faults.push(stopped(end, &name, at, found.bytes.len(), which));
        }
        made.push(found.bytes);
    }
    made.pop().unwrap_or_default()
}

/// A packed stream, as far as it is there.
fn stored<'a>(bytes: &'a [u8], (at, len): (u64, u64), faults: &mut Vec<Fault>) -> &'a [u8] {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let packed = clamped(bytes, at, len);
    if (packed.len() as u64) < len {
        let message = format!("expected {len} packed bytes, found {}", packed.len());
        faults.push(Fault::new(FaultKind::Truncated, at.min(bytes.len()), message));
    }
    packed
}

/// Hands out the files of a folder. `false`: there is no room for more.
fn unpack(
    bytes: &[u8],
    folder: &Folder,
    files: &mut impl Iterator<Item = (String, bool)>,
    opened: &mut Opened<'_>,
    budget: &mut Budget<'_>,
) -> bool {
    let data = decode(bytes, folder, &mut opened.faults, budget);
    let mut at = 0;
    for (size, crc) in &folder.files {
        let name = loop {
            match files.next() {
                Some((name, true)) => break name,
                Some((name, false)) if admit(opened, budget) => {
                    opened.members.push(unread(name, Kind::Empty, 0));
                }
                Some(_) => return false,
                None => break "unnamed".to_owned(),
            }
        };
        if budget.is_interrupted() || !admit(opened, budget) {
            return false;
        }
        let file = clamped(&data, at, *size);
        at = at.saturating_add(file.len());
        report(&name, file, *size, *crc, &mut opened.faults);
        if file.is_empty() && *size > 0 {
            opened.members.push(unread(name, Kind::Unknown, *size));
            continue;
        }
        budget.hand_out(opened);
        let mut inside = Opened::new(opened.format);
        zarr::tell(file, &name, &mut inside, budget);
        let found = Found { name: Some(name), bytes: Cow::Borrowed(file), offset: None, alias: None };
        add(&mut inside, found, budget);
        budget.hand_out(&mut inside);
    }
    true
}

/// What is wrong with a file: its name, its length, its checksum.
fn report(name: &str, file: &[u8], size: u64, crc: Option<u32>, faults: &mut Vec<Fault>) {
    let mut say = |kind, message: String| {
        faults.push(Fault { kind, member: Some(name.to_owned()), offset: None, message });
    };
    if escapes(name) {
        say(FaultKind::PathEscape, "the name leads out of the folder it is extracted to".to_owned());
    }
    if (file.len() as u64) < size {
        say(
            FaultKind::Truncated,
            format!("expected {}, found {}", pickle_ops::counted(size, "byte"), file.len()),
        );
    } else if let Some(stated) = crc.filter(|stated| *stated != crc32(file)) {
        say(FaultKind::BadChecksum, format!("expected CRC {stated:08x}, found {:08x}", crc32(file)));
    }
}

/// Whether there is room for one more member; that there is none is said.
fn admit(opened: &mut Opened<'_>, budget: &mut Budget<'_>) -> bool {
    let Err(limit) = budget.add_member() else { return true };
    opened.faults.push(Fault::new(FaultKind::LimitReached, 0, raw::members_message(limit)));
    false
}

fn unread(name: String, kind: Kind, size: u64) -> Member<'static> {
    let named_pickle = is_pickle_name(&name);
    Member { path: Some(name), kind, bytes: None, file_offset: None, size, named_pickle, beside: false }
}
