//! The compressed files of joblib before 0.10: `ZF`, the length of the data as text, a zlib stream
//! (`joblib/numpy_pickle_compat.py`, `read_zfile`). Never believes the length.

use super::compressed::{Behind, Compressed};
use super::zlib;
use crate::fault::{Fault, FaultKind};
use crate::pull::{End, Inflated, Room};

/// `_ZFILE_PREFIX`, and the beginning of a hexadecimal number.
const PREFIX: &[u8] = b"ZF0x";

/// The header: prefix and a number of 64 bits as Python writes it (`len(hex(2**64))`), padded with blanks.
const HEADER: usize = 2 + 19;

/// See the module.
pub(crate) static ZFILE: Compressed = Compressed {
    name: "joblib zfile",
    extensions: &[],
    endings: &["z"],
    begins: |bytes| bytes.starts_with(PREFIX),
    decode,
    claimed: |bytes| claimed(bytes).unwrap_or(0),
    behind: Behind::Nothing,
};

/// The stated length.
fn claimed(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes.get(4..HEADER)?).ok()?;
    // Python 2 wrote an L behind it.
    u64::from_str_radix(text.trim_end().trim_end_matches('L'), 16).ok()
}

fn decode(bytes: &[u8], room: Room<'_>) -> Inflated {
    if bytes.len() <= HEADER {
        return Inflated::nothing(End::Truncated);
    }
    // Some versions wrote a header that is a byte longer; joblib skips the blank as well.
    let start = if bytes[HEADER] == b' ' { HEADER + 1 } else { HEADER };
    let mut found = zlib::decode(&bytes[start..], room);
    for fault in &mut found.faults {
        fault.offset = fault.offset.map(|at| at + start as u64);
    }
    found.consumed += start;
    let said = claimed(bytes);
    if found.end == End::Complete && said != Some(found.bytes.len() as u64) {
        let message = match said {
            Some(said) => format!(
                "the header says {}, the data are {}",
                pickle_ops::counted(said, "byte"),
                found.bytes.len()
            ),
            None => "the header says no length".to_owned(),
        };
        found.faults.push(Fault::new(FaultKind::Mismatch, 2, message));
    }
    found
}
