//! Records: which columns a row has, and where their bytes are (section 2.1 of the format's description).

use crate::bytes::span;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Bytes.
    Blob,
    /// Characters.
    Text,
    /// An integer in so many bytes.
    Integer,
    /// 0 or 1, without bytes of its own.
    Bit(bool),
    /// NULL.
    Null,
    /// A float.
    Other,
}

/// A column of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// What it holds.
    pub(super) content: Content,
    /// Where it begins in the record.
    pub(super) start: usize,
    /// Its length in bytes.
    pub(super) len: usize,
}

impl Column {
    /// Its bytes, if they are all in `record`, the beginning of the one it is of.
    pub(super) fn within<'a>(&self, record: &'a [u8]) -> Option<&'a [u8]> {
        span(record, self.start, self.len)
    }

    /// The integer that it holds.
    pub(super) fn integer(&self, record: &[u8]) -> Option<i64> {
        let bytes = self.within(record).filter(|_| self.content == Content::Integer)?;
        let negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
        Some(
            bytes
                .iter()
                .fold(if negative { -1 } else { 0 }, |value: i64, byte| value << 8 | i64::from(*byte)),
        )
    }
}

/// The columns of a record that begins with `bytes`; `None`: its header goes on behind them.
pub(super) fn columns(bytes: &[u8]) -> Option<Vec<Column>> {
    let (len, read) = varint(bytes)?;
    let header = bytes.get(read..usize::try_from(len).ok()?)?;
    let mut columns = Vec::new();
    let (mut at, mut start) = (0, read + header.len());
    while let Some((code, read)) = varint(&header[at..]) {
        at += read;
        let (content, len) = match code {
            0 => (Content::Null, 0),
            8 | 9 => (Content::Bit(code == 9), 0),
            1..=4 => (Content::Integer, code),
            5 => (Content::Integer, 6),
            6 => (Content::Integer, 8),
            7 => (Content::Other, 8),
            // Never written.
            10 | 11 => (Content::Other, 0),
            _ if code % 2 == 0 => (Content::Blob, (code - 12) / 2),
            _ => (Content::Text, (code - 13) / 2),
        };
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        columns.push(Column { content, start, len });
        start = start.saturating_add(len);
    }
    Some(columns)
}

/// A number of one to nine bytes, and how many they are.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(9).enumerate() {
        if index == 8 {
            return Some((value << 8 | u64::from(*byte), 9));
        }
        value = value << 7 | u64::from(byte & 0x7F);
        if *byte < 0x80 {
            return Some((value, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(varint(b"\x7f"), Some((127, 1)));
        assert_eq!(varint(b"\x81\x00"), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, 9)));
        assert_eq!(varint(b"\x81"), None);
    }

    #[test]
    fn columns_of_a_record() {
        // NULL, the integer -2, the text "ab", the blob "xyz".
        let record = b"\x05\x00\x01\x11\x12\xfeabxyz";
        let columns = columns(record).unwrap();
        assert_eq!(columns.len(), 4);
        assert_eq!(
            (columns[1].integer(record), columns[2].within(record)),
            (Some(-2), Some(b"ab".as_slice()))
        );
        assert_eq!((columns[3].content, columns[3].within(record)), (Content::Blob, Some(b"xyz".as_slice())));
    }
}
