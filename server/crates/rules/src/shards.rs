//! Names of files in the index of a distributed checkpoint (`.metadata`): whether they are files of it. Bytes in, what is wrong out.
//! Which part of the file is unpickled is for who has the file to look into ([`Slice`]).
//!
//! `torch.distributed.checkpoint.load` joins such a name to the folder of the checkpoint and unpickles a part of that file without a
//! restriction (`DefaultLoadPlanner.load_bytes`), whatever it is called and wherever it lies.

use std::ops::Range;

use crate::boosters::Wrong;

/// A part of a file of a distributed checkpoint, which loading unpickles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Offset of the `BUILD` of its entry in the index.
    pub at: usize,
    /// The file, by its path in the folder of the checkpoint; it leads to nowhere else.
    pub file: String,
    /// Its bytes in the file. Nothing says that there are so many.
    pub bytes: Range<u64>,
}

/// Entries of an index that are followed. The largest checkpoints have half as many.
pub const MOST_SLICES: usize = 1 << 20;

/// What writers call the files: the second is written for other loaders.
const ENDS: [&[u8]; 2] = [b".distcp", b".safetensors"];

/// Why a name leads to something else than a file of the checkpoint.
pub(crate) fn judge(name: &[u8]) -> Result<(), Wrong> {
    let mut parts = name.split(|byte| matches!(byte, b'/' | b'\\'));
    if parts.any(|part| part == b"..") {
        return Err("it leads out of the folder of the checkpoint".to_owned());
    }
    if matches!(name, [b'/' | b'\\', ..]) || name.contains(&b':') {
        return Err("it names a place of the machine, or one that is not on it".to_owned());
    }
    if !ENDS.iter().any(|end| name.ends_with(end)) {
        return Err(
            "no writer of checkpoints calls a file so, which is then unpickled from where the index says"
                .to_owned(),
        );
    }
    Ok(())
}
