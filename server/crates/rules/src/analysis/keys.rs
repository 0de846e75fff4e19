//! How long it takes to find the places of keys in dicts and sets. Who chooses keys of the same hash, or such as meet in the table, makes
//! of each key a comparison with all others; and a long key is hashed or compared whenever it is looked up.
//!
//! A pass of its own over one pickle, which fills the tables as CPython does. Values are not kept, but for their hashes.

mod hashes;
mod table;

use std::hash::BuildHasher;
use std::sync::LazyLock;

use foldhash::quality::FixedState;
use pickle_machine::{Arguments, Collection, Domain, Flow, Interrupt, Machine, run};
use pickle_ops::{Integer, Op, Opcode, Operand, Reader};
use rustc_hash::FxHashMap;

use crate::policy::{Hashing, canonical_module, hashings};
use hashes::Residue;
use table::{Key, Kind, Table};

/// What keys take that are made to meet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Meeting {
    /// Keys that were looked up in tables that take long.
    pub(crate) asked: u64,
    /// Slots of such tables that were looked at.
    pub(crate) steps: u64,
    /// Nanoseconds that it takes, about.
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
/// Bytes of a text that is hashed at once; a longer one is if it is a key.
const SHORT_TEXT: usize = 1 << 12;
/// Tables that are kept, and keys in them.
const MOST_TABLES: usize = 1 << 18;
const MOST_KEYS: usize = 1 << 24;
/// Keys of a table that is too small to matter.
const SMALL_TABLE: usize = 64;
/// Small tuples, and objects with a number, that are remembered.
const MOST_PARTS: usize = 1 << 16;

