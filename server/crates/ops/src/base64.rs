//! The alphabets of base64, in which byte strings, pickles among them, are written down as text.

/// The six bits that a character stands for, in either alphabet of RFC 4648.
#[must_use]
pub const fn sextet(character: u8) -> Option<u8> {
    Some(match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}
