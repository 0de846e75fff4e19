//! Which objects are equal, as keys of dicts and items of sets: a number for each class of equal objects.
//!
//! The class of a tuple follows from those of its items, so that neither hashing nor comparing goes down into the same
//! items twice. (CPython does both by recursion: see PD227.)

use crate::Map;
use crate::exception::{Done, Raised};
use crate::object::{Heap, Id, Object};

/// What decides whether objects are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    None,
    /// An integer, also where it is a bool or a float.
    Small(i64),
    /// One that does not fit, in hexadecimal.
    Number(String),
    /// Any other float, by its bits.
    Float(u64),
    Str(Box<[u8]>),
    Bytes(Box<[u8]>),
    Tuple(Box<[u32]>),
    FrozenSet(Box<[u32]>),
    /// What is equal to itself only.
    Same(Id),
}

/// The classes found so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Classes {
    known: Map<Key, u32>,
    of_objects: Map<Id, u32>,
}

impl Classes {
    fn of(&mut self, id: Id, key: Key) -> u32 {
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        let class = *self.known.entry(key).or_insert(next);
        self.of_objects.insert(id, class);
        class
    }
}

impl Heap<'_> {
    /// The class of an object.
    ///
    /// # Errors
    /// `TypeError: unhashable type: …`.
    pub(crate) fn class(&mut self, id: Id) -> Done<u32> {
        if let Some(&class) = self.classes.of_objects.get(&id) {
            return Ok(class);
        }
        // Items before the tuple that they are in, the first of them first.
        let mut pending = vec![id];
        let mut class = 0;
        while let Some(&id) = pending.last() {
            if let Some(&known) = self.classes.of_objects.get(&id) {
                class = known;
                pending.pop();
                continue;
            }
            let height = pending.len();
            if let Object::Tuple(items) = self.get(id) {
                let unknown = |item: &&Id| !self.classes.of_objects.contains_key(item);
                pending.extend(items.iter().rev().filter(unknown));
            }
            if pending.len() == height {
                let key = self.key(id)?;
                class = self.classes.of(id, key);
                pending.pop();
            }
        }
        Ok(class)
    }

    fn key(&self, id: Id) -> Done<Key> {
        Ok(match self.get(id) {
            Object::None => Key::None,
            Object::Bool(value) => Key::Small(i64::from(*value)),
            Object::Int(value) => Key::Small(*value),
            Object::Big(value) => Key::Number(value.to_str_radix(16)),
            Object::Float(value) => float_key(id, *value),
            Object::Str(text) => Key::Str(text.as_ref().into()),
            Object::Bytes(bytes) => Key::Bytes(bytes.as_ref().into()),
            Object::Tuple(items) => Key::Tuple(items.iter().map(|item| self.known_class(*item)).collect()),
            Object::FrozenSet(table) => {
                let mut classes: Vec<u32> = table.classes().collect();
                classes.sort_unstable();
                Key::FrozenSet(classes.into())
            }
            Object::Global(_) | Object::Called { .. } | Object::Persistent(_) => Key::Same(id),
            // The hash of a view is that of its object.
            Object::View(_) => return Err(Raised::of_type("unhashable type: 'bytearray'")),
            Object::ByteArray(_) | Object::List(_) | Object::Dict(_) | Object::Set(_) => {
                return Err(Raised::of_type(format!("unhashable type: '{}'", self.type_name(id))));
            }
        })
    }

    fn known_class(&self, id: Id) -> u32 {
        self.classes.of_objects.get(&id).copied().unwrap_or(u32::MAX)
    }
}

/// A float that is a whole number equals that number.
fn float_key(id: Id, value: f64) -> Key {
    if value.is_nan() {
        Key::Same(id)
    } else if value.fract() != 0.0 || value.is_infinite() {
        Key::Float(value.to_bits())
    } else if value.abs() < 9.2e18 {
        Key::Small(value as i64)
    } else {
        whole(value)
    }
}

/// The integer that a float of 2^53 and more is.
fn whole(value: f64) -> Key {
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as u32 - 1075;
    let mantissa = num_bigint::BigInt::from(bits & ((1 << 52) - 1) | 1 << 52) << exponent;
    let number = if value < 0.0 { -mantissa } else { mantissa };
    match i64::try_from(&number) {
        Ok(small) => Key::Small(small),
        Err(_) => Key::Number(number.to_str_radix(16)),
    }
}
