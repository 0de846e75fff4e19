//! Containers built by the libraries that everybody uses, for the tests to take apart.
#![allow(dead_code, clippy::unwrap_used)]

pub(crate) mod beside;
pub(crate) mod compressed;
pub(crate) mod sevenz;

use std::io::{Cursor, Write};

use pickle_containers::{FaultKind, Limits, Opened};
use zip::CompressionMethod::{self, Deflated, Stored};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// `{'a': 1}` in protocol 4.
pub(crate) const PICKLE: &[u8] = b"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94K\x01s.";

/// A call in protocol 0.
pub(crate) const OLD_PICKLE: &[u8] = b"cos\ngetcwd\n(tR.";

pub(crate) const STORED: CompressionMethod = Stored;
pub(crate) const DEFLATED: CompressionMethod = Deflated;

/// A zip of these members.
pub(crate) fn zip(members: &[(&str, &[u8], CompressionMethod)]) -> Vec<u8> {
    zip_with(members, SimpleFileOptions::default(), "")
}

/// A zip of these members with options and a comment.
pub(crate) fn zip_with(
    members: &[(&str, &[u8], CompressionMethod)],
    with: SimpleFileOptions,
    comment: &str,
) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes, method) in members {
        writer.start_file(*name, with.compression_method(*method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.set_comment(comment).unwrap();
    writer.finish().unwrap().into_inner()
}

/// A torch archive in miniature.
pub(crate) fn torch() -> Vec<u8> {
    zip(&[
        ("archive/data.pkl", PICKLE, STORED),
        ("archive/data/0", &[0x80, 2, b'N', b'.'], STORED),
        ("archive/version", b"3\n", STORED),
    ])
}

/// One gzip member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A zlib stream.
pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// `bytes` with each `from` replaced by as long a `to`.
pub(crate) fn patched(bytes: &[u8], from: &[u8], to: &[u8], from_nth: usize) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let hits: Vec<usize> = (0..out.len()).filter(|at| out[*at..].starts_with(from)).collect();
    for at in hits.into_iter().skip(from_nth) {
        out[at..at + to.len()].copy_from_slice(to);
    }
    out
}

pub(crate) fn open(bytes: &[u8]) -> Opened<'_> {
    pickle_containers::open(None, bytes, &Limits::default())
}

pub(crate) fn kinds(opened: &Opened<'_>) -> Vec<FaultKind> {
    opened.faults.iter().map(|fault| fault.kind).collect()
}

pub(crate) fn paths<'a>(opened: &'a Opened<'_>) -> Vec<&'a str> {
    opened.members.iter().map(|member| member.path.as_deref().unwrap_or("")).collect()
}

/// The bytes of the member called `path`.
pub(crate) fn bytes<'a>(opened: &'a Opened<'_>, path: &str) -> Option<&'a [u8]> {
    let member = opened.members.iter().find(|member| member.path.as_deref().unwrap_or("") == path).unwrap();
    member.bytes.as_deref()
}

/// Bytes as base64 (RFC 4648).
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encode = |three: &[u8]| {
        let bits = (0..3).fold(0u32, |bits, at| bits << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        let digit = |at: usize| match at <= three.len() {
            true => char::from(ALPHABET[(bits >> (18 - 6 * at)) as usize & 63]),
            false => '=',
        };
        (0..4).map(digit).collect::<String>()
    };
    bytes.chunks(3).map(encode).collect()
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
