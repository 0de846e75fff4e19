//! The file objects that the C unpickler reads from: `io.BytesIO`, and `io.BufferedReader` over a file.

/// A position in a file, and for a buffered one what its buffer holds.
#[derive(Clone, Debug)]
pub(super) struct File {
    length: usize,
    position: usize,
    /// Where the buffer ends: what the operating system gives next. As long as `position` where there is no buffer.
    buffered: usize,
    /// Bytes that the buffer takes; 0: `BytesIO`.
    size: usize,
}

/// `io.DEFAULT_BUFFER_SIZE` is larger, but `open` takes the block size of the file system where it says one.
pub(super) const BLOCK: usize = 4096;

impl File {
    pub(super) fn new(length: usize, position: usize, size: usize) -> Self {
        Self { length, position, buffered: position, size }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn has_peek(&self) -> bool {
        self.size > 0
    }

    fn fill(&mut self) {
        self.buffered = self.buffered.saturating_add(self.size).min(self.length);
    }

    /// `peek`: where what it gives ends (`_bufferedreader_peek_unlocked`).
    pub(super) fn peek(&mut self) -> usize {
        if self.position >= self.buffered {
            self.fill();
        }
        self.buffered
    }

    /// `read(count)`: where what it gives ends (`_bufferedreader_read_generic`).
    pub(super) fn read(&mut self, count: usize) -> usize {
        let end = self.position.saturating_add(count).min(self.length);
        if self.size > 0 && end > self.buffered {
            // Whole blocks are read past the buffer, and the rest through it.
            let wanted = self.position.saturating_add(count) - self.buffered;
            let blocks = wanted / self.size * self.size;
            self.buffered = self.buffered.saturating_add(blocks).min(self.length);
            if wanted > blocks {
                self.fill();
            }
        }
        self.position = end;
        end
    }

    /// `readinto` of `count` bytes (`_buffered_readinto_generic`): more than a buffer is read past it.
    pub(super) fn read_into(&mut self, count: usize) -> usize {
        let end = self.position.saturating_add(count).min(self.length);
        if self.size > 0 && end > self.buffered {
            if end - self.buffered > self.size {
                self.buffered = end;
            } else {
                self.fill();
            }
        }
        self.position = end;
        end
    }

    /// `readline`: where the line ends, behind its newline or at the end.
    pub(super) fn read_line(&mut self, bytes: &[u8]) -> usize {
        let rest = bytes.get(self.position..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest).map_or(self.length, |at| self.position + at + 1);
        while self.size > 0 && self.buffered < end {
            self.fill();
        }
        self.position = end;
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_filled_block_by_block() {
        let bytes = vec![b'x'; 10_000];
        let mut file = File::new(bytes.len(), 0, BLOCK);
        assert_eq!(file.peek(), 4096);
        assert_eq!((file.read(10), file.peek()), (10, 4096));
        assert_eq!((file.read(4086), file.peek()), (4096, 8192));
        assert_eq!((file.read(5000), file.peek()), (9096, 10_000));
        assert_eq!((file.read(5000), file.position()), (10_000, 10_000));
    }
}
