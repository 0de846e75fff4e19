//! CRC-32C (RFC 3720, B.4), as records of TensorFlow and LevelDB are checked with it. Of what tells a format from others, a few bytes.

/// What is added to checksums that are stored, so that those of data with checksums in it are no worse.
const MASK: u32 = 0xa282_ead8;

/// The checksum of bytes as it is stored.
pub(crate) fn masked(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(MASK)
}

fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| sum >> 1 ^ (0x82f6_3b78 & (sum & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }
}
