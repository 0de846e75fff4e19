//! Numbers and addresses of an HDF5 file, and the headers of its objects: which messages each of them has, and what stands elsewhere for
//! some of them (HDF5 File Format Specification, II.A and IV.A.1, IV.A.2.q).

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

use memchr::memmem;

use super::begin;
use super::elsewhere::Loader;
use super::heap::Heap;
use crate::bytes::{span, u16_at, u32_at};

/// Messages of one object that are read: attributes of old files stand among them.
const MESSAGES: usize = 1 << 14;

/// Pieces of a header that are followed.
const PIECES: usize = 1 << 8;

/// Lengths of the prefix of a header of version 1, and of a message in it.
const PREFIX: usize = 16;
const HEADER: usize = 8;

/// The highest type of a message that is known; others are skipped by who reads them.
const LAST_TYPE: u16 = 0x18;

/// A message that refers to one that refers to another.
const REFERENCES: usize = 4;

/// Bytes of an identifier in a heap of what is shared, and indices that there may be of these.
const SHARED_ID: usize = 8;
const SHARED_INDICES: usize = 8;

/// Messages and records of trees that are looked at for each byte of a file: they are parts of each other in none that a library wrote.
const WORK: usize = 4;

/// A file, and how wide its numbers are.
pub(super) struct File<'a> {
    pub(super) bytes: &'a [u8],
    /// Addresses count from here.
    base: usize,
    /// Width of an address and of a length, in bytes.
    pub(super) address: usize,
    pub(super) length: usize,
    /// Version of the superblock.
    version: u8,
    /// Messages and records that may still be looked at.
    left: Cell<usize>,
    /// Whether there was more than may be looked at.
    is_over: Cell<bool>,
    /// Types that objects refer to, by where they are.
    committed: RefCell<HashMap<usize, Option<Message<'a>>>>,
    /// Heaps of messages that are shared, and which kinds of these, a bit each.
    shared: OnceCell<Vec<(u16, Heap)>>,
    /// See [`Self::loader`].
    loader: OnceCell<Option<Loader>>,
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

