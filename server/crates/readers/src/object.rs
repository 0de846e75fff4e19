//! The objects that a reading makes: those of the builtin types, and inert ones for all others.

use std::borrow::Cow;

use num_bigint::BigInt;

use crate::Map;

/// Number of an object in its [`Heap`].
pub type Id = u32;

/// An object of Python.
#[derive(Clone, Debug)]
pub enum Object<'a> {
    /// `None`.
    None,
    /// `True`, `False`.
    Bool(bool),
    /// An `int` of 64 bits.
    Int(i64),
    /// A larger one.
    Big(Box<BigInt>),
    /// A `float`.
    Float(f64),
    /// A `str`, in UTF-8 in which lone surrogates are encoded like other code points.
    Str(Cow<'a, [u8]>),
    /// `bytes`.
    Bytes(Cow<'a, [u8]>),
    /// A `bytearray`.
    ByteArray(Vec<u8>),
    /// A read-only `memoryview` of a `bytearray`.
    View(Id),
    /// A `tuple`.
    Tuple(Box<[Id]>),
    /// A `list`.
    List(Vec<Id>),
    /// A `dict`.
    Dict(Box<Table>),
    /// A `set`.
    Set(Box<Table>),
    /// A `frozenset`.
    FrozenSet(Box<Table>),
    /// A global, by the number of the call of `find_class`.
    Global(u32),
    /// What a call gives: of an inert object with these arguments.
    Called {
        /// The callee.
        callee: Id,
        /// A tuple, or what stands in its place.
        arguments: Id,
    },
    /// A persistent object, by its id.
    Persistent(Id),
}

/// Keys with values, in the order in which they came, no two of them equal. Sets have keys only.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Keys and values.
    pub items: Vec<(Id, Id)>,
    /// Where the keys of an equality class are.
    places: Map<u32, u32>,
}

impl Table {
    /// Puts a key in it, of the class `class`; an equal one that is there stays as it is.
    pub(crate) fn insert(&mut self, class: u32, key: Id, value: Id) {
        let next = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        match self.places.entry(class) {
            std::collections::hash_map::Entry::Occupied(place) => {
                if let Some(item) = self.items.get_mut(*place.get() as usize) {
                    item.1 = value;
                }
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(next);
                self.items.push((key, value));
            }
        }
    }

    /// The equality classes of the keys.
    pub(crate) fn classes(&self) -> impl Iterator<Item = u32> {
        self.places.keys().copied()
    }
}

/// All objects of a reading.
#[derive(Clone, Debug, Default)]
pub struct Heap<'a> {
    objects: Vec<Object<'a>>,
    pub(crate) classes: crate::equality::Classes,
    /// `module.name` of globals, as they are looked up.
    pub(crate) globals: Vec<String>,
}

impl<'a> Heap<'a> {
    /// An object; `None` for a number that is not of this heap.
    #[must_use]
    pub fn get(&self, id: Id) -> &Object<'a> {
        self.objects.get(id as usize).unwrap_or(&Object::None)
    }

    /// Where the global with this number is looked up, `module.name`.
    #[must_use]
    pub fn global(&self, number: u32) -> &str {
        self.globals.get(number as usize).map_or("", String::as_str)
    }

    pub(crate) fn get_mut(&mut self, id: Id) -> Option<&mut Object<'a>> {
        self.objects.get_mut(id as usize)
    }

    /// How many objects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    pub(crate) fn add(&mut self, object: Object<'a>) -> Id {
        // An object takes a byte of input at least; more than 2^32 of them share the last number.
        let id = u32::try_from(self.objects.len()).unwrap_or(u32::MAX);
        self.objects.push(object);
        id
    }

    /// `type(object).__name__`.
    #[must_use]
    pub fn type_name(&self, id: Id) -> &'static str {
        match self.get(id) {
            Object::None => "NoneType",
            Object::Bool(_) => "bool",
            Object::Int(_) | Object::Big(_) => "int",
            Object::Float(_) => "float",
            Object::Str(_) => "str",
            Object::Bytes(_) => "bytes",
            Object::ByteArray(_) => "bytearray",
            Object::View(_) => "memoryview",
            Object::Tuple(_) => "tuple",
            Object::List(_) => "list",
            Object::Dict(_) => "dict",
            Object::Set(_) => "set",
            Object::FrozenSet(_) => "frozenset",
            Object::Global(_) | Object::Called { .. } | Object::Persistent(_) => "type",
        }
    }

    /// Whether it is a global or what a call of one gave: it takes whatever is asked of it.
    #[must_use]
    pub fn is_inert(&self, id: Id) -> bool {
        matches!(self.get(id), Object::Global(_) | Object::Called { .. } | Object::Persistent(_))
    }

    /// `bool(object)`.
    pub(crate) fn is_true(&self, id: Id) -> bool {
        match self.get(id) {
            Object::None => false,
            Object::Bool(value) => *value,
            Object::Int(value) => *value != 0,
            Object::Float(value) => *value != 0.0,
            Object::Str(text) | Object::Bytes(text) => !text.is_empty(),
            Object::ByteArray(bytes) => !bytes.is_empty(),
            Object::View(of) => matches!(self.get(*of), Object::ByteArray(bytes) if !bytes.is_empty()),
            Object::Tuple(items) => !items.is_empty(),
            Object::List(items) => !items.is_empty(),
            Object::Dict(table) | Object::Set(table) | Object::FrozenSet(table) => !table.items.is_empty(),
            Object::Big(_) | Object::Global(_) | Object::Called { .. } | Object::Persistent(_) => true,
        }
    }
}
