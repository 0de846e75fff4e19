//! Headers of a tar (POSIX.1-1988 ustar, POSIX.1-2001 pax, GNU, and the nameless one before them), as Python's `tarfile`
//! reads them. Never looks at the content of a member.

use super::sparse::{Map, Records};
use crate::bytes::clamped;

/// Headers and content are padded to this many bytes.
pub(super) const BLOCK: usize = 512;

/// A header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// Where it is in the tar; whoever knows fills it in.
    pub(super) at: usize,
    /// The name, with the prefix of ustar.
    pub(super) name: Vec<u8>,
    /// Where a link leads.
    pub(super) link: Vec<u8>,
    /// What it is: `0` a file, `5` a folder, `x` the properties of the next member …
    pub(super) kind: u8,
    /// Length of the content.
    pub(super) size: u64,
    /// The checksum is that of the header.
    pub(super) sum_fits: bool,
    /// More of the map of a sparse file follows in blocks of its own.
    pub(super) more_map: bool,
    /// The map of a sparse file, as far as it is in this block.
    pub(super) map: Map,
}

/// Adds the parts that are listed in a field of a map: offset and length, twelve bytes each, up to the first that is empty.
pub(super) fn read_parts(field: &[u8], map: &mut Map) {
    for part in field.chunks_exact(24) {
        match (number(&part[..12]), number(&part[12..])) {
            (Some(start), Some(len)) if start > 0 || len > 0 => map.parts.push((start, len)),
            _ => break,
        }
    }
}

/// The header that `block` begins with; `None`: there is none, or no number where a number has to be.
pub(super) fn header(block: &[u8]) -> Option<Header> {
    let block = block.get(..BLOCK)?;
    let ustar = &block[257..262] == b"ustar";
    let sum_fits = number(&block[148..156]).is_some_and(|stated| sums(block).contains(&stated));
    if !ustar && !sum_fits {
        return None;
    }
    let kind = block[156];
    // GNU keeps other things in place of the prefix.
    let prefix = if &block[257..265] == b"ustar\x0000" { text(&block[345..500]) } else { b"" };
    let mut name = prefix.to_vec();
    if !name.is_empty() {
        name.push(b'/');
    }
    name.extend_from_slice(text(&block[..100]));
    let mut map = Map::default();
    if kind == b'S' {
        read_parts(&block[386..482], &mut map);
        map.size = number(&block[483..495])?;
    }
    Some(Header {
        at: 0,
        // Before ustar a folder was known by its name.
        kind: if kind == 0 && name.ends_with(b"/") { b'5' } else { kind },
        name,
        link: text(&block[157..257]).to_vec(),
        size: number(&block[124..136])?,
        sum_fits,
        more_map: kind == b'S' && block[482] != 0,
        map,
    })
}

/// Whether `bytes` begin with a header: by the signature of ustar, or by a checksum that fits.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    header(bytes).is_some_and(|header| !header.name.is_empty() || header.sum_fits)
}

/// Up to the first NUL.
fn text(field: &[u8]) -> &[u8] {
    &field[..field.iter().position(|byte| *byte == 0).unwrap_or(field.len())]
}

/// A number in base 256, where the highest bit is set; else octal digits up to a NUL, in all the ways in which Python's `int` takes
/// them.
fn number(field: &[u8]) -> Option<u64> {
    if let [0x80, rest @ ..] = field {
        return rest.iter().try_fold(0u64, |sum, byte| sum.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    integer(std::str::from_utf8(text(field)).ok().filter(|text| text.is_ascii())?, 8)
}

/// A number that is not negative, as Python's `int` reads it: blanks around it, a sign, the prefix of octal numbers where
/// the base is 8, and underscores between digits. Of nothing but blanks it is 0.
pub(super) fn integer(text: &str, base: u32) -> Option<u64> {
    // Python takes the separators of ASCII for blanks as well.
    let text = text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c));
    let digits = text.strip_prefix('+').unwrap_or(text);
    let octal = || ["0o", "0O"].iter().find_map(|prefix| digits.strip_prefix(prefix)).filter(|_| base == 8);
    // An underscore may follow the prefix, and none an underscore.
    let (digits, mut was_digit) = octal().map_or((digits, false), |digits| (digits, true));
    let mut sum = 0u64;
    for c in digits.chars() {
        if c == '_' && was_digit {
            was_digit = false;
            continue;
        }
        was_digit = true;
        sum = sum.checked_mul(base.into())?.checked_add(c.to_digit(base)?.into())?;
    }
    (was_digit || text.is_empty()).then_some(sum)
}

/// The sum of all bytes, that of the checksum taken as blanks: of unsigned bytes, and of signed ones, as some wrote it.
fn sums(block: &[u8]) -> [u64; 2] {
    let bytes =
        || block.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { b' ' } else { *byte });
    let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
    [bytes().map(u64::from).sum(), u64::try_from(signed).unwrap_or(u64::MAX)]
}

/// What pax headers say of a member that is of interest here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Properties {
    /// Its name.
    pub(super) path: Option<Vec<u8>>,
    /// Where it leads, as a link.
    pub(super) link: Option<Vec<u8>>,
    /// Length of its content.
    pub(super) size: Option<u64>,
    /// It is a sparse file, whose content is not stored as it is.
    pub(super) sparse: Records,
}

impl Properties {
    /// Takes in the records of a pax header: `LENGTH KEY=VALUE\n`. Gives whether all could be read.
    pub(super) fn read(&mut self, mut records: &[u8]) -> bool {
        while records.first().is_some_and(|first| *first != 0) {
            let Some((record, rest)) = record(records) else { return false };
            records = rest;
            let Some(at) = record.iter().position(|byte| *byte == b'=') else { return false };
            let (key, value) = (&record[..at], &record[at + 1..]);
            match key {
                b"path" | b"GNU.sparse.name" => self.path = Some(value.to_vec()),
                b"linkpath" => self.link = Some(value.to_vec()),
                b"size" => self.size = std::str::from_utf8(value).ok().and_then(|text| integer(text, 10)),
                _ => {}
            }
            if let Some(key) = key.strip_prefix(b"GNU.sparse.") {
                self.sparse.read(key, value);
            }
        }
        true
    }
}

/// The first record without its length and newline, and what follows it.
fn record(records: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = clamped(records, 0, 20).iter().position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&records[..blank]).ok()?.parse().ok()?;
    let record = records.get(blank + 1..length)?.strip_suffix(b"\n")?;
    Some((record, &records[length..]))
}