/// The number in `width` bytes at `at`; `None`: it is not there, or not one of 64 bits.
pub(super) fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = span(bytes, at, width).filter(|_| (1..=WIDEST).contains(&width))?;
    let (bytes, beyond) = bytes.split_at(width.min(8));
    let is_small = beyond.iter().all(|byte| *byte == 0);
    is_small.then(|| bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// Bytes of the widest number that a file may state.
const WIDEST: usize = 32;

impl<'a> File<'a> {
    /// The file that begins in `bytes`; `None`: there is none, or of a version that is not known.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let base = begin(bytes)?;
        let version = *bytes.get(base + 8)?;
        let widths = base + if version < 2 { 13 } else { 9 };
        let width = |at: usize| {
            bytes.get(at).map(|width| usize::from(*width)).filter(|width| (1..=WIDEST).contains(width))
        };
        Some(Self {
            bytes,
            base,
            address: width(widths)?,
            length: width(widths + 1)?,
            version,
            left: Cell::new(bytes.len().saturating_mul(WORK).saturating_add(MESSAGES)),
            is_over: Cell::new(false),
            committed: RefCell::default(),
            shared: OnceCell::new(),
            loader: OnceCell::new(),
        })
    }

    /// As [`Loader::of`], of all its bytes.
    pub(super) fn loader(&self) -> Option<Loader> {
        *self.loader.get_or_init(|| Loader::of(self.bytes))
    }

    /// Takes note of a message or record; `None`: there were too many.
    pub(super) fn step(&self) -> Option<()> {
        let left = self.left.get().checked_sub(1);
        self.is_over.set(self.is_over.get() || left.is_none());
        self.left.set(left?);
        Some(())
    }

    /// Whether there were more messages or records than are looked at.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.get()
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
    pub(super) fn likely(&self) -> impl Iterator<Item = usize> {
        let bytes = self.bytes;
        let old = memmem::find_iter(bytes, b"\x01\0").filter(move |at| is_old_header(bytes, *at));
        old.filter(|at| self.is_full(*at).is_some()).chain(memmem::find_iter(bytes, b"OHDR\x02"))
    }

    /// Whether messages fill the first piece of what may be a header of version 1: small numbers in a row look like the beginning of
    /// one often enough.
    fn is_full(&self, at: usize) -> Option<()> {
        let (count, len) = (u16_at(self.bytes, at + 2)?, u32_at(self.bytes, at + 8)? as usize);
        let piece = span(self.bytes, at + PREFIX, len)?;
        let mut next = 0;
        for _ in 0..count {
            if next == piece.len() {
                break;
            }
            self.step()?;
            let [0, 0, 0] = *span(piece, next + 5, 3)? else { return None };
            let len = usize::from(u16_at(piece, next + 2)?);
            let is_message = u16_at(piece, next)? <= LAST_TYPE && len % HEADER == 0;
            next = next.checked_add(HEADER + len).filter(|_| is_message)?;
        }
        (next == piece.len()).then_some(())
    }

    /// Where the header of the first object is, from which a library finds all others.
    pub(super) fn root(&self) -> Option<usize> {
        let at = match self.version {
            0 => 24 + 4 * self.address + self.length,
            1 => 28 + 4 * self.address + self.length,
            _ => 12 + 3 * self.address,
        };
        self.place(self.bytes, self.base.checked_add(at)?)
    }

    /// The headers of objects that groups of the old kind name, whose tables have a signature.
    pub(super) fn named(&self) -> impl Iterator<Item = usize> {
        let entry = self.length + self.address + 24;
        memmem::find_iter(self.bytes, b"SNOD\x01")
            .flat_map(move |table| {
                let count = usize::from(u16_at(self.bytes, table + 6).unwrap_or(0));
                (0..count).map_while(move |index| {
                    self.step()?;
                    let at = table + 8 + index * entry + self.length;
                    span(self.bytes, at, self.address).map(|_| self.place(self.bytes, at))
                })
            })
            .flatten()
    }

    /// What a message says, wherever that stands; `None`: it cannot be had.
    pub(super) fn resolved(&self, message: &Message<'a>) -> Option<Message<'a>> {
        let mut message = *message;
        for _ in 0..REFERENCES {
            if !message.is_shared {
                return Some(message);
            }
            message = match *message.body.get(..2)? {
                [3, 1] => self.in_heap(message.kind, span(message.body, 2, SHARED_ID)?)?,
                // What is unused in version 1 is as long as an entry of a group has in front of the address.
                [1, _] => self.committed(message.kind, self.place(message.body, 8 + self.length)?)?,
                _ => self.committed(message.kind, self.place(message.body, 2)?)?,
            };
        }
        None
    }

    /// The message of this kind of the object at `place`.
    fn committed(&self, kind: u16, place: usize) -> Option<Message<'a>> {
        if let Some(known) = self.committed.borrow().get(&place) {
            return known.filter(|known| known.kind == kind);
        }
        let messages = self.messages(place);
        let found = messages.into_iter().find(|message| message.kind == kind);
        self.committed.borrow_mut().insert(place, found);
        found
    }

    /// The message of this kind in the heap of what is shared.
    fn in_heap(&self, kind: u16, id: &[u8]) -> Option<Message<'a>> {
        let mut heaps = self.shared.get_or_init(|| self.shared_heaps().unwrap_or_default()).iter();
        let (_, heap) = heaps.find(|(kinds, _)| u32::from(*kinds) >> kind & 1 != 0)?;
        let (at, len) = heap.object(self, id)?;
        Some(Message { kind, is_shared: false, body: span(self.bytes, at, len)?, at })
    }

    /// The heaps of what is shared: the superblock says where more is said of the file, and that where a table of them is.
    fn shared_heaps(&self) -> Option<Vec<(u16, Heap)>> {
        /// The message of where the table is.
        const TABLE: u16 = 0x0f;
        if self.version < 2 {
            return None;
        }
        let extension = self.place(self.bytes, self.base + 12 + self.address)?;
        let messages = self.messages(extension);
        let table = messages.iter().find(|message| message.kind == TABLE)?;
        let at = self.place(table.body, 1).filter(|at| self.bytes[*at..].starts_with(b"SMTB"))?;
        let count = usize::from(*table.body.get(1 + self.address)?).min(SHARED_INDICES);
        let heap = |index: usize| {
            let at = at + 4 + index * (14 + 2 * self.address);
            let heap = self.place(self.bytes, at + 14 + self.address)?;
            Some((u16_at(self.bytes, at + 2)?, Heap::new(self, heap)?))
        };
        Some((0..count).filter_map(heap).collect())
    }

    /// The messages of the object whose header is at `at`, as something in the file says.
    pub(super) fn messages(&self, at: usize) -> Vec<Message<'a>> {
        self.messages_of(at, true)
    }

    /// As [`Self::messages`], of what looks like a header, as far as nothing in it is odd.
    pub(super) fn likely_messages(&self, at: usize) -> Vec<Message<'a>> {
        self.messages_of(at, false)
    }

    fn messages_of(&self, at: usize, is_known: bool) -> Vec<Message<'a>> {
        let mut found = Vec::new();
        let (mut pieces, flags) = match self.first_piece(at) {
            Some((piece, flags)) => (vec![piece], flags),
            None => return found,
        };
        let mut next = 0;
        while let Some(&(start, len)) = pieces.get(next) {
            next += 1;
            if next > PIECES {
                self.is_over.set(true);
                break;
            }
            let Some(mut piece) = Messages::new(self.bytes, (start, len), flags, is_known) else { continue };
            for message in &mut piece {
                if message.kind == CONTINUATION
                    && pieces.len() <= PIECES
                    && let Some(place) = self.place(message.body, 0)
                    && let Some(len) = self.len(message.body, self.address)
                {
                    // Those of version 2 have a signature, and a checksum at their end.
                    let (skipped, cut) = if flags.is_some() { (4, 8) } else { (0, 0) };
                    pieces.push((place + skipped, len.saturating_sub(cut)));
                }
                if found.len() >= MESSAGES || self.step().is_none() {
                    self.is_over.set(true);
                    return found;
                }
                found.push(message);
            }
        }
        found
    }

    /// Where the first messages of a header are, their length, and, of version 2, its flags.
    fn first_piece(&self, at: usize) -> Option<((usize, usize), Option<u8>)> {
        // What leads here knows that it is one; nothing else of it is looked at by a library.
        if self.bytes.get(at) == Some(&1) {
            let len = u32_at(self.bytes, at + 8)? as usize;
            let len = len.min(self.bytes.len().saturating_sub(at + PREFIX));
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
    /// Whether these are messages in any case: what is reserved, and which kinds there are, is nothing to a library.
    is_known: bool,
}

impl<'a> Messages<'a> {
    fn new(bytes: &'a [u8], (at, len): (usize, usize), flags: Option<u8>, is_known: bool) -> Option<Self> {
        span(bytes, at, len)?;
        Some(Self { bytes, at, end: at + len, flags, is_known })
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Message<'a>> {
        let (kind, len, flags, header) = match self.flags {
            None => {
                let [flags, reserved @ ..] = span(self.bytes, self.at + 4, 4)? else { return None };
                if !self.is_known && reserved != [0; 3] {
                    return None;
                }
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
        (self.is_known || self.flags.is_some() || kind <= LAST_TYPE).then_some(Message {
            kind,
            is_shared: flags & 2 != 0,
            body,
            at,
        })
    }
}
