//! The codecs of numcodecs that give bytes back, by their names and settings in the description of an array
//! (`numcodecs/*.py`, 0.13). Those that count with fractions, or give objects, are not read.

use pickle_ops::sextet;

use crate::budget::Budget;
use crate::bytes::clamped;
use crate::fault::Fault;
use crate::formats::compressed::Compressed;
use crate::formats::json::Json;
use crate::formats::{blosc, bzip2, gzip, lz4_block, lzma, zlib, zstd};

/// What is done with the bytes of a chunk when it is read.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Decompress(&'static Compressed),
    Base64,
    /// The first bytes of all items of this size, then their second ones, and so on.
    Shuffle(usize),
    /// Differences between numbers, and what they are added up in.
    Delta(Integer, Integer),
    /// Numbers, and what they are written as.
    Convert(Integer, Integer),
    /// A byte for each bit.
    Bits,
    /// So many bytes at the start and at the end are a checksum.
    Strip(usize, usize),
    Nothing,
}

/// A type of whole numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Integer {
    size: usize,
    is_signed: bool,
    is_big: bool,
}

impl Step {
    /// What the codec called `name` with these settings does; `None`: it is not read.
    pub(super) fn of(name: &str, settings: &Json) -> Option<Self> {
        let type_at = |key| Integer::named(settings.text(key)?);
        let number = |key, otherwise| settings.get(key).map_or(Some(otherwise), Json::number::<usize>);
        Some(match name {
            "zlib" => Self::Decompress(&zlib::ZLIB),
            "gzip" => Self::Decompress(&gzip::GZIP),
            "bz2" | "bzip2" => Self::Decompress(&bzip2::BZIP2),
            "lzma" | "xz" => match number("format", 1)? {
                0 | 1 => Self::Decompress(&lzma::XZ_FORMAT),
                2 => Self::Decompress(&lzma::LZMA),
                _ => return None,
            },
            "zstd" => Self::Decompress(&zstd::ZSTD),
            "lz4" => Self::Decompress(&lz4_block::LZ4_BLOCK),
            "blosc" => Self::Decompress(&blosc::BLOSC),
            "base64" => Self::Base64,
            "shuffle" => Self::Shuffle(number("elementsize", 4)?),
            "delta" => {
                let sum = type_at("dtype")?;
                Self::Delta(settings.get("astype").map_or(Some(sum), |_| type_at("astype"))?, sum)
            }
            "astype" => Self::Convert(type_at("encode_dtype")?, type_at("decode_dtype")?),
            "packbits" => Self::Bits,
            "crc32" | "adler32" => match settings.text("location") {
                Some("end") => Self::Strip(0, 4),
                _ => Self::Strip(4, 0),
            },
            "crc32c" | "fletcher32" | "jenkins_lookup3" => match settings.text("location") {
                Some("start") => Self::Strip(4, 0),
                _ => Self::Strip(0, 4),
            },
            "bitround" | "raw" | "bytes" => Self::Nothing,
            _ => return None,
        })
    }

    /// What it makes of the bytes of a chunk; `None`: they are not what it reads. What is wrong is added to `faults`.
    pub(super) fn apply(
        self,
        bytes: &[u8],
        faults: &mut Vec<Fault>,
        budget: &mut Budget<'_>,
    ) -> Option<Vec<u8>> {
        match self {
            Self::Decompress(format) => Some(format.whole(bytes, faults, budget)),
            Self::Base64 => Some(base64(bytes)),
            Self::Shuffle(size) => unshuffle(bytes, size),
            Self::Delta(from, to) => {
                let mut sum = 0_u64;
                let mut add = |number: u64| {
                    sum = sum.wrapping_add(number);
                    sum
                };
                convert(bytes, from, to, &mut add)
            }
            Self::Convert(from, to) => convert(bytes, from, to, &mut |number| number),
            Self::Bits => bits(bytes),
            Self::Strip(front, back) => {
                let end = bytes.len().checked_sub(back)?;
                bytes.get(front..end).map(<[u8]>::to_vec)
            }
            Self::Nothing => Some(bytes.to_vec()),
        }
    }

