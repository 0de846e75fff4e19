//! The pattern of records that follow each other.
//!
//! Records of a pattern do the same to stack and memo, because of a constant no more is known there than which op made it: whether
//! it is 1 or 'b' makes no difference. What a record does is not said here but seen: it is carried out as a stretch of its own. One
//! that reaches for what is below it, makes a tuple, or has something that is to be told has no pattern.

use pickle_ops::{Op, Reader};

use super::blind::Blind;
use super::known::Known;
use super::parts::{Kind, Part, Parts, Place, Then, Widths, get, put};
use super::stretch::Stretch;
use crate::arena::Value;
use crate::machine::Machine;
use crate::stream::live::Watch;

/// Records that are carried out in one go.
pub(super) const AT_ONCE: usize = 256;

/// Ops of a record, at the most, and at the least: shorter ones are taken together.
const MOST_OPS: usize = 96;
const LEAST_OPS: usize = 12;

/// How often in a row a pattern has to be seen, and within how many ops at the least.
const SEEN: usize = 3;
const LEAST_SEEN: usize = 32;

/// Places where a record may begin that are tried.
const TRIES: usize = 4;

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
    parts: Vec<Part>,
    /// Of the record that was looked at last: the offset of each part, or the slot that it reads.
    found: Vec<usize>,
    uses: Vec<Use>,
    /// Slots that every record reads.
    same: Vec<u64>,
    left: Vec<Left>,
    closing: Closing,
    ops: usize,
    widths: Widths,
}

impl Pattern {
    /// The pattern of what begins at `position`, or some ops behind it; `newest` is the protocol that opcodes may be of.
    pub(super) fn find(bytes: &[u8], position: usize, newest: u8) -> Option<Self> {
        let rows = rows(bytes, position);
        let once = (1..=rows.len() / SEEN).find(|&period| is_repeated(&rows, period))?;
        let together = LEAST_OPS.div_ceil(once) * once;
        let period = if together * SEEN <= rows.len() { together } else { once };
        beginnings(&rows[..period]).into_iter().find_map(|from| {
            let (record, next) = rows[from..from + 2 * period].split_at(period);
            Self::of(bytes, record, next, newest)
        })
    }

    /// The pattern of a record. `next` is the one behind it: whether both read the same slots is seen there.
    fn of(bytes: &[u8], record: &[Row<'_>], next: &[Row<'_>], newest: u8) -> Option<Self> {
        let (from, end) = (record.first()?.op.start, record.last()?.op.end);
        let stretch = Stretch::exactly(bytes, from..end, newest)?;
        let (left, stores, watch) = stretch.as_record()?;
        let mut parts = Parts::default();
        let mut places = Places(Vec::new());
        for (row, again) in record.iter().zip(next) {
            let is_same = row.bytes(bytes) == again.bytes(bytes);
            places.0.push((*row, is_same, parts.add(row.kind, row.bytes(bytes), is_same)));
        }
        Some(Self {
            found: vec![0; parts.parts.len()],
            parts: parts.parts,
            uses: places.uses(stores)?,
            same: places.reads().filter(|(_, is_same, _)| *is_same).map(|(slot, ..)| slot).collect(),
            left: left.iter().map(|&value| places.left(value)).collect::<Option<_>>()?,
            closing: places.closing(watch),
            ops: record.len(),
            widths: Widths::new(newest),
        })
    }

    /// Ops of a record.
    pub(super) fn ops(&self) -> usize {
        self.ops
    }

