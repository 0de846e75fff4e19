//! What the index reads ahead: the chunks of a part of the stream, counted from where it begins.

use std::ops::Range;

use pickle_ops::{Op, Opcode, Reader};

use super::fills::{Milestone, STRIDE};
use super::index::{CHUNK, Chunk, Recording};
use super::pass::{Index, Lows, Past};
use super::records::Repeated;
use crate::ahead::Slice;
use crate::ahead::blind::{Blind, Cut, advance_by};
use crate::ahead::repeat::{Records, Repeat};
use crate::fault::Fault;
use crate::machine::{Machine, Mark};

/// Stands for the topmost item of the machine that will come.
const BELOW: usize = usize::MAX;

/// Items that a strip holds at the most, so that memory does not grow with what is read ahead.
const MOST_ITEMS: usize = 1 << 17;

/// How much longer than a stretch of streaming mode a strip has to be: each one makes a chunk.
const LONGER: usize = 4;

/// See the module. Its heights count from one below the topmost item of the machine that will come.
pub(super) struct Strip {
    /// Offset of its first op.
    pub(super) start: usize,
    /// Offset behind its last op.
    pub(super) end: usize,
    /// Number of its ops.
    pub(super) ops: u64,
    /// Slots that it fills, one behind the other.
    pub(super) filled: u64,
    pub(super) milestones: Vec<Milestone>,
    /// The slot that it fills first, where an op says so.
    first: Option<u64>,
    /// Slots that have to be filled before it.
    least: u64,
    chunks: Vec<Chunk>,
    pushed: Vec<usize>,
    marked: Vec<Mark>,
    /// What it leaves on the stack above the topmost item, and its marks.
    stack: Vec<usize>,
    marks: Vec<Mark>,
}

/// Reads all strips that begin in a slice of `bytes`, and adds them to `found`. Gives the offset up to which there is data.
pub(super) fn strips(bytes: &[u8], slice: &Slice, found: &mut Vec<Strip>) -> usize {
    let limit = slice.range.end;
    let mut reader = Reader::new(bytes, slice.range.start);
    let shortest = LONGER * slice.shortest;
    let mut repeat = Repeat::default();
    while reader.position() < limit {
        let (strip, cut) = Strip::read(bytes, &mut reader, limit, Some(&mut repeat));
        if strip.end - strip.start >= shortest && cut != Cut::Taken {
            found.push(strip);
        }
        match cut {
            Cut::Op if reader.next_op().is_ok_and(|op| op.opcode != Opcode::Stop) => {}
            Cut::Taken | Cut::Limit => {}
            Cut::Op | Cut::End => break,
        }
    }
    reader.position()
}

/// Carries out about [`STRIDE`] ops, and no more than that. Gives why the strip ends, if it does.
fn stride<'a>(
    repeat: Option<&mut Repeat<Repeated>>,
    index: &mut Index<Own<'a>>,
    limit: usize,
    reader: &mut Reader<'a>,
    machine: &mut Machine<usize, ()>,
) -> Option<Cut> {
    let end = index.lows.ops + STRIDE;
    if let Some(repeat) = repeat {
        while let Some(records) = repeat.records(index.past.bytes, reader.position(), u8::MAX) {
            let most = (end - index.lows.ops) as usize / records.ops();
            let done = records.carry_out(most, limit, index, reader, machine);
            if reader.position() >= limit {
                return Some(Cut::Limit);
            }
            if done == most || index.lows.ops >= end {
                return None;
            }
            if !repeat.followed(done) {
                break;
            }
            // A part of a record of another kind, or what stands between two lists of them.
            if let Some(cut) = advance_by(index, 1, limit, reader, machine) {
                return Some(cut);
            }
        }
    }
    advance_by(index, (end - index.lows.ops) as usize, limit, reader, machine)
}

