//! Answers about any op of a recorded stream, by way of windows.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use pickle_ops::Opcode;
use rustc_hash::FxHashMap;

use super::index::{PickleRecord, Recording};
use super::rows::{RawRow, Rows};
use super::window::{Step, Window};
use crate::arena::Value;
use crate::render::{Limits, render_with};

/// Looks at a recorded stream; keeps the windows that it opened for as long as it lives, which is one request.
#[derive(Debug)]
pub struct Explorer<'r, 'a> {
    bytes: &'a [u8],
    recording: &'r Recording,
    /// By the first op of the chunk they were opened for.
    windows: RefCell<FxHashMap<usize, Option<Rc<Window<'a>>>>>,
}

/// Levels of values of other windows that are followed when a value is written.
const MAX_HOPS: usize = 4;

impl<'r, 'a> Explorer<'r, 'a> {
    /// Of a stream and its index.
    #[must_use]
    pub fn new(bytes: &'a [u8], recording: &'r Recording) -> Self {
        Self { bytes, recording, windows: RefCell::default() }
    }

    /// The stream.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Its index.
    #[must_use]
    pub fn recording(&self) -> &'r Recording {
        self.recording
    }

    /// The window with the op that covers a byte, and the op.
    #[must_use]
    pub fn step(&self, offset: usize) -> Option<(Rc<Window<'a>>, Step<'a>)> {
        let pickle = self.recording.pickle_at(offset)?;
        let window = self.window(pickle, offset)?;
        let step = *window.step_at(offset)?;
        Some((window, step))
    }

    fn window(&self, pickle: &PickleRecord, offset: usize) -> Option<Rc<Window<'a>>> {
        let key = self.recording.chunk_at(pickle, offset)?;
        if let Some(window) = self.windows.borrow().get(&key) {
            return window.clone();
        }
        let window = Window::replay(self.bytes, self.recording, pickle, offset).map(Rc::new);
        self.windows.borrow_mut().insert(key, window.clone());
        window
    }

    /// The op that takes what the op at `offset` pushed.
    #[must_use]
    pub fn consumer(&self, offset: usize) -> Option<usize> {
        let (window, step) = self.step(offset)?;
        if let Some(consumer) = window.consumer(offset) {
            return Some(consumer);
        }
        let height = step.height_after.checked_sub(1)?;
        let found = self.first_below(offset, |chunk_low, _| chunk_low <= height)?;
        self.scan_chunk(found, |window| window.consumer(offset))
    }

    /// For a `MARK` the op that takes it, for such an op its `MARK`.
    #[must_use]
    pub fn mark_partner(&self, offset: usize) -> Option<usize> {
        let (window, step) = self.step(offset)?;
        if let Some(partner) = window.mark_partner(offset) {
            return Some(partner);
        }
        if step.op.opcode != Opcode::Mark {
            return None;
        }
        let found = self.first_below(offset, |_, low_marks| low_marks <= step.depth)?;
        self.scan_chunk(found, |window| window.mark_partner(offset))
    }

    /// The first chunk behind the one of `offset`, in its pickle, whose lows satisfy `reached`.
    fn first_below(&self, offset: usize, reached: impl Fn(usize, usize) -> bool) -> Option<usize> {
        let pickle = self.recording.pickle_at(offset)?;
        let here = self.recording.chunk_at(pickle, offset)?;
        let behind = here + 1..pickle.chunks.end;
        behind.into_iter().find(|&index| {
            let (low_height, low_marks) = self.recording.lows(index);
            reached(low_height, low_marks)
        })
    }

    /// Asks the windows of a chunk and of those behind it, as far as one window reaches.
    fn scan_chunk<T>(&self, chunk: usize, ask: impl Fn(&Window<'a>) -> Option<T>) -> Option<T> {
        let start = self.recording.chunks.get(chunk)?.start;
        let pickle = self.recording.pickle_at(start)?;
        ask(self.window(pickle, start)?.as_ref())
    }

    /// Offset of the op that filled the memo slot which the op at `offset` reads or fills; for one that fills, itself.
    #[must_use]
    pub fn memo_store(&self, offset: usize) -> Option<usize> {
        let (_, step) = self.step(offset)?;
        let slot = step.slot?;
        if is_store(step.op.opcode) {
            return Some(step.op.start);
        }
        self.recording.pickle_at(offset)?.filled_before(self.bytes, slot, offset)
    }

    /// Offsets of the ops that read what the op at `store` put into its memo slot: those in `within`, at most `limit`.
    #[must_use]
    pub fn memo_reads(&self, store: usize, within: &Range<usize>, limit: usize) -> Vec<usize> {
        let Some(pickle) = self.recording.pickle_at(store) else { return Vec::new() };
        let Some(slot) = self.step(store).and_then(|(_, step)| step.slot) else { return Vec::new() };
        let end = pickle.filled_from(self.bytes, slot, store + 1).unwrap_or(pickle.bytes.end).min(within.end);
        let start = match self.recording.chunk_at(pickle, within.start.max(store)) {
            Some(chunk) => self.recording.chunks[chunk].start.max(store),
            None => store,
        };
        let mut reads = Vec::new();
        for row in Rows::new(self.bytes, start, &pickle.holes) {
            let RawRow::Op(op) = row else { continue };
            if op.start >= end || reads.len() >= limit {
                break;
            }
            if is_read(op.opcode) && op.memo_slot() == Some(slot) && op.start >= within.start {
                reads.push(op.start);
            }
        }
        reads
    }

    /// Offset of the op that made a value, through memo slots of other windows.
    #[must_use]
    pub fn origin(&self, window: &Window<'a>, value: Value) -> Option<usize> {
        let mut offset = window.arena.origin(value)?;
        for _ in 0..MAX_HOPS {
            let (window, step) = self.step(offset)?;
            let next = window.arena.origin(step.value?)?;
            if next == offset || !(is_store(step.op.opcode) || is_read(step.op.opcode)) {
                break;
            }
            offset = next;
        }
        Some(offset)
    }

    /// A value of a window as text; values that come from before the window are looked up where they were made.
    #[must_use]
    pub fn render(&self, window: &Window<'a>, value: Value, limits: Limits) -> String {
        self.render_hop(window, value, limits, MAX_HOPS)
    }

    fn render_hop(&self, window: &Window<'a>, value: Value, limits: Limits, hops: usize) -> String {
        let elsewhere = |offset: usize| {
            let hops = hops.checked_sub(1)?;
            let (window, step) = self.step(offset)?;
            let value = step.value.filter(|_| step.op.start == offset)?;
            // A value that is still from elsewhere in its own window would lead nowhere new.
            if window.arena.origin(value) == Some(offset) && value == Value::made_at(offset) {
                return None;
            }
            Some(self.render_hop(&window, value, limits, hops))
        };
        render_with(&window.arena, value, limits, &elsewhere)
    }
}

