//! How long it takes to find the places of keys in dicts and sets. Who chooses keys of the same hash, or such as meet in the table, makes
//! of each key a comparison with all others; and a long key is hashed or compared whenever it is looked up.
//!
//! A pass of its own over one pickle, which fills the tables as CPython does. Values are not kept, but for their hashes.

mod hashes;
mod item;
mod objects;
mod table;

use pickle_machine::{Arguments, Collection, Domain, Flow, Interrupt, Machine, run};
use pickle_ops::{Op, Opcode, Reader};
use rustc_hash::FxHashMap;

use crate::policy::canonical_module;
use item::{Item, Sort, hash_of_names, hash_of_text};
use objects::{Listed, Parts};
use table::{Key, Kind, Table};

/// What keys take that are made to meet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Meeting {
    /// Keys that were looked up in tables that take long.
    pub(crate) asked: u64,
    /// Slots of such tables that were looked at.
    pub(crate) steps: u64,
    /// Nanoseconds that it takes, about; with those of pickles before it in which it is not worth to be told.
    pub(crate) nanos: u64,
    /// Of the table that takes longest: how many of its keys have the same hash.
    pub(crate) alike: usize,
    /// Whether it takes more: not all was looked at.
    pub(crate) is_more: bool,
    /// Of the table that takes longest: the offset of the op that made it.
    pub(crate) at: usize,
    /// Nanoseconds that it takes.
    longest: u64,
}

/// Ops between two looks at the interrupt.
const STRIDE: usize = 1 << 12;
/// Nanoseconds that are enough to know.
const ENOUGH: u64 = 2_000_000_000;
/// Values on the stack and in the memo at the most.
const MOST_VALUES: u64 = 1 << 26;
/// Tables that are kept, and keys in them.
const MOST_TABLES: usize = 1 << 18;
const MOST_KEYS: usize = 1 << 24;
/// Keys of a table that is too small to matter.
const SMALL_TABLE: usize = 64;
/// Short tuples and lists that are remembered, and objects with a number.
const MOST_PARTS: usize = 1 << 16;
const MOST_NUMBERS: usize = 1 << 20;

/// What one unpickler keeps from pickle to pickle.
#[derive(Debug, Default)]
pub(crate) struct Memory(Machine<Item, Item>);

/// Looks at the pickle at `start`. `hands_on` is whether lists are given to what takes their items as keys. `None` when interrupted.
pub(crate) fn meeting(
    bytes: &[u8],
    start: usize,
    hands_on: bool,
    Memory(machine): &mut Memory,
    interrupt: Interrupt<'_>,
) -> Option<Meeting> {
    let mut reader = Reader::new(bytes, start);
    machine.reset_but_memo();
    let mut pass = Pass::new(bytes, hands_on);
    while run(&mut reader, bytes.len(), machine, &mut pass, STRIDE) == Flow::Next {
        if interrupt() {
            return None;
        }
        if machine.height() as u64 + machine.memo.len() > MOST_VALUES || pass.found.nanos > ENOUGH {
            pass.found.is_more = true;
            break;
        }
        pass.make_room();
    }
    pass.settle(|_| false);
    Some(pass.found)
}

struct Pass<'a> {
    bytes: &'a [u8],
    hands_on: bool,
    tables: FxHashMap<u64, Table>,
    /// Keys in them.
    kept: usize,
    /// The first number that is a value of a dict, and that of the state of an object.
    numbers: FxHashMap<u64, Item>,
    /// Items of short tuples and lists, by the offsets of the ops that made them.
    parts: FxHashMap<u32, Parts>,
    /// What tuples and frozensets of the items of lists are, by the same.
    lists: FxHashMap<u64, Listed>,
    /// Hashes of long texts, by their offsets.
    texts: FxHashMap<u64, u64>,
    found: Meeting,
}

