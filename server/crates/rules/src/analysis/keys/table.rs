//! The table of a dict or a set, filled as CPython fills it (3.11): what it takes to find the place of each key.

/// A key: its hash, and what tells it from others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) hash: u64,
    /// The same for what is equal.
    pub(super) same: u32,
    /// Nanoseconds to compare it with its like.
    pub(super) weight: u32,
    /// The same for one object.
    pub(super) object: u32,
    /// Nanoseconds to hash it, where the hash is not kept.
    pub(super) hashing: u32,
    /// Whether it is here again although the stream says it only once.
    pub(super) again: bool,
}

/// What the table is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Dict,
    Set,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Table {
    kind: Kind,
    keys: Vec<Key>,
    /// Numbers of keys, from 1; none at all while there are few.
    slots: Vec<u32>,
    /// Keys that were looked up.
    pub(super) asked: u64,
    /// Slots that were looked at.
    pub(super) steps: u64,
    /// Nanoseconds that it takes, about.
    pub(super) nanos: u64,
    /// Nanoseconds up to which it is in proportion to the number of keys, and their length.
    allowed: u64,
    /// What a key took until then, from where on the table is not followed.
    last: Option<u64>,
}

/// Keys below which all of them are looked at.
const FEW: usize = 8;

/// Nanoseconds to look at a slot of a dict, and of a set, most of which are next to each other; and to compare with a key of the same
/// hash: as measured with CPython 3.11.
const DICT_STEP: u64 = 3;
const SET_STEP: u64 = 1;
const COMPARISON: u64 = 15;

/// Steps from which on a slow table is not followed: what comes takes no less than what came.
const MOST_STEPS: u64 = 1 << 24;

/// Keys from which on it is not.
const MOST_KEYS: usize = 1 << 24;

/// Slots of a set that has more than a few keys.
const FIRST_SET: usize = 32;

/// Slots that a set looks at in a row (`LINEAR_PROBES`), besides the first.
const IN_A_ROW: usize = 9;

