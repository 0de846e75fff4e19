//! The central directory of a zip (APPNOTE.TXT 4.3.12–4.3.16): what the archive says that it holds. Never looks at
//! a member.

use memchr::memmem;

use crate::bytes::{clamped, u16_at, u32_at, u64_at};
use crate::fault::{Fault, FaultKind};
use crate::limits::ZIP_END_REACH;

/// The signature of an end record.
pub(super) const END: &[u8] = b"PK\x05\x06";
const END64: &[u8] = b"PK\x06\x06";
const LOCATOR64: &[u8] = b"PK\x06\x07";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END_LEN: usize = 22;
const CENTRAL_LEN: usize = 46;

/// A member as the directory, or its own header, describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// Its name, in whatever encoding.
    pub(super) name: &'a [u8],
    /// General purpose flags (4.4.4).
    pub(super) flags: u16,
    /// Compression method (4.4.5).
    pub(super) method: u16,
    /// CRC-32 of the uncompressed bytes.
    pub(super) crc: u32,
    /// Length in the archive.
    pub(super) compressed: u64,
    /// Length when decompressed.
    pub(super) size: u64,
    /// Where its local header is, in bytes from the start of the container.
    pub(super) header: u64,
    /// Where this description is.
    pub(super) at: usize,
}

/// Where the directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// Where its first entry is.
    pub(super) start: usize,
    /// Where its last entry ends.
    pub(super) stop: usize,
    /// What has to be added to offsets that the archive states: bytes were put in front of it, or, as `zipfile` reads it as
    /// well, are missing there.
    pub(super) shift: i64,
    /// How many entries it says that there are; a record without zip64 counts modulo 2^16.
    pub(super) count: u64,
    /// Where the archive ends, its comment included.
    pub(super) end: usize,
    /// Where the end record is.
    pub(super) at: usize,
}

/// Directories of one archive that are looked at, beside the first.
const VIEWS: usize = 8;

/// The directories that readers may find: first the one that Python's `zipfile` goes by, then those of readers that take offsets
/// as they are stated, that look for a zip64 record where its locator says, or that know none; and those of earlier end records.
pub(super) fn find(bytes: &[u8]) -> Vec<End> {
    let mut found: Vec<End> = Vec::new();
    for end in candidates(bytes).flat_map(|at| views(bytes, at)) {
        let is_same = |other: &End| (other.start, other.shift) == (end.start, end.shift);
        if !found.iter().any(is_same) {
            found.push(end);
        }
        if found.len() > VIEWS {
            break;
        }
    }
    found
}

/// Where end records may be, the last one first.
fn candidates(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let low = bytes.len().saturating_sub(ZIP_END_REACH);
    // Where the last one that is whole would begin, and its signature end.
    let high = (bytes.len() + END.len()).saturating_sub(END_LEN);
    let reach = bytes.get(low..high).unwrap_or_default();
    // Most files have none, which is seen sooner from the front; the signature does not overlap itself.
    let reach = if memmem::find(reach, END).is_some() { reach } else { &[] };
    memmem::rfind_iter(reach, END).map(move |at| low + at)
}

/// The directories to which the end record at `at` leads, by one account or another.
fn views(bytes: &[u8], at: usize) -> Vec<End> {
    let narrow = narrow(bytes, at);
    let accounts = [end64(bytes, at, true), end64(bytes, at, false), narrow];
    // A comment that would go on behind the file is cut by every reader.
    let comment = u16_at(bytes, at + 20).map_or(0, usize::from);
    let end = bytes.len().min(at + END_LEN + comment);
    let mut found = Vec::new();
    for (size, offset, count, before) in accounts.into_iter().flatten() {
        let (Ok(size), Ok(offset)) = (usize::try_from(size), usize::try_from(offset)) else { continue };
        // Who believes the offset does not mind what lies between the directory and the end record, nor which of them comes first.
        for (start, limit) in [(before.checked_sub(size), before), (Some(offset), bytes.len())] {
            if let Some(start) = start.filter(|start| is_directory(bytes, *start, size, limit)) {
                let shift = (start as i64).saturating_sub(offset as i64);
                found.push(End { start, stop: start + size, shift, count, end, at });
            }
        }
    }
    found
}

/// Where the archive ends that begins with the bytes and has the end record at `at`, if its offsets count from there.
pub(super) fn whole(bytes: &[u8], at: usize) -> Option<usize> {
    views(bytes, at).first().filter(|end| end.shift == 0).map(|end| end.end)
}

/// Size, offset and count as the end record at `at` states them, and where the directory has to end.
fn narrow(bytes: &[u8], at: usize) -> Option<(u64, u64, u64, usize)> {
    let wide = |at| u32_at(bytes, at).map(u64::from);
    Some((wide(at + 12)?, wide(at + 16)?, u64::from(u16_at(bytes, at + 10)?), at))
}