/// Looks at the pickle at `start`. `hands_on` is whether lists are given to what takes their items as keys. `None` when interrupted.
pub(crate) fn meeting(
    bytes: &[u8],
    start: usize,
    hands_on: bool,
    interrupt: Interrupt<'_>,
) -> Option<Meeting> {
    let mut reader = Reader::new(bytes, start);
    let mut machine = Machine::default();
    let mut pass = Pass::new(bytes, hands_on);
    while run(&mut reader, bytes.len(), &mut machine, &mut pass, STRIDE) == Flow::Next {
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

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// A text, whose hash is kept with it. The one here stands for it.
    Text,
    /// A text that is long; instead of the hash, where it is.
    LongText,
    Number,
    Tuple,
    FrozenSet,
    /// A list, dict, set or object; instead of the hash, where it was made.
    Made,
    /// A global; the hash of its names.
    Global,
    Other,
}

/// A value.
#[derive(Clone, Copy, Debug)]
struct Item {
    hash: u64,
    /// The same for what is equal.
    same: u32,
    /// Nanoseconds to compare it with its like, or to hash it.
    weight: u32,
    /// The same for one object: the low bits of the offset of the op that made it.
    object: u32,
    sort: Sort,
    from_memo: bool,
}

/// Weight from which on a part of a tuple makes the tuple as dear as itself.
const HEAVY: u32 = 64;

impl Item {
    fn new(op: &Op<'_>, sort: Sort, hash: u64) -> Self {
        Self { hash, same: mixed(&hash), weight: 1, object: op.start as u32, sort, from_memo: false }
    }

    fn made(op: &Op<'_>) -> Self {
        Self::new(op, Sort::Made, op.start as u64)
    }
}

/// A hash that is no one of CPython.
fn mixed(value: &(impl std::hash::Hash + ?Sized)) -> u32 {
    FixedState::default().hash_one(value) as u32
}

fn hash_of_text(text: &[u8]) -> u64 {
    FixedState::default().hash_one(text)
}

fn hash_of_names(module: u64, name: u64) -> u64 {
    module ^ name.rotate_left(1)
}

/// How the objects of a class are hashed.
fn way_of(class: Item) -> Option<Hashing> {
    static WAYS: LazyLock<FxHashMap<u64, Hashing>> = LazyLock::new(|| {
        let hash = |text: &str| hash_of_text(text.as_bytes());
        hashings().map(|(module, name, way)| (hash_of_names(hash(module), hash(name)), way)).collect()
    });
    WAYS.get(&class.hash).copied().filter(|_| class.sort == Sort::Global)
}

/// Nanoseconds that it takes to compare two texts, or numbers, of so many bytes.
fn weight_of_text(length: usize) -> u32 {
    u32::try_from(length / 16).unwrap_or(u32::MAX)
}

fn weight_of_number(length: usize) -> u32 {
    u32::try_from(length / 4).unwrap_or(u32::MAX)
}

struct Pass<'a> {
    bytes: &'a [u8],
    hands_on: bool,
    tables: FxHashMap<u64, Table>,
    /// Keys in them.
    kept: usize,
    /// The first number that is a value of a dict, and that of the state of an object.
    numbers: FxHashMap<u64, Item>,
    /// Items of tuples of one or two, by the offsets of the ops that made them.
    parts: FxHashMap<u32, (Item, Option<Item>)>,
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
        found.nanos += table.nanos;
        if table.nanos > found.longest {
            found.longest = table.nanos;
            found.alike = table.most_alike();
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
        if self.numbers.len() > MOST_PARTS {
            self.numbers.clear();
        }
    }

    /// What a value is as a key.
    fn key(&mut self, item: Item) -> Key {
        let hash = match item.sort {
            Sort::LongText => self.hash_of_long(item.hash),
            Sort::Made => match self.numbers.get(&item.hash) {
                Some(number) => return key_of(*number, number.hash),
                None => FixedState::default().hash_one(item.hash),
            },
            _ => item.hash,
        };
        key_of(item, hash)
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

    /// Notes a number that is a value: that of an object is what the object is hashed by, mostly.
    fn note_number(&mut self, at: u64, pairs: &[Item]) {
        if pairs.len() <= MOST_MEMBERS
            && let Some(number) = pairs.iter().skip(1).step_by(2).find(|value| value.sort == Sort::Number)
        {
            self.numbers.entry(at).or_insert(*number);
        }
    }

    /// Items of a list or tuple, which may be given to what takes them for keys, or the first ones of them.
    fn look_at_list(&mut self, at: u64, items: &[Item]) {
        if !self.hands_on {
            return;
        }
        self.look_up(at, Kind::Set, items.iter().copied());
        let firsts: Vec<Item> =
            items.iter().filter_map(|item| Some(self.parts.get(&item.object)?.0)).collect();
        if firsts.len() > 1 {
            self.look_up(at | FIRSTS, Kind::Dict, firsts.into_iter());
        }
    }

    /// Remembers the items of a short tuple or list.
    fn note_parts(&mut self, object: u32, items: &[Item]) {
        match *items {
            [one] => _ = self.parts.insert(object, (one, None)),
            [one, other] => _ = self.parts.insert(object, (one, Some(other))),
            _ => {}
        }
    }

    fn tuple(&mut self, op: &Op<'_>, items: &[Item]) -> Item {
        let keys: Vec<Key> = items.iter().map(|&item| self.key(item)).collect();
        let mut weight = 4 * items.len() as u64;
        let mut from_memo = false;
        for (item, key) in items.iter().zip(&keys) {
            weight += u64::from(key.weight);
            from_memo |= item.from_memo && key.weight >= HEAVY && !is_text(item.sort);
        }
        Item {
            same: mixed(&keys.iter().map(|key| key.same).collect::<Vec<_>>()),
            weight: u32::try_from(weight).unwrap_or(u32::MAX),
            from_memo,
            ..Item::new(op, Sort::Tuple, hashes::tuple(keys.iter().map(|key| key.hash)))
        }
    }

    fn frozen_set(&mut self, op: &Op<'_>, items: &[Item]) -> Item {
        let mut table = Table::new(Kind::Set);
        for &item in items {
            let key = self.key(item);
            table.add(key);
        }
        self.judge(op.start as u64, &table);
        let hash = hashes::frozen_set(table.keys().iter().map(|key| key.hash));
        let mut same: Vec<u32> = table.keys().iter().map(|key| key.same).collect();
        same.sort_unstable();
        let weight = u32::try_from(4 * items.len()).unwrap_or(u32::MAX);
        Item { same: mixed(&same), weight, ..Item::new(op, Sort::FrozenSet, hash) }
    }

    /// What a call gives: what is made of numbers is hashed as they are.
    fn called(&self, op: &Op<'_>, callee: Item, arguments: Item) -> Item {
        let parts = self.parts.get(&arguments.object).filter(|_| arguments.sort == Sort::Tuple);
        let Some(&(one, other)) = parts else { return Item::made(op) };
        let way = way_of(callee);
        let number = |hash| Item { hash, ..Item::new(op, Sort::Number, hash) };
        match (one.sort, other) {
            (Sort::Number, None) => Item { same: one.same, weight: one.weight, ..number(one.hash) },
            (Sort::Text, None) => self.number_in(one).map_or(Item::made(op), number),
            (Sort::Number, Some(other)) if other.sort == Sort::Number => {
                let hash = match way {
                    Some(Hashing::Complex) => hashes::complex(one.hash, other.hash),
                    Some(Hashing::Ratio) => residue_of(one).over(residue_of(other)).hash(),
                    _ => arguments.hash,
                };
                Item { same: arguments.same, weight: arguments.weight, ..number(hash) }
            }
            _ => Item::made(op),
        }
    }

    /// The hash of the number that a text says.
    fn number_in(&self, text: Item) -> Option<u64> {
        let op = Reader::new(self.bytes, text.object as usize).next_op().ok()?;
        let Ok(Operand::Text(text)) = op.operand() else { return None };
        Some(Residue::of_text(&text.to_str()?)?.hash())
    }

    fn constant_of(&self, op: &Op<'a>) -> Item {
        use Opcode as O;
        match op.opcode {
            O::EmptyList | O::EmptyDict | O::EmptySet => Item::made(op),
            O::EmptyTuple => Item::new(op, Sort::Tuple, hashes::tuple(std::iter::empty())),
            O::NewTrue => number(op, 1),
            O::NewFalse => number(op, 0),
            O::BinInt | O::BinInt1 | O::BinInt2 => number(op, op.number()),
            O::Int | O::Long | O::Long1 | O::Long4 | O::Float | O::BinFloat => match op.operand() {
                Ok(Operand::Int(Integer::Small(value))) => number(op, value),
                Ok(Operand::Int(integer)) => long(op, integer),
                Ok(Operand::Bool(value)) => number(op, i64::from(value)),
                Ok(Operand::Float(value)) => float(op, value),
                _ => Item::new(op, Sort::Other, op.start as u64),
            },
            O::None => Item::new(op, Sort::Other, 0x5851_f42d),
            _ if op.raw.len() > SHORT_TEXT => Item {
                weight: weight_of_text(op.raw.len()),
                ..Item::new(op, Sort::LongText, op.start as u64)
            },
            _ => Item {
                weight: weight_of_text(op.raw.len()),
                ..Item::new(op, Sort::Text, hash_of_text(op.raw))
            },
        }
    }
}

/// Members of the state of an object that is hashed by a number.
const MOST_MEMBERS: usize = 2 * 8;

/// Marks the table of the first items of what is in a list.
const FIRSTS: u64 = 1 << 63;

fn is_text(sort: Sort) -> bool {
    matches!(sort, Sort::Text | Sort::LongText)
}

fn key_of(item: Item, hash: u64) -> Key {
    let same = if item.sort == Sort::LongText { mixed(&hash) } else { item.same };
    let again = item.from_memo && matches!(item.sort, Sort::Number | Sort::Tuple);
    Key { hash, same, weight: item.weight, object: item.object, again }
}

fn residue_of(item: Item) -> Residue {
    let value = item.hash as i64;
    Residue::new(value < 0, value.unsigned_abs())
}

fn number(op: &Op<'_>, value: i64) -> Item {
    let hash = Residue::of(Integer::Small(value)).hash();
    Item { same: mixed(&value), ..Item::new(op, Sort::Number, hash) }
}

fn long(op: &Op<'_>, integer: Integer<'_>) -> Item {
    let digits = match integer {
        Integer::Digits(digits) => digits.as_bytes(),
        _ => op.raw,
    };
    let (hash, weight) = (Residue::of(integer).hash(), weight_of_number(digits.len()));
    Item { same: mixed(digits), weight, ..Item::new(op, Sort::Number, hash) }
}

fn float(op: &Op<'_>, value: f64) -> Item {
    /// Up to here, what is equal to an integer is hashed by it.
    const WHOLE: f64 = 9.0e18;
    if value.fract() == 0.0 && value.abs() < WHOLE {
        return number(op, value as i64);
    }
    if value.is_finite() {
        let hash = Residue::of_float(value).hash();
        return Item { same: mixed(&value.to_bits()), ..Item::new(op, Sort::Number, hash) };
    }
    Item::new(op, Sort::Other, if value.is_nan() { op.start as u64 } else { value.to_bits() })
}

impl<'a> Domain<'a> for Pass<'a> {
    type Value = Item;
    type Stored = Item;

    fn missing(&mut self, op: &Op<'a>) -> Item {
        Item::new(op, Sort::Other, op.start as u64)
    }
    fn constant(&mut self, op: &Op<'a>) -> Item {
        self.constant_of(op)
    }
    fn collect(&mut self, op: &Op<'a>, collection: Collection, items: &[Item]) -> Item {
        match collection {
            Collection::Tuple => {
                let tuple = self.tuple(op, items);
                self.note_parts(tuple.object, items);
                if items.len() >= SMALL_TABLE {
                    self.look_at_list(op.start as u64, items);
                }
                return tuple;
            }
            Collection::FrozenSet => return self.frozen_set(op, items),
            Collection::List => self.look_at_list(op.start as u64, items),
            Collection::Dict => {
                self.note_number(op.start as u64, items);
                self.look_up(op.start as u64, Kind::Dict, items.iter().copied().step_by(2));
            }
            Collection::Set => {}
        }
        Item::made(op)
    }
    fn extend(&mut self, op: &Op<'a>, target: Item, items: &[Item]) {
        if target.sort != Sort::Made {
            return;
        }
        match op.opcode {
            Opcode::SetItem | Opcode::SetItems => {
                self.note_number(target.hash, items);
                self.look_up(target.hash, Kind::Dict, items.iter().copied().step_by(2));
            }
            Opcode::AddItems => self.look_up(target.hash, Kind::Set, items.iter().copied()),
            _ => {
                self.note_parts(target.object, items);
                self.look_at_list(target.hash, items);
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
            Arguments::Tuple(arguments) => self.called(op, callee, arguments),
            Arguments::TupleAndDict(..) => Item::made(op),
            Arguments::Items(items) => {
                let arguments = self.tuple(op, items);
                self.note_parts(arguments.object, items);
                self.called(op, callee, arguments)
            }
        }
    }
    fn build(&mut self, _op: &Op<'a>, target: Item, state: Item) {
        if let Some(&number) = self.numbers.get(&state.hash).filter(|_| state.sort == Sort::Made) {
            self.numbers.insert(target.hash, number);
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