    /// How many times as long the bytes may become, but for those of compressions, which have limits of their own.
    pub(super) fn factor(self) -> u64 {
        match self {
            Self::Delta(from, to) | Self::Convert(from, to) => (to.size / from.size).max(1) as u64,
            Self::Bits => 8,
            _ => 1,
        }
    }
}

impl Integer {
    /// The type that numpy calls so: `<i4`, `|u1`, `uint8`.
    fn named(name: &str) -> Option<Self> {
        let (is_big, rest) = match name.strip_prefix('>') {
            Some(rest) => (true, rest),
            None => (false, name.trim_start_matches(['<', '|', '='])),
        };
        let (is_signed, size) = match rest {
            "u1" | "B" | "uint8" => (false, 1),
            "u2" | "H" | "uint16" => (false, 2),
            "u4" | "I" | "uint32" => (false, 4),
            "u8" | "Q" | "uint64" => (false, 8),
            "i1" | "b" | "int8" => (true, 1),
            "i2" | "h" | "int16" => (true, 2),
            "i4" | "i" | "int32" => (true, 4),
            "i8" | "q" | "int64" => (true, 8),
            _ => return None,
        };
        Some(Self { size, is_signed, is_big })
    }

    /// A number of this type, with as many copies of its sign in front as there is room for.
    fn read(self, bytes: &[u8]) -> u64 {
        let digit = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        let number = match self.is_big {
            true => bytes.iter().fold(0, digit),
            false => bytes.iter().rev().fold(0, digit),
        };
        let sign = 1_u64 << (8 * self.size - 1);
        if self.is_signed { (number ^ sign).wrapping_sub(sign) } else { number }
    }

    /// Writes as much of a number as this type has room for.
    fn write(self, number: u64, to: &mut Vec<u8>) {
        match self.is_big {
            true => to.extend_from_slice(clamped(&number.to_be_bytes(), 8 - self.size, 8)),
            false => to.extend_from_slice(clamped(&number.to_le_bytes(), 0, self.size as u64)),
        }
    }
}

/// Numbers of one type as those of another, after `change`.
fn convert(bytes: &[u8], from: Integer, to: Integer, change: &mut dyn FnMut(u64) -> u64) -> Option<Vec<u8>> {
    if !bytes.len().is_multiple_of(from.size) {
        return None;
    }
    let mut all = Vec::new();
    for number in bytes.chunks_exact(from.size) {
        to.write(change(from.read(number)), &mut all);
    }
    Some(all)
}

fn unshuffle(bytes: &[u8], size: usize) -> Option<Vec<u8>> {
    if size <= 1 {
        return Some(bytes.to_vec());
    }
    let count = bytes.len() / size;
    if count * size != bytes.len() {
        return None;
    }
    let byte = |at: usize| bytes[at % size * count + at / size];
    Some((0..bytes.len()).map(byte).collect())
}

/// A byte for each bit but for as many of the last as the first byte says.
fn bits(bytes: &[u8]) -> Option<Vec<u8>> {
    let (padded, packed) = bytes.split_first()?;
    let mut all: Vec<u8> =
        packed.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    all.truncate(all.len().saturating_sub(usize::from(*padded)));
    Some(all)
}

