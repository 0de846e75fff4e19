//! Which row of the whole listing is where in the bytes.

use std::ops::Range;

use pickle_machine::record::{self, Numbering, PickleRecord, Recording, Segment, Walk};
use pickle_machine::{Fault, Hole, Interrupt};

use crate::row::{Sink, Style};

/// The rows of the whole listing of a recorded stream: a row for each op and each array between ops, a row for each run of other bytes, and a heading
/// before each pickle but the first.
#[derive(Debug)]
pub struct Layout<'r> {
    recording: &'r Recording,
    /// The first row of each segment.
    first_rows: Vec<u64>,
    rows: u64,
}

/// A row of the whole listing.
#[derive(Clone, Copy, Debug)]
pub enum Row<'r, 'a> {
    /// The heading of a pickle.
    Heading {
        /// Its number, from 0.
        pickle: usize,
        /// Offset of its first byte.
        offset: usize,
    },
    /// An op.
    Op(pickle_machine::record::Nested<'a>),
    /// The bytes of an array between ops.
    Array {
        /// The bytes.
        bytes: &'a [u8],
        /// What they are.
        hole: &'r Hole,
    },
    /// Bytes that are no op.
    Gap {
        /// Offset of the first.
        offset: usize,
        /// The bytes.
        bytes: &'a [u8],
        /// Why a reader stops there, if one does.
        fault: Option<&'r Fault>,
    },
}

impl Row<'_, '_> {
    /// Offset of its first byte.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::Heading { offset, .. } | Self::Gap { offset, .. } => *offset,
            Self::Op(nested) => nested.op.start,
            Self::Array { hole, .. } => hole.bytes.start,
        }
    }

    /// Writes it.
    pub fn write(&self, sink: &mut impl Sink, style: Style) {
        match self {
            Self::Heading { pickle, .. } => style.pickle(sink, *pickle),
            Self::Op(nested) => style.op(sink, &nested.op, nested.depth),
            Self::Array { bytes, hole } => style.array(sink, bytes, hole),
            Self::Gap { offset, bytes, fault } => style.gap(sink, *offset, bytes, *fault),
        }
    }
}

