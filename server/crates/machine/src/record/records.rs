//! Records that follow each other, as the index reads them: they fill so many slots each, leave so many items, and touch nothing else.

use pickle_ops::Reader;

use super::ahead::{Own, Strip};
use super::pass::Index;
use crate::ahead::parts::{Kind, Place};
use crate::ahead::repeat::Records;
use crate::ahead::shape::{Member, Shape};
use crate::machine::Machine;

/// See the module.
pub(super) struct Repeated {
    shape: Shape,
    does: Does,
}

/// What a record does.
struct Does {
    /// Slots that it fills.
    fills: u64,
    /// Slots that every record reads; and the ops that read others, with how many slots were filled before each.
    same: Vec<(u64, u64)>,
    reads: Vec<(Place, u64)>,
    /// The ops that push what it leaves.
    left: Vec<Place>,
}

impl Does {
    fn of(bytes: &[u8], record: &[Member<'_>]) -> Option<Self> {
        let (from, end) = (record.first()?.op.start, record.last()?.op.end);
        let strip = Strip::exactly(bytes, from..end)?;
        let place = |&at: &usize| Some(record.iter().find(|member| member.op.start == at)?.place);
        let left = strip.as_record()?.iter().map(place).collect::<Option<_>>()?;
        let (mut fills, mut same, mut reads) = (0, Vec::new(), Vec::new());
        for member in record {
            match (member.kind, member.op.memo_slot()) {
                (Kind::Get, Some(slot)) if member.is_same => same.push((slot, fills)),
                (Kind::Get, _) => reads.push((member.place, fills)),
                (kind, _) => fills += u64::from(kind.stores()),
            }
        }
        (fills == strip.filled).then_some(Self { fills, same, reads, left })
    }
}

impl Records for Repeated {
    fn find(bytes: &[u8], position: usize, newest: u8) -> Option<Self> {
        let (shape, does) = Shape::find(bytes, position, newest, |record| Does::of(bytes, record))?;
        Some(Self { shape, does })
    }

    fn ops(&self) -> usize {
        self.shape.ops()
    }
}

impl Repeated {
    /// Carries out up to `most` records from the reader's position on, none that ends behind `limit`. Gives how many.
    pub(super) fn carry_out<'a>(
        &mut self,
        most: usize,
        limit: usize,
        index: &mut Index<Own<'a>>,
        reader: &mut Reader<'a>,
        machine: &mut Machine<usize, ()>,
    ) -> usize {
        let own = &mut index.past;
        let mut done = 0;
        while done < most {
            let end = self.shape.end(own.bytes, reader.position(), own.next_slot());
            let Some(end) = end.filter(|&end| end <= limit) else { break };
            // Behind the first record more slots are filled, and no more is asked of the others.
            if done == 0 {
                self.does.same.iter().for_each(|&(slot, before)| own.read_behind(slot, before));
            }
            for &(place, before) in &self.does.reads {
                own.read_behind(self.shape.read_by(own.bytes, place), before);
            }
            machine.stack.extend(self.does.left.iter().map(|&place| self.shape.at(place)));
            own.filled += self.does.fills;
            reader.skip_to(end);
            done += 1;
        }
        index.lows.ops += (done * self.shape.ops()) as u64;
        done
    }
}
