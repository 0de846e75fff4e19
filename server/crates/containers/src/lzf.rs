//! LZF (`liblzf` by Marc Lehmann), as Redis packs strings with it and h5py chunks: literal runs and references back, without a header.

/// The `len` bytes that `packed` stands for; `None`: it is no LZF, or other than that long.
pub(crate) fn unpack(packed: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut at = 0;
    while let Some(&control) = packed.get(at) {
        at += 1;
        let control = usize::from(control);
        if control < 32 {
            bytes.extend_from_slice(packed.get(at..at + control + 1)?);
            at += control + 1;
        } else {
            let mut count = control >> 5;
            if count == 7 {
                count += usize::from(*packed.get(at)?);
                at += 1;
            }
            let back = (control & 31) << 8 | usize::from(*packed.get(at)?);
            at += 1;
            let start = bytes.len().checked_sub(back + 1)?;
            // What is copied may reach into what the copy makes.
            for from in start..start + count + 2 {
                let byte = *bytes.get(from)?;
                bytes.push(byte);
            }
        }
        if bytes.len() > len {
            return None;
        }
    }
    (bytes.len() == len).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_references() {
        assert_eq!(unpack(b"\x01ab\x20\x01\x00c", 6).as_deref(), Some(&b"ababac"[..]));
        // Of nine bytes and more, the length goes on in the next byte.
        assert_eq!(unpack(b"\x00a\xe0\x03\x00", 13).as_deref(), Some(&[b'a'; 13][..]));
        assert_eq!(unpack(b"\x20\x00", 3), None);
        assert_eq!(unpack(b"\x05abc", 6), None);
        assert_eq!(unpack(b"\x00a\xe0\xff\x00", 13), None);
    }
}
