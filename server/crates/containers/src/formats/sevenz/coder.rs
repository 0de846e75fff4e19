//! The methods of 7z (`Methods.txt` of the LZMA SDK), each step of a chain by itself.

use std::io::Read;

use lzma_rust2::Lzma2Reader;
use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::bcj2::Bcj2Reader;
use lzma_rust2::filter::delta::DeltaReader;
use ppmd_rust::Ppmd7Decoder;

use super::header::Coder;
use crate::bytes::u32_at;
use crate::formats::{bzip2, lz4, lzma, zstd};
use crate::inflate::inflate_in;
use crate::pull::{End, Inflated, Room, pull};

/// Encryption.
pub(super) const AES: &str = "AES";

/// The filter of four streams: code, the targets of calls and of jumps, and which of them are such.
const BCJ2: u64 = 0x0303_011b;

/// Memory that a decoder of PPMd may ask for, in bytes: 7-Zip's strongest setting takes 192 MB.
const PPMD_MEMORY: u32 = 256 << 20;

/// What a method is called.
pub(super) fn name(id: u64) -> String {
    let name = match id {
        0 => "stored",
        3 => "delta",
        4 | 0x0303_0103 => "x86 filter",
        0x21 => "LZMA2",
        0x03_0101 => "LZMA",
        0x03_0401 => "PPMd",
        BCJ2 => "BCJ2 filter",
        0x04_0108 => "deflate",
        0x04_0109 => "deflate64",
        0x04_0202 => "bzip2",
        0x04f7_1101 => "zstd",
        0x04f7_1104 => "lz4",
        0x06f1_0701 => AES,
        _ => return format!("method {id:x}"),
    };
    name.to_owned()
}

/// Decodes by one method.
pub(super) fn decode(coder: &Coder, inputs: &[&[u8]], room: Room<'_>) -> Inflated {
    match *inputs {
        [_, _, _, _] if coder.id == BCJ2 => read(Bcj2Reader::new(inputs.to_vec(), coder.size), room),
        [input] => decode_one(coder, input, room),
        _ => Inflated::nothing(End::Unsupported),
    }
}

fn decode_one(coder: &Coder, input: &[u8], room: Room<'_>) -> Inflated {
    let first = coder.properties.first().copied();
    match coder.id {
        0 => read(input, room),
        3 => read(DeltaReader::new(input, usize::from(first.unwrap_or(0)) + 1), room),
        4 | 0x0303_0103 => read(BcjReader::new_x86(input, 0), room),
        7 | 0x0303_0501 => read(BcjReader::new_arm(input, 0), room),
        8 | 0x0303_0701 => read(BcjReader::new_arm_thumb(input, 0), room),
        10 => read(BcjReader::new_arm64(input, 0), room),
        0x21 => read(Lzma2Reader::new(input, dictionary(first.unwrap_or(0)), None), room),
        0x03_0101 => match (first, u32_at(&coder.properties, 1)) {
            (Some(properties), Some(dictionary)) => {
                lzma::raw(input, properties, dictionary, coder.size, room)
            }
            _ => Inflated::nothing(End::Corrupt),
        },
        0x03_0401 => match (first, u32_at(&coder.properties, 1)) {
            (Some(order), Some(memory)) if memory <= PPMD_MEMORY => ppmd(input, order, memory, room),
            (Some(_), Some(_)) => Inflated::nothing(End::Unsupported),
            _ => Inflated::nothing(End::Corrupt),
        },
        0x04_0108 => inflate_in(input, room),
        0x04_0109 => crate::formats::zip::deflate64(input, room),
        0x04_0202 => bzip2::decode(input, room),
        0x04f7_1101 => zstd::decode(input, room),
        0x04f7_1104 => lz4::decode(input, room),
        _ => Inflated::nothing(End::Unsupported),
    }
}

fn ppmd(input: &[u8], order: u8, memory: u32, room: Room<'_>) -> Inflated {
    match Ppmd7Decoder::new(input, u32::from(order), memory) {
        Ok(reader) => read(reader, room),
        Err(_) => Inflated::nothing(End::Corrupt),
    }
}

fn read(mut reader: impl Read, room: Room<'_>) -> Inflated {
    let (bytes, end) = pull(&mut reader, room, lzma::verdict);
    Inflated { bytes, consumed: 0, end, faults: Vec::new() }
}

/// The dictionary of LZMA2 from its property: 2 or 3 times a power of two.
fn dictionary(property: u8) -> u32 {
    match property {
        0..40 => (2 | u32::from(property & 1)) << (property / 2 + 11),
        _ => u32::MAX,
    }
}
