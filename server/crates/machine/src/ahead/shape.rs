//! The shape of records that follow each other, as in a table: which ops a record is made of. Records of a shape do the same,
//! but for where their ops are and what constants they have.

use pickle_ops::{Op, Reader};

use super::parts::{Kind, Part, Parts, Place, Then, Widths, get, put};

/// Ops of a record, at the most, and at the least: shorter ones are taken together.
const MOST_OPS: usize = 96;
const LEAST_OPS: usize = 12;

/// How often in a row a shape has to be seen, and within how many ops at the least.
const SEEN: usize = 3;
const LEAST_SEEN: usize = 32;

/// Places where a record may begin that are tried.
const TRIES: usize = 4;

/// See the module.
pub(crate) struct Shape {
    parts: Vec<Part>,
    /// Of the record that was looked at last: the offset of each part.
    found: Vec<usize>,
    ops: usize,
    widths: Widths,
}

/// An op of the record that a shape was found in.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    pub(crate) op: Op<'a>,
    pub(crate) kind: Kind,
    /// Whether its bytes are the same in the next record.
    pub(crate) is_same: bool,
    /// Where it is in the shape.
    pub(crate) place: Place,
}

impl Shape {
    /// The records at `position`, or some ops behind it, of which the same is to be made as of the first that `make` makes something
    /// of; `newest` is the protocol that opcodes may be of. `make` is given the ops of a record.
    pub(crate) fn find<'a, T>(
        bytes: &'a [u8],
        position: usize,
        newest: u8,
        make: impl Fn(&[Member<'a>]) -> Option<T>,
    ) -> Option<(Self, T)> {
        let rows = rows(bytes, position);
        let once = (1..=rows.len() / SEEN).find(|&period| is_repeated(&rows, period))?;
        let together = LEAST_OPS.div_ceil(once) * once;
        let period = if together * SEEN <= rows.len() { together } else { once };
        beginnings(&rows[..period]).into_iter().find_map(|from| {
            let (record, next) = rows[from..from + 2 * period].split_at(period);
            let (shape, members) = Self::of(bytes, record, next, newest);
            Some((shape, make(&members)?))
        })
    }

    /// The shape of a record. `next` is the one behind it: whether both read the same slots is seen there.
    fn of<'a>(bytes: &'a [u8], record: &[Row<'a>], next: &[Row<'a>], newest: u8) -> (Self, Vec<Member<'a>>) {
        let mut parts = Parts::default();
        let members = record.iter().zip(next).map(|(row, again)| {
            let is_same = row.bytes(bytes) == again.bytes(bytes);
            let place = parts.add(row.kind, row.bytes(bytes), is_same);
            Member { op: row.op, kind: row.kind, is_same, place }
        });
        let members = members.collect();
        let found = vec![0; parts.parts.len()];
        (Self { found, parts: parts.parts, ops: record.len(), widths: Widths::new(newest) }, members)
    }

    /// Ops of a record.
    pub(crate) fn ops(&self) -> usize {
        self.ops
    }

    /// Where an op is of the record that was looked at last.
    #[inline(always)]
    pub(crate) fn at(&self, place: Place) -> usize {
        self.found[place.part] + place.behind
    }

    /// The slot that such an op reads.
    #[inline(always)]
    pub(crate) fn read_by(&self, bytes: &[u8], place: Place) -> u64 {
        get(bytes, self.at(place)).map_or(0, |(slot, _)| slot)
    }

    /// Where the record ends that is at `position`, if there is one; the end may be behind the last byte. `slot` is where the first
    /// `PUT` has to store.
    #[inline(always)]
    pub(crate) fn end(&mut self, bytes: &[u8], mut position: usize, slot: Option<u64>) -> Option<usize> {
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
