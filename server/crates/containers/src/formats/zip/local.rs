//! The headers that stand before each member of a zip (APPNOTE.TXT 4.3.7). The directory is what loaders go by;
//! here is what it may lie about, and what is left when it is gone.

use super::directory::{Entry, Sizes};
use crate::budget::Budget;
use crate::bytes::{u16_at, u32_at};
use crate::inflate::inflate;
use crate::limits::ZIP_RESYNC_BYTES;

/// The signature of a local header.
pub(super) const LOCAL: &[u8] = b"PK\x03\x04";
const LOCAL_LEN: usize = 30;

/// Flag bit 3: sizes and CRC stand after the data (4.4.4).
const DESCRIPTOR: u16 = 1 << 3;

/// The local header at `at` and where the data behind it begin.
pub(super) fn header_at(bytes: &[u8], at: usize) -> Option<(Entry<'_>, usize)> {
    bytes.get(at..)?.starts_with(LOCAL).then_some(())?;
    let name_end = at + LOCAL_LEN + usize::from(u16_at(bytes, at + 26)?);
    let data = name_end + usize::from(u16_at(bytes, at + 28)?);
    let name = bytes.get(at + LOCAL_LEN..name_end)?;
    let sizes =
        Sizes { size: u32_at(bytes, at + 22)?.into(), compressed: u32_at(bytes, at + 18)?.into(), header: 0 }
            .with_extra(bytes.get(name_end..data)?);
    let entry = Entry {
        name,
        flags: u16_at(bytes, at + 6)?,
        method: u16_at(bytes, at + 8)?,
        crc: u32_at(bytes, at + 14)?,
        compressed: sizes.compressed,
        size: sizes.size,
        header: at as u64,
        at,
    };
    Some((entry, data))
}

/// What the directory and the local header say differently, in words; empty if they agree.
pub(super) fn differences(central: &Entry<'_>, local: &Entry<'_>) -> Vec<String> {
    let shown = |name: &[u8]| String::from_utf8_lossy(name).escape_debug().to_string();
    let mut said = Vec::new();
    let mut compare = |what: &str, central: String, local: String| {
        if central != local {
            said.push(format!("{what} {central} against {local}"));
        }
    };
    compare("name", shown(central.name), shown(local.name));
    compare("method", central.method.to_string(), local.method.to_string());
    compare("encryption flag", (central.flags & 1).to_string(), (local.flags & 1).to_string());
    // With bit 3 the local header may hold zeros, or a zip64 placeholder.
    if local.flags & DESCRIPTOR == 0 {
        compare("CRC", format!("{:08x}", central.crc), format!("{:08x}", local.crc));
        compare("compressed size", central.compressed.to_string(), local.compressed.to_string());
        compare("size", central.size.to_string(), local.size.to_string());
    }
    said
}

/// The member as its own header describes it, where a reader that goes by that gets other bytes than one that goes by the
/// directory; or bytes at all, of a member that is not read because it is a `storage` by the name in the directory.
pub(super) fn other_reading<'a>(bytes: &'a [u8], central: &Entry<'a>, storage: bool) -> Option<Entry<'a>> {
    let at = usize::try_from(central.header).ok()?;
    let (mut local, _) = header_at(bytes, at).filter(|_| central.at != at)?;
    if local.flags & DESCRIPTOR != 0 {
        (local.compressed, local.size, local.crc) = (central.compressed, central.size, central.crc);
    }
    let differs = local.method != central.method || local.compressed != central.compressed;
    // Of a stored member, the size says how much of it is read.
    let cut = local.method == 0 && local.size != central.size;
    (differs || cut || storage && local.name != central.name).then_some(local)
}

/// At most `max` local headers that follow one another from `at` up to `end`, and where the last of them ends. Sizes that
/// stand behind the data are found by decompressing, or by looking for the next header.
pub(super) fn walk<'a>(
    bytes: &'a [u8],
    at: usize,
    end: usize,
    max: usize,
    budget: &mut Budget<'_>,
) -> (Vec<Entry<'a>>, usize) {
    let bytes = bytes.get(..end).unwrap_or(bytes);
    let (mut found, mut next) = (Vec::new(), at);
    while let Some((mut entry, data)) = header_at(bytes, next) {
        if found.len() >= max {
            break;
        }
        if entry.flags & DESCRIPTOR != 0 && (entry.compressed == 0 || entry.compressed == u64::from(u32::MAX))
        {
            complete(&mut entry, bytes, data, budget);
        }
        let stop =
            data.saturating_add(usize::try_from(entry.compressed).unwrap_or(usize::MAX)).min(bytes.len());
        found.push(entry);
        next = skip_descriptor(bytes, stop);
    }
    (found, next)
}

/// Finds out what the header of a streamed member leaves open.
fn complete(entry: &mut Entry<'_>, bytes: &[u8], data: usize, budget: &mut Budget<'_>) {
    let rest = &bytes[data.min(bytes.len())..];
    entry.compressed = if entry.method == 8 {
        let (limit, _) = budget.allowance(rest.len());
        let inflated = inflate(rest, limit);
        budget.spend(inflated.bytes.len());
        entry.size = inflated.bytes.len() as u64;
        inflated.consumed
    } else {
        let reach = &rest[..rest.len().min(ZIP_RESYNC_BYTES)];
        let is_next =
            |four: &[u8]| matches!(four, b"PK\x07\x08" | b"PK\x03\x04" | b"PK\x01\x02" | b"PK\x05\x06");
        reach.windows(4).position(is_next).unwrap_or(rest.len())
    } as u64;
    if entry.method == 0 {
        entry.size = entry.compressed;
    }
    let after = data + usize::try_from(entry.compressed).unwrap_or(0);
    if let (true, Some(crc)) = (has_signature(bytes, after), u32_at(bytes, after + 4)) {
        entry.crc = crc;
    }
}

fn has_signature(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(b"PK\x07\x08"))
}

/// Where the next header is after data that end at `at`: behind a data descriptor of any form (4.3.9), or at once.
pub(super) fn skip_descriptor(bytes: &[u8], at: usize) -> usize {
    let is_header = |at: &usize| bytes.get(*at..).is_some_and(|rest| rest.starts_with(b"PK"));
    [0, 12, 16, 20, 24]
        .into_iter()
        .map(|len| at + len)
        .find(|at| is_header(at) && !has_signature(bytes, *at))
        .unwrap_or(at)
}
