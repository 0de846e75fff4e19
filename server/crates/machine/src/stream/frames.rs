//! Whether frames lie as picklers put them: one behind the other, each of whole ops, up to `STOP`.
//!
//! They mean nothing to an unpickler that reads from memory, so the machine does not look at them; other readers do. What is
//! looked at is the end of each frame, which mostly is where the next one begins. Where it is not, the frame is read once
//! more, which is little: picklers write what is large outside of frames.

use pickle_ops::{Framing, Op, Reader};

/// What is out of the ordinary about the frames of a pickle: the first of each kind, from where to where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frames {
    /// An op that begins in a frame and ends behind it, in the middle of something that readers read at once.
    pub split: Option<(usize, usize)>,
    /// A `FRAME` inside a frame.
    pub nested: Option<(usize, usize)>,
    /// A frame that is longer than its pickle: what it takes in behind `STOP`.
    pub outlives: Option<(usize, usize)>,
    /// The frame at work, without its op.
    last: Option<(usize, usize)>,
}

impl Frames {
    /// A `FRAME` op. One that is longer than the stream is a fault of its own.
    #[cold]
    pub(super) fn open(&mut self, bytes: &[u8], op: &Op<'_>) {
        let announced = op.raw.iter().rev().fold(0, |value: u64, &byte| value << 8 | u64::from(byte));
        let end = usize::try_from(announced).ok().and_then(|length| op.end.checked_add(length));
        if let Some((_, last)) = self.last
            && op.start < last
        {
            self.nested.get_or_insert((op.start, op.end));
        } else {
            self.end(bytes, op.start);
        }
        self.last = end.filter(|&end| end <= bytes.len()).map(|end| (op.end, end));
    }

    /// The end of a pickle.
    #[cold]
    pub(super) fn close(&mut self, bytes: &[u8], end: usize, stopped: bool) {
        match self.last {
            Some((_, last)) if stopped && last > end => self.outlives = Some((end, last)),
            _ => self.end(bytes, end),
        }
    }

    /// Whether the frame at work ends between two ops; `next` is where what is behind it begins.
    fn end(&mut self, bytes: &[u8], next: usize) {
        let Some((from, to)) = self.last.take() else { return };
        // Where frames are nested, the end of one may have been forgotten.
        if to >= next || self.split.is_some() || self.nested.is_some() {
            return;
        }
        let mut reader = Reader::new(bytes, from);
        while reader.position() < to {
            let Ok(op) = reader.next_op() else { return };
            if op.end > to && !is_between_reads(&op, to) {
                self.split = Some((op.start, op.end));
            }
        }
    }
}

/// Whether readers come to a place in an op between two reads: behind the opcode, behind a length, between two lines.
fn is_between_reads(op: &Op<'_>, at: usize) -> bool {
    let width = match op.opcode.info().operand.framing() {
        Framing::Counted(width) => usize::from(width),
        Framing::CountedSigned => 4,
        Framing::TwoLines => op.global().map_or(0, |(module, _)| module.len() + 1),
        _ => 0,
    };
    at == op.start + 1 || at == op.start + 1 + width
}
