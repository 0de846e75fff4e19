//! What is made of values, as a key: tuples, frozensets, and what calls give. What is made of numbers is hashed as they are: which
//! class it is matters only where it has a way of its own.

use std::sync::LazyLock;

use pickle_ops::{Integer, Op, Operand, Reader};
use rustc_hash::FxHashMap;

use super::Pass;
use super::hashes::{self, Residue};
use super::item::{Item, SHORT_TEXT, Sort, hash_of_names, hash_of_text, mixed};
use super::table::{Key, Kind, Table};
use crate::policy::{Hashing, hashings};

/// Items of a tuple or list that are remembered.
const MOST: usize = 4;
/// Items of a list of which a tuple or frozenset is thought to be made.
const MOST_LISTED: usize = 1 << 10;
/// Keys and values of a state by whose number an object is thought to be hashed.
const MOST_MEMBERS: usize = 2 * 8;
/// The member by which `uuid.UUID` is hashed; of others, it is the first that is a number.
const MEMBER: &[u8] = b"int";
/// Bytes of an integer that is read as such.
const MOST_DIGITS: usize = 64;
/// Weight from which on a part of a tuple makes the tuple as dear as itself.
const HEAVY: u32 = 64;

/// The items of a short tuple or list, and how many there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    items: [Option<Item>; MOST],
    count: usize,
}

impl Parts {
    pub(super) fn of(items: &[Item]) -> Self {
        let mut parts = Self { items: [None; MOST], count: items.len() };
        for (part, item) in parts.items.iter_mut().zip(items) {
            *part = Some(*item);
        }
        parts
    }

    pub(super) fn first(&self) -> Option<Item> {
        self.items[0].filter(|_| self.count > 1)
    }

    fn numbers(&self) -> impl Iterator<Item = Item> {
        self.items.into_iter().flatten().filter(|item| item.is_number())
    }
}

/// What a tuple and a frozenset of the items of a list are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    tuple: Item,
    set: Item,
}