impl Table {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            keys: Vec::new(),
            slots: Vec::new(),
            asked: 0,
            steps: 0,
            nanos: 0,
            allowed: 0,
            last: None,
        }
    }

    /// The keys in it, no two of which are equal.
    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// A look for a key, which is put in if it is not there.
    pub(super) fn add(&mut self, key: Key) {
        self.asked += 1;
        self.allowed += PER_KEY;
        if key.again {
            self.nanos += u64::from(key.hashing);
        } else {
            self.allowed += PER_WEIGHT * u64::from(key.weight);
        }
        if let Some(last) = self.last {
            self.nanos += last;
            if self.keys.len() < MOST_KEYS {
                self.keys.push(key);
            }
            return;
        }
        let before = self.steps;
        let slot = if self.slots.is_empty() { self.among_few(&key) } else { self.find(&key) };
        self.nanos += self.steps_take(before);
        if let Some(slot) = slot {
            self.keys.push(key);
            let number = self.keys.len() as u32;
            if let Some(slot) = self.slots.get_mut(slot) {
                *slot = number;
            }
            self.grow();
        }
        if self.steps > MOST_STEPS && self.is_slow() || self.keys.len() >= MOST_KEYS {
            self.leave();
        }
    }

    /// Nanoseconds that steps take since there were so many.
    fn steps_take(&self, before: u64) -> u64 {
        let each = if self.kind == Kind::Dict { DICT_STEP } else { SET_STEP };
        (self.steps - before) * each
    }

    /// Follows it no more.
    fn leave(&mut self) {
        self.last = Some(self.nanos / self.asked);
        self.slots = Vec::new();
    }

    /// How many keys have the hash that most of them have, and nanoseconds that all of it takes.
    pub(super) fn sum(&self) -> (usize, u64) {
        let mut hashes: Vec<u64> = self.keys.iter().map(|key| key.hash).collect();
        hashes.sort_unstable();
        let alike = hashes.chunk_by(|one, other| one == other).map(<[u64]>::len).max().unwrap_or(0);
        let pairs = (alike as u64).saturating_mul(alike as u64) / 2;
        (alike, self.nanos.max(pairs.saturating_mul(COMPARISON)))
    }

    /// Whether it was not followed to its end.
    pub(super) fn was_left(&self) -> bool {
        self.last.is_some()
    }

    /// Whether it takes out of proportion to the number of keys.
    pub(super) fn is_slow(&self) -> bool {
        self.nanos > self.allowed
    }

    /// Where a key is to be put; `None`: it is there.
    fn among_few(&mut self, key: &Key) -> Option<usize> {
        for other in &self.keys {
            self.steps += 1;
            if other.hash == key.hash {
                self.nanos += comparison(other, key);
                if other.same == key.same {
                    return None;
                }
            }
        }
        Some(0)
    }

    /// The same of many.
    fn find(&mut self, key: &Key) -> Option<usize> {
        let mut path = Path::new(self.kind, key.hash, self.slots.len());
        loop {
            let slot = path.next();
            self.steps += 1;
            match self.slots[slot] {
                0 => return Some(slot),
                number => {
                    let other = &self.keys[number as usize - 1];
                    if other.hash == key.hash {
                        self.nanos += comparison(other, key);
                        if other.same == key.same {
                            return None;
                        }
                    }
                }
            }
        }
    }

    /// Makes the table larger when it is as full as it may be.
    fn grow(&mut self) {
        let (used, size) = (self.keys.len(), self.slots.len());
        let next = match self.kind {
            _ if used < FEW => return,
            Kind::Dict if size == 0 || used >= size * 2 / 3 => (used * 3).next_power_of_two(),
            Kind::Set if size == 0 => FIRST_SET,
            Kind::Set if used * 5 >= (size - 1) * 3 => {
                (if used > 50_000 { used * 2 } else { used * 4 } + 1).next_power_of_two()
            }
            _ => return,
        };
        self.slots.clear();
        self.slots.resize(next, 0);
        let before = self.steps;
        for (number, key) in self.keys.iter().enumerate() {
            if self.steps - before > MOST_STEPS + PER_KEY * number as u64 {
                self.nanos += self.steps_take(before);
                return self.leave();
            }
            let mut path = Path::new(self.kind, key.hash, next);
            let slot = loop {
                let slot = path.next();
                self.steps += 1;
                if self.slots[slot] == 0 {
                    break slot;
                }
            };
            self.slots[slot] = number as u32 + 1;
        }
        self.nanos += self.steps_take(before);
    }
}

/// Nanoseconds for a key, looked up and put in, from which on a table is slow: twenty times as many as for any other.
const PER_KEY: u64 = 600;
/// The same for what a key weighs more: it is in the file as well.
const PER_WEIGHT: u64 = 2;

fn comparison(one: &Key, other: &Key) -> u64 {
    let is_one_object = one.object == other.object && one.same == other.same;
    match one.weight == other.weight {
        _ if is_one_object => 0,
        true => COMPARISON + u64::from(one.weight),
        // Numbers and texts of different lengths are not compared.
        false => COMPARISON,
    }
}

/// The slots in which a key can be, one after the other (`lookdict_index`, `set_add_entry`).
struct Path {
    kind: Kind,
    mask: usize,
    perturb: u64,
    slot: usize,
    /// Slots in a row that are still to be looked at, and how many have been.
    row: usize,
    done: usize,
    is_first: bool,
}

impl Path {
    fn new(kind: Kind, hash: u64, size: usize) -> Self {
        let (mask, slot) = (size - 1, hash as usize & (size - 1));
        Self { kind, mask, perturb: hash, slot, row: row(kind, slot, mask), done: 0, is_first: true }
    }

    #[inline]
    fn next(&mut self) -> usize {
        if self.is_first {
            self.is_first = false;
        } else if self.done < self.row {
            self.done += 1;
        } else {
            self.perturb >>= 5;
            self.slot =
                self.slot.wrapping_mul(5).wrapping_add(self.perturb as usize).wrapping_add(1) & self.mask;
            (self.row, self.done) = (row(self.kind, self.slot, self.mask), 0);
        }
        self.slot + self.done
    }
}

fn row(kind: Kind, slot: usize, mask: usize) -> usize {
    if kind == Kind::Set && slot + IN_A_ROW <= mask { IN_A_ROW } else { 0 }
}
