//! Whether a `.npy` holds a pickle: an array of objects is one, and a pickle may follow an array of numbers.

use pickle_numpy::npy::{MAGIC, Part, part};

use super::{Kind, pickle};

/// The name of a `.npy` without a pickle in it, in [`Kind::Other`].
pub const NPY: &str = "numpy .npy";

/// Arrays of one file that are looked at for a pickle behind them.
const MOST_PARTS: usize = 1 << 16;

/// What the `.npy` is that `bytes` begin with; `None`: they are none that can be read.
pub(super) fn kind(bytes: &[u8], whole_len: u64) -> Option<Kind> {
    let mut at = 0;
    for _ in 0..MOST_PARTS {
        match part(bytes, at) {
            Some(Part::Pickle(header)) if (header.end as u64) < whole_len => return Some(Kind::Pickle),
            Some(Part::Items(array)) if array.end < bytes.len() => at = array.end,
            Some(_) => return Some(Kind::Other(NPY)),
            None if at == 0 => return None,
            None => break,
        }
    }
    let left = whole_len.saturating_sub(at as u64);
    let rest = bytes.get(at..).unwrap_or(&[]);
    Some(if pickle::is_pickle(rest, left, || false) { Kind::Pickle } else { Kind::Other(NPY) })
}

/// Whether `head`, of a string of `whole_len` bytes, is the beginning of a `.npy` whose header goes on behind it.
pub(super) fn is_undecided(head: &[u8], whole_len: u64) -> bool {
    (head.len() as u64) < whole_len && head.starts_with(MAGIC) && part(head, 0).is_none()
}
