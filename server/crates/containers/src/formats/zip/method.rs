//! How members of a zip are compressed (APPNOTE.TXT 4.4.5). Decodes; never says whether it is needed.

use deflate64::InflaterManaged;

use super::directory::Entry;
use crate::bytes::{u16_at, u32_at};
use crate::formats::{bzip2, lzma, zstd};
use crate::inflate::inflate_in;
use crate::pull::{End, Inflated, PIECE, Room, Taken};

/// A method that is read.
#[derive(Clone, Copy)]
pub(super) struct Method {
    /// Its name, for messages.
    pub(super) name: &'static str,
    /// Decodes the data of a member.
    pub(super) decode: Decode,
}

/// Decodes the data of a member that is described so.
type Decode = fn(&[u8], &Entry<'_>, Room<'_>) -> Inflated;

/// The method of this number, if it is read. 0, stored, is none.
pub(super) fn method(number: u16) -> Option<Method> {
    let (name, decode): (_, Decode) = match number {
        8 => ("deflate", |data, _, room| inflate_in(data, room)),
        9 => ("deflate64", |data, _, room| deflate64(data, room)),
        12 => ("bzip2", |data, _, room| bzip2::decode(data, room)),
        14 => ("lzma", zip_lzma),
        20 | 93 => ("zstd", |data, _, room| zstd::decode(data, room)),
        95 => ("xz", |data, _, room| lzma::decode(data, room)),
        _ => return None,
    };
    Some(Method { name, decode })
}

/// What APPNOTE.TXT calls a method that is not read.
pub(super) fn name(number: u16) -> String {
    let name = match number {
        1 => "shrink",
        2..=5 => "reduce",
        6 => "implode",
        10 => "PKWARE implode",
        94 => "mp3",
        97 => "WavPack",
        98 => "ppmd",
        99 => "AES encryption",
        _ => return number.to_string(),
    };
    format!("{number} ({name})")
}

/// Version, length of the properties, properties, raw data (5.8). Without an end mark they end where the directory says.
fn zip_lzma(data: &[u8], entry: &Entry<'_>, room: Room<'_>) -> Inflated {
    let header = (u16_at(data, 2), data.get(4), u32_at(data, 5));
    let (Some(length), Some(properties), Some(dictionary)) = header else {
        return Inflated::nothing(End::Truncated);
    };
    let start = (4 + usize::from(length)).min(data.len());
    let mut found = lzma::raw(&data[start..], *properties, dictionary, u64::MAX, room);
    found.consumed += start;
    if found.end == End::Truncated && found.bytes.len() as u64 == entry.size {
        found.end = End::Complete;
    }
    found
}

/// Decodes deflate64, which APPNOTE.TXT names and does not describe: deflate with a window and lengths of 64 KB.
pub(crate) fn deflate64(input: &[u8], room: Room<'_>) -> Inflated {
    let mut inflater = Box::new(InflaterManaged::new());
    let (mut taken, mut consumed) = (Taken::new(room), 0);
    let mut piece = vec![0; PIECE];
    let end = loop {
        let left = taken.left();
        let step = inflater.inflate(&input[consumed..], &mut piece[..left.clamp(1, PIECE)]);
        consumed = (consumed + step.bytes_consumed).min(input.len());
        if step.bytes_written > left || (room.interrupt)() {
            break End::Limit;
        }
        if taken.add(&piece[..step.bytes_written]) {
            break End::Limit;
        }
        if step.data_error {
            break End::Corrupt;
        }
        if inflater.finished() && inflater.available_output() == 0 {
            break End::Complete;
        }
        if step.bytes_written == 0 && step.bytes_consumed == 0 {
            break End::Truncated;
        }
    };
    Inflated { bytes: taken.bytes, consumed, end, faults: Vec::new() }
}