/// An empty directory counts only where nothing else is: twenty bytes in a program say nothing.
fn is_directory(bytes: &[u8], start: usize, size: usize, before: usize) -> bool {
    let fits = start.checked_add(size).is_some_and(|stop| stop <= before);
    fits && (bytes[start..].starts_with(CENTRAL) || (size == 0 && before == 0))
}

/// Size, offset, count and place of the zip64 end record that belongs to the end record at `at` (4.3.14, 4.3.15): right before
/// its locator, or where that says.
fn end64(bytes: &[u8], at: usize, before_locator: bool) -> Option<(u64, u64, u64, usize)> {
    let locator = at.checked_sub(20)?;
    bytes.get(locator..)?.starts_with(LOCATOR64).then_some(())?;
    let place = if before_locator {
        locator.checked_sub(56)?
    } else {
        usize::try_from(u64_at(bytes, locator + 8)?).ok()?
    };
    (place < locator && bytes[place..].starts_with(END64)).then_some(())?;
    Some((u64_at(bytes, place + 40)?, u64_at(bytes, place + 48)?, u64_at(bytes, place + 32)?, place))
}

/// The entries of the directory, up to the first that is damaged, and at most `max`.
pub(super) fn entries<'a>(bytes: &'a [u8], end: &End, max: usize, faults: &mut Vec<Fault>) -> Vec<Entry<'a>> {
    let mut found = Vec::new();
    let mut at = end.start;
    while at < end.stop && found.len() < max {
        let Some((entry, next)) = entry_at(&bytes[..end.stop], at, end.shift) else {
            let message =
                format!("expected entry {} of the zip directory, found other bytes", found.len() + 1);
            faults.push(Fault::new(FaultKind::Damaged, at, message));
            break;
        };
        found.push(entry);
        if next > end.stop {
            let message = "the last entry of the zip directory is said to go on behind its end";
            faults.push(Fault::new(FaultKind::Damaged, at, message));
        }
        at = next;
    }
    let complete = found.len() < max;
    if complete && found.len() as u64 != end.count && found.len() as u64 & 0xFFFF != end.count {
        let message = format!(
            "the zip says that it has {}, its directory has {}",
            pickle_ops::counted(end.count, "member"),
            found.len()
        );
        faults.push(Fault::new(FaultKind::Mismatch, end.at, message));
    }
    found
}

/// An entry, and where the next one begins. What the last one says that lies behind the directory is taken to be missing, as
/// Python's `zipfile` takes it.
fn entry_at(bytes: &[u8], at: usize, shift: i64) -> Option<(Entry<'_>, usize)> {
    bytes.get(at..)?.starts_with(CENTRAL).then_some(())?;
    let length = |field: usize| u16_at(bytes, at + field).map(usize::from);
    let name_end = at + CENTRAL_LEN + length(28)?;
    let extra_end = name_end + length(30)?;
    let next = extra_end + length(32)?;
    let sizes = Sizes {
        size: u32_at(bytes, at + 24)?.into(),
        compressed: u32_at(bytes, at + 20)?.into(),
        header: u32_at(bytes, at + 42)?.into(),
    }
    .with_extra(clamped(bytes, name_end, extra_end.saturating_sub(name_end) as u64));
    let entry = Entry {
        name: bytes.get(at + CENTRAL_LEN..name_end)?,
        flags: u16_at(bytes, at + 8)?,
        method: u16_at(bytes, at + 10)?,
        crc: u32_at(bytes, at + 16)?,
        compressed: sizes.compressed,
        size: sizes.size,
        // Before the beginning there is nothing.
        header: sizes.header.checked_add_signed(shift).unwrap_or(u64::MAX),
        at,
    };
    Some((entry, next))
}

/// The numbers that zip64 makes wider.
pub(super) struct Sizes {
    pub(super) size: u64,
    pub(super) compressed: u64,
    pub(super) header: u64,
}

impl Sizes {
    /// Takes those that are all ones from the zip64 field among the extra fields (4.5.3).
    pub(super) fn with_extra(mut self, extra: &[u8]) -> Self {
        let mut rest = zip64_field(extra).unwrap_or_default();
        for number in [&mut self.size, &mut self.compressed, &mut self.header] {
            if *number == u64::from(u32::MAX)
                && let Some(wide) = u64_at(rest, 0)
            {
                *number = wide;
                rest = &rest[8..];
            }
        }
        self
    }
}

fn zip64_field(extra: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    loop {
        let (id, len) = (u16_at(extra, at)?, usize::from(u16_at(extra, at + 2)?));
        if id == 1 {
            return extra.get(at + 4..at + 4 + len);
        }
        at += 4 + len;
    }
}
