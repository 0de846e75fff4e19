//! A stretch of plain data, read without the machine that will come to it: what it does to any machine, and what it takes for
//! granted of it.
//!
//! What a stretch reads of the memo it takes for plain (mostly these are keys, and strings that occur more than once). Of the
//! stack it takes for granted no more than that something is there which the items can be put into. Both are looked at
//! when the machine has come: a stretch that took too much for granted is not used.

use pickle_ops::{Op, Opcode, Reader};

use super::blind::{Alarm, BELOW, Blind, Cut};
use super::known::Known;
use crate::arena::{Arena, Keep, Value};
use crate::domain::Domain;
use crate::machine::{Machine, Mark};
use crate::stream::Frames;
use crate::stream::live::{Live, Watch, closes};

/// Values that a stretch holds at the most, so that memory does not grow with what is read ahead.
const MOST_VALUES: usize = 1 << 16;

/// Ops between two looks at their number.
const STRIDE: usize = 256;

/// See the module.
pub(in crate::stream) struct Stretch<'a> {
    /// Offset of its first op.
    pub(in crate::stream) start: usize,
    /// Offset behind its last op.
    pub(in crate::stream) end: usize,
    /// What it leaves on the stack, above the item that was topmost.
    values: Vec<Value>,
    /// Marks that it leaves; heights count from one below `values`.
    marks: Vec<Mark>,
    memo: Known,
    /// Ops that put items into the topmost item: one of each kind.
    into: [Option<Op<'a>>; 3],
    arena: Arena<'a>,
    watch: Watch,
}

/// Reads all stretches of `bytes` that begin in front of `limit`, from an op at `start` on, and have `shortest` bytes or more.
/// `newest` is the protocol that opcodes may be of.
pub(super) fn stretches(
    bytes: &[u8],
    start: usize,
    limit: usize,
    shortest: usize,
    newest: u8,
) -> Vec<Stretch<'_>> {
    let mut reader = Reader::new(bytes, start);
    let mut found = Vec::new();
    let mut held = 0;
    while reader.position() < limit && held < MOST_VALUES {
        // Of a row of ops that close something the first ones may have come before: the machine has to count them.
        if reader.peek().and_then(Opcode::from_byte).is_some_and(closes) {
            match reader.next_op() {
                Ok(_) => continue,
                Err(_) => break,
            }
        }
        let (stretch, cut) = Stretch::read(bytes, &mut reader, limit, newest);
        if stretch.end - stretch.start >= shortest && cut != Cut::Taken {
            held += stretch.size();
            found.push(stretch);
        }
        match cut {
            Cut::Op if reader.next_op().is_ok_and(|op| op.opcode != Opcode::Stop) => {}
            Cut::Taken => {}
            _ => break,
        }
    }
    found
}

impl<'a> Stretch<'a> {
    fn read(bytes: &'a [u8], reader: &mut Reader<'a>, limit: usize, newest: u8) -> (Self, Cut) {
        let start = reader.position();
        let mut arena = Arena::new(bytes, Keep::Notable);
        let mut machine = Machine::default();
        machine.push(BELOW);
        let (mut alarm, mut frames, mut late_proto) = (Alarm::default(), Frames::default(), None);
        let live = Live {
            arena: &mut arena,
            observer: &mut alarm,
            pickle: 0,
            start,
            watch: Watch { newest, ..Watch::default() },
            frames: &mut frames,
            late_proto: &mut late_proto,
        };
        let mut domain = Blind { live, memo: Known::default(), into: [None; 3] };
        let cut = loop {
            if domain.size() + machine.height() > MOST_VALUES {
                break Cut::Limit;
            }
            if let Some(cut) = domain.advance_by(STRIDE, limit, reader, &mut machine) {
                break cut;
            }
        };
        let Blind { live: Live { mut watch, .. }, memo, into } = domain;
        watch.open = machine.depth();
        machine.stack.remove(0);
        let Machine { stack: values, marks, .. } = machine;
        (Self { start, end: reader.position(), values, marks, memo, into, arena, watch }, cut)
    }

    fn size(&self) -> usize {
        self.values.len() + self.memo.size() + self.arena.len()
    }

    /// Does to a machine at its start what its ops would do; `false`: it cannot, and nothing was done.
    pub(in crate::stream) fn apply(
        &self,
        machine: &mut Machine<Value, Value>,
        arena: &mut Arena<'a>,
        watch: &mut Watch,
    ) -> bool {
        let plain = arena.keeps_tuples_alone() && self.arena.keeps_tuples_alone();
        if !plain || watch.newest != self.watch.newest || !self.fits(machine, arena) {
            return false;
        }
        let Some(shared) = self.memo.is_right(&machine.memo) else { return false };
        let height = machine.height();
        let moved = arena.adopt(&self.arena, |item| self.memo.constant(item, &machine.memo));
        self.memo.store(&mut machine.memo, moved);
        let Machine { stack, memo, .. } = machine;
        stack.extend(self.values.iter().map(|&value| match value.stood_in() {
            Some(slot) => memo.get(slot).unwrap_or(Value::UNKNOWN),
            None => moved.value(value),
        }));
        let open = machine.depth();
        machine
            .marks
            .extend(self.marks.iter().map(|mark| Mark { height: height + mark.height - 1, ..*mark }));
        watch.shared += shared;
        watch.open = watch.open.max(open + self.watch.open);
        watch.closing_most = watch.closing_most.max(self.watch.closing_most);
        if self.watch.closed_at > 0 {
            watch.closed_at = self.watch.closed_at;
            watch.closing = self.watch.closing;
            watch.row_at = self.watch.row_at;
        }
        true
    }

    /// Whether the topmost item is one that the items can be put into, and nothing more happens.
    fn fits(&self, machine: &Machine<Value, Value>, arena: &Arena<'a>) -> bool {
        self.into
            .iter()
            .flatten()
            .all(|op| machine.top().is_some_and(|target| !target.is_object() && arena.may_take(op, target)))
    }
}
