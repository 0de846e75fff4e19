//! Snappy, as columns, tables of databases and Avro pack blocks with it: one block, without the frames of its streams.

/// Bytes that a byte of Snappy can stand for: a reference of three bytes stands for 64.
const MOST_EACH: usize = 22;

/// The bytes that `packed` stands for, if they are no more than `most`; `None`: it is no Snappy, or more than that.
pub(crate) fn unpack(packed: &[u8], most: u64) -> Option<Vec<u8>> {
    // The length stands in front, and is believed only as far as the bytes behind it can come to it.
    let len = snap::raw::decompress_len(packed).ok()?;
    if len as u64 > most || len / MOST_EACH > packed.len() {
        return None;
    }
    snap::raw::Decoder::new().decompress_vec(packed).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_references() {
        assert_eq!(unpack(b"\x07\x04ab\x01\x02\x00c", 99).as_deref(), Some(&b"abababc"[..]));
        assert_eq!(unpack(b"\x03\xf0\x02abc", 99).as_deref(), Some(&b"abc"[..]));
        assert_eq!(unpack(b"\x03\xf0\x02abc", 2), None);
        assert_eq!(unpack(b"\x02\x00a", 99), None);
        assert_eq!(unpack(b"\x05\x00a\x01\x02", 99), None);
        assert_eq!(unpack(b"\xff\xff\xff\xff\x0f\x00a", u64::MAX), None);
        // The most that a byte stands for.
        let longest = [b"\x81\x04\x00a".as_slice(), &b"\xfe\x01\x00".repeat(8)].concat();
        assert_eq!(unpack(&longest, 1 << 20).map(|bytes| bytes.len()), Some(513));
    }
}
