//! Numbers out of a slice. Never panics: what is not there is `None`.

/// The `N` bytes at `at`.
fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// The 16-bit number at `at`.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// The 32-bit number at `at`.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// The 64-bit number at `at`.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// In which order a format writes the bytes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The lowest first.
    Little,
    /// The highest first.
    Big,
}

impl Order {
    /// The 16-bit number at `at`.
    pub(crate) fn u16_at(self, bytes: &[u8], at: usize) -> Option<u16> {
        let two = array(bytes, at)?;
        Some(if self == Self::Little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    }

    /// The 32-bit number at `at`.
    pub(crate) fn u32_at(self, bytes: &[u8], at: usize) -> Option<u32> {
        let four = array(bytes, at)?;
        Some(if self == Self::Little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    }

    /// The 64-bit number at `at`.
    pub(crate) fn u64_at(self, bytes: &[u8], at: usize) -> Option<u64> {
        let eight = array(bytes, at)?;
        Some(if self == Self::Little { u64::from_le_bytes(eight) } else { u64::from_be_bytes(eight) })
    }

    /// The 32-bit number at `at`, as a length or an offset.
    pub(crate) fn usize32_at(self, bytes: &[u8], at: usize) -> Option<usize> {
        self.u32_at(bytes, at).and_then(|number| usize::try_from(number).ok())
    }
}

/// The `len` bytes at `at`, if all of them are there.
pub(crate) fn span(bytes: &[u8], at: usize, len: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(len)?)
}

/// At most `len` bytes from `at` on: what there is of them.
pub(crate) fn clamped(bytes: &[u8], at: usize, len: u64) -> &[u8] {
    let rest = bytes.get(at..).unwrap_or_default();
    &rest[..usize::try_from(len).unwrap_or(usize::MAX).min(rest.len())]
}
