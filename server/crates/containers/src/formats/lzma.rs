//! xz, the older `.lzma`, and lzip: one string of bytes in streams one after the other. `lzma.open` reads all of them (lzip since liblzma
//! 5.4), also mixed, and so does this. Padding between streams ends them, as it does for Python.
//!
//! The window of the decoder grows with what comes out, whatever the header says that it needs.

use std::io::{Error, ErrorKind, Read};

use lzma_rust2::{LzmaReader, XzReader};

use super::compressed::{Behind, Compressed, Joblib};
use crate::bytes::{u32_at, u64_at};
use crate::fault::{Fault, FaultKind};
use crate::inflate::crc32;
use crate::limits::HEAD_BYTES;
use crate::pull::{End, Inflated, Room, pull};
use crate::sniff::{SNIFF_BYTES, is_lzma};

/// The signature of xz (The .xz File Format, 2.1.1.1).
const XZ: &[u8] = b"\xfd7zXZ\0";

/// What names the check of a stream, in its header and in front of its end (2.1.1.2); the checks that there are.
const CHECK: usize = 7;
const CHECKS: [u8; 4] = [0, 1, 4, 10];

/// The signature of lzip, with the version of the format behind it.
pub(crate) const LZIPS: [&[u8]; 2] = [b"LZIP\0", b"LZIP\x01"];

/// The header of lzip: signature, version, size of the dictionary; the properties that all its streams have; and its trailers, by version:
/// checksum, length of the data, and length of it all.
const LZIP_HEADER: usize = 6;
const LZIP_PROPERTIES: u8 = 0x5d;
const LZIP_TRAILERS: [usize; 2] = [12, 20];

/// Length of the header of `.lzma`: properties, dictionary size, length.
const ALONE_HEADER: usize = 13;

/// xz.
pub(crate) static XZ_FORMAT: Compressed = Compressed {
    name: "xz",
    extensions: &["pkl.xz", "pickle.xz", "joblib.xz", "tar.xz"],
    endings: &["xz", "txz"],
    begins: |bytes| bytes.starts_with(XZ),
    decode,
    claimed: |_| 0,
    behind: Behind::Streams(follows),
    joblib: Joblib::AsOthers,
};

/// `.lzma`.
pub(crate) static LZMA: Compressed = Compressed {
    name: "lzma",
    extensions: &["pkl.lzma", "joblib.lzma"],
    endings: &["lzma", "tlz"],
    begins: is_lzma,
    decode,
    claimed: |bytes| u64_at(bytes, 5).filter(|size| *size != u64::MAX).unwrap_or(0),
    behind: Behind::Streams(follows),
    joblib: Joblib::AsOthers,
};

/// lzip.
pub(crate) static LZIP: Compressed = Compressed {
    name: "lzip",
    extensions: &["pkl.lz"],
    endings: &["lz", "tlz"],
    begins: is_lzip,
    decode,
    claimed: |_| 0,
    behind: Behind::Streams(follows),
    joblib: Joblib::AsOthers,
};

/// Whether a further stream begins here.
fn follows(bytes: &[u8]) -> bool {
    bytes.starts_with(XZ) || is_lzip(bytes) || is_header(bytes)
}

fn is_lzip(bytes: &[u8]) -> bool {
    LZIPS.iter().any(|signature| bytes.starts_with(signature))
}

/// Decodes one stream of any of the formats.
pub(crate) fn decode(input: &[u8], room: Room<'_>) -> Inflated {
    match input {
        _ if input.starts_with(XZ) => xz(input, room),
        _ if is_lzip(input) => lzip(input, room),
        _ => alone(input, room),
    }
}

fn xz(input: &[u8], room: Room<'_>) -> Inflated {
    if let Some(check) = input.get(CHECK).filter(|check| !CHECKS.contains(check)) {
        let message =
            format!("xz data with the check {check}, which no writer writes and readers do not mind");
        let faults = vec![Fault::new(FaultKind::Unread, CHECK, message)];
        return Inflated { faults, ..Inflated::nothing(End::Unsupported) };
    }
    let mut reader = XzReader::new(input, false);
    let (mut bytes, mut end) = pull(&mut reader, room, verdict);
    let consumed = input.len() - reader.inner().len();
    if !matches!(end, End::Complete | End::Limit) {
        // What was made in the step that failed is lost. A second decoder goes there, and on byte by byte.
        (bytes, end) = pull(&mut Careful::new(XzReader::new(input, false), bytes.len()), room, verdict);
    }
    Inflated { bytes, consumed, end, faults: Vec::new() }
}