/// What a strip knows of what came before: nothing.
pub(super) struct Own<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether something happened that the machine has to see.
    alarmed: bool,
    pub(super) filled: u64,
    first: Option<u64>,
    least: u64,
}

impl Own<'_> {
    /// The slot that the next store has to fill, where an op says so.
    #[inline(always)]
    pub(super) fn next_slot(&self) -> Option<u64> {
        self.first.map(|first| first + self.filled)
    }

    /// A slot is read when so many more are filled.
    #[inline(always)]
    pub(super) fn read_behind(&mut self, slot: u64, filled: u64) {
        self.least = self.least.max((slot + 1).saturating_sub(self.filled + filled));
    }
}

impl Past for Own<'_> {
    fn global(&mut self, _: Option<&[u8]>) {
        self.alarmed = true;
    }
    fn global_named_at(&mut self, _: usize) {
        self.alarmed = true;
    }
    fn resume_at(&mut self, op: &Op<'_>) -> usize {
        self.alarmed = true;
        op.end
    }
    fn fill(&mut self, _: &Op<'_>, _: u64) {}
    fn filled_again(&mut self, _: &Op<'_>, _: u64) {}
    fn fault(&mut self, _: &Fault) {
        self.alarmed = true;
    }
    fn proto(&mut self, _: &Op<'_>) {
        self.alarmed = true;
    }
}

impl<'a> Blind<'a> for Index<Own<'a>> {
    #[inline(always)]
    fn length(&self) -> usize {
        self.past.bytes.len()
    }

    #[inline(always)]
    fn is_alarmed(&self) -> bool {
        self.past.alarmed
    }

    #[inline(always)]
    fn keep(&mut self, op: &Op<'a>, value: usize) -> bool {
        // Whether there is an item below is not known.
        if value == BELOW {
            return false;
        }
        let own = &mut self.past;
        if op.opcode != Opcode::Memoize {
            let first = op.memo_slot().and_then(|slot| slot.checked_sub(own.filled));
            if first.is_none() || own.first.is_some_and(|known| Some(known) != first) {
                return false;
            }
            own.first = first;
        }
        own.filled += 1;
        true
    }

    #[inline(always)]
    fn read(&mut self, op: &Op<'a>, slot: u64) -> usize {
        self.past.read_behind(slot, 0);
        op.start
    }
}

impl Strip {
    /// The strip of the ops in a range, if it is one.
    pub(super) fn exactly(bytes: &[u8], range: Range<usize>) -> Option<Self> {
        let mut reader = Reader::new(bytes, range.start);
        let (strip, cut) = Self::read(bytes, &mut reader, range.end, None);
        (cut == Cut::Limit && strip.end == range.end).then_some(strip)
    }

    /// Offsets of the ops that pushed what it leaves on the stack, if that is all that it leaves beside filled slots: it opens nothing,
    /// and touches nothing below.
    pub(super) fn as_record(&self) -> Option<&[usize]> {
        let is_all = self.marks.is_empty() && !self.touches_below();
        is_all.then_some(&self.stack)
    }

    fn touches_below(&self) -> bool {
        self.chunks.iter().any(|chunk| chunk.low_height == 0)
    }

