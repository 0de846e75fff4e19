//! The checksum of a dump: CRC-64 as Redis has it (`src/crc64.c`).

use crate::budget::Interrupt;

/// The polynomial of Jones, its lowest bit first.
const POLYNOMIAL: u64 = 0x95ac_9329_ac4b_c9b5;

/// Bytes after which it is asked whether to go on.
const STEP: usize = 1 << 20;

/// What a byte does, with so many others behind it.
static TABLES: [[u64; 256]; 8] = tables();

const fn tables() -> [[u64; 256]; 8] {
    let mut tables = [[0u64; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ POLYNOMIAL } else { sum >> 1 };
            bit += 1;
        }
        tables[0][byte] = sum;
        byte += 1;
    }
    let mut behind = 1;
    while behind < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[behind - 1][byte];
            tables[behind][byte] = before >> 8 ^ tables[0][(before & 0xff) as usize];
            byte += 1;
        }
        behind += 1;
    }
    tables
}

/// The checksum of `bytes`; `None`: nobody wants it any more.
pub(super) fn of(bytes: &[u8], interrupt: Interrupt<'_>) -> Option<u64> {
    let mut sum = 0;
    for step in bytes.chunks(STEP) {
        if interrupt() {
            return None;
        }
        let (eights, rest) = step.as_chunks::<8>();
        for eight in eights {
            let mixed = (sum ^ u64::from_le_bytes(*eight)).to_le_bytes();
            sum = (0..8).fold(0, |sum, at| sum ^ TABLES[7 - at][usize::from(mixed[at])]);
        }
        for byte in rest {
            sum = sum >> 8 ^ TABLES[0][usize::from(sum as u8 ^ byte)];
        }
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn of_the_test_of_redis() {
        assert_eq!(of(b"123456789", &|| false), Some(0xe9c6_d914_c4b8_d9ca));
        assert_eq!(of(b"123456789", &|| true), None);
    }
}
