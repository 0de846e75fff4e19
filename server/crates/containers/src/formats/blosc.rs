//! Blosc (c-blosc 1), as numcodecs packs the chunks of zarr arrays: one file a chunk, which is a pickle where an array of objects is kept by
//! `numcodecs.Pickle`. A chunk says how long it is, and is nothing but that.

use super::compressed::{Behind, Compressed};
use super::hdf5::blosc::decode;
use crate::bytes::u32_at;

/// The name of the format.
pub(crate) const NAME: &str = "Blosc";

/// What a chunk begins with: the version of the format, and that of the compression in it.
const VERSIONS: &[u8] = &[2, 1];

/// A flag that no version sets.
const RESERVED: u8 = 8;

/// See the module.
pub(crate) static BLOSC: Compressed = Compressed {
    name: NAME,
    extensions: &[],
    endings: &["blosc"],
    begins: |bytes| is_chunk(bytes, bytes.len() as u64),
    decode,
    claimed: |bytes| u32_at(bytes, 4).map_or(0, u64::from),
    behind: Behind::Nothing,
};

/// Whether `head` begins a chunk of `whole_len` bytes.
pub(crate) fn is_chunk(head: &[u8], whole_len: u64) -> bool {
    let length = |at: usize| u32_at(head, at).map_or(0, u64::from);
    head.starts_with(VERSIONS)
        && head.get(2).is_some_and(|flags| flags & RESERVED == 0)
        && (1..=length(4)).contains(&length(8))
        && length(12) == whole_len
}