impl Pass<'_> {
    pub(super) fn tuple(&mut self, op: &Op<'_>, items: &[Item]) -> Item {
        let keys: Vec<Key> = items.iter().map(|&item| self.key(item)).collect();
        let mut weight = 4 * items.len() as u64;
        let mut from_memo = false;
        for (item, key) in items.iter().zip(&keys) {
            weight += u64::from(key.weight);
            from_memo |= item.from_memo && key.weight >= HEAVY && !item.is_text();
        }
        Item {
            same: mixed(&keys.iter().map(|key| key.same).collect::<Vec<_>>()),
            weight: u32::try_from(weight).unwrap_or(u32::MAX),
            from_memo,
            ..Item::new(op, Sort::Tuple, hashes::tuple(keys.iter().map(|key| key.hash)))
        }
    }

    pub(super) fn frozen_set(&mut self, op: &Op<'_>, items: &[Item]) -> Item {
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

    /// Items of a list, of which a call may make something that is hashed.
    pub(super) fn note_list(&mut self, op: &Op<'_>, at: u64, items: &[Item]) {
        self.parts.entry(at as u32).or_insert_with(|| Parts::of(items));
        if items.len() <= MOST_LISTED && !self.lists.contains_key(&at) {
            let listed = Listed { tuple: self.tuple(op, items), set: self.frozen_set(op, items) };
            self.lists.insert(at, listed);
        }
    }

    /// Notes a number that is a value of a dict: of one that is a state, what the object is hashed by, mostly.
    pub(super) fn note_number(&mut self, at: u64, pairs: &[Item]) {
        static HASH: LazyLock<u64> = LazyLock::new(|| hash_of_text(MEMBER));
        if pairs.len() > MOST_MEMBERS {
            return;
        }
        let numbers = || pairs.chunks_exact(2).filter(|pair| pair[1].is_number());
        let named = numbers().find(|pair| pair[0].sort == Sort::Text && pair[0].hash == *HASH);
        if let Some(pair) = named {
            self.numbers.insert(at, pair[1]);
        } else if let Some(pair) = numbers().next() {
            self.numbers.entry(at).or_insert(pair[1]);
        }
    }

    /// What a call gives.
    pub(super) fn called(&self, op: &Op<'_>, callee: Item, arguments: Item, parts: Parts) -> Item {
        let own = |item: Item| Item { object: op.start as u32, from_memo: false, is_object: true, ..item };
        if let Some(item) = self.by_the_way_of(callee, arguments, parts) {
            return own(item);
        }
        let first = parts.items[0];
        let others = parts.count - parts.numbers().count();
        let number = match (parts.count, first) {
            (1, Some(one)) => match one.sort {
                Sort::Number | Sort::Tuple | Sort::FrozenSet => Some(one),
                Sort::Made => self.lists.get(&one.hash).map(|listed| listed.tuple),
                _ => self.number_in(one, 10),
            },
            // `int('1f', 16)`.
            (2, Some(one)) if one.sort == Sort::Text && others == 1 => {
                let radix = parts.numbers().next().and_then(|radix| u32::try_from(radix.hash).ok());
                self.number_in(one, radix.filter(|radix| (2..=36).contains(radix)).unwrap_or(10))
            }
            _ if parts.count > MOST => None,
            (2.., _) if others == 0 => Some(arguments.as_number(arguments.hash)),
            (2.., _) if others + 1 == parts.count => parts.numbers().next(),
            (2.., _) => parts.items.into_iter().flatten().find_map(|item| self.number_in(item, 10)),
            _ => None,
        };
        number.map_or_else(|| Item::made(op), own)
    }

    /// What a call of a class gives that hashes its objects in a way of its own.
    fn by_the_way_of(&self, class: Item, arguments: Item, parts: Parts) -> Option<Item> {
        static WAYS: LazyLock<FxHashMap<u64, Hashing>> = LazyLock::new(|| {
            let hash = |text: &str| hash_of_text(text.as_bytes());
            hashings().map(|(module, name, way)| (hash_of_names(hash(module), hash(name)), way)).collect()
        });
        let way = *WAYS.get(&class.hash).filter(|_| class.sort == Sort::Global)?;
        let [one, other, step, _] = parts.items;
        let hash = match (way, one?, other) {
            (Hashing::Complex, one, Some(other)) => hashes::complex(one.hash, other.hash),
            (Hashing::Ratio, one, Some(other)) => residue_of(one).over(residue_of(other)).hash(),
            (Hashing::Range, one, other) => self.hash_of_range(one, other, step)?,
            (Hashing::FrozenSet, one, None) if one.sort == Sort::Made => {
                return Some(self.lists.get(&one.hash)?.set);
            }
            _ => return None,
        };
        Some(arguments.as_number(hash))
    }

    /// That of a `range`: of how many numbers there are, the first, and the step (`range_hash`).
    fn hash_of_range(&self, one: Item, other: Option<Item>, step: Option<Item>) -> Option<u64> {
        let (start, stop) = match other {
            Some(other) => (self.value_of(one)?, self.value_of(other)?),
            None => (0, self.value_of(one)?),
        };
        let step = step.map_or(Some(1), |step| self.value_of(step)).filter(|&step| step != 0)?;
        let count = stop.checked_sub(start)?.checked_add(step - step.signum())?.checked_div(step)?.max(0);
        let none = Item::NONE;
        let hash = |value: i128| Residue::of(Integer::Binary(&value.to_le_bytes())).hash();
        let items = match count {
            0 => [hash(0), none, none],
            1 => [hash(1), hash(start), none],
            _ => [hash(count), hash(start), hash(step)],
        };
        Some(hashes::tuple(items.into_iter()))
    }

    /// The op that made a value, if its operand is no longer than that: values may be asked for again and again.
    fn short_op(&self, item: Item, most: usize) -> Option<Op<'_>> {
        let op = Reader::new(self.bytes, item.object as usize).next_op().ok()?;
        (op.raw.len() <= most).then_some(op)
    }

    /// The integer that an op says, up to 128 bits.
    fn value_of(&self, item: Item) -> Option<i128> {
        let op = self.short_op(item, MOST_DIGITS)?;
        match op.operand().ok()? {
            Operand::Int(Integer::Small(value)) => Some(i128::from(value)),
            Operand::Int(Integer::Digits(text)) => text.parse().ok(),
            Operand::Int(Integer::Binary(raw)) if raw.len() <= 16 => {
                let filler = if raw.last()? & 0x80 == 0 { 0 } else { 0xff };
                let mut bytes = [filler; 16];
                bytes.get_mut(..raw.len())?.copy_from_slice(raw);
                Some(i128::from_le_bytes(bytes))
            }
            _ => None,
        }
    }

    /// The number that a text says in digits; that bytes are, lowest first.
    pub(super) fn number_in(&self, item: Item, radix: u32) -> Option<Item> {
        if item.sort != Sort::Text {
            return None;
        }
        let op = self.short_op(item, SHORT_TEXT)?;
        let residue = match op.operand().ok()? {
            Operand::Text(text) => Residue::of_text(&text.to_str()?, radix)?,
            Operand::ByteString(text) => {
                Residue::of_text(std::str::from_utf8(&text.bytes().ok()?).ok()?, radix)?
            }
            Operand::Bytes(raw) => Residue::of(Integer::from_binary(raw)),
            _ => return None,
        };
        Some(item.as_number(residue.hash()))
    }
}

fn residue_of(item: Item) -> Residue {
    let value = item.hash as i64;
    Residue::new(value < 0, value.unsigned_abs())
}
