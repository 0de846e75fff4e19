//! The compressed files of joblib before 0.10: `ZF`, the length of the data as text, a zlib stream
//! (`joblib/numpy_pickle_compat.py`, `read_zfile`). Never believes the length.

use super::compressed::{Behind, Compressed, Joblib};
use super::zlib;
use crate::fault::{Fault, FaultKind};
use crate::pull::{End, Inflated, Room};
use crate::sniff::is_zlib;

/// The name of the format.
pub(crate) const NAME: &str = "joblib zfile";

/// `_ZFILE_PREFIX`.
const PREFIX: &[u8] = b"ZF";

/// The header: prefix and a number of 64 bits as Python writes it (`len(hex(2**64))`), padded with blanks.
const HEADER: usize = 2 + 19;

/// See the module.
pub(crate) static ZFILE: Compressed = Compressed {
    name: NAME,
    extensions: &[],
    endings: &["z"],
    begins: is_header,
    decode,
    claimed: |bytes| claimed(bytes).unwrap_or(0),
    behind: Behind::Nothing,
    joblib: Joblib::AsOthers,
};

/// Whether there is a length, and behind it something that zlib reads.
pub(crate) fn is_header(bytes: &[u8]) -> bool {
    claimed(bytes).is_some() && is_zlib(&bytes[behind(bytes)..])
}

/// The stated length, a hexadecimal number as Python's `int` takes it.
fn claimed(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes.get(..HEADER)?.strip_prefix(PREFIX)?).ok()?;
    // Python 2 wrote an L behind it.
    let text = text.trim().trim_end_matches('L');
    let digits = ["0x", "0X"].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    u64::from_str_radix(&digits.replace('_', ""), 16).ok()
}

/// Where the data begin. Some versions wrote a header that is a byte longer; joblib skips the blank as well.
fn behind(bytes: &[u8]) -> usize {
    let end = bytes.len().min(HEADER);
    if bytes.get(HEADER) == Some(&b' ') { end + 1 } else { end }
}

fn decode(bytes: &[u8], room: Room<'_>) -> Inflated {
    if bytes.len() <= HEADER {
        return Inflated::nothing(End::Truncated);
    }
    let start = behind(bytes);
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