/// Reads so many bytes as fast as it can, and from there on one at a time.
struct Careful<R> {
    inner: R,
    fast: usize,
}

impl<R> Careful<R> {
    fn new(inner: R, fast: usize) -> Self {
        Self { inner, fast }
    }
}

impl<R: Read> Read for Careful<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = into.len().min(self.fast.max(1));
        let made = self.inner.read(&mut into[..most])?;
        self.fast = self.fast.saturating_sub(made);
        Ok(made)
    }
}

/// Decodes one stream of lzip (`lzip_decoder.c`): LZMA that says itself where it ends, and a trailer.
fn lzip(input: &[u8], room: Room<'_>) -> Inflated {
    let Some([version, size]) = input.get(4..LZIP_HEADER) else { return Inflated::nothing(End::Truncated) };
    let whole = 1u32 << (size & 31);
    let dictionary = whole - (whole >> 4) * u32::from(size >> 5);
    let mut found = raw(&input[LZIP_HEADER..], LZIP_PROPERTIES, dictionary, u64::MAX, room);
    found.consumed += LZIP_HEADER;
    if found.end != End::Complete {
        return found;
    }
    let trailer = found.consumed;
    found.consumed += LZIP_TRAILERS[usize::from(*version).min(1)];
    match u32_at(input, trailer) {
        Some(_) if found.consumed > input.len() => found.end = End::Truncated,
        Some(crc) if room.watch.is_none() && crc != crc32(&found.bytes) => {
            let message = format!("expected CRC {crc:08x}, found {:08x}", crc32(&found.bytes));
            found.faults.push(Fault::new(FaultKind::BadChecksum, trailer, message));
        }
        Some(_) => {}
        None => found.end = End::Truncated,
    }
    found.consumed = found.consumed.min(input.len());
    found
}

/// Whether liblzma takes it for the header of `.lzma` where it has to tell formats apart (`lzma_alone_decoder.c`): properties that
/// there are, a dictionary of 2^n or 2^n + 2^(n-1) bytes, a length of less than 256 GiB or none; and the byte that each
/// LZMA stream begins with.
pub(crate) fn is_header(head: &[u8]) -> bool {
    let (Some(properties), Some(dictionary), Some(size)) = (head.first(), u32_at(head, 1), u64_at(head, 5))
    else {
        return false;
    };
    let highest = dictionary.checked_ilog2().map_or(0, |bit| 1u32 << bit);
    let in_use = dictionary != 0 && (dictionary == highest || dictionary == highest | highest >> 1);
    *properties < 9 * 5 * 5
        && (in_use || dictionary == u32::MAX)
        && (size == u64::MAX || size < 1 << 38)
        && head.get(ALONE_HEADER) == Some(&0)
}

/// The first bytes of what a `.lzma` holds.
pub(crate) fn beginning(head: &[u8]) -> Vec<u8> {
    alone(&head[..head.len().min(SNIFF_BYTES)], Room::of(HEAD_BYTES)).bytes
}

fn alone(input: &[u8], room: Room<'_>) -> Inflated {
    let header = (input.first(), u32_at(input, 1), u64_at(input, 5));
    let (Some(properties), Some(dictionary), Some(size)) = header else {
        return Inflated::nothing(End::Truncated);
    };
    let mut found = raw(&input[ALONE_HEADER..], *properties, dictionary, size, room);
    found.consumed += ALONE_HEADER;
    found
}

/// Decodes LZMA data without a header. A `size` of all ones: they say themselves where they end.
pub(crate) fn raw(input: &[u8], properties: u8, dictionary: u32, size: u64, room: Room<'_>) -> Inflated {
    let mut reader = match LzmaReader::new_with_props(input, size, properties, dictionary, None) {
        Ok(reader) => reader,
        Err(error) => return Inflated::nothing(verdict(&error)),
    };
    reader.set_defer_errors(true);
    let (bytes, end) = pull(&mut reader, room, verdict);
    let (rest, unused) = reader.into_parts();
    let consumed = input.len().saturating_sub(rest.len() + unused.len());
    Inflated { bytes, consumed, end, faults: Vec::new() }
}

/// What an error of the decoders means.
pub(crate) fn verdict(error: &Error) -> End {
    match error.kind() {
        ErrorKind::UnexpectedEof => End::Truncated,
        ErrorKind::Unsupported | ErrorKind::OutOfMemory => End::Unsupported,
        // The crate has no kind of its own for this.
        _ if error.to_string().contains("checksum") => End::BadChecksum,
        _ => End::Corrupt,
    }
}
