//! What the C unpickler takes from a stream that it cannot look ahead in: `io.BytesIO`, an unbuffered file.
//!
//! It reads a `FRAME` into a buffer, and where an argument is not all in it, it reads the argument *from the stream* and forgets
//! what was left in the buffer (`_Unpickler_ReadImpl`, `_Unpickler_Readline` in `_pickle.c` of CPython 3.6 to 3.14). Over
//! `bytes`, and over a file that it can look ahead in, nothing is forgotten. So one byte string can be two pickles.

use std::ops::Range;

use crate::Opcode;
use crate::opcode::{BY_BYTE, Framing};

/// A pickle as it is taken from a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Streamed {
    /// The bytes that are taken, in order, without those of `FRAME` ops: pieces of the byte string.
    pub pieces: Vec<Range<usize>>,
    /// Whether `STOP` was reached.
    pub stopped: bool,
    /// Where the stream is then: behind the last frame.
    pub end: usize,
}

impl Streamed {
    /// The bytes that are taken, as one byte string, which without frames means the same from anywhere.
    #[must_use]
    pub fn bytes(&self, all: &[u8]) -> Vec<u8> {
        self.pieces.iter().flat_map(|piece| all.get(piece.clone()).unwrap_or_default()).copied().collect()
    }

    /// Where in the byte string a byte of [`Streamed::bytes`] stands.
    #[must_use]
    pub fn offset(&self, at: usize) -> usize {
        let mut before = 0;
        for piece in &self.pieces {
            if at < before + piece.len() {
                return piece.start + at - before;
            }
            before += piece.len();
        }
        self.pieces.last().map_or(at, |piece| piece.end)
    }
}

/// The pickle at `start` of `bytes`, as it is taken from a stream: up to `STOP`, or to where there are too few bytes.
#[must_use]
pub fn streamed(bytes: &[u8], start: usize) -> Streamed {
    let mut stream = Stream { bytes, file: start, next: start, to: start, out: Streamed::default() };
    while stream.step().is_some_and(|stopped| !stopped) {}
    stream.out.end = stream.file;
    stream.out
}

struct Stream<'a> {
    bytes: &'a [u8],
    /// Position of the stream.
    file: usize,
    /// What is left of the buffer.
    next: usize,
    to: usize,
    out: Streamed,
}

impl Stream<'_> {
    /// Takes an op; whether it was `STOP`. `None`: there are too few bytes, or it is none.
    fn step(&mut self) -> Option<bool> {
        let at = self.read(1)?;
        let byte = *self.bytes.get(at.start)?;
        if byte == Opcode::Frame as u8 {
            let length = self.read(8)?;
            let length = usize::try_from(self.number(&length)).ok()?;
            let body = self.read(length)?;
            self.next = body.start;
            return Some(false);
        }
        self.keep(at);
        match BY_BYTE[byte as usize] {
            (None, _) => return None,
            (_, Framing::Fixed(length)) => self.take(length as usize)?,
            (_, Framing::Counted(width)) => {
                let length = self.read(width as usize)?;
                let count = usize::try_from(self.number(&length)).ok()?;
                self.keep(length);
                if is_read_into(byte) { self.take_into(count)? } else { self.take(count)? }
            }
            (_, Framing::CountedSigned) => {
                let length = self.read(4)?;
                let count = usize::try_from(self.number(&length) as u32 as i32).ok()?;
                self.keep(length);
                self.take(count)?;
            }
            (_, Framing::Line) => self.line()?,
            (_, Framing::TwoLines) => {
                self.line()?;
                self.line()?;
            }
            (_, Framing::Unknown) => return None,
        }
        self.out.stopped = byte == Opcode::Stop as u8;
        Some(self.out.stopped)
    }

    fn number(&self, at: &Range<usize>) -> u64 {
        let raw = self.bytes.get(at.clone()).unwrap_or_default();
        raw.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
    }

    fn keep(&mut self, piece: Range<usize>) {
        match self.out.pieces.last_mut() {
            Some(last) if last.end == piece.start => last.end = piece.end,
            _ if piece.is_empty() => {}
            _ => self.out.pieces.push(piece),
        }
    }

    fn take(&mut self, count: usize) -> Option<()> {
        let piece = self.read(count)?;
        self.keep(piece);
        Some(())
    }

    /// The next bytes: of the buffer if it has all of them, else of the stream.
    fn read(&mut self, count: usize) -> Option<Range<usize>> {
        if count <= self.to - self.next {
            self.next += count;
            return Some(self.next - count..self.next);
        }
        let end = self.file.checked_add(count).filter(|&end| end <= self.bytes.len())?;
        let piece = self.file..end;
        (self.file, self.next, self.to) = (end, end, end);
        Some(piece)
    }

    /// What is read into an object of its own: what the buffer has, and then of the stream.
    fn take_into(&mut self, count: usize) -> Option<()> {
        let left = count.min(self.to - self.next);
        self.take(left)?;
        self.take(count - left)
    }

    fn line(&mut self) -> Option<()> {
        let buffer = self.bytes.get(self.next..self.to).unwrap_or_default();
        if let Some(at) = memchr::memchr(b'\n', buffer) {
            return self.take(at + 1);
        }
        let at = memchr::memchr(b'\n', self.bytes.get(self.file..)?)?;
        let end = self.file + at + 1;
        let piece = self.file..end;
        (self.file, self.next, self.to) = (end, end, end);
        self.keep(piece);
        Some(())
    }
}

/// `_Unpickler_ReadInto`: bytes and bytearrays.
fn is_read_into(byte: u8) -> bool {
    [Opcode::ShortBinBytes, Opcode::BinBytes, Opcode::BinBytes8, Opcode::ByteArray8]
        .iter()
        .any(|&opcode| opcode as u8 == byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(bytes: &[u8]) -> (Vec<u8>, bool) {
        let streamed = streamed(bytes, 0);
        (streamed.bytes(bytes), streamed.stopped)
    }

    #[test]
    fn a_line_that_crosses_the_end_of_a_frame() {
        let bytes = b"\x80\x04\x95\x06\0\0\0\0\0\0\0csafe_os\ngetpid\n.";
        assert_eq!(taken(bytes), (b"\x80\x04cos\ngetpid\n.".to_vec(), true));
        let streamed = streamed(bytes, 0);
        assert_eq!(streamed.offset(2), 11);
        assert_eq!(streamed.offset(3), 17);
    }

    #[test]
    fn counted_arguments() {
        assert_eq!(taken(b"\x95\x03\0\0\0\0\0\0\0\x8c\x02acd."), (b"\x8c\x02cd.".to_vec(), true));
        assert_eq!(taken(b"\x95\x03\0\0\0\0\0\0\0C\x02ab."), (b"C\x02ab.".to_vec(), true));
        assert_eq!(taken(b"\x95\x03\0\0\0\0\0\0\0\x8c\x02ab."), (b"\x8c\x02b.".to_vec(), false));
        assert_eq!(taken(b"\x95\x03\0\0\0\0\0\0\0\x8c\x02ab"), (b"\x8c\x02".to_vec(), false));
    }

    #[test]
    fn a_frame_that_is_longer_than_its_pickle() {
        let streamed = streamed(b"\x95\x04\0\0\0\0\0\0\0N.N.", 0);
        assert_eq!((streamed.offset(0), streamed.bytes(b"123456789N.N.")), (9, b"N.".to_vec()));
        assert_eq!((streamed.stopped, streamed.end), (true, 13));
    }
}