/// Whether an opcode fills a memo slot.
#[must_use]
pub fn is_store(opcode: Opcode) -> bool {
    opcode.fills_memo()
}

/// Whether an opcode reads a memo slot.
#[must_use]
pub fn is_read(opcode: Opcode) -> bool {
    matches!(opcode, Opcode::Get | Opcode::BinGet | Opcode::LongBinGet)
}

#[cfg(test)]
mod tests {
    use pickle_ops::Reader;

    use super::*;
    use crate::domain::never;
    use crate::record::record;

    fn offset_of(bytes: &[u8], opcode: Opcode, nth: usize) -> usize {
        let mut reader = Reader::new(bytes, 0);
        let mut found = Vec::new();
        while let Ok(op) = reader.next_op() {
            if op.opcode == opcode {
                found.push(op.start);
            }
        }
        found[nth]
    }

    #[test]
    fn a_small_pickle() {
        let bytes = b"\x80\x02cos\nsystem\nq\0X\x02\0\0\0hiq\x01\x85R(h\0h\x01t0.";
        let recording = record(bytes, &never);
        let explorer = Explorer::new(bytes, &recording);
        let reduce = offset_of(bytes, Opcode::Reduce, 0);
        let (window, step) = explorer.step(reduce).unwrap();
        assert_eq!((step.height, step.height_after), (2, 1));
        let operands: Vec<_> = window.operands(&step).iter().map(|operand| operand.pushed_by).collect();
        assert_eq!(operands.len(), 2);
        assert!(operands.contains(&2));
        assert_eq!(explorer.render(&window, step.value.unwrap(), Limits::LINE), "os.system('hi')");
        let get = offset_of(bytes, Opcode::BinGet, 1);
        let put = offset_of(bytes, Opcode::BinPut, 1);
        assert_eq!(explorer.memo_store(get), Some(put));
        assert_eq!(explorer.memo_reads(put, &(0..bytes.len()), 10), [get]);
        let mark = offset_of(bytes, Opcode::Mark, 0);
        let tuple = offset_of(bytes, Opcode::Tuple, 0);
        assert_eq!((explorer.mark_partner(mark), explorer.mark_partner(tuple)), (Some(tuple), Some(mark)));
        assert_eq!(explorer.consumer(get), Some(tuple));
    }

    /// A list of many small lists under one mark, much longer than a window: all edges cross checkpoints.
    #[test]
    fn edges_across_windows() {
        let mut bytes = b"\x80\x04]\x94(X\x03\0\0\0key\x94".to_vec();
        for _ in 0..40_000 {
            bytes.extend(b"]\x94(K\x01h\x01e");
        }
        bytes.extend(b"e.");
        let recording = record(&bytes, &never);
        assert!(recording.chunks.len() > 20);
        let explorer = Explorer::new(&bytes, &recording);
        let mark = offset_of(&bytes, Opcode::Mark, 0);
        let appends = bytes.len() - 2;
        assert_eq!(explorer.mark_partner(mark), Some(appends));
        assert_eq!(explorer.mark_partner(appends), Some(mark));
        let inner = offset_of(&bytes, Opcode::EmptyList, 20_000);
        assert_eq!(explorer.consumer(inner), Some(appends));
        let get = offset_of(&bytes, Opcode::BinGet, 30_000);
        let (window, step) = explorer.step(get).unwrap();
        assert_eq!(explorer.render(&window, step.value.unwrap(), Limits::LINE), "'key'");
        assert_eq!(explorer.memo_store(get), Some(offset_of(&bytes, Opcode::Memoize, 1)));
        let memoize = offset_of(&bytes, Opcode::Memoize, 30_000);
        assert_eq!(explorer.step(memoize).unwrap().1.slot, Some(30_000));
        let (window, step) = explorer.step(appends).unwrap();
        let text = explorer.render(&window, step.value.unwrap(), Limits::LINE);
        assert!(text.starts_with("['key', [1, 'key'], [1, 'key'], "), "{text}");
    }

    #[test]
    fn slots_filled_twice() {
        let bytes = b"K\x01q\x05K\x02q\x05h\x05K\x03q\x05h\x05.";
        let recording = record(bytes, &never);
        let explorer = Explorer::new(bytes, &recording);
        assert_eq!(explorer.memo_store(8), Some(6));
        assert_eq!(explorer.memo_store(14), Some(12));
        assert_eq!(explorer.memo_reads(6, &(0..bytes.len()), 10), [8]);
    }
}
