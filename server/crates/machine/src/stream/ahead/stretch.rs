//! A stretch of plain data, read without the machine that will come to it: what it does to any machine, and what it takes for
//! granted of it.
//!
//! What a stretch reads of the memo it takes for plain (mostly these are keys, and strings that occur more than once). Of the
//! stack it takes for granted no more than that something is there which the items can be put into. Both are looked at
//! when the machine has come: a stretch that took too much for granted is not used.

use std::ops::Range;

use pickle_ops::{Op, Opcode, Reader};

use super::blind::{Alarm, BELOW, Plain};
use super::known::Known;
use super::pattern::{AT_ONCE, Pattern};
use crate::ahead::Slice;
use crate::ahead::blind::{Cut, advance_by};
use crate::ahead::repeat::Repeat;
use crate::arena::{Arena, Keep, Kept, Value};
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

/// Reads all stretches that begin in a slice of `bytes`, and adds them to `found`. `newest` is the protocol that opcodes may be of.
/// Gives the offset up to which there is data.
pub(in crate::stream) fn stretches<'a>(
    bytes: &'a [u8],
    Slice { range, shortest }: &Slice,
    newest: u8,
    found: &mut Vec<Stretch<'a>>,
) -> usize {
    let limit = range.end;
    let mut reader = Reader::new(bytes, range.start);
    let mut held = 0;
    let mut repeat = Repeat::default();
    while reader.position() < limit {
        if held >= MOST_VALUES {
            return limit;
        }
        // Of a row of ops that close something the first ones may have come before: the machine has to count them.
        if reader.peek().and_then(Opcode::from_byte).is_some_and(closes) {
            match reader.next_op() {
                Ok(_) => continue,
                Err(_) => break,
            }
        }
        let (stretch, cut) = Stretch::read(bytes, &mut reader, limit, newest, Some(&mut repeat));
        if stretch.end - stretch.start >= *shortest && cut != Cut::Taken {
            held += stretch.size();
            found.push(stretch);
        }
        match cut {
            Cut::Op if reader.next_op().is_ok_and(|op| op.opcode != Opcode::Stop) => {}
            Cut::Taken => {}
            Cut::Limit => return limit,
            _ => break,
        }
    }
    reader.position()
}

impl<'a> Stretch<'a> {
    /// The stretch of the ops in a range, if it is one.
    pub(super) fn exactly(bytes: &'a [u8], range: Range<usize>, newest: u8) -> Option<Self> {
        let mut reader = Reader::new(bytes, range.start);
        let (stretch, cut) = Self::read(bytes, &mut reader, range.end, newest, None);
        (cut == Cut::Limit && stretch.end == range.end).then_some(stretch)
    }

    /// What it leaves on the stack and in the memo, and of ops that close something, if that is all that it does: it opens nothing,
    /// puts nothing into what is below, and has no tuples.
    pub(super) fn as_record(&self) -> Option<(&[Value], &[Value], &Watch)> {
        let is_all = self.marks.is_empty() && self.into.iter().all(Option::is_none) && self.arena.is_empty();
        let stores = self.memo.stores().filter(|_| is_all && self.arena.keeps_tuples_alone())?;
        Some((&self.values, stores, &self.watch))
    }

    /// `repeat` may carry out what repeats itself.
    fn read(
        bytes: &'a [u8],
        reader: &mut Reader<'a>,
        limit: usize,
        newest: u8,
        mut repeat: Option<&mut Repeat<Pattern>>,
    ) -> (Self, Cut) {
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
        let mut domain = Plain { live, memo: Known::default(), into: [None; 3] };
        let cut = loop {
            if domain.size() + machine.height() > MOST_VALUES {
                break Cut::Limit;
            }
            if let Some(repeat) = &mut repeat
                && let Some(cut) = go_on(repeat, &mut domain, limit, reader, &mut machine)
            {
                break cut;
            }
            if let Some(cut) = advance_by(&mut domain, STRIDE, limit, reader, &mut machine) {
                break cut;
            }
        };
        let Plain { live: Live { mut watch, .. }, memo, into } = domain;
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
        machine: &mut Machine<Value, Kept>,
        arena: &mut Arena<'a>,
        watch: &mut Watch,
    ) -> bool {
        let plain = arena.keeps_tuples_alone() && self.arena.keeps_tuples_alone();
        if !plain || watch.newest != self.watch.newest || !self.fits(machine, arena) {
            return false;
        }
        let Some((shared, keys)) = self.memo.is_right(&machine.memo, arena) else { return false };
        let height = machine.height();
        let moved = arena.adopt(&self.arena, |item, arena| self.memo.constant(item, &machine.memo, arena));
        self.memo.store(&mut machine.memo, moved, arena, self.end);
        self.memo.note_loaded(&machine.memo, arena);
        let Machine { stack, memo, .. } = machine;
        if moved.is_nothing() && !Value::have_stand_ins(&self.values) {
            stack.extend_from_slice(&self.values);
        } else {
            stack.extend(self.values.iter().map(|&value| match value.stood_in() {
                Some(slot) => memo.get(slot).map_or(Value::UNKNOWN, |kept| arena.value_of(kept)),
                None => moved.value(value),
            }));
        }
        let open = machine.depth();
        machine
            .marks
            .extend(self.marks.iter().map(|mark| Mark { height: height + mark.height - 1, ..*mark }));
        watch.shared += shared;
        watch.keys += keys + self.watch.keys;
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
    fn fits(&self, machine: &Machine<Value, Kept>, arena: &Arena<'a>) -> bool {
        let fits = |op: &Op<'a>, target: Value| {
            // That items of a list are set is to be told, and what is put into what something may have already.
            let sets = matches!(op.opcode, Opcode::SetItem | Opcode::SetItems);
            let is_told = target
                .container()
                .is_some_and(|made| arena.is_loaded(made) || sets && arena.is_list_at(made));
            !target.is_object() && !is_told && arena.may_take(op, target)
        };
        self.into.iter().flatten().all(|op| machine.top().is_some_and(|target| fits(op, target)))
    }
}

/// Carries out the records that follow, and what stands between them, while there is room. Gives why the stretch ends, if it does.
fn go_on<'a>(
    repeat: &mut Repeat<Pattern>,
    domain: &mut Plain<'_, 'a>,
    limit: usize,
    reader: &mut Reader<'a>,
    machine: &mut Machine<Value, Kept>,
) -> Option<Cut> {
    let (bytes, newest) = (domain.live.arena.bytes(), domain.live.watch.newest);
    while domain.size() + machine.height() <= MOST_VALUES {
        let pattern = repeat.records(bytes, reader.position(), newest)?;
        let done = pattern.carry_out(domain, limit, reader, machine);
        if reader.position() >= limit {
            return Some(Cut::Limit);
        }
        if !repeat.followed(done) {
            break;
        }
        // A part of a record of another kind, or what stands between two lists of them.
        if done < AT_ONCE
            && let Some(cut) = advance_by(domain, 1, limit, reader, machine)
        {
            return Some(cut);
        }
    }
    None
}