    /// Carries out records of this pattern from the reader's position on, up to [`AT_ONCE`] and none that ends behind `limit`.
    /// Gives how many.
    pub(super) fn carry_out<'a>(
        &mut self,
        domain: &mut Blind<'_, 'a>,
        limit: usize,
        reader: &mut Reader<'a>,
        machine: &mut Machine<Value, Value>,
    ) -> usize {
        let bytes = domain.live.arena.bytes();
        let mut done = 0;
        domain.memo.reserve(AT_ONCE * self.uses.len());
        while done < AT_ONCE {
            let end = self.end(bytes, reader.position(), domain.memo.next_slot());
            let Some(end) = end.filter(|&end| end <= limit) else { break };
            if done == 0 {
                self.same.iter().for_each(|&slot| _ = domain.memo.read(slot));
            }
            self.leave(bytes, &mut domain.memo, machine);
            reader.skip_to(end);
            done += 1;
        }
        if done > 0 {
            self.same.iter().for_each(|&slot| domain.memo.read_again(slot, done - 1));
            self.close(&mut domain.live.watch);
        }
        done
    }

    /// Where the record ends that is at `position`, if there is one; the end may be behind the last byte. `slot` is where the first
    /// `PUT` has to store.
    #[inline(always)]
    fn end(&mut self, bytes: &[u8], mut position: usize, slot: Option<u64>) -> Option<usize> {
        for (part, found) in self.parts.iter().zip(&mut self.found) {
            *found = position;
            position = part.same.end(bytes, position)?;
            position = match part.then {
                Then::Nothing => position,
                Then::Constant => self.widths.end(bytes, position)?,
                Then::Get => get(bytes, position)?.1,
                Then::Put(number) => {
                    let (filled, end) = put(bytes, position)?;
                    if filled != slot? + number {
                        return None;
                    }
                    end
                }
            };
        }
        Some(position)
    }

    /// Does what the record does that was looked at last.
    #[inline(always)]
    fn leave(&self, bytes: &[u8], memo: &mut Known, machine: &mut Machine<Value, Value>) {
        let at = |place: Place| self.found[place.part] + place.behind;
        let read = |place| get(bytes, at(place)).map_or(0, |(slot, _)| slot);
        for step in &self.uses {
            match *step {
                Use::Store(value, place) => memo.keep_next(value.made_instead_at(at(place))),
                Use::Read(place) => _ = memo.read(read(place)),
            }
        }
        for left in &self.left {
            machine.push(match *left {
                Left::Made(value, place) => value.made_instead_at(at(place)),
                Left::Read(place) => Value::stand_in(read(place)),
                Left::Same(value) => value,
            });
        }
    }

    /// Notes which ops close something of the record that was looked at last.
    fn close(&self, watch: &mut Watch) {
        let end = |place: Place| self.found[place.part] + place.behind + 1;
        watch.closing_most = watch.closing_most.max(self.closing.most);
        if let Some(last) = self.closing.last {
            watch.closed_at = end(last);
        }
        if let Some(row) = self.closing.row {
            watch.row_at = end(row);
            watch.closing = self.closing.count;
        }
    }
}

/// An op of a record.
#[derive(Clone, Copy)]
struct Row<'a> {
    op: Op<'a>,
    kind: Kind,
}

impl Row<'_> {
    fn bytes<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.op.start..self.op.end]
    }
}

/// The ops from `position` on, as many as the longest pattern needs to be seen.
fn rows(bytes: &[u8], position: usize) -> Vec<Row<'_>> {
    let mut reader = Reader::new(bytes, position);
    let next = || reader.next_op().ok().and_then(|op| Some(Row { op, kind: Kind::of(op.opcode)? }));
    std::iter::from_fn(next).take(SEEN * MOST_OPS).collect()
}

fn is_repeated(rows: &[Row<'_>], period: usize) -> bool {
    let seen = (SEEN * period).max(LEAST_SEEN);
    seen <= rows.len() && (period..seen).all(|index| rows[index].kind == rows[index - period].kind)
}

/// Which of the ops that are repeated a record may begin with: with none that is inside a list or dict, and best with what
/// follows one.
fn beginnings(rows: &[Row<'_>]) -> Vec<usize> {
    let depths = rows.iter().scan(0, |depth, row| {
        let before = *depth;
        *depth += row.kind.opens();
        Some(before)
    });
    let depths: Vec<i32> = depths.collect();
    let least = depths.iter().copied().min();
    let behind = |index: usize| rows[(index + rows.len() - 1) % rows.len()].kind;
    let mut found: Vec<usize> = (0..rows.len())
        .filter(|&index| {
            Some(depths[index]) == least && !rows[index].kind.stores() && !rows[index].kind.closes()
        })
        .collect();
    found.sort_by_key(|&index| !behind(index).closes());
    found.truncate(TRIES);
    found
}

/// The ops of a record, whether their bytes are the same in the next one, and where they are in the pattern.
struct Places<'a>(Vec<(Row<'a>, bool, Place)>);

impl Places<'_> {
    /// Where the op is that made a value.
    fn of(&self, value: Value) -> Option<Place> {
        let at = value.made_by()?;
        self.0.iter().find(|(row, ..)| row.op.start == at).map(|&(.., place)| place)
    }

    /// Slots that are read, whether each record reads the same one, and where.
    fn reads(&self) -> impl Iterator<Item = (u64, bool, Place)> {
        let reads = self.0.iter().filter(|(row, ..)| row.kind == Kind::Get);
        reads.filter_map(|&(row, is_same, place)| Some((row.op.memo_slot()?, is_same, place)))
    }

    fn uses(&self, stores: &[Value]) -> Option<Vec<Use>> {
        let mut stores = stores.iter();
        let mut uses = Vec::new();
        for &(row, is_same, place) in &self.0 {
            if row.kind.stores() {
                let &value = stores.next()?;
                uses.push(Use::Store(value, self.of(value)?));
            } else if row.kind == Kind::Get && !is_same {
                uses.push(Use::Read(place));
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
        let place = |end| self.0.iter().find(|(row, ..)| row.op.end == end).map(|&(.., place)| place);
        Closing {
            last: place(watch.closed_at),
            row: place(watch.row_at),
            count: watch.closing,
            most: watch.closing_most,
        }
    }
}
