//! The pattern of records that follow each other.
//!
//! Records of a pattern do the same to stack and memo, because of a constant no more is known there than which op made it: whether
//! it is 1 or 'b' makes no difference. What a record does is not said here but seen: it is carried out as a stretch of its own. One
//! that reaches for what is below it, makes a tuple, or has something that is to be told has no pattern.

use pickle_ops::Reader;

use super::blind::Plain;
use super::known::Known;
use super::stretch::Stretch;
use crate::ahead::parts::{Kind, Place};
use crate::ahead::repeat::Records;
use crate::ahead::shape::{Member, Shape};
use crate::arena::{Kept, Value};
use crate::machine::Machine;
use crate::stream::live::Watch;

/// Records that are carried out in one go.
pub(super) const AT_ONCE: usize = 256;

/// What an op of a record does to the memo.
enum Use {
    /// Stores a value like this one, made by the op at a place.
    Store(Value, Place),
    /// Reads the slot that the op at a place names.
    Read(Place),
}

/// A value that a record leaves on the stack.
enum Left {
    /// One like this, made by the op at a place.
    Made(Value, Place),
    /// What the op at a place reads from the memo.
    Read(Place),
    /// What every record reads from the same slot.
    Same(Value),
}

/// What a record leaves behind of ops that close something: where the last one is, and the last one of a row of them; how many
/// these are, and the most in a row.
struct Closing {
    last: Option<Place>,
    row: Option<Place>,
    count: usize,
    most: usize,
}

/// See the module.
pub(super) struct Pattern {
    shape: Shape,
    does: Does,
}

/// What a record does.
struct Does {
    uses: Vec<Use>,
    /// Slots that every record reads.
    same: Vec<u64>,
    left: Vec<Left>,
    closing: Closing,
    /// What its keys weigh.
    keys: usize,
}

impl Does {
    fn of(bytes: &[u8], record: &[Member<'_>], newest: u8) -> Option<Self> {
        let (from, end) = (record.first()?.op.start, record.last()?.op.end);
        let stretch = Stretch::exactly(bytes, from..end, newest)?;
        let (left, stores, watch) = stretch.as_record()?;
        let places = Places(record);
        Some(Self {
            uses: places.uses(stores)?,
            same: places.reads().filter(|(_, is_same, _)| *is_same).map(|(slot, ..)| slot).collect(),
            left: left.iter().map(|&value| places.left(value)).collect::<Option<_>>()?,
            closing: places.closing(watch),
            keys: watch.keys,
        })
    }
}

impl Records for Pattern {
    fn find(bytes: &[u8], position: usize, newest: u8) -> Option<Self> {
        let (shape, does) = Shape::find(bytes, position, newest, |record| Does::of(bytes, record, newest))?;
        Some(Self { shape, does })
    }

    fn ops(&self) -> usize {
        self.shape.ops()
    }
}

impl Pattern {
    /// Carries out records of this pattern from the reader's position on, up to [`AT_ONCE`] and none that ends behind `limit`.
    /// Gives how many.
    pub(super) fn carry_out<'a>(
        &mut self,
        domain: &mut Plain<'_, 'a>,
        limit: usize,
        reader: &mut Reader<'a>,
        machine: &mut Machine<Value, Kept>,
    ) -> usize {
        let bytes = domain.live.arena.bytes();
        let mut done = 0;
        domain.memo.reserve(AT_ONCE * self.does.uses.len());
        while done < AT_ONCE {
            let end = self.shape.end(bytes, reader.position(), domain.memo.next_slot());
            let Some(end) = end.filter(|&end| end <= limit) else { break };
            if done == 0 {
                self.does.same.iter().for_each(|&slot| _ = domain.memo.read(slot));
            }
            self.leave(bytes, &mut domain.memo, machine);
            reader.skip_to(end);
            done += 1;
        }
        if done > 0 {
            self.does.same.iter().for_each(|&slot| domain.memo.read_again(slot, done - 1));
            domain.live.watch.keys += done * self.does.keys;
            self.close(&mut domain.live.watch);
        }
        done
    }

    /// Does what the record does that was looked at last.
    #[inline(always)]
    fn leave(&self, bytes: &[u8], memo: &mut Known, machine: &mut Machine<Value, Kept>) {
        let at = |place| self.shape.at(place);
        let read = |place| self.shape.read_by(bytes, place);
        for step in &self.does.uses {
            match *step {
                Use::Store(value, place) => memo.keep_next(value.made_instead_at(at(place))),
                Use::Read(place) => _ = memo.read(read(place)),
            }
        }
        for left in &self.does.left {
            machine.push(match *left {
                Left::Made(value, place) => value.made_instead_at(at(place)),
                Left::Read(place) => Value::stand_in(read(place)),
                Left::Same(value) => value,
            });
        }
    }

    /// Notes which ops close something of the record that was looked at last.
    fn close(&self, watch: &mut Watch) {
        let end = |place| self.shape.at(place) + 1;
        let closing = &self.does.closing;
        watch.closing_most = watch.closing_most.max(closing.most);
        if let Some(last) = closing.last {
            watch.closed_at = end(last);
        }
        if let Some(row) = closing.row {
            watch.row_at = end(row);
            watch.closing = closing.count;
        }
    }
}

/// The ops of a record.
struct Places<'r, 'a>(&'r [Member<'a>]);

impl Places<'_, '_> {
    /// Where the op is that made a value.
    fn of(&self, value: Value) -> Option<Place> {
        let at = value.made_by()?;
        self.0.iter().find(|member| member.op.start == at).map(|member| member.place)
    }

    /// Slots that are read, whether each record reads the same one, and where.
    fn reads(&self) -> impl Iterator<Item = (u64, bool, Place)> {
        let reads = self.0.iter().filter(|member| member.kind == Kind::Get);
        reads.filter_map(|member| Some((member.op.memo_slot()?, member.is_same, member.place)))
    }

    fn uses(&self, stores: &[Value]) -> Option<Vec<Use>> {
        let mut stores = stores.iter();
        let mut uses = Vec::new();
        for member in self.0 {
            if member.kind.stores() {
                let &value = stores.next()?;
                uses.push(Use::Store(value, self.of(value)?));
            } else if member.kind == Kind::Get && !member.is_same {
                uses.push(Use::Read(member.place));
            }
        }
        Some(uses)
    }

    /// `None`: which op has left it is not clear.
    fn left(&self, value: Value) -> Option<Left> {
        let Some(slot) = value.stood_in() else { return Some(Left::Made(value, self.of(value)?)) };
        let reads: Vec<_> = self.reads().filter(|read| read.0 == slot).collect();
        match reads[..] {
            [(_, false, place)] => Some(Left::Read(place)),
            _ if reads.iter().all(|&(_, is_same, _)| is_same) => Some(Left::Same(value)),
            _ => None,
        }
    }

    fn closing(&self, watch: &Watch) -> Closing {
        let place = |end| self.0.iter().find(|member| member.op.end == end).map(|member| member.place);
        Closing {
            last: place(watch.closed_at),
            row: place(watch.row_at),
            count: watch.closing,
            most: watch.closing_most,
        }
    }
}
