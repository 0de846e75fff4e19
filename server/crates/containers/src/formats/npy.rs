//! What is wrong with a `.npy`, or worth knowing of it. It is no container: its pickle lies in it as it is, at its own offset,
//! so that the file itself is the stream.

use pickle_numpy::npy::{Header, MAGIC, Unreadable, header};

use crate::fault::{Fault, FaultKind};
use crate::sniff::{Kind, sniff};

/// Arrays of one file that are looked at.
const MOST_PARTS: usize = 1000;

/// The faults of bytes that begin as a `.npy` does.
pub(crate) fn faults(bytes: &[u8]) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !bytes.starts_with(MAGIC) {
        return faults;
    }
    let mut at = 0;
    for _ in 0..MOST_PARTS {
        let Some(rest) = bytes.get(at..).filter(|rest| rest.starts_with(MAGIC)) else { break };
        match header(rest) {
            Ok(Header { data: Some(data), end, .. }) => {
                let left = (rest.len() - end) as u64;
                if data > left {
                    let message = format!(
                        "expected {} of items, as dtype and shape say, found {left}",
                        pickle_ops::counted(data, "byte")
                    );
                    faults.push(Fault::new(FaultKind::Truncated, at + end, message));
                    return faults;
                }
                at += end + usize::try_from(data).unwrap_or(usize::MAX);
            }
            Ok(_) => {
                let message = "an array of Python objects: numpy loads it with allow_pickle=True only";
                faults.push(Fault::new(FaultKind::ObjectArray, at, message));
                return faults;
            }
            Err(Unreadable { why, .. }) => {
                faults.push(Fault::new(FaultKind::Damaged, at, format!("the header of the array: {why}")));
                return faults;
            }
        }
    }
    let rest = bytes.get(at..).unwrap_or(&[]);
    if !rest.is_empty() && !rest.starts_with(MAGIC) && sniff(rest, rest.len() as u64) != Kind::Pickle {
        let message = format!("{} after the last array", pickle_ops::counted(rest.len(), "byte"));
        faults.push(Fault::new(FaultKind::TrailingBytes, at, message));
    }
    faults
}
