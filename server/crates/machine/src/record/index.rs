//! The index of a stream: where its pickles are, and checkpoints from which any op can be reached.

use std::num::NonZeroUsize;
use std::ops::Range;

use pickle_ops::Reader;
use rustc_hash::FxHashMap;

use super::pass::Index;
use super::rows::Rows;
use crate::domain::Interrupt;
use crate::fault::Fault;
use crate::hole::Hole;
use crate::machine::{Machine, Mark};
use crate::memo::Memo;
use crate::run::{Flow, run};
use crate::segments::Segments;

/// Ops of a chunk: the distance of checkpoints.
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
    filled_holes: u64,
    /// Slot → offset of the op that filled it last, plus one.
    memo: Memo<NonZeroUsize>,
    /// Slots that were filled more than once → offsets of the earlier ops, in order.
    refilled: FxHashMap<u64, Vec<usize>>,
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

    /// Offset of the op that filled a memo slot last before `offset`.
    #[must_use]
    pub fn filled_before(&self, slot: u64, offset: usize) -> Option<usize> {
        let last = self.memo.get(slot)?.get() - 1;
        if last < offset {
            return Some(last);
        }
        let earlier = self.refilled.get(&slot)?;
        earlier.partition_point(|&at| at < offset).checked_sub(1).map(|index| earlier[index])
    }

    /// Offset of the first op that fills a memo slot at or behind `offset`.
    #[must_use]
    pub fn filled_from(&self, slot: u64, offset: usize) -> Option<usize> {
        let last = self.memo.get(slot)?.get() - 1;
        let earlier = self.refilled.get(&slot).map_or(&[][..], Vec::as_slice);
        let index = earlier.partition_point(|&at| at < offset);
        earlier.get(index).copied().or(Some(last).filter(|&last| last >= offset))
    }

    /// Number of memo slots in use at its end.
    #[must_use]
    pub fn memo_len(&self) -> u64 {
        self.memo.len()
    }
}

