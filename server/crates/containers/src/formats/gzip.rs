//! gzip (RFC 1952): one stream of bytes, possibly in several members one after the other. Never reports a member of
//! its own name: the name in the header is not what a loader goes by.

use std::borrow::Cow;

use super::Format;
use crate::budget::Budget;
use crate::bytes::u32_at;
use crate::fault::{Fault, FaultKind};
use crate::inflate::{End, Inflated, crc32, inflate};
use crate::limits::HEAD_BYTES;
use crate::member::{Member, Opened, is_pickle_name};
use crate::sniff::{Kind, sniff};
use crate::unwrap::{Found, Input, add, is_nestable};

/// ID1, ID2 and CM = deflate (RFC 1952, 2.3.1).
const MAGIC: &[u8] = b"\x1f\x8b\x08";

/// CRC32 and ISIZE.
const TRAILER: usize = 8;

/// See the module.
pub(crate) struct Gzip;

impl Format for Gzip {
    fn name(&self) -> &'static str {
        "gzip"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["pkl.gz", "pickle.gz", "joblib.gz", "p.gz"]
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(self.name());
        let alias = input.name.as_deref().map(without_gz);
        match uninteresting(input.bytes, alias.as_deref(), budget) {
            Some(member) => opened.members.push(member),
            None => {
                let bytes = Cow::Owned(decompress(input.bytes, &mut opened.faults, budget));
                add(&mut opened, Found { name: None, bytes, offset: None, alias }, budget);
            }
        }
        opened
    }
}

/// `model.pkl` of `model.pkl.gz`, any other name as it is.
fn without_gz(name: &str) -> String {
    let gz = name
        .len()
        .checked_sub(3)
        .filter(|at| name.get(*at..).is_some_and(|end| end.eq_ignore_ascii_case(".gz")));
    name.get(..gz.unwrap_or(name.len())).unwrap_or(name).to_owned()
}

/// The member of a stream that neither its beginning nor its name makes worth decompressing.
fn uninteresting(bytes: &[u8], alias: Option<&str>, budget: &mut Budget<'_>) -> Option<Member<'static>> {
    let start = header_len(bytes, 0)?;
    let (limit, _) = budget.allowance(bytes.len());
    let head = inflate(&bytes[start..], limit.min(HEAD_BYTES));
    budget.spend(head.bytes.len());
    if limit <= HEAD_BYTES || head.end != End::Limit || alias.is_some_and(is_pickle_name) {
        return None;
    }
    // ISIZE is modulo 2^32 and of the last member only: the best that there is without decompressing.
    let claimed = bytes.len().checked_sub(4).and_then(|at| u32_at(bytes, at)).unwrap_or(0);
    let kind = sniff(&head.bytes, u64::from(claimed).max(HEAD_BYTES + 1));
    (kind != Kind::Pickle && !is_nestable(kind)).then(|| Member {
        path: None,
        kind,
        bytes: None,
        file_offset: None,
        size: u64::from(claimed),
        named_pickle: false,
    })
}

/// All members' data, as `gzip.open` hands it out.
fn decompress(bytes: &[u8], faults: &mut Vec<Fault>, budget: &mut Budget<'_>) -> Vec<u8> {
    let mut all = Vec::new();
    let (mut at, mut left) = (0, budget.members_left());
    while let Some(next) = next_member(bytes, at, faults, budget, &mut all) {
        at = next;
        if at >= bytes.len() || only_zeros(&bytes[at..], faults, at) {
            break;
        }
        left = left.saturating_sub(1);
        if left == 0 {
            let message = "the stream has more gzip members than the limit; the rest is not read";
            faults.push(Fault::new(FaultKind::LimitReached, at, message));
            break;
        }
    }
    all
}

/// Reads the member at `at`; the end of it if another may follow.
fn next_member(
    bytes: &[u8],
    at: usize,
    faults: &mut Vec<Fault>,
    budget: &mut Budget<'_>,
    all: &mut Vec<u8>,
) -> Option<usize> {
    let Some(start) = header_len(bytes, at) else {
        faults.push(Fault::new(FaultKind::Truncated, at, "the file ends inside a gzip header"));
        return None;
    };
    let (limit, which) = budget.allowance(bytes.len());
    let left = limit.saturating_sub(all.len() as u64);
    let Inflated { bytes: data, consumed, end } = inflate(&bytes[start..], left);
    budget.spend(data.len());
    let end_at = start + consumed;
    if end == End::Complete {
        check_trailer(bytes, end_at, &data, faults);
    } else {
        faults.push(stopped(end, end_at, all.len() + data.len(), which));
    }
    all.extend_from_slice(&data);
    (end == End::Complete).then_some(end_at + TRAILER)
}

/// The fault of a deflate stream that did not reach its end mark.
pub(super) fn stopped(end: End, at: usize, got: usize, which: &str) -> Fault {
    match end {
        End::Limit => Fault::new(
            FaultKind::LimitReached,
            at,
            format!("limit ({which}) reached after {got} decompressed bytes; the rest is not read"),
        ),
        End::Corrupt => Fault::new(
            FaultKind::Damaged,
            at,
            format!("expected deflate data, found none after {got} decompressed bytes"),
        ),
        End::Truncated | End::Complete => Fault::new(
            FaultKind::Truncated,
            at,
            format!("the file ends inside the compressed data, after {got} decompressed bytes"),
        ),
    }
}

fn check_trailer(bytes: &[u8], at: usize, data: &[u8], faults: &mut Vec<Fault>) {
    let (Some(crc), Some(size)) = (u32_at(bytes, at), u32_at(bytes, at + 4)) else {
        faults.push(Fault::new(
            FaultKind::Truncated,
            at,
            "the file ends inside the checksum of the gzip data",
        ));
        return;
    };
    let (real_crc, real_size) = (crc32(data), data.len() as u64 & 0xFFFF_FFFF);
    if crc != real_crc {
        let message = format!("expected CRC {crc:08x}, found {real_crc:08x}");
        faults.push(Fault::new(FaultKind::BadChecksum, at, message));
    }
    if u64::from(size) != real_size {
        let message = format!("the trailer says {size} bytes, the data are {real_size}");
        faults.push(Fault::new(FaultKind::Mismatch, at + 4, message));
    }
}

/// Whether nothing follows but zeros, which readers skip; anything else that is no gzip member is a fault.
fn only_zeros(rest: &[u8], faults: &mut Vec<Fault>, at: usize) -> bool {
    if rest.starts_with(MAGIC) {
        return false;
    }
    if rest.iter().any(|byte| *byte != 0) {
        let message = format!("{} bytes after the end of the gzip data", rest.len());
        faults.push(Fault::new(FaultKind::TrailingBytes, at, message));
    }
    true
}

/// Where the deflate data of the member at `at` begin, if its header is whole (RFC 1952, 2.3).
fn header_len(bytes: &[u8], at: usize) -> Option<usize> {
    let flags = *bytes.get(at.checked_add(3)?)?;
    let mut next = at + 10;
    if flags & 4 != 0 {
        next += 2 + usize::from(crate::bytes::u16_at(bytes, next)?);
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
