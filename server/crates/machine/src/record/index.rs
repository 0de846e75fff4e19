//! The index of a stream: where its pickles are, and checkpoints from which any op can be reached.

use std::ops::Range;

use super::fills::Fills;
use super::numbering::Numbering;
use super::rows::Rows;
use crate::fault::Fault;
use crate::hole::Hole;
use crate::machine::Mark;

/// Ops of a chunk at the most: the distance of checkpoints.
pub(crate) const CHUNK: u64 = 4096;

/// Items of the stack that a replay takes from before its beginning, at the most.
const MAX_INHERITED: usize = 1 << 16;

/// A part of a stream.
#[derive(Clone, Debug)]
pub enum Segment {
    /// A pickle.
    Pickle(PickleRecord),
    /// Bytes that are no pickle, or the rest of one that cannot be read: then with the reason.
    Gap(Range<usize>, Option<Fault>),
}

impl Segment {
    /// The bytes it covers.
    #[must_use]
    pub fn bytes(&self) -> Range<usize> {
        match self {
            Self::Pickle(pickle) => pickle.bytes.clone(),
            Self::Gap(bytes, _) => bytes.clone(),
        }
    }
}

/// A pickle of a stream.
#[derive(Clone, Debug)]
pub struct PickleRecord {
    /// Its bytes, up to and with `STOP`, or up to what cannot be read.
    pub bytes: Range<usize>,
    /// Its chunks in [`Recording::chunks`].
    pub chunks: Range<usize>,
    /// Number of its ops.
    pub ops: u64,
    /// The protocol of its first `PROTO`.
    pub protocol: Option<u8>,
    /// Where it is refused first, by an op that can be read.
    pub fault: Option<Fault>,
    /// Bytes between its ops that its reader takes for itself, in order.
    pub holes: Vec<Hole>,
    pub(super) filled_holes: u64,
    pub(super) fills: Box<Fills>,
}

impl PickleRecord {
    /// Number of its rows: its ops, and its holes but for those without a byte.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.ops + self.filled_holes
    }

    /// The hole that covers a byte.
    #[must_use]
    pub fn hole_at(&self, offset: usize) -> Option<&Hole> {
        let index = self.holes.partition_point(|hole| hole.bytes.end <= offset);
        self.holes.get(index).filter(|hole| hole.bytes.contains(&offset))
    }

    /// Offset of the op that filled a memo slot last before `offset`; `bytes` are those of the stream.
    #[must_use]
    pub fn filled_before(&self, bytes: &[u8], slot: u64, offset: usize) -> Option<usize> {
        self.fills.before(bytes, &self.holes, slot, offset)
    }

    /// Whether a memo slot was filled before an op at `offset` in front of which so many slots are in use.
    pub(super) fn is_filled_before(&self, slot: u64, in_use: u64, offset: usize) -> bool {
        self.fills.is_before(slot, in_use, offset)
    }

    /// Offset of the first op that fills a memo slot at or behind `offset`; `bytes` are those of the stream.
    #[must_use]
    pub fn filled_from(&self, bytes: &[u8], slot: u64, offset: usize) -> Option<usize> {
        self.fills.from(bytes, &self.holes, slot, offset)
    }

    /// Number of memo slots in use at its end.
    #[must_use]
    pub fn memo_len(&self) -> u64 {
        self.fills.slots()
    }
}

/// A checkpoint, and what happened from there to the next.
#[derive(Clone, Copy, Debug)]
pub struct Chunk {
    /// Offset of its first op.
    pub start: usize,
    /// Number of its first op among the rows of its pickle.
    pub first_row: u64,
    /// Number of its ops.
    pub(super) ops: u64,
    /// Items on the stack before it.
    pub(super) height: usize,
    /// Marks on the stack before it.
    pub(super) marks: usize,
    /// No item below this height, and no mark below this number, was touched in it.
    pub(super) low_height: usize,
    pub(super) low_marks: usize,
    /// Memo slots in use before it.
    pub(super) memo_len: u64,
    pub(super) protocol: u8,
    /// In `Recording::pushed` and `Recording::marked`: what lies above the lows at its end.
    pub(super) pushed: usize,
    pub(super) marked: usize,
}

