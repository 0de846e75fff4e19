//! Where the unpickler in Python takes its bytes from: `_Unframer` over a file object.
//!
//! A frame is an object of its own. An argument has to be all in it or, when nothing of it is left, all behind it.

use crate::exception::{Done, Raised};

/// The bytes, and the frame at work.
#[derive(Clone, Debug)]
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    /// Position of the file.
    file: usize,
    /// What is left of the frame.
    frame: Option<(usize, usize)>,
}

fn exhausted() -> Box<Raised> {
    Raised::unpickling("pickle exhausted before end of frame")
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8], start: usize) -> Self {
        Self { bytes, file: start.min(bytes.len()), frame: None }
    }

    /// Where the file is.
    pub(super) fn position(&self) -> usize {
        self.file
    }

    /// Offset of the next byte.
    pub(super) fn next_offset(&self) -> usize {
        match self.frame {
            Some((from, to)) if from < to => from,
            _ => self.file,
        }
    }

    fn file_read(&mut self, count: u64) -> &'a [u8] {
        let rest = self.bytes.get(self.file..).unwrap_or_default();
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(rest.len());
        self.file += count;
        &rest[..count]
    }

    /// `read`: fewer bytes than are asked for at the end of the file.
    pub(super) fn read(&mut self, count: u64) -> Done<&'a [u8]> {
        let Some((from, to)) = self.frame else { return Ok(self.file_read(count)) };
        let left = (to - from) as u64;
        if left == 0 && count != 0 {
            self.frame = None;
            return Ok(self.file_read(count));
        }
        let end = from + left.min(count) as usize;
        self.frame = Some((end, to));
        if left < count { Err(exhausted()) } else { Ok(self.bytes.get(from..end).unwrap_or_default()) }
    }

    /// `readline`: without a newline at the end of the file.
    pub(super) fn read_line(&mut self) -> Done<&'a [u8]> {
        if let Some((from, to)) = self.frame {
            let rest = self.bytes.get(from..to).unwrap_or_default();
            if !rest.is_empty() {
                let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
                self.frame = Some((from + end, to));
                let line = &rest[..end];
                return if line.ends_with(b"\n") { Ok(line) } else { Err(exhausted()) };
            }
            self.frame = None;
        }
        let rest = self.bytes.get(self.file..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        self.file += end;
        Ok(&rest[..end])
    }

    /// `load_frame`: as many bytes as there are.
    pub(super) fn load_frame(&mut self, length: u64) -> Done {
        if let Some((from, to)) = self.frame
            && from < to
        {
            return Err(Raised::unpickling("beginning of a new frame before end of current frame"));
        }
        let from = self.file;
        self.file_read(length);
        self.frame = Some((from, self.file));
        Ok(())
    }
}
