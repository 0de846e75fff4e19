//! Shards of torch's distributed checkpoints (`.distcp`, `torch.distributed.checkpoint.filesystem`): archives of `torch.save`, one
//! after the other, whose places are in the index beside them. Readers take one by its place, none the whole file.

use memchr::memmem;

use super::{directory, local};

/// Whether a file of this name holds archives in a row.
pub(super) fn is_name(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("distcp"))
}

/// Where each archive begins and ends, if the bytes are two or more of them without anything in between: each with a directory that
/// counts from where the archive begins.
pub(super) fn parts(bytes: &[u8]) -> Option<Vec<(usize, usize)>> {
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
    (start == bytes.len() && parts.len() > 1).then_some(parts)
}
