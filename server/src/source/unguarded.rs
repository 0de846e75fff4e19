//! Mapped files where the system itself keeps them from shrinking (Windows refuses to cut a file that is mapped).
#![allow(unsafe_code, reason = "mapping a file is unsafe; `guard.rs` says what makes it sound")]

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// A mapped file.
#[derive(Debug)]
pub(super) struct Mapping(Mmap);

impl Mapping {
    /// Maps all of a file.
    pub(super) fn new(file: &File) -> io::Result<Self> {
        // SAFETY: read-only, and never assumed to stay the same: see `guard.rs`.
        unsafe { Mmap::map(file) }.map(Self)
    }

    /// All its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The system leaves no page away.
    pub(super) fn torn(&self) -> bool {
        false
    }
}
