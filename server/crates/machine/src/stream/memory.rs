//! How much memory one pickle may take.

use std::borrow::Cow;

/// Memory that what one pickle puts on the stack, into the memo and into each other may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory(pub(crate) usize);

impl Memory {
    /// Of a pickle that lies in a file as it is. A byte of it is enough for an entry of the arena.
    pub const OF_FILE: Self = Self(4 << 30);
    /// Of a pickle that was unpacked: several hundred of its bytes are one of the file.
    pub const OF_UNPACKED: Self = Self(1 << 29);

    /// In bytes.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.0
    }
}

/// Of what is borrowed from a file, or was unpacked.
impl From<&Cow<'_, [u8]>> for Memory {
    fn from(bytes: &Cow<'_, [u8]>) -> Self {
        match bytes {
            Cow::Owned(_) => Self::OF_UNPACKED,
            Cow::Borrowed(_) => Self::OF_FILE,
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::OF_FILE
    }
}
