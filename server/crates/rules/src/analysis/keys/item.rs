//! Values as the pass over keys has them: no more than what tells how they are hashed and compared.

use std::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;
use pickle_ops::{Integer, Op, Opcode, Operand};

use super::hashes::{self, Residue};
use super::table::Key;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// A text. Its hash is another one in each process; one that nobody has chosen stands for it.
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
pub(super) struct Item {
    pub(super) hash: u64,
    /// The same for what is equal.
    pub(super) same: u32,
    /// Nanoseconds to compare it with its like, or to hash it.
    pub(super) weight: u32,
    /// The same for one object: the low bits of the offset of the op that made it.
    pub(super) object: u32,
    pub(super) sort: Sort,
    pub(super) from_memo: bool,
    /// Whether a call made it, or it is a container.
    pub(super) is_object: bool,
}

/// Bytes of a text that is hashed at once; a longer one is if it is a key.
pub(super) const SHORT_TEXT: usize = 1 << 12;
/// Bytes of a text that are compared in a nanosecond; a number takes one for each.
const TEXT_SPEED: usize = 16;

impl Item {
    /// The hash of None, in the place of an address.
    pub(super) const NONE: u64 = 0x5851_f42d;

    pub(super) fn new(op: &Op<'_>, sort: Sort, hash: u64) -> Self {
        Self {
            hash,
            same: mixed(&hash),
            weight: 1,
            object: op.start as u32,
            sort,
            from_memo: false,
            is_object: sort == Sort::Made,
        }
    }

    pub(super) fn made(op: &Op<'_>) -> Self {
        Self::new(op, Sort::Made, op.start as u64)
    }

    /// Where it was made: of a value that is no container or object, and lies beyond 4 GB, the low bits of that.
    pub(super) fn place(self) -> u64 {
        if self.sort == Sort::Made { self.hash } else { u64::from(self.object) }
    }

    /// What an op makes by itself.
    pub(super) fn of_constant(op: &Op<'_>) -> Self {
        use Opcode as O;
        match op.opcode {
            O::EmptyList | O::EmptyDict | O::EmptySet => Self::made(op),
            O::EmptyTuple => Self::new(op, Sort::Tuple, hashes::tuple(std::iter::empty())),
            O::NewTrue => Self::small(op, 1),
            O::NewFalse => Self::small(op, 0),
            O::BinInt | O::BinInt1 | O::BinInt2 => Self::small(op, op.number()),
            O::Int | O::Long | O::Long1 | O::Long4 | O::Float | O::BinFloat => match op.operand() {
                Ok(Operand::Int(Integer::Small(value))) => Self::small(op, value),
                Ok(Operand::Int(integer)) => Self::long(op, integer),
                Ok(Operand::Bool(value)) => Self::small(op, i64::from(value)),
                Ok(Operand::Float(value)) => Self::float(op, value),
                _ => Self::new(op, Sort::Other, op.start as u64),
            },
            O::None => Self::new(op, Sort::Other, Self::NONE),
            _ => Self::text(op),
        }
    }

    fn text(op: &Op<'_>) -> Self {
        let length = op.raw.len();
        let item = if length > SHORT_TEXT {
            Self::new(op, Sort::LongText, op.start as u64)
        } else {
            Self::new(op, Sort::Text, hash_of_text(op.raw))
        };
        Self { weight: u32::try_from(length / TEXT_SPEED).unwrap_or(u32::MAX), ..item }
    }

    fn small(op: &Op<'_>, value: i64) -> Self {
        let hash = Residue::of(Integer::Small(value)).hash();
        Self { same: mixed(&value), ..Self::new(op, Sort::Number, hash) }
    }

    fn long(op: &Op<'_>, integer: Integer<'_>) -> Self {
        let digits = match integer {
            Integer::Digits(digits) => digits.as_bytes(),
            _ => op.raw,
        };
        let weight = u32::try_from(digits.len()).unwrap_or(u32::MAX);
        Self { same: mixed(digits), weight, ..Self::new(op, Sort::Number, Residue::of(integer).hash()) }
    }

    fn float(op: &Op<'_>, value: f64) -> Self {
        /// Up to here, what is equal to an integer is told from others by it.
        const WHOLE: f64 = 9.0e18;
        if value.fract() == 0.0 && value.abs() < WHOLE {
            return Self::small(op, value as i64);
        }
        if value.is_finite() {
            let hash = Residue::of_float(value).hash();
            return Self { same: mixed(&value.to_bits()), ..Self::new(op, Sort::Number, hash) };
        }
        Self::new(op, Sort::Other, if value.is_nan() { op.start as u64 } else { value.to_bits() })
    }

    /// The number that a text says, which is told from others by the text.
    pub(super) fn as_number(self, hash: u64) -> Self {
        Self { hash, sort: Sort::Number, ..self }
    }

    pub(super) fn is_number(self) -> bool {
        self.sort == Sort::Number
    }

    pub(super) fn is_text(self) -> bool {
        matches!(self.sort, Sort::Text | Sort::LongText)
    }

    /// What it is as a key; `hash` is that of a text that is long, or of an object.
    pub(super) fn key(self, hash: u64) -> Key {
        let same = if self.sort == Sort::LongText { mixed(&hash) } else { self.same };
        let is_hashed = matches!(self.sort, Sort::Number | Sort::Tuple);
        let hashing = if is_hashed { self.weight } else { 0 };
        Key { hash, same, weight: self.weight, object: self.object, hashing, again: self.from_memo }
    }
}

/// A hash that nobody has chosen.
pub(super) fn mixed(value: &(impl Hash + ?Sized)) -> u32 {
    FixedState::default().hash_one(value) as u32
}

pub(super) fn hash_of_text(text: &[u8]) -> u64 {
    FixedState::default().hash_one(text)
}

pub(super) fn hash_of_names(module: u64, name: u64) -> u64 {
    module ^ name.rotate_left(1)
}
