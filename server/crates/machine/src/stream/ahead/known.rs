//! The memo of a stretch: what it stores, and what it takes for granted of slots that it reads.

use pickle_ops::{Op, Opcode};

use crate::Memo;
use crate::arena::{Arena, KEY_WEIGHT, Kept, Moved, Value};

/// Slots whose entry is found at once.
const RECENT: usize = 256;

/// See the module.
pub(super) struct Known {
    /// What is stored, in slots that follow each other.
    stores: Vec<Value>,
    /// The slot of the first store, where an op says so.
    first: Option<u64>,
    reads: Vec<Read>,
    /// Where the entry of a slot is that was read of late: by the low bits of its number.
    recent: Box<[u32; RECENT]>,
}

impl Default for Known {
    fn default() -> Self {
        Self { stores: Vec::new(), first: None, reads: Vec::new(), recent: Box::new([u32::MAX; RECENT]) }
    }
}

/// A slot that is read.
struct Read {
    slot: u64,
    /// Stores before the first time.
    stores: u64,
    times: usize,
    /// Whether it has to be a constant, not only plain.
    constant: bool,
}

impl Known {
    /// Values that are held.
    pub(super) fn size(&self) -> usize {
        self.stores.len() + self.reads.len()
    }

    /// A read of a slot: what stands in for what it holds.
    #[inline(always)]
    pub(super) fn read(&mut self, slot: u64) -> Value {
        let recent = slot as usize % RECENT;
        if let Some(read) = self.reads.get_mut(self.recent[recent] as usize)
            && read.slot == slot
        {
            read.times += 1;
        } else {
            self.read_anew(slot, recent);
        }
        Value::stand_in(slot)
    }

    /// The same as `times` reads of a slot that was just read.
    pub(super) fn read_again(&mut self, slot: u64, times: usize) {
        self.read(slot);
        if let Some(read) = self.reads.get_mut(self.recent[slot as usize % RECENT] as usize) {
            read.times = read.times - 1 + times;
        }
    }

    #[inline(never)]
    fn read_anew(&mut self, slot: u64, recent: usize) {
        self.recent[recent] = self.reads.len() as u32;
        self.reads.push(Read { slot, stores: self.stores.len() as u64, times: 1, constant: false });
    }

    /// What stands in for a slot has to be a constant.
    pub(super) fn is_constant(&mut self, slot: u64) {
        self.read(slot);
        let recent = self.recent[slot as usize % RECENT];
        if let Some(read) = self.reads.get_mut(recent as usize) {
            read.times -= 1;
            read.constant = true;
        }
    }

    /// A store by `op`; whether it is into the slot behind the last one.
    #[inline(always)]
    pub(super) fn keep(&mut self, op: &Op<'_>, value: Value) -> bool {
        if op.opcode != Opcode::Memoize {
            let first = op.memo_slot().and_then(|slot| slot.checked_sub(self.stores.len() as u64));
            if first.is_none() || self.first.is_some_and(|known| Some(known) != first) {
                return false;
            }
            self.first = first;
        }
        self.stores.push(value);
        true
    }

    /// The slot that the next store has to be into, where an op says so.
    #[inline(always)]
    pub(super) fn next_slot(&self) -> Option<u64> {
        self.first.map(|first| first + self.stores.len() as u64)
    }

    /// Makes room for stores.
    pub(super) fn reserve(&mut self, more: usize) {
        self.stores.reserve(more);
    }

    /// A store into the slot behind the last one.
    #[inline(always)]
    pub(super) fn keep_next(&mut self, value: Value) {
        self.stores.push(value);
    }

    /// What is stored, if no more is taken for granted of what is read than that it is plain.
    pub(super) fn stores(&self) -> Option<&[Value]> {
        self.reads.iter().all(|read| !read.constant).then_some(&self.stores)
    }

    /// Whether a memo is such that all that was taken for granted holds: then how many of the reads were of what holds others, and what
    /// those weigh together that may be keys.
    pub(super) fn is_right(&self, memo: &Memo<Kept>, arena: &Arena<'_>) -> Option<(usize, usize)> {
        let used = memo.gapless()?;
        if self.first.is_some_and(|first| first != used) {
            return None;
        }
        let (mut shared, mut keys) = (0, 0);
        for read in &self.reads {
            let value = self.held(read.slot, memo, arena).filter(|value| {
                read.slot < used + read.stores && value.is_plain() && (value.is_constant() || !read.constant)
            })?;
            // What is plain and no constant is a tuple.
            shared += if value.is_constant() { 0 } else { read.times };
            keys += read.times * self.weight(read.slot, value, used, arena);
        }
        Some((shared, keys))
    }

    /// What a value weighs as a key. Tuples of the stretch are not in the arena yet.
    fn weight(&self, slot: u64, value: Value, used: u64, arena: &Arena<'_>) -> usize {
        if value.is_constant() || slot < used { arena.weight_of_key(value) } else { KEY_WEIGHT }
    }

    /// What a slot will hold when the stretch is at its end; a value of the stretch is not moved yet.
    fn held(&self, slot: u64, memo: &Memo<Kept>, arena: &Arena<'_>) -> Option<Value> {
        let used = memo.len();
        match slot.checked_sub(used) {
            None => memo.get(slot).map(|kept| arena.value_of(kept)),
            Some(own) => self.stores.get(usize::try_from(own).ok()?).copied(),
        }
    }

    /// What a constant is that a slot may stand in for.
    pub(super) fn constant(&self, value: Value, memo: &Memo<Kept>, arena: &Arena<'_>) -> Value {
        match value.stood_in() {
            Some(slot) => self.held(slot, memo, arena).unwrap_or(Value::UNKNOWN),
            None => value,
        }
    }

    /// Notes the containers that were read, when all is stored.
    pub(super) fn note_loaded(&self, memo: &Memo<Kept>, arena: &mut Arena<'_>) {
        for read in &self.reads {
            if let Some(kept) = memo.get(read.slot) {
                arena.note_loaded(arena.value_of(kept));
            }
        }
    }

    /// Stores all of it; `end` is where the stretch ends.
    pub(super) fn store(&self, memo: &mut Memo<Kept>, moved: Moved, arena: &mut Arena<'_>, end: usize) {
        if moved.is_nothing() && end <= Kept::REACH {
            memo.extend(self.stores.iter().map(|&value| Kept::of_near(value)));
        } else {
            memo.extend(self.stores.iter().map(|&value| arena.kept(moved.value(value))));
        }
    }
}
