//! CRC-32C, as records of TensorFlow and LevelDB are checked with it.

use crc::{CRC_32_ISCSI, Crc};

/// What is added to checksums that are stored, so that those of data with checksums in it are no worse.
const MASK: u32 = 0xa282_ead8;

/// The checksum of bytes as it is stored.
pub(crate) fn masked(bytes: &[u8]) -> u32 {
    static CASTAGNOLI: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);
    CASTAGNOLI.checksum(bytes).rotate_right(15).wrapping_add(MASK)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// That of RFC 3720, B.4, of 32 zeros is `8a9136aa`.
    #[test]
    fn checksums() {
        assert_eq!(masked(&[0; 32]), 0x8a91_36aa_u32.rotate_right(15).wrapping_add(MASK));
    }
}