impl<'a> Pass<'a> {
    fn new(bytes: &'a [u8], hands_on: bool) -> Self {
        Self {
            bytes,
            hands_on,
            tables: FxHashMap::default(),
            kept: 0,
            numbers: FxHashMap::default(),
            parts: FxHashMap::default(),
            lists: FxHashMap::default(),
            texts: FxHashMap::default(),
            found: Meeting::default(),
        }
    }

    /// Adds up what was found in a table.
    fn judge(&mut self, at: u64, table: &Table) {
        if !table.is_slow() {
            return;
        }
        let found = &mut self.found;
        found.asked += table.asked;
        found.steps += table.steps;
        let (alike, nanos) = table.sum();
        found.nanos = found.nanos.saturating_add(nanos);
        found.is_more |= table.was_left();
        if nanos > found.longest {
            found.longest = nanos;
            found.alike = alike;
            found.at = (at & !FIRSTS) as usize;
        }
    }

    /// Forgets all tables that are not to be kept.
    fn settle(&mut self, keep: impl Fn(&Table) -> bool) {
        let mut tables = std::mem::take(&mut self.tables);
        tables.retain(|&at, table| {
            let stays = keep(table);
            if !stays {
                self.judge(at, table);
            }
            stays
        });
        self.kept = tables.values().map(|table| table.keys().len()).sum();
        self.tables = tables;
    }

    /// Keeps memory within bounds.
    fn make_room(&mut self) {
        if self.tables.len() > MOST_TABLES || self.kept > MOST_KEYS {
            self.settle(|table| table.keys().len() >= SMALL_TABLE);
        }
        if self.kept > MOST_KEYS {
            let most = self.tables.values().map(|table| table.keys().len()).max().unwrap_or(0);
            self.settle(|table| table.keys().len() == most);
        }
        if self.parts.len() > MOST_PARTS {
            self.parts.clear();
        }
        if self.lists.len() > MOST_PARTS {
            self.lists.clear();
        }
        if self.numbers.len() > MOST_NUMBERS {
            self.numbers.clear();
        }
    }

    /// What a value is as a key.
    fn key(&mut self, item: Item) -> Key {
        if item.is_object
            && let Some(number) = self.numbers.get(&item.place())
        {
            return number.key(number.hash);
        }
        item.key(match item.sort {
            Sort::LongText => self.hash_of_long(item.hash),
            Sort::Made => hash_of_text(&item.hash.to_le_bytes()),
            _ => item.hash,
        })
    }

    fn hash_of_long(&mut self, at: u64) -> u64 {
        let bytes = self.bytes;
        *self.texts.entry(at).or_insert_with(|| {
            let op = usize::try_from(at).ok().and_then(|at| Reader::new(bytes, at).next_op().ok());
            op.map_or(at, |op| hash_of_text(op.raw))
        })
    }

    /// Keys that are looked up in the table of what was made at an offset.
    fn look_up(&mut self, at: u64, kind: Kind, keys: impl Iterator<Item = Item>) {
        let mut table = self.tables.remove(&at).unwrap_or_else(|| Table::new(kind));
        let before = table.keys().len();
        for item in keys {
            let key = self.key(item);
            table.add(key);
        }
        self.kept += table.keys().len() - before;
        self.tables.insert(at, table);
    }

    /// Items of a list or tuple, which may be given to what takes them for keys, or the first ones of them.
    fn look_at_list(&mut self, at: u64, items: &[Item]) {
        if !self.hands_on {
            return;
        }
        let keys: Vec<Item> = items.iter().map(|&item| self.number_in(item, 10).unwrap_or(item)).collect();
        self.look_up(at, Kind::Set, keys.into_iter());
        let firsts = items.iter().filter_map(|item| self.parts.get(&item.object)?.first());
        let firsts: Vec<Item> = firsts.collect();
        if firsts.len() > 1 {
            self.look_up(at | FIRSTS, Kind::Dict, firsts.into_iter());
        }
    }
}

/// Marks the table of the first items of what is in a list.
const FIRSTS: u64 = 1 << 63;