/// The index of a stream. It holds offsets only; the bytes are given with each question, and if they have changed in between,
/// answers are wrong, but nothing else happens.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// What the stream is made of, in order, without holes.
    pub segments: Vec<Segment>,
    /// Checkpoints of all pickles, in order.
    pub chunks: Vec<Chunk>,
    /// Whether all of it was read: not, when interrupted.
    pub complete: bool,
    /// Offsets of the ops that pushed the items which outlive their chunk.
    pub(super) pushed: Vec<usize>,
    /// Marks that outlive their chunk.
    pub(super) marked: Vec<Mark>,
}

/// What a replay begins with.
pub(crate) struct Inherited {
    pub(crate) base: usize,
    /// Offsets of the ops that pushed the items above `base`, bottom first.
    pub(crate) stack: Vec<usize>,
    pub(crate) base_marks: usize,
    pub(crate) marks: Vec<Mark>,
    pub(crate) protocol: u8,
    pub(crate) memo_len: u64,
}

impl Recording {
    /// The segment that covers a byte; the last one for an offset at the end.
    #[must_use]
    pub fn segment_at(&self, offset: usize) -> Option<&Segment> {
        let index = self.segments.partition_point(|segment| segment.bytes().end <= offset);
        self.segments.get(index).or(self.segments.last())
    }

    /// The pickle that covers a byte.
    #[must_use]
    pub fn pickle_at(&self, offset: usize) -> Option<&PickleRecord> {
        match self.segment_at(offset)? {
            Segment::Pickle(pickle) if pickle.bytes.contains(&offset) => Some(pickle),
            _ => None,
        }
    }

    /// The pickles, with their numbers from 0.
    pub fn pickles(&self) -> impl Iterator<Item = (usize, &PickleRecord)> {
        let pickles = self.segments.iter().filter_map(|segment| match segment {
            Segment::Pickle(pickle) => Some(pickle),
            Segment::Gap(..) => None,
        });
        pickles.enumerate()
    }

    /// Number of ops of all pickles.
    #[must_use]
    pub fn ops(&self) -> u64 {
        self.pickles().map(|(_, pickle)| pickle.ops).sum()
    }

    /// The chunk with the op that covers a byte of a pickle.
    pub(crate) fn chunk_at(&self, pickle: &PickleRecord, offset: usize) -> Option<usize> {
        let chunks = self.chunks.get(pickle.chunks.clone())?;
        let index = chunks.partition_point(|chunk| chunk.start <= offset).checked_sub(1)?;
        Some(pickle.chunks.start + index)
    }

    /// Bytes of memory that it takes, about.
    #[must_use]
    pub fn weight(&self) -> usize {
        let pickles = self.segments.iter().map(|segment| match segment {
            Segment::Pickle(pickle) => pickle.fills.weight() + pickle.holes.len() * 160,
            Segment::Gap(..) => 0,
        });
        self.segments.len() * size_of::<Segment>()
            + self.chunks.len() * size_of::<Chunk>()
            + self.pushed.len() * size_of::<usize>()
            + self.marked.len() * size_of::<Mark>()
            + pickles.sum::<usize>()
    }

    /// The number, among the rows of its pickle, of the one that covers a byte.
    #[must_use]
    pub fn row_number(&self, bytes: &[u8], pickle: &PickleRecord, offset: usize) -> Option<u64> {
        self.numbering(bytes, pickle).number(offset)
    }

    /// For the numbers of many rows of a pickle.
    #[must_use]
    pub fn numbering<'r, 'a>(&'r self, bytes: &'a [u8], pickle: &'r PickleRecord) -> Numbering<'r, 'a> {
        Numbering::new(self, pickle, bytes)
    }

