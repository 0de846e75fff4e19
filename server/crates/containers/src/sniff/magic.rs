//! Formats that are known by a signature. Signatures are those of each format's own specification; a new one is a
//! line in a table.

use super::Kind;
use crate::bytes::{u16_at, u64_at};
use crate::formats::tar;
use crate::formats::zstd::is_skippable;
use crate::formats::{
    arrow, avro, berkeley, blosc, gdbm, hdf5, lmdb, lz4_block, lzma, parquet, redis, sqlite, torch, weights,
    zexp, zfile, zodb,
};
use crate::inflate::{End, inflate};

/// Signatures of containers, at offset 0.
const CONTAINERS: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    // The mark of an archive in several volumes, which turned out to be one (APPNOTE 8.5.3, 8.5.4).
    (b"PK\x07\x08PK\x03\x04", "zip"),
    (b"PK00PK\x03\x04", "zip"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\xff\x06\x00\x00sNaPpY", "snappy"),
    (b"Rar!\x1a\x07", "rar"),
    (lzma::LZIPS[0], "lzip"),
    (lzma::LZIPS[1], "lzip"),
    (sqlite::MAGIC, sqlite::NAME),
    (zexp::MAGIC, zexp::NAME),
    (zodb::MAGIC[0], zodb::NAME),
    (zodb::MAGIC[1], zodb::NAME),
    (hdf5::MAGIC, hdf5::NAME),
    (arrow::MAGIC, arrow::FILE),
    (arrow::feather::MAGIC, arrow::feather::NAME),
    (parquet::MAGIC, parquet::NAME),
    (parquet::ENCRYPTED, parquet::NAME),
    (avro::MAGIC, avro::NAME),
];

