//! Records of TensorFlow: a length and its checksum, the bytes of the record and theirs. What the bytes are is for who reads them: mostly a
//! message of protobuf (`tf.train.Example`), or a pickle.

use super::{Ended, Take, at_end, payload, protobuf};
use crate::bytes::{u32_at, u64_at};
use crate::crc32c;
use crate::sniff::is_pickle_value;

/// Length of what stands before the bytes, and behind.
const HEAD: usize = 12;
const TAIL: usize = 4;

pub(super) fn walk(bytes: &[u8], whole_len: u64, take: Take<'_>) -> Ended {
    let mut at = 0;
    while at < bytes.len() {
        let (Some(len), Some(sum)) = (u64_at(bytes, at), u32_at(bytes, at + 8)) else {
            return at_end(bytes, whole_len);
        };
        if crc32c::masked(&bytes[at..at + 8]) != sum {
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
