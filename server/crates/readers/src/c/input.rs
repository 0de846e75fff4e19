//! Where the C unpickler takes its bytes from: memory, or a file object through a buffer of its own
//! (`_Unpickler_Read`, `_Unpickler_Readline`, `_Unpickler_ReadInto`).
//!
//! The buffer is where readings part. What is read for a `FRAME` fills it; an argument that is not all in it is read *from
//! the file*, and what was left in the buffer is gone.

use super::file::{BLOCK, File};
use crate::exception::{Done, Raised};
use crate::reading::Source;

/// The bytes that an unpickler sees, as pieces of a byte string.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    bytes: &'a [u8],
    file: Option<File>,
    /// The buffer, as a piece of `bytes`.
    from: usize,
    to: usize,
    /// Next byte of the buffer.
    next: usize,
    /// Up to where the file has moved on with the buffer: what `peek` gave is not read yet.
    prefetched: usize,
    memory: u64,
}

/// Below this `peek` is asked (`PREFETCH`).
const PREFETCH: usize = 128 * 1024;
/// The header of a `bytes` object.
const HEADER: u64 = 33;

impl<'a> Input<'a> {
    /// At `start` of `bytes`; `memory` is what can be allocated at once.
    #[must_use]
    pub fn new(bytes: &'a [u8], start: usize, source: Source, memory: u64) -> Self {
        let start = start.min(bytes.len());
        let file = match source {
            Source::Bytes => None,
            Source::Stream => Some(File::new(bytes.len(), start, 0)),
            Source::File => Some(File::new(bytes.len(), start, BLOCK)),
        };
        let to = if file.is_some() { start } else { bytes.len() };
        Self { bytes, file, from: start, to, next: start, prefetched: to, memory }
    }

    /// Offset of the next byte that a new unpickler of the same file would read.
    #[must_use]
    pub fn position(&self) -> usize {
        match &self.file {
            Some(file) => file.position() + self.next.saturating_sub(self.prefetched),
            None => self.next,
        }
    }

    /// Offset of the next byte, where it is in the buffer or will be.
    #[must_use]
    pub fn next_offset(&self) -> usize {
        match &self.file {
            Some(file) if self.next >= self.to => self.skipped(file),
            _ => self.next,
        }
    }

    fn skipped(&self, file: &File) -> usize {
        file.position() + self.next.saturating_sub(self.prefetched)
    }

    /// `_Unpickler_SkipConsumed`.
    fn skip_consumed(&mut self) {
        let Some(file) = &mut self.file else { return };
        if self.next > self.prefetched {
            file.read(self.next - self.prefetched);
            self.prefetched = self.next;
        }
    }

    /// The next `count` bytes.
    pub(crate) fn read(&mut self, count: u64) -> Done<&'a [u8]> {
        let left = (self.to - self.next) as u64;
        if count <= left {
            let start = self.next;
            self.next += count as usize;
            return Ok(self.piece(start, self.next));
        }
        if (self.next - self.from) as u64 > i64::MAX as u64 - count.min(i64::MAX as u64) {
            return Err(Raised::unpickling("read would overflow (invalid bytecode)"));
        }
        if self.file.is_none() {
            return Err(truncated());
        }
        self.skip_consumed();
        self.read_from_file(count)
    }

    /// `_Unpickler_ReadFromFile`: the buffer is what the file gives.
    fn read_from_file(&mut self, count: u64) -> Done<&'a [u8]> {
        let memory = self.memory;
        let Some(file) = &mut self.file else { return Err(truncated()) };
        let start = file.position();
        let wanted = usize::try_from(count).unwrap_or(usize::MAX);
        if file.has_peek() && wanted < PREFETCH {
            let end = file.peek();
            if end - start >= wanted {
                (self.from, self.to, self.prefetched) = (start, end, start);
                self.next = start + wanted;
                return Ok(self.piece(start, self.next));
            }
        }
        if file.has_peek() {
            allocate(count, memory)?;
        }
        let end = file.read(wanted);
        (self.from, self.to, self.prefetched) = (start, end, end);
        self.next = start;
        if end - start < wanted {
            return Err(truncated());
        }
        self.next = end;
        Ok(self.piece(start, end))
    }

    /// The next line, with its newline.
    pub(crate) fn read_line(&mut self) -> Done<&'a [u8]> {
        let buffer = self.piece(self.next, self.to);
        if let Some(at) = memchr::memchr(b'\n', buffer) {
            self.next += at + 1;
            return Ok(&buffer[..=at]);
        }
        self.skip_consumed();
        let Some(file) = &mut self.file else { return Err(truncated()) };
        let start = file.position();
        let end = file.read_line(self.bytes);
        (self.from, self.to, self.prefetched) = (start, end, end);
        self.next = end;
        let line = self.piece(start, end);
        if line.ends_with(b"\n") { Ok(line) } else { Err(truncated()) }
    }

    /// `count` bytes into an object that is allocated first: what the buffer holds of them, and then the file.
    pub(crate) fn read_into(&mut self, count: u64) -> Done<&'a [u8]> {
        allocate(count, self.memory)?;
        let start = self.next_offset();
        let left = (self.to - self.next) as u64;
        let taken = left.min(count);
        self.next += taken as usize;
        if taken == count {
            return Ok(self.piece(self.next - taken as usize, self.next));
        }
        self.skip_consumed();
        let Some(file) = &mut self.file else { return Err(truncated()) };
        let rest = usize::try_from(count - taken).unwrap_or(usize::MAX);
        let from = file.position();
        let end = file.read_into(rest);
        if end - from < rest {
            return Err(truncated());
        }
        // What the buffer held ends where the file goes on.
        Ok(self.piece(start.min(from), end))
    }

    /// Goes back to where the last `count` bytes began: the frame that they are is read from the buffer.
    pub(crate) fn rewind(&mut self, count: u64) {
        self.next = self.next.saturating_sub(count as usize).max(self.from);
    }

    fn piece(&self, from: usize, to: usize) -> &'a [u8] {
        self.bytes.get(from..to).unwrap_or_default()
    }
}

pub(crate) fn truncated() -> Box<Raised> {
    Raised::unpickling("pickle data was truncated")
}

/// `PyBytes_FromStringAndSize(NULL, count)`.
pub(crate) fn allocate(count: u64, memory: u64) -> Done {
    if count > i64::MAX as u64 - HEADER {
        return Err(Raised::new("OverflowError", "byte string is too large"));
    }
    if count >= memory { Err(Raised::memory()) } else { Ok(()) }
}