impl<'a> Domain<'a> for Pass<'a> {
    type Value = Item;
    type Stored = Item;

    fn missing(&mut self, op: &Op<'a>) -> Item {
        Item::new(op, Sort::Other, op.start as u64)
    }
    fn constant(&mut self, op: &Op<'a>) -> Item {
        Item::of_constant(op)
    }
    fn collect(&mut self, op: &Op<'a>, collection: Collection, items: &[Item]) -> Item {
        match collection {
            Collection::Tuple => {
                let tuple = self.tuple(op, items);
                self.parts.insert(tuple.object, Parts::of(items));
                if items.len() >= SMALL_TABLE {
                    self.look_at_list(op.start as u64, items);
                }
                return tuple;
            }
            Collection::FrozenSet => return self.frozen_set(op, items),
            Collection::List => {
                self.note_list(op, op.start as u64, items);
                self.look_at_list(op.start as u64, items);
            }
            Collection::Dict => {
                self.note_number(op.start as u64, items);
                self.look_up(op.start as u64, Kind::Dict, items.iter().copied().step_by(2));
            }
            Collection::Set => {}
        }
        Item::made(op)
    }
    fn extend(&mut self, op: &Op<'a>, target: Item, items: &[Item]) {
        let at = target.place();
        match op.opcode {
            Opcode::SetItem | Opcode::SetItems => {
                self.note_number(at, items);
                self.look_up(at, Kind::Dict, items.iter().copied().step_by(2));
            }
            Opcode::AddItems => self.look_up(at, Kind::Set, items.iter().copied()),
            _ => {
                self.note_list(op, at, items);
                self.look_at_list(at, items);
            }
        }
    }
    fn global(&mut self, op: &Op<'a>, _protocol: u8) -> Item {
        let (module, name) = op.global().unwrap_or_default();
        let module = std::str::from_utf8(module).map_or(module, |module| canonical_module(module).as_bytes());
        Item::new(op, Sort::Global, hash_of_names(hash_of_text(module), hash_of_text(name)))
    }
    fn stack_global(&mut self, op: &Op<'a>, _protocol: u8, module: Item, name: Item) -> Item {
        Item::new(op, Sort::Global, hash_of_names(module.hash, name.hash))
    }
    fn call(&mut self, op: &Op<'a>, callee: Item, arguments: Arguments<'_, Item>) -> Item {
        match arguments {
            Arguments::Tuple(arguments) | Arguments::TupleAndDict(arguments, _) => {
                let parts = self.parts.get(&arguments.object).copied();
                match parts.filter(|_| arguments.sort == Sort::Tuple) {
                    Some(parts) => self.called(op, callee, arguments, parts),
                    None => Item::made(op),
                }
            }
            Arguments::Items(items) => {
                let arguments = self.tuple(op, items);
                self.called(op, callee, arguments, Parts::of(items))
            }
        }
    }
    fn build(&mut self, _op: &Op<'a>, target: Item, state: Item) {
        let number = match state.sort {
            Sort::Made => self.numbers.get(&state.hash).copied(),
            Sort::Number | Sort::Tuple => Some(state),
            _ => None,
        };
        if let Some(number) = number {
            self.numbers.insert(target.place(), number);
        }
    }
    fn persistent(&mut self, op: &Op<'a>, _id: Option<Item>) -> Item {
        Item::made(op)
    }
    fn read_only(&mut self, _op: &Op<'a>, buffer: Item) -> Item {
        buffer
    }
    fn duplicate(&mut self, _op: &Op<'a>, value: Item) -> Item {
        Item { from_memo: true, ..value }
    }
    fn store(&mut self, _op: &Op<'a>, _slot: u64, value: Item) -> Item {
        value
    }
    fn load(&mut self, _op: &Op<'a>, _slot: u64, stored: Item) -> Item {
        Item { from_memo: true, ..stored }
    }
}

#[cfg(test)]
mod tests;
