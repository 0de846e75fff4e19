//! Which row of a pickle covers a byte.

use super::index::{PickleRecord, Recording};
use super::rows::Rows;

/// Finds the rows that cover bytes. What is asked in ascending order is found by reading each row at most once.
#[derive(Debug)]
pub struct Numbering<'r, 'a> {
    recording: &'r Recording,
    pickle: &'r PickleRecord,
    bytes: &'a [u8],
    at: Option<At<'r, 'a>>,
}

/// A row that was read.
#[derive(Debug)]
struct At<'r, 'a> {
    chunk: usize,
    number: u64,
    start: usize,
    end: usize,
    /// Those behind it.
    rows: Rows<'r, 'a>,
}

impl<'r, 'a> Numbering<'r, 'a> {
    pub(super) fn new(recording: &'r Recording, pickle: &'r PickleRecord, bytes: &'a [u8]) -> Self {
        Self { recording, pickle, bytes, at: None }
    }

    /// The number, among the rows of the pickle, of the one that covers a byte. The last row stands for all bytes behind it that no row covers.
    pub fn number(&mut self, offset: usize) -> Option<u64> {
        let chunk = self.recording.chunk_at(self.pickle, offset)?;
        let mut at = match self.at.take() {
            Some(at) if at.chunk == chunk && at.start <= offset => at,
            _ => self.first_of(chunk)?,
        };
        while at.end <= offset {
            (at.start, at.end) = (at.end, at.rows.next()?.end());
            at.number += 1;
        }
        let number = at.number.min(self.pickle.rows().saturating_sub(1));
        self.at = Some(at);
        Some(number)
    }

    fn first_of(&self, chunk: usize) -> Option<At<'r, 'a>> {
        let from = self.recording.chunks.get(chunk)?;
        let mut rows = Rows::new(self.bytes, from.start, &self.pickle.holes);
        let end = rows.next()?.end();
        Some(At { chunk, number: from.first_row, start: from.start, end, rows })
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::never;
    use crate::record::{Row, Segment, Walk, record};

    #[test]
    fn in_any_order_it_is_the_row_that_covers_the_byte() {
        let long = [&b"(I1\n".repeat(5000)[..], &b"t".repeat(5000), b"."].concat();
        for bytes in [&b"\x80\x02](K\x01(K\x02tp0\n0K\x03e."[..], b"](((N", &long] {
            let recording = record(bytes, &never);
            let Some(Segment::Pickle(pickle)) = recording.segments.first() else { panic!("no pickle") };
            let starts: Vec<usize> = Walk::new(bytes, &recording, pickle, 0)
                .unwrap()
                .map(|row| match row {
                    Row::Op(nested) => nested.op.start,
                    Row::Hole(hole) => hole.bytes.start,
                })
                .collect();
            let wanted = |offset: usize| (starts.partition_point(|&start| start <= offset) - 1) as u64;
            let end = pickle.bytes.end;
            let mut numbering = recording.numbering(bytes, pickle);
            for offset in (0..end).chain((0..end).step_by(997).rev()).chain((0..end).step_by(611)) {
                assert_eq!(numbering.number(offset), Some(wanted(offset)), "{offset}");
            }
        }
    }
}
