//! Shards of torch's distributed checkpoints (`.distcp`, `torch.distributed.checkpoint.filesystem`): archives of `torch.save`, one
//! after the other, whose places are in the index beside them. Readers take one by its place, none the whole file.

use std::ops::Range;

use memchr::memmem;

use super::{directory, local};

/// Whether a file of this name holds archives in a row.
pub(super) fn is_name(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("distcp"))
}

/// Where the archives begin and end that a file of this name and content is looked into as: one or several without anything in between.
/// None, where it is something else.
#[must_use]
pub fn archives_in_a_row(name: &str, bytes: &[u8]) -> Vec<Range<usize>> {
    let row = if is_name(name) { in_a_row(bytes) } else { None };
    row.unwrap_or_default().into_iter().map(|(start, end)| start..end).collect()
}

/// Where each archive begins and ends, if the bytes are two or more of them without anything in between: each with a directory that
/// counts from where the archive begins.
pub(super) fn parts(bytes: &[u8]) -> Option<Vec<(usize, usize)>> {
    in_a_row(bytes).filter(|parts| parts.len() > 1)
}

/// The same of one archive, too.
fn in_a_row(bytes: &[u8]) -> Option<Vec<(usize, usize)>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for at in memmem::find_iter(bytes, directory::END) {
        if at < start || !bytes[start..].starts_with(local::LOCAL) {
            continue;
        }
        if let Some(end) = directory::whole(&bytes[start..], at - start) {
            parts.push((start, start + end));
            start += end;
        }
    }
    (start == bytes.len()).then_some(parts)
}