    /// Offset of a row, given by its number in its pickle.
    #[must_use]
    pub fn row_offset(&self, bytes: &[u8], pickle: &PickleRecord, number: u64) -> Option<usize> {
        let chunk = self.chunks.get(self.chunk_of_row(pickle, number)?)?;
        let mut rows = Rows::new(bytes, chunk.start, &pickle.holes);
        for _ in chunk.first_row..number {
            rows.next()?;
        }
        Some(rows.position())
    }

    /// The chunk with a row, given by its number in its pickle.
    pub(crate) fn chunk_of_row(&self, pickle: &PickleRecord, number: u64) -> Option<usize> {
        let chunks = self.chunks.get(pickle.chunks.clone())?;
        let index = chunks.partition_point(|chunk| chunk.first_row <= number).checked_sub(1)?;
        Some(pickle.chunks.start + index)
    }

    /// The end of the chunks of a pickle from `first` on that have so many ops together, or of all that it has.
    pub(crate) fn chunks_with(&self, pickle: &PickleRecord, first: usize, ops: u64) -> usize {
        let mut left = ops;
        let more = self.chunks[first.min(self.chunks.len())..pickle.chunks.end].iter().take_while(|chunk| {
            let is_wanted = left > 0;
            left = left.saturating_sub(chunk.ops);
            is_wanted
        });
        first + more.count()
    }

    /// Ops of a range of chunks.
    pub(crate) fn ops_of(&self, chunks: Range<usize>) -> u64 {
        self.chunks.get(chunks).unwrap_or(&[]).iter().map(|chunk| chunk.ops).sum()
    }

    /// Below which height, and which number of marks, a chunk touched nothing.
    pub(crate) fn lows(&self, chunk: usize) -> (usize, usize) {
        self.chunks.get(chunk).map_or((0, 0), |chunk| (chunk.low_height, chunk.low_marks))
    }

    /// What lies on stack and marks before a chunk, as far down as the chunks `chunk..end` of its pickle reach.
    pub(crate) fn inherited(&self, pickle: &PickleRecord, chunk: usize, end: usize) -> Option<Inherited> {
        let here = self.chunks.get(chunk)?;
        let reach = self.chunks.get(chunk..end)?;
        // What lies on top is looked at by an op that takes nothing: `PUT`.
        let top = here.height.saturating_sub(1);
        let low = reach.iter().map(|chunk| chunk.low_height).min().unwrap_or(0).min(top);
        let base = low.max(here.height.saturating_sub(MAX_INHERITED));
        let low_marks = reach.iter().map(|chunk| chunk.low_marks).min().unwrap_or(0).min(here.marks);
        let base_marks = low_marks.max(here.marks.saturating_sub(MAX_INHERITED));
        let earlier = pickle.chunks.start..chunk;
        let stack = self.survivors(
            &earlier,
            base..here.height,
            |chunk| (chunk.low_height, chunk.pushed),
            &self.pushed,
        );
        let marks = self.survivors(
            &earlier,
            base_marks..here.marks,
            |chunk| (chunk.low_marks, chunk.marked),
            &self.marked,
        );
        Some(Inherited { base, stack, base_marks, marks, protocol: here.protocol, memo_len: here.memo_len })
    }

    /// What lies at the heights `wanted` behind the chunks `earlier`: each chunk left what lies above its low, and the
    /// last one to do so counts.
    fn survivors<T: Copy>(
        &self,
        earlier: &Range<usize>,
        wanted: Range<usize>,
        of: impl Fn(&Chunk) -> (usize, usize),
        left: &[T],
    ) -> Vec<T> {
        let mut found = Vec::new();
        let mut upper = wanted.end;
        for index in earlier.clone().rev() {
            if upper <= wanted.start {
                break;
            }
            let (low, first) = of(&self.chunks[index]);
            if low >= upper {
                continue;
            }
            let from = low.max(wanted.start);
            let part = left.get(first + (from - low)..first + (upper - low)).unwrap_or(&[]);
            found.extend(part.iter().rev().copied());
            upper = from;
        }
        found.reverse();
        found
    }
}
