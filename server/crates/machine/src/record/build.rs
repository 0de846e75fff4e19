//! Makes the index of a stream, in one pass.

use pickle_ops::Reader;

use super::ahead::{Strip, strips};
use super::fills::STRIDE;
use super::index::{CHUNK, Chunk, PickleRecord, Recording, Segment};
use super::pass::{Index, Lows, Whole};
use crate::ahead::{Sizes, Windows};
use crate::domain::Interrupt;
use crate::fault::{Fault, FaultKind};
use crate::machine::{Machine, Mark};
use crate::run::{Flow, run};
use crate::segments::Segments;
use crate::stream::Memory;

/// Makes the index of a stream; incomplete when interrupted.
#[must_use]
pub fn record(bytes: &[u8], interrupt: Interrupt<'_>) -> Recording {
    record_within(bytes, Memory::default(), interrupt)
}

/// The same within `memory`: a pickle that puts more on the stack, or into the memo in disorder, ends where it does, by
/// [`FaultKind::TooLarge`], and what follows is a gap.
#[must_use]
pub fn record_within(bytes: &[u8], memory: Memory, interrupt: Interrupt<'_>) -> Recording {
    record_with(bytes, Sizes::of(bytes), memory, interrupt)
}

fn record_with(bytes: &[u8], sizes: Option<Sizes>, memory: Memory, interrupt: Interrupt<'_>) -> Recording {
    let mut recording = Recording::default();
    let mut segments = Segments::new(bytes);
    let mut next = segments.first();
    let mut position = 0;
    let mut unreadable = None;
    while let Some(start) = next {
        recording.gap(&mut position, segments.arrays_end().min(start));
        recording.gap(&mut position, start);
        let Some(end) = recording.pickle(bytes, start, (sizes, memory), interrupt) else { return recording };
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
    fn pickle(
        &mut self,
        bytes: &[u8],
        start: usize,
        (sizes, memory): (Option<Sizes>, Memory),
        interrupt: Interrupt<'_>,
    ) -> Option<End> {
        let first_chunk = self.chunks.len();
        let mut course = Course {
            recording: self,
            machine: Machine::default(),
            index: Index { lows: Lows::default(), past: Whole::new(bytes, start, memory, interrupt) },
            reader: Reader::new(bytes, start),
            length: bytes.len(),
            memory,
            chunk: None,
        };
        let end = course.run(bytes, start, sizes, interrupt)?;
        let Index { lows, past } = course.index;
        self.segments.push(Segment::Pickle(PickleRecord {
            bytes: start..end.position,
            chunks: first_chunk..self.chunks.len(),
            ops: lows.ops,
            protocol: past.protocol,
            fault: past.refused,
            holes: past.holes,
            filled_holes: past.passed,
            fills: Box::new(past.fills),
        }));
        Some(end)
    }
}

/// The way through a pickle.
struct Course<'c, 'a> {
    recording: &'c mut Recording,
    machine: Machine<usize, ()>,
    index: Index<Whole<'a>>,
    reader: Reader<'a>,
    length: usize,
    memory: Memory,
    /// The chunk at work.
    chunk: Option<Chunk>,
}

impl<'a> Course<'_, 'a> {
    fn run(
        &mut self,
        bytes: &'a [u8],
        start: usize,
        sizes: Option<Sizes>,
        interrupt: Interrupt<'_>,
    ) -> Option<End> {
        let mut windows = Windows::new(start, sizes);
        let mut ready = Vec::new();
        loop {
            let read = |slice: &_, found: &mut Vec<_>| strips(bytes, slice, found);
            let work = || self.window(windows.end(), &ready, interrupt);
            let ((flow, done), found) = windows.beside(bytes, read, work);
            let position = self.reader.position();
            match flow? {
                Flow::Stop => return Some(End { position, fault: None }),
                Flow::End(fault) => return Some(End { position: fault.start, fault: Some(fault) }),
                Flow::Next => {
                    let is_of_use = windows.turn(position, done);
                    ready = if is_of_use { found } else { Vec::new() };
                }
            }
        }
    }

    /// Runs to the end of a window, which was read ahead in `strips`; `None` when interrupted. Gives how many bytes of it they did,
    /// too.
    fn window(&mut self, end: usize, strips: &[Strip], interrupt: Interrupt<'_>) -> (Option<Flow>, usize) {
        let mut strips = strips.iter().peekable();
        let mut done = 0;
        while self.reader.position() < end {
            let position = self.reader.position();
            while strips.next_if(|strip| strip.start < position).is_some() {}
            let ahead = strips.peek().map_or(end, |strip| strip.start);
            if ahead == position
                && let Some(strip) = strips.next()
                && self.apply(strip)
            {
                done += strip.end - strip.start;
            } else {
                match self.ops(Windows::ops_up_to(ahead - position, STRIDE as usize)) {
                    Flow::Next => {}
                    flow => return (Some(flow), done),
                }
            }
            if interrupt() {
                return (None, done);
            }
            if self.is_too_large() {
                self.finish();
                let at = self.reader.position();
                let fault = Fault { start: at, end: at, opcode: None, kind: FaultKind::TooLarge };
                return (Some(Flow::End(fault)), done);
            }
        }
        (Some(Flow::Next), done)
    }

    /// Whether what lies on the stack, and what the index keeps of it, takes more memory than there may be.
    fn is_too_large(&self) -> bool {
        let (machine, recording) = (&self.machine, &*self.recording);
        let items = machine.height() + recording.pushed.len() + 3 * self.index.past.fills.written();
        let marks = machine.depth() + recording.marked.len();
        items * size_of::<usize>() + marks * size_of::<Mark>() > self.memory.bytes()
    }

    /// Runs over up to `most` ops.
    fn ops(&mut self, most: usize) -> Flow {
        let chunk = self.begin();
        self.index.past.fills.pass(self.reader.position());
        let most = most.min((CHUNK - (self.index.lows.ops - chunk.ops)) as usize);
        let flow = run(&mut self.reader, self.length, &mut self.machine, &mut self.index, most);
        if flow != Flow::Next || self.index.lows.ops - chunk.ops == CHUNK {
            self.finish();
        }
        flow
    }

    /// The chunk at work, or a new one. Until it is finished, its number of ops is that of the pickle before it.
    fn begin(&mut self) -> Chunk {
        let (machine, Index { lows, past }) = (&self.machine, &mut self.index);
        *self.chunk.get_or_insert_with(|| {
            (lows.height, lows.marks) = (machine.height(), machine.depth());
            Chunk {
                start: self.reader.position(),
                first_row: lows.ops + past.passed,
                ops: lows.ops,
                height: machine.height(),
                marks: machine.depth(),
                low_height: 0,
                low_marks: 0,
                memo_len: machine.memo.len(),
                protocol: machine.protocol(),
                pushed: self.recording.pushed.len(),
                marked: self.recording.marked.len(),
            }
        })
    }

    fn finish(&mut self) {
        let Some(chunk) = self.chunk.take() else { return };
        let Lows { ops, height, marks } = self.index.lows;
        let recording = &mut *self.recording;
        recording.pushed.extend(self.machine.stack().get(height..).unwrap_or(&[]));
        recording.marked.extend(self.machine.marks().get(marks..).unwrap_or(&[]));
        recording.chunks.push(Chunk { ops: ops - chunk.ops, low_height: height, low_marks: marks, ..chunk });
    }

    /// Does all of a strip at once; `false`: it cannot be, and nothing was done.
    fn apply(&mut self, strip: &Strip) -> bool {
        let fills = &self.index.past.fills;
        if !fills.all_in_order().is_some_and(|filled| strip.fits(&self.machine, filled)) {
            return false;
        }
        self.finish();
        let Index { lows, past } = &mut self.index;
        strip.carry_out(self.recording, &mut self.machine, lows.ops + past.passed);
        past.fills.go_on(strip.filled, &strip.milestones);
        lows.ops += strip.ops;
        self.reader.skip_to(strip.end);
        true
    }
}

#[cfg(test)]
mod tests;