/// A checkpoint, and what happened from there to the next.
#[derive(Clone, Copy, Debug)]
pub struct Chunk {
    /// Offset of its first op.
    pub start: usize,
    /// Number of its first op among the rows of its pickle.
    pub first_row: u64,
    /// Items on the stack before it.
    height: usize,
    /// Marks on the stack before it.
    marks: usize,
    /// No item below this height, and no mark below this number, was touched in it.
    low_height: usize,
    low_marks: usize,
    /// Memo slots in use before it.
    memo_len: u64,
    protocol: u8,
    /// In `Recording::pushed` and `Recording::marked`: what lies above the lows at its end.
    pushed: usize,
    marked: usize,
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
    pushed: Vec<usize>,
    /// Marks that outlive their chunk.
    marked: Vec<Mark>,
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
        let memos = self.segments.iter().map(|segment| match segment {
            Segment::Pickle(pickle) => {
                let slots = usize::try_from(pickle.memo_len()).unwrap_or(usize::MAX / 32);
                slots * size_of::<usize>() + pickle.refilled.len() * 48 + pickle.holes.len() * 160
            }
            Segment::Gap(..) => 0,
        });
        self.segments.len() * size_of::<Segment>()
            + self.chunks.len() * size_of::<Chunk>()
            + self.pushed.len() * size_of::<usize>()
            + self.marked.len() * size_of::<Mark>()
            + memos.sum::<usize>()
    }

    /// The number, among the rows of its pickle, of the one that covers a byte.
    #[must_use]
    pub fn row_number(&self, bytes: &[u8], pickle: &PickleRecord, offset: usize) -> Option<u64> {
        let chunk = self.chunks.get(self.chunk_at(pickle, offset)?)?;
        let before = Rows::new(bytes, chunk.start, &pickle.holes).before(offset)?;
        Some((chunk.first_row + before).min(pickle.rows().saturating_sub(1)))
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

    /// Below which height, and which number of marks, a chunk touched nothing.
    pub(crate) fn lows(&self, chunk: usize) -> (usize, usize) {
        self.chunks.get(chunk).map_or((0, 0), |chunk| (chunk.low_height, chunk.low_marks))
    }

    /// What lies on stack and marks before a chunk, as far down as the chunks `chunk..end` of its pickle reach.
    pub(crate) fn inherited(&self, pickle: &PickleRecord, chunk: usize, end: usize) -> Option<Inherited> {
        let here = self.chunks.get(chunk)?;
        let reach = self.chunks.get(chunk..end)?;
        let low = reach.iter().map(|chunk| chunk.low_height).min().unwrap_or(0).min(here.height);
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

/// Makes the index of a stream; incomplete when interrupted.
#[must_use]
pub fn record(bytes: &[u8], interrupt: Interrupt<'_>) -> Recording {
    let mut recording = Recording::default();
    let mut segments = Segments::new(bytes);
    let mut next = segments.first();
    let mut position = 0;
    let mut unreadable = None;
    while let Some(start) = next {
        recording.gap(&mut position, segments.arrays_end().min(start));
        recording.gap(&mut position, start);
        let Some(end) = recording.pickle(bytes, start, interrupt) else { return recording };
        position = end.position;
        unreadable = end.fault;
        next = if unreadable.is_none() { segments.next(position) } else { None };
    }
    recording.gap(&mut position, segments.arrays_end());
    if position < bytes.len() || unreadable.is_some() {
        recording.segments.push(Segment::Gap(position..bytes.len(), unreadable));
    }
    recording.complete = true;
    recording
}

/// Where a pickle ends, and why, if not by `STOP`.
struct End {
    position: usize,
    fault: Option<Fault>,
}

impl Recording {
    /// Bytes that are no pickle, from `position`, which is moved, up to `end`.
    fn gap(&mut self, position: &mut usize, end: usize) {
        if *position < end {
            self.segments.push(Segment::Gap(*position..end, None));
            *position = end;
        }
    }

    /// Indexes one pickle; `None` when interrupted.
    fn pickle(&mut self, bytes: &[u8], start: usize, interrupt: Interrupt<'_>) -> Option<End> {
        let mut machine = Machine::default();
        let mut index = Index::new(bytes, start, interrupt);
        let mut reader = Reader::new(bytes, start);
        let first_chunk = self.chunks.len();
        let end = loop {
            let chunk = self.begin(&machine, reader.position(), index.ops + index.passed);
            (index.low_height, index.low_marks) = (chunk.height, chunk.marks);
            let flow = run(&mut reader, bytes.len(), &mut machine, &mut index, CHUNK as usize);
            self.finish(
                Chunk { low_height: index.low_height, low_marks: index.low_marks, ..chunk },
                &machine,
            );
            match flow {
                Flow::Stop => break End { position: reader.position(), fault: None },
                Flow::End(fault) => break End { position: fault.start, fault: Some(fault) },
                Flow::Next if interrupt() => return None,
                Flow::Next => {}
            }
        };
        self.segments.push(Segment::Pickle(PickleRecord {
            bytes: start..end.position,
            chunks: first_chunk..self.chunks.len(),
            ops: index.ops,
            protocol: index.protocol,
            fault: index.refused,
            holes: index.holes,
            filled_holes: index.passed,
            memo: machine.memo,
            refilled: index.refilled,
        }));
        Some(end)
    }

    fn begin(&self, machine: &Machine<usize, NonZeroUsize>, start: usize, first_row: u64) -> Chunk {
        Chunk {
            start,
            first_row,
            height: machine.height(),
            marks: machine.depth(),
            low_height: machine.height(),
            low_marks: machine.depth(),
            memo_len: machine.memo.len(),
            protocol: machine.protocol(),
            pushed: self.pushed.len(),
            marked: self.marked.len(),
        }
    }

    fn finish(&mut self, chunk: Chunk, machine: &Machine<usize, NonZeroUsize>) {
        self.pushed.extend(machine.stack().get(chunk.low_height..).unwrap_or(&[]));
        self.marked.extend(machine.marks().get(chunk.low_marks..).unwrap_or(&[]));
        self.chunks.push(chunk);
    }
}
