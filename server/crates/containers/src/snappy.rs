//! Snappy (`format_description.txt` of its source), as columns, tables of databases and Avro pack blocks with it: the length, then literal runs
//! and references back.

/// The bytes that `packed` stands for, if they are no more than `most`; `None`: it is no Snappy, or more than that.
pub(crate) fn unpack(packed: &[u8], most: u64) -> Option<Vec<u8>> {
    let (len, mut at) = length(packed)?;
    let len = usize::try_from(len).ok().filter(|len| *len as u64 <= most)?;
    let mut bytes = Vec::new();
    while let Some(&tag) = packed.get(at) {
        at += 1;
        let (count, back) = match tag & 3 {
            0 => {
                let short = usize::from(tag >> 2);
                // From sixty on, the length stands in so many bytes behind.
                let more = short.saturating_sub(59);
                let count = if more == 0 { short } else { number(packed, at, more)? } + 1;
                at += more;
                bytes.extend_from_slice(crate::bytes::span(packed, at, count)?);
                at += count;
                (0, 0)
            }
            1 => {
                let back = usize::from(tag >> 5) << 8 | number(packed, at, 1)?;
                at += 1;
                (usize::from(tag >> 2 & 7) + 4, back)
            }
            kind => {
                let width = if kind == 2 { 2 } else { 4 };
                let back = number(packed, at, width)?;
                at += width;
                (usize::from(tag >> 2) + 1, back)
            }
        };
        if count > 0 {
            copy(&mut bytes, count, back)?;
        }
        if bytes.len() > len {
            return None;
        }
    }
    (bytes.len() == len).then_some(bytes)
}

/// Repeats `count` bytes that stand so far back; what is copied may reach into what the copy makes.
fn copy(bytes: &mut Vec<u8>, count: usize, back: usize) -> Option<()> {
    let start = bytes.len().checked_sub(back).filter(|_| back > 0)?;
    for from in start..start + count {
        bytes.push(*bytes.get(from)?);
    }
    Some(())
}

/// The length of what is packed, and where it begins.
fn length(packed: &[u8]) -> Option<(u64, usize)> {
    let mut len = 0;
    for (at, byte) in packed.iter().take(5).enumerate() {
        len |= u64::from(byte & 127) << (7 * at);
        if *byte < 128 {
            return Some((len, at + 1));
        }
    }
    None
}

/// The number in the `width` bytes at `at`, the lowest first.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let digits = crate::bytes::span(bytes, at, width)?;
    Some(digits.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_references() {
        assert_eq!(unpack(b"\x07\x04ab\x01\x02\x00c", 99).as_deref(), Some(&b"abababc"[..]));
        assert_eq!(unpack(b"\x05\x00a\x0e\x01\x00", 99).as_deref(), Some(&b"aaaaa"[..]));
        assert_eq!(unpack(b"\x05\x00a\x0f\x01\x00\x00\x00", 99).as_deref(), Some(&b"aaaaa"[..]));
        assert_eq!(unpack(b"\x03\xf0\x02abc", 99).as_deref(), Some(&b"abc"[..]));
        assert_eq!(unpack(b"\x03\xf0\x02abc", 2), None);
        assert_eq!(unpack(b"\x02\x00a", 99), None);
        assert_eq!(unpack(b"\x05\x00a\x01\x02", 99), None);
        assert_eq!(unpack(b"\x05\x00a\x01\x00", 99), None);
        assert_eq!(unpack(b"\xff\xff\xff\xff\xff", 99), None);
    }
}
