//! gzip (RFC 1952): one string of bytes, possibly in several members one after the other, as `gzip.open` joins them. Never
//! reports a member of its own name: the name in the header is not what a loader goes by.

use super::compressed::{Behind, Compressed, Joblib};
use crate::bytes::{u16_at, u32_at};
use crate::fault::{Fault, FaultKind};
use crate::inflate::{crc32, inflate_in};
use crate::pull::{End, Inflated, Room};

/// ID1, ID2 and CM = deflate (RFC 1952, 2.3.1).
const MAGIC: &[u8] = b"\x1f\x8b\x08";

/// CRC32 and ISIZE.
const TRAILER: usize = 8;

/// See the module.
pub(crate) static GZIP: Compressed = Compressed {
    name: "gzip",
    extensions: &["pkl.gz", "pickle.gz", "joblib.gz", "p.gz", "tar.gz", "tgz"],
    endings: &["gz", "gzip", "tgz"],
    begins: |bytes| bytes.starts_with(MAGIC),
    decode,
    // Modulo 2^32 and of the last member only: the best that there is without decompressing.
    claimed: |bytes| bytes.len().checked_sub(4).and_then(|at| u32_at(bytes, at)).unwrap_or(0).into(),
    behind: Behind::StreamsAndZeros(|bytes| bytes.starts_with(MAGIC)),
    joblib: Joblib::Endless,
};

/// Decodes one member.
pub(crate) fn decode(bytes: &[u8], room: Room<'_>) -> Inflated {
    let Some(start) = header_len(bytes) else { return Inflated::nothing(End::Truncated) };
    let mut found = inflate_in(&bytes[start..], room);
    found.consumed += start;
    if found.end == End::Complete {
        check_trailer(bytes, &mut found);
    }
    found
}

fn check_trailer(bytes: &[u8], found: &mut Inflated) {
    let at = found.consumed;
    let (Some(crc), Some(size)) = (u32_at(bytes, at), u32_at(bytes, at + 4)) else {
        found.end = End::Truncated;
        return;
    };
    let (real_crc, real_size) = (crc32(&found.bytes), found.bytes.len() as u64 & 0xFFFF_FFFF);
    if crc != real_crc {
        let message = format!("expected CRC {crc:08x}, found {real_crc:08x}");
        found.faults.push(Fault::new(FaultKind::BadChecksum, at, message));
    }
    if u64::from(size) != real_size {
        let message =
            format!("the trailer says {}, the data are {real_size}", pickle_ops::counted(size, "byte"));
        found.faults.push(Fault::new(FaultKind::Mismatch, at + 4, message));
    }
    found.consumed += TRAILER;
}

/// Where the deflate data begin, if the header is whole (RFC 1952, 2.3).
fn header_len(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.get(3)?;
    let mut next = 10;
    if flags & 4 != 0 {
        next += 2 + usize::from(u16_at(bytes, next)?);
    }
    for name_or_comment in [8, 16] {
        if flags & name_or_comment != 0 {
            next += bytes.get(next..)?.iter().position(|byte| *byte == 0)? + 1;
        }
    }
    if flags & 2 != 0 {
        next += 2;
    }
    (next <= bytes.len()).then_some(next)
}
