//! zlib (RFC 1950): one stream of bytes, as `joblib.dump(compress=3)` writes it. What follows the stream is reported
//! and not read.

use std::borrow::Cow;

use super::{Format, gzip};
use crate::budget::Budget;
use crate::fault::{Fault, FaultKind};
use crate::inflate::{End, inflate};
use crate::limits::HEAD_BYTES;
use crate::member::Opened;
use crate::sniff::{Kind, sniff};
use crate::unwrap::{Found, Input, add};

const NAME: &str = "zlib";

/// Length of the header, CMF and FLG.
const HEADER: usize = 2;

/// Length of ADLER32 behind the data.
const ADLER: usize = 4;

/// See the module.
pub(crate) struct Zlib;

impl Format for Zlib {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["pkl.z", "joblib.z"]
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        sniff(&bytes[..bytes.len().min(HEAD)], bytes.len() as u64) == Kind::Container(NAME)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let bytes = input.bytes;
        let (limit, which) = budget.allowance(bytes.len());
        let start = HEADER.min(bytes.len());
        // Without its header, so that a wrong checksum hides nothing.
        let found = inflate(&bytes[start..], limit);
        budget.spend(found.bytes.len());
        let end = start + found.consumed;
        if found.end == End::Complete {
            check(bytes, end, &found.bytes, &mut opened.faults);
        } else {
            opened.faults.push(gzip::stopped(found.end, end, found.bytes.len(), which));
        }
        let alias = input.name.as_deref().map(|name| name.strip_suffix(".z").unwrap_or(name).to_owned());
        add(&mut opened, Found { name: None, bytes: Cow::Owned(found.bytes), offset: None, alias }, budget);
        opened
    }
}

/// As many bytes as a look at the data takes.
const HEAD: usize = HEAD_BYTES as usize;

fn check(bytes: &[u8], at: usize, data: &[u8], faults: &mut Vec<Fault>) {
    let Some(stated) =
        bytes.get(at..at + ADLER).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes)
    else {
        faults.push(Fault::new(
            FaultKind::Truncated,
            at,
            "the file ends inside the checksum of the zlib data",
        ));
        return;
    };
    let real = adler32(data);
    if stated != real {
        let message = format!("expected Adler-32 {stated:08x}, found {real:08x}");
        faults.push(Fault::new(FaultKind::BadChecksum, at, message));
    }
    let rest = bytes.len() - at - ADLER;
    if rest > 0 {
        let message = format!("{rest} bytes after the end of the zlib data");
        faults.push(Fault::new(FaultKind::TrailingBytes, at + ADLER, message));
    }
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