/// Signatures of everything else, at offset 0.
const OTHERS: &[(&[u8], &str)] = &[
    (b"\x93NUMPY", super::NPY),
    (b"\x00\x05\x16\x07\x00", super::APPLE_DOUBLE),
    (b"\x7fELF", "ELF"),
    (b"\xfe\xed\xfa\xce", "Mach-O"),
    (b"\xfe\xed\xfa\xcf", "Mach-O"),
    (b"\xce\xfa\xed\xfe", "Mach-O"),
    (b"\xcf\xfa\xed\xfe", "Mach-O"),
    (b"GGUF", weights::GGUF),
    (b"\x37\x7f\x06\x82", "SQLite write-ahead log"),
    (b"\x37\x7f\x06\x83", "SQLite write-ahead log"),
    (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", "SQLite rollback journal"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"%PDF-", "PDF"),
    (b"\xf7\x59", "TeX font"),
    (b"\xf7\x02", "TeX DVI"),
    (b"SR\x00\x04", "IDL"),
    (b"SR\x00\x06", "IDL"),
    (b"$FL2", "SPSS"),
    (b"$FL3", "SPSS"),
    (b"CDF\x01", "NetCDF"),
    (b"CDF\x02", "NetCDF"),
    (b"MATLAB 5.0", "MATLAB"),
    (b"MATLAB 7.3", "MATLAB"),
    (b"CBM1", "CatBoost"),
    (b"binf", "XGBoost"),
    (b"UBJ1", "UBJSON"),
    (b"lmgg", "GGML"),
    (b"fmgg", "GGML"),
    (b"tjgg", "GGML"),
    (b"\xba\x16\x4f\x2f", "fastText"),
    (b"\x1bLua", "Lua bytecode"),
    (b"\xca\xfe\xba\xbe", "Java class or Mach-O"),
    (b"\xac\xed\x00\x05", "Java serialization"),
    (b"dex\n03", "Android bytecode"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Microsoft compound"),
    (b"!<arch>\n", "ar archive"),
    (b"\xed\xab\xee\xdb", "RPM"),
    (b"MSCF\x00\x00\x00\x00", "cabinet"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"fLaC", "FLAC"),
    (b"wOFF", "web font"),
    (b"wOF2", "web font"),
    (b"RIFF", "RIFF"),
    (b"OggS", "Ogg"),
    (b"\x00asm", "WebAssembly"),
    (b"RDX2\n", "R data"),
    (b"RDX3\n", "R data"),
];

/// What the signature in `head` says, if there is one.
pub(super) fn recognise(head: &[u8], whole_len: u64) -> Option<Kind> {
    let find = |table: &[(&[u8], &'static str)]| {
        table.iter().find(|(signature, _)| head.starts_with(signature)).map(|(_, name)| *name)
    };
    find(CONTAINERS)
        .or_else(|| CHECKED_CONTAINERS.iter().find(|(is_it, _)| is_it(head)).map(|(_, name)| *name))
        .map(Kind::Container)
        .or_else(|| find(OTHERS).map(Kind::Other))
        .or_else(|| is_safetensors(head, whole_len).then_some(Kind::Other(weights::SAFETENSORS)))
        .or_else(|| CHECKED_OTHERS.iter().find(|(is_it, _)| is_it(head)).map(|(_, name)| Kind::Other(name)))
}

/// A test for a format without a signature of its own at offset 0.
type Check = fn(&[u8]) -> bool;

/// Containers whose signature is short, or elsewhere.
const CHECKED_CONTAINERS: &[(Check, &str)] = &[
    (gdbm::is_gdbm, gdbm::NAME),
    (lmdb::is_lmdb, lmdb::NAME),
    (berkeley::is_berkeley, berkeley::NAME),
    (tar::begins, "tar"),
    (redis::is_dump, redis::DUMP),
    (redis::is_log, redis::LOG),
    (is_bzip2, "bzip2"),
    (zfile::is_header, zfile::NAME),
    (is_zlib, "zlib"),
    (is_lzma, "lzma"),
    (is_skippable, "zstd"),
    (arrow::is_stream, arrow::STREAM),
    (lz4_block::is_block, lz4_block::NAME),
    (hdf5::blosc::is_frame, blosc::NAME),
    (torch::mobile::begins, torch::mobile::NAME),
    (hdf5::is_behind, hdf5::NAME),
];

/// Other formats whose signature is short, or elsewhere.
const CHECKED_OTHERS: &[(Check, &str)] = &[
    (is_pe, "PE"),
    (is_pyc, "Python bytecode"),
    (is_flatbuffer, "TensorFlow Lite"),
    (is_onnx, "ONNX"),
    (is_saved_model, "TensorFlow SavedModel"),
    (is_graph, "TensorFlow graph"),
    (is_orc, "ORC"),
    (is_mp4, "MP4"),
    (is_git_object, "git object"),
];

/// `BZh`, a level, and the digits of π, or of its root when it is empty.
pub(crate) fn is_bzip2(head: &[u8]) -> bool {
    let level = head.get(3).is_some_and(|level| (b'1'..=b'9').contains(level));
    let block = head.get(4..).unwrap_or_default();
    head.starts_with(b"BZh") && level && (block.starts_with(b"1AY&SY") || block.starts_with(b"\x17rE8P\x90"))
}

/// The two checked bytes of RFC 1950, and data that decompress: two bytes alone are too little.
pub(crate) fn is_zlib(head: &[u8]) -> bool {
    let [method, flags, ..] = head else { return false };
    let checked = (u16::from(*method) * 256 + u16::from(*flags)) % 31 == 0;
    if method & 15 != 8 || method >> 4 > 7 || flags & 32 != 0 || !checked {
        return false;
    }
    let found = inflate(&head[2..], 64);
    found.end != End::Corrupt && (!found.bytes.is_empty() || found.end == End::Complete)
}

/// The header of `.lzma` as encoders write it: the usual properties, a dictionary of a size that is in use, and the length or all
/// ones; or one with others, where what it holds may be of interest, as a few numbers in a row are no signature.
pub(crate) fn is_lzma(head: &[u8]) -> bool {
    let usual = || head.starts_with(b"\x5d\x00\x00");
    let holds_something = || {
        let beginning = lzma::beginning(head);
        !beginning.is_empty() && super::may_be_of_interest(&beginning)
    };
    lzma::is_header(head) && (usual() || holds_something())
}

fn is_pe(head: &[u8]) -> bool {
    let header = head.get(0x3c..0x40).and_then(|four| Some(u32::from_le_bytes(four.try_into().ok()?)));
    let at = header.and_then(|at| usize::try_from(at).ok());
    head.starts_with(b"MZ")
        && at.and_then(|at| head.get(at..)).is_some_and(|rest| rest.starts_with(b"PE\0\0"))
}

/// A magic number that ends in CR LF, and flags that are in use (PEP 552).
fn is_pyc(head: &[u8]) -> bool {
    let number = u16_at(head, 0).is_some_and(|number| (3000..=4000).contains(&number) || number == 62211);
    number && head.get(2..4) == Some(b"\r\n") && head.len() >= 16
}

fn is_flatbuffer(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"TFL3")
}

/// The length of a JSON header, and the header.
fn is_safetensors(head: &[u8], whole_len: u64) -> bool {
    let fits = u64_at(head, 0).is_some_and(|len| len >= 2 && len <= whole_len.saturating_sub(8));
    fits && head.get(8..10).is_some_and(|start| start == b"{\"" || start == b"{}")
}

/// Best effort: a protobuf message that begins with `ir_version` and then a producer's name, a domain or a graph.
fn is_onnx(head: &[u8]) -> bool {
    let [0x08, version, tag, len, name @ ..] = head else { return false };
    let named = name.get(..usize::from(*len)).is_some_and(|name| name.iter().all(u8::is_ascii_graphic));
    (1..=30).contains(version) && ((*tag == 0x12 && *len > 0 && named) || *tag == 0x3a)
}

/// A protobuf message: version 1 of `SavedModel`, then a graph that begins with what is known of it.
fn is_saved_model(head: &[u8]) -> bool {
    let graph = head.strip_prefix(b"\x08\x01\x12").and_then(behind_varint);
    graph.is_some_and(|graph| graph.first() == Some(&0x0a))
}

/// A protobuf message: `GraphDef`, whose first node has a name and an operation.
fn is_graph(head: &[u8]) -> bool {
    let node = head.strip_prefix(b"\x0a").and_then(behind_varint);
    let behind_name = node.and_then(|node| text_field(node, 0x0a));
    behind_name.is_some_and(|rest| text_field(rest, 0x12).is_some())
}

/// What follows a number of at most five bytes.
fn behind_varint(bytes: &[u8]) -> Option<&[u8]> {
    let last = bytes.iter().take(5).position(|byte| *byte < 0x80)?;
    bytes.get(last + 1..)
}

/// What follows the field `tag` of a protobuf message, if that is a short text without blanks.
fn text_field(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let [first, len, rest @ ..] = bytes else { return None };
    let text = rest.get(..usize::from(*len)).filter(|_| *first == tag && (1..128).contains(len))?;
    text.iter().all(u8::is_ascii_graphic).then(|| &rest[text.len()..])
}

fn is_orc(head: &[u8]) -> bool {
    head.starts_with(b"ORC") && head.get(3).is_some_and(|byte| *byte < b' ')
}

fn is_mp4(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"ftyp") && head.starts_with(&[0, 0])
}

/// What git keeps of a file, a folder or a commit: which of them, its length, and a NUL.
fn is_git_object(head: &[u8]) -> bool {
    let rest =
        ["blob ", "tree ", "commit ", "tag "].iter().find_map(|kind| head.strip_prefix(kind.as_bytes()));
    let digits = rest.map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count());
    digits > 0 && rest.and_then(|rest| rest.get(digits)) == Some(&0)
}