impl<'r> Layout<'r> {
    /// Of a recorded stream.
    #[must_use]
    pub fn new(recording: &'r Recording) -> Self {
        let mut rows = 0;
        let mut pickles = 0;
        let first_rows = recording.segments.iter().map(|segment| {
            let first = rows;
            rows += match segment {
                Segment::Pickle(pickle) => {
                    pickles += 1;
                    pickle.rows() + u64::from(pickles > 1)
                }
                Segment::Gap(..) => 1,
            };
            first
        });
        Self { recording, first_rows: first_rows.collect(), rows }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The row that covers a byte; the last one for an offset at the end; 0 in an empty stream.
    #[must_use]
    pub fn row_of(&self, bytes: &[u8], offset: usize) -> u64 {
        self.finder(bytes).row_of(offset)
    }

    /// For the rows of many bytes.
    #[must_use]
    pub fn finder<'a>(&self, bytes: &'a [u8]) -> Finder<'_, 'r, 'a> {
        Finder { layout: self, bytes, within: None }
    }

    /// Offset of the first byte of a row; the length of the stream for a row behind the last.
    #[must_use]
    pub fn offset_of(&self, bytes: &[u8], row: u64) -> usize {
        if row >= self.rows {
            return bytes.len();
        }
        let index = self.first_rows.partition_point(|&first| first <= row).saturating_sub(1);
        match &self.recording.segments[index] {
            Segment::Gap(range, _) => range.start,
            Segment::Pickle(pickle) => {
                let number = (row - self.first_rows[index]).saturating_sub(self.heading(index));
                self.recording.row_offset(bytes, pickle, number).unwrap_or(pickle.bytes.end)
            }
        }
    }

    /// 1 if the segment has a heading.
    fn heading(&self, index: usize) -> u64 {
        let rows = self.first_rows.get(index + 1).copied().unwrap_or(self.rows) - self.first_rows[index];
        match &self.recording.segments[index] {
            Segment::Pickle(pickle) => rows - pickle.rows(),
            Segment::Gap(..) => 0,
        }
    }

    /// Hands out the rows of a range in order, until `take` answers `false` or the work is interrupted.
    pub fn each<'a>(
        &self,
        bytes: &'a [u8],
        wanted: Range<u64>,
        interrupt: Interrupt<'_>,
        mut take: impl FnMut(&Row<'r, 'a>) -> bool,
    ) {
        let begin = self.first_rows.partition_point(|&first| first <= wanted.start).saturating_sub(1);
        let mut number = self.recording.segments[..begin.min(self.recording.segments.len())]
            .iter()
            .filter(|segment| matches!(segment, Segment::Pickle(_)))
            .count();
        for (index, segment) in self.recording.segments.iter().enumerate().skip(begin) {
            let first = self.first_rows[index];
            if first >= wanted.end {
                return;
            }
            let skip = wanted.start.saturating_sub(first);
            let most = wanted.end - first;
            let goes_on = match segment {
                // A row behind the last of the listing lies in no segment.
                Segment::Gap(..) if skip > 0 => true,
                Segment::Gap(range, fault) => {
                    let bytes = bytes.get(range.clone()).unwrap_or(&[]);
                    take(&Row::Gap { offset: range.start, bytes, fault: fault.as_ref() })
                }
                Segment::Pickle(pickle) => {
                    number += 1;
                    let heading = self.heading(index);
                    if heading > 0 && skip == 0 {
                        let row = Row::Heading { pickle: number - 1, offset: pickle.bytes.start };
                        if !take(&row) {
                            return;
                        }
                    }
                    let rows = skip.saturating_sub(heading)..most.saturating_sub(heading);
                    self.each_of(bytes, pickle, rows, interrupt, &mut take)
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    fn each_of<'a>(
        &self,
        bytes: &'a [u8],
        pickle: &'r PickleRecord,
        rows: Range<u64>,
        interrupt: Interrupt<'_>,
        take: &mut impl FnMut(&Row<'r, 'a>) -> bool,
    ) -> bool {
        let Some(walk) = Walk::new(bytes, self.recording, pickle, rows.start) else { return true };
        for (count, row) in (0..rows.end.saturating_sub(rows.start)).zip(walk) {
            let row = match row {
                record::Row::Op(nested) => Row::Op(nested),
                record::Row::Hole(hole) => {
                    Row::Array { bytes: bytes.get(hole.bytes.clone()).unwrap_or(&[]), hole }
                }
            };
            if !take(&row) || count % STRIDE == STRIDE - 1 && interrupt() {
                return false;
            }
        }
        true
    }
}

/// Finds the rows of bytes. What is asked in ascending order is found by reading each row at most once.
#[derive(Debug)]
pub struct Finder<'l, 'r, 'a> {
    layout: &'l Layout<'r>,
    bytes: &'a [u8],
    /// The segment that was asked last, and its rows.
    within: Option<(usize, Numbering<'r, 'a>)>,
}

impl Finder<'_, '_, '_> {
    /// The row that covers a byte; the last one for an offset at the end; 0 in an empty stream.
    pub fn row_of(&mut self, offset: usize) -> u64 {
        let recording = self.layout.recording;
        let index = recording.segments.partition_point(|segment| segment.bytes().end <= offset);
        let Some(segment) = recording.segments.get(index) else { return self.layout.rows.saturating_sub(1) };
        let first = self.layout.first_rows[index];
        let Segment::Pickle(pickle) = segment else { return first };
        if self.within.as_ref().is_none_or(|(last, _)| *last != index) {
            self.within = Some((index, recording.numbering(self.bytes, pickle)));
        }
        let number = self.within.as_mut().and_then(|(_, numbering)| numbering.number(offset));
        first + self.layout.heading(index) + number.unwrap_or(0)
    }
}

/// Rows between two looks at the interrupt.
const STRIDE: u64 = 4096;