    /// `repeat` may carry out what repeats itself.
    fn read<'a>(
        bytes: &'a [u8],
        reader: &mut Reader<'a>,
        limit: usize,
        repeat: Option<&mut Repeat<Repeated>>,
    ) -> (Self, Cut) {
        let start = reader.position();
        let mut machine = Machine::default();
        machine.push(BELOW);
        let own = Own { bytes, alarmed: false, filled: 0, first: None, least: 0 };
        let mut index = Index { lows: Lows::default(), past: own };
        let mut strip = Self {
            start,
            end: start,
            ops: 0,
            filled: 0,
            milestones: Vec::new(),
            first: None,
            least: 0,
            chunks: Vec::new(),
            pushed: Vec::new(),
            marked: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
        };
        let cut = strip.go(repeat, &mut index, limit, reader, &mut machine);
        machine.stack.remove(0);
        let Machine { stack, marks, .. } = machine;
        let Own { filled, first, least, .. } = index.past;
        let ops = index.lows.ops;
        (Self { end: reader.position(), ops, filled, first, least, stack, marks, ..strip }, cut)
    }

    /// Adds chunk after chunk. Gives why the strip ends.
    fn go<'a>(
        &mut self,
        mut repeat: Option<&mut Repeat<Repeated>>,
        index: &mut Index<Own<'a>>,
        limit: usize,
        reader: &mut Reader<'a>,
        machine: &mut Machine<usize, ()>,
    ) -> Cut {
        loop {
            let before = index.lows.ops;
            let chunk = Chunk {
                start: reader.position(),
                first_row: before,
                ops: 0,
                height: machine.height(),
                marks: machine.depth(),
                low_height: 0,
                low_marks: 0,
                memo_len: index.past.filled,
                protocol: 0,
                pushed: self.pushed.len(),
                marked: self.marked.len(),
            };
            (index.lows.height, index.lows.marks) = (machine.height(), machine.depth());
            let cut = loop {
                if index.lows.ops - before > CHUNK - STRIDE {
                    break None;
                }
                self.milestones.push(Milestone { at: reader.position(), filled: index.past.filled });
                let cut = stride(repeat.as_deref_mut(), index, limit, reader, machine);
                if cut.is_some() {
                    break cut;
                }
            };
            let Lows { ops, height, marks } = index.lows;
            if ops > before {
                self.pushed.extend(machine.stack().get(height..).unwrap_or(&[]));
                self.marked.extend(machine.marks().get(marks..).unwrap_or(&[]));
                let chunk = Chunk { ops: ops - before, low_height: height, low_marks: marks, ..chunk };
                self.chunks.push(chunk);
            }
            match cut {
                Some(cut) => return cut,
                None if machine.height() + self.pushed.len() > MOST_ITEMS => return Cut::Limit,
                None => {}
            }
        }
    }

    /// Whether what is taken for granted holds for a machine, of whose slots so many are filled, one behind the other.
    pub(super) fn fits(&self, machine: &Machine<usize, ()>, filled: u64) -> bool {
        self.first.is_none_or(|first| first == filled)
            && self.least <= filled
            && (!self.touches_below() || machine.top().is_some())
    }

    /// Does to a machine that it fits what its ops would do; `rows` of the pickle come before it.
    pub(super) fn carry_out(&self, recording: &mut Recording, machine: &mut Machine<usize, ()>, rows: u64) {
        let (height, depth, memo_len) = (machine.height(), machine.depth(), machine.memo.len());
        let raised = |from: usize| (height + from).saturating_sub(1);
        let top = machine.top();
        let mark = |mark: &Mark| Mark { height: raised(mark.height), at: mark.at };
        let (pushed, marked) = (recording.pushed.len(), recording.marked.len());
        recording.chunks.extend(self.chunks.iter().map(|chunk| Chunk {
            first_row: rows + chunk.first_row,
            height: raised(chunk.height),
            marks: depth + chunk.marks,
            low_height: raised(chunk.low_height),
            low_marks: depth + chunk.low_marks,
            memo_len: memo_len + chunk.memo_len,
            protocol: machine.protocol(),
            pushed: pushed + chunk.pushed,
            marked: marked + chunk.marked,
            ..*chunk
        }));
        let below = |&at: &usize| if at == BELOW { top.unwrap_or(at) } else { at };
        recording.pushed.extend(self.pushed.iter().map(below));
        recording.marked.extend(self.marked.iter().map(mark));
        machine.stack.extend_from_slice(&self.stack);
        machine.marks.extend(self.marks.iter().map(mark));
        machine.memo.extend(std::iter::repeat_n((), usize::try_from(self.filled).unwrap_or(0)));
    }
}
