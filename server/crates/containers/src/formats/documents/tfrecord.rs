//! Records of TensorFlow: a length and its checksum, the bytes of the record and theirs. What the bytes are is for who reads them: mostly a
//! message of protobuf (`tf.train.Example`), or a pickle.

use super::{Ended, Take, at_end, payload, protobuf};
use crate::bytes::{u32_at, u64_at};
use crate::sniff::is_pickle_value;

/// Length of what stands before the bytes, and behind.
const HEAD: usize = 12;
const TAIL: usize = 4;

/// What is added to checksums, so that those of data with checksums in it are no worse.
const MASK: u32 = 0xa282_ead8;

pub(super) fn walk(bytes: &[u8], whole_len: u64, take: Take<'_>) -> Ended {
    let mut at = 0;
    while at < bytes.len() {
        let (Some(len), Some(sum)) = (u64_at(bytes, at), u32_at(bytes, at + 8)) else {
            return at_end(bytes, whole_len);
        };
        if masked(crc32c(&bytes[at..at + 8])) != sum {
            return Ended::Wrong;
        }
        let start = at + HEAD;
        let record = match payload(bytes, start, len, whole_len) {
            Ok(record) => record,
            // The checksum alone says what it is.
            Err(Ended::Cut) => {
                take(start, bytes.get(start..).unwrap_or_default());
                return Ended::Cut;
            }
            Err(ended) => return ended,
        };
        let goes_on = match protobuf::is_message(record) && !is_pickle_value(record) {
            true => protobuf::inside(record, &mut |at, value| take(start + at, value)),
            false => take(start, record),
        };
        if !goes_on {
            return Ended::Enough;
        }
        at = start + record.len() + TAIL;
    }
    if at as u64 == whole_len { Ended::Whole } else { at_end(bytes, whole_len) }
}

fn masked(sum: u32) -> u32 {
    sum.rotate_right(15).wrapping_add(MASK)
}

/// CRC-32C (RFC 3720, B.4), of a few bytes.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| sum >> 1 ^ (0x82f6_3b78 & (sum & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }
}
