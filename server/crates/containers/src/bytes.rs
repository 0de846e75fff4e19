//! Little-endian numbers out of a slice. Never panics: what is not there is `None`.

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

/// At most `len` bytes from `at` on: what there is of them.
pub(crate) fn clamped(bytes: &[u8], at: usize, len: u64) -> &[u8] {
    let rest = bytes.get(at..).unwrap_or_default();
    &rest[..usize::try_from(len).unwrap_or(usize::MAX).min(rest.len())]
}