/// As Python's `base64` reads it: over all other characters, up to the end of the first padding.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let (mut all, mut held, mut count, mut pads) = (Vec::new(), 0_u32, 0, 0);
    for byte in text {
        if *byte == b'=' {
            pads += 1;
            if count >= 2 && count + pads >= 4 {
                break;
            }
            continue;
        }
        let Some(digit) = sextet(*byte).filter(|_| !matches!(byte, b'-' | b'_')) else { continue };
        held = held << 6 | u32::from(digit);
        (count, pads) = ((count + 1) % 4, 0);
        // The first character of four fills no byte yet.
        let unread = match count {
            1 => continue,
            2 => 4,
            3 => 2,
            _ => 0,
        };
        all.extend((held >> unread).to_le_bytes().first());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    /// What the codec with these settings makes of bytes.
    fn decoded(name: &str, settings: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut sink = |_: crate::member::Item<'_>| {};
        let mut budget = Budget::new(Limits::default(), &|| false, &mut sink);
        let step = Step::of(name, &Json::read(settings).expect("settings"))?;
        step.apply(bytes, &mut Vec::new(), &mut budget)
    }

    /// Each made by `numcodecs.get_codec({"id": …, …}).encode(…)`.
    #[test]
    fn what_numcodecs_writes() {
        let pickle = b"cos\nsystem\n)R.";
        for (name, settings, encoded) in [
            ("base64", "{}", b"Y29zCnN5c3RlbQopUi4=".as_slice()),
            ("shuffle", r#"{"elementsize": 2}"#, b"cssse\nRo\nytm)."),
            ("shuffle", r#"{"elementsize": 7}"#, b"ctoesm\n\ns)yRs."),
            ("delta", r#"{"dtype": "|u1"}"#, b"c\x0c\x04\x97i\x06\xfa\x01\xf1\x08\x9d\x1f)\xdc"),
            ("delta", r#"{"dtype": "<i2"}"#, b"co\x10\x9b\x00o\x00\xfb\xf2\xf8\xa5\xbbH\x05"),
            (
                "delta",
                r#"{"dtype": ">u2", "astype": "<i4"}"#,
                b"oc\0\0\x9b\x0f\0\0o\0\0\0\xfb\xff\0\0\xf9\xf1\0\0\xbc\xa4\0\0\x05H\0\0",
            ),
            ("crc32", "{}", b"\x87|\x98\xf7cos\nsystem\n)R."),
            ("adler32", r#"{"location": "end"}"#, b"cos\nsystem\n)R.\xa8\x04d&"),
            ("fletcher32", "{}", b"cos\nsystem\n)R.,\x7fD\x10"),
            ("lz4", "{}", b"\x0e\0\0\0\xe0cos\nsystem\n)R."),
            ("zlib", "{}", b"x\x01K\xce/\xe6*\xae,.I\xcd\xe5\xd2\x0c\xd2\x03\x00&d\x04\xa8"),
            ("bitround", r#"{"keepbits": 3}"#, pickle),
        ] {
            assert_eq!(decoded(name, settings, encoded).as_deref(), Some(&pickle[..]), "{name} {settings}");
        }
        let converted = r#"{"encode_dtype": ">i4", "decode_dtype": "|i1"}"#;
        assert_eq!(decoded("astype", converted, b"\0\0\0N\xff\xff\xff\x80").as_deref(), Some(&b"N\x80"[..]));
        let bits = decoded("packbits", "{}", b"\x06\x80\xc0");
        assert_eq!(bits.as_deref(), Some(&b"\x01\0\0\0\0\0\0\0\x01\x01"[..]));
    }

    #[test]
    fn what_is_not_read() {
        for (name, settings) in [
            ("delta", r#"{"dtype": "<f4"}"#),
            ("fixedscaleoffset", r#"{"scale": 1, "offset": 0, "dtype": "|u1"}"#),
            ("json2", "{}"),
            ("lzma", r#"{"format": 3}"#),
            ("vlen-bytes", "{}"),
        ] {
            assert_eq!(decoded(name, settings, b"\0\0"), None, "{name}");
        }
        for (name, settings) in [("shuffle", "{}"), ("delta", r#"{"dtype": "<u2"}"#), ("crc32", "{}")] {
            assert_eq!(decoded(name, settings, b"\0\0\0"), None, "{name}");
        }
        assert_eq!(decoded("packbits", "{}", b""), None);
    }

    /// `base64.standard_b64decode` of each.
    #[test]
    fn base64_as_python_reads_it() {
        for (text, bytes) in
            [("T i4=", "N."), ("T\n-i4=xx", "N."), ("=Ti4", "N."), ("Ti4=Ti4=", "N."), ("TiA=", "N ")]
        {
            assert_eq!(base64(text.as_bytes()), bytes.as_bytes(), "{text}");
        }
    }
}
