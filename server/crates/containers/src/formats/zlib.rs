//! zlib (RFC 1950): one stream of bytes, as `joblib.dump(compress=3)` writes it. What follows the stream is reported
//! and not read.

use super::compressed::{Behind, Compressed, Joblib};
use crate::fault::{Fault, FaultKind};
use crate::inflate::inflate_in;
use crate::limits::HEAD_BYTES;
use crate::pull::{End, Inflated, Room};
use crate::sniff::{Kind, is_zlib, sniff};

const NAME: &str = "zlib";

/// Length of the header, CMF and FLG.
const HEADER: usize = 2;

/// Length of ADLER32 behind the data.
const ADLER: usize = 4;

/// As many bytes as a look at the data takes.
const HEAD: usize = HEAD_BYTES as usize;

/// See the module.
pub(crate) static ZLIB: Compressed = Compressed {
    name: NAME,
    extensions: &["pkl.z", "joblib.z"],
    endings: &["z", "zlib"],
    begins: |bytes| {
        let head = &bytes[..bytes.len().min(HEAD)];
        is_zlib(head) && sniff(head, bytes.len() as u64) == Kind::Container(NAME)
    },
    decode,
    claimed: |_| 0,
    behind: Behind::Nothing,
    joblib: Joblib::EndlessAlone,
};

/// Without its header, so that a wrong checksum hides nothing.
pub(crate) fn decode(bytes: &[u8], room: Room<'_>) -> Inflated {
    let start = HEADER.min(bytes.len());
    let mut found = inflate_in(&bytes[start..], room);
    found.consumed += start;
    if found.end == End::Complete {
        check(bytes, &mut found);
    }
    found
}

fn check(bytes: &[u8], found: &mut Inflated) {
    let at = found.consumed;
    let stated = bytes.get(at..at + ADLER).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes);
    let Some(stated) = stated else {
        found.end = End::Truncated;
        return;
    };
    let real = adler32(&found.bytes);
    if stated != real {
        let message = format!("expected Adler-32 {stated:08x}, found {real:08x}");
        found.faults.push(Fault::new(FaultKind::BadChecksum, at, message));
    }
    found.consumed += ADLER;
}

/// The checksum of RFC 1950, 8.2.
fn adler32(data: &[u8]) -> u32 {
    // The largest number of bytes whose sums fit 32 bits.
    const RUN: usize = 5552;
    let (mut a, mut b) = (1u32, 0u32);
    for run in data.chunks(RUN) {
        for byte in run {
            a += u32::from(*byte);
            b += a;
        }
        a %= 65521;
        b %= 65521;
    }
    b << 16 | a
}
