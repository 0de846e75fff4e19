//! Numbers and addresses of an HDF5 file, and the headers of its objects: which messages each of them has (HDF5 File Format
//! Specification, II.A and IV.A.1).

use memchr::memmem;

use super::begin;
use crate::bytes::{span, u16_at, u32_at};

/// Messages of one object that are read: attributes of old files stand among them.
const MESSAGES: usize = 1 << 14;

/// Pieces of a header that are followed.
const PIECES: usize = 1 << 8;

/// Lengths of the prefix of a header of version 1, and of a message in it.
const PREFIX: usize = 16;
const HEADER: usize = 8;

/// The highest type of a message.
const LAST_TYPE: u16 = 0x18;

/// A file, and how wide its numbers are.
pub(super) struct File<'a> {
    pub(super) bytes: &'a [u8],
    /// Addresses count from here.
    base: usize,
    /// Width of an address and of a length, in bytes.
    pub(super) address: usize,
    pub(super) length: usize,
}

/// A message of an object.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) kind: u16,
    /// It stands elsewhere, and this says where.
    pub(super) is_shared: bool,
    pub(super) body: &'a [u8],
    /// Where the body is in the file.
    pub(super) at: usize,
}

/// The number in `width` bytes at `at`.
pub(super) fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = span(bytes, at, width).filter(|_| (1..=8).contains(&width))?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

impl<'a> File<'a> {
    /// The file that begins in `bytes`; `None`: there is none, or of a version that is not known.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let base = begin(bytes)?;
        let widths = base + if *bytes.get(base + 8)? < 2 { 13 } else { 9 };
        let width = |at: usize| bytes.get(at).map(|width| usize::from(*width)).filter(|width| *width <= 8);
        Some(Self { bytes, base, address: width(widths)?, length: width(widths + 1)? })
    }

    /// The place in the file that the address at `at` of `bytes` names; `None`: nowhere.
    pub(super) fn place(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let address = number(bytes, at, self.address)?;
        let place = self.base.checked_add(usize::try_from(address).ok()?)?;
        (place < self.bytes.len()).then_some(place)
    }

    /// The length at `at` of `bytes`.
    pub(super) fn len(&self, bytes: &[u8], at: usize) -> Option<usize> {
        number(bytes, at, self.length).and_then(|len| usize::try_from(len).ok())
    }

    /// Where headers of objects seem to begin, whoever leads to them.
    pub(super) fn objects(&self) -> impl Iterator<Item = usize> + use<'a> {
        let bytes = self.bytes;
        let old = memmem::find_iter(bytes, b"\x01\0").filter(move |at| is_old_header(bytes, *at));
        old.chain(memmem::find_iter(bytes, b"OHDR\x02"))
    }

    /// The messages of the object whose header is at `at`, as far as they are in order.
    pub(super) fn messages(&self, at: usize) -> Vec<Message<'a>> {
        let mut found = Vec::new();
        let (mut pieces, flags) = match self.first_piece(at) {
            Some((piece, flags)) => (vec![piece], flags),
            None => return found,
        };
        let mut next = 0;
        while let Some(&(start, len)) = pieces.get(next) {
            next += 1;
            let Some(mut piece) = Messages::new(self.bytes, start, len, flags) else { continue };
            for message in &mut piece {
                if message.kind == CONTINUATION
                    && pieces.len() < PIECES
                    && let Some(place) = self.place(message.body, 0)
                    && let Some(len) = self.len(message.body, self.address)
                {
                    // Those of version 2 have a signature, and a checksum at their end.
                    let (skipped, cut) = if flags.is_some() { (4, 8) } else { (0, 0) };
                    pieces.push((place + skipped, len.saturating_sub(cut)));
                }
                found.push(message);
                if found.len() >= MESSAGES {
                    return found;
                }
            }
        }
        found
    }

    /// Where the first messages of a header are, their length, and, of version 2, its flags.
    fn first_piece(&self, at: usize) -> Option<((usize, usize), Option<u8>)> {
        if is_old_header(self.bytes, at) {
            let len = u32_at(self.bytes, at + 8)? as usize;
            return Some(((at + PREFIX, len), None));
        }
        let flags = *self.bytes.get(at + 5).filter(|_| self.bytes[at..].starts_with(b"OHDR\x02"))?;
        let times = if flags & 0x20 != 0 { 16 } else { 0 };
        let phases = if flags & 0x10 != 0 { 4 } else { 0 };
        let size = at + 6 + times + phases;
        let width = 1 << (flags & 3);
        let len = usize::try_from(number(self.bytes, size, width)?).ok()?;
        Some(((size + width, len), Some(flags)))
    }
}

/// The type of the message that says where the header goes on.
const CONTINUATION: u16 = 0x10;

/// Whether a header of version 1 seems to begin at `at`: it has no signature, but much that is always zero.
fn is_old_header(bytes: &[u8], at: usize) -> bool {
    let Some(head) = span(bytes, at, PREFIX + HEADER) else { return false };
    let len = u32_at(head, 8).unwrap_or(0) as usize;
    let first = u16_at(head, 18).unwrap_or(0) as usize;
    head[..2] == [1, 0]
        && head[21..24] == [0; 3]
        && u16_at(head, 16).is_some_and(|kind| kind <= LAST_TYPE)
        && u16_at(head, 2) != Some(0)
        && u32_at(head, 4).is_some_and(|links| (1..1 << 16).contains(&links))
        && len >= HEADER
        && first + HEADER <= len
}

/// Messages one behind the other.
struct Messages<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    /// Of a header of version 2.
    flags: Option<u8>,
}

impl<'a> Messages<'a> {
    fn new(bytes: &'a [u8], start: usize, len: usize, flags: Option<u8>) -> Option<Self> {
        span(bytes, start, len)?;
        Some(Self { bytes, at: start, end: start + len, flags })
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Message<'a>> {
        let (kind, len, flags, header) = match self.flags {
            None => {
                let [flags, 0, 0, 0] = span(self.bytes, self.at + 4, 4)? else { return None };
                (u16_at(self.bytes, self.at)?, u16_at(self.bytes, self.at + 2)?, flags, HEADER)
            }
            Some(of_header) => {
                let kind = u16::from(*self.bytes.get(self.at)?);
                let order = if of_header & 4 != 0 { 2 } else { 0 };
                (kind, u16_at(self.bytes, self.at + 1)?, self.bytes.get(self.at + 3)?, 4 + order)
            }
        };
        let at = self.at + header;
        let body = span(self.bytes, at, usize::from(len)).filter(|body| at + body.len() <= self.end)?;
        self.at = at + body.len();
        (kind <= LAST_TYPE).then_some(Message { kind, is_shared: flags & 2 != 0, body, at })
    }
}
