//! What computing functions make of little: texts, lists and numbers that are many times as long as what they are given. How long
//! is worked out from call to call, so that it matters no more in how many steps it is done.

use std::borrow::Cow;

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode, Operand};

use super::numbers::{MOST_REREAD, has_exponent};
use super::{Analysis, EntryId};

mod cost;
mod names;
mod plain;

pub(super) use cost::Spent;
pub(crate) use names::Growth;
pub(super) use names::growth;

/// About how long something is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Extent {
    /// A number: how many bits it has.
    Number(f64),
    /// Something with so many items: bytes, characters, objects.
    Items(f64),
    /// What nothing is known of: a number of any size, or at least so many items.
    Unknown(f64),
}

use Extent::{Items, Number, Unknown};

impl Extent {
    /// How many items it has; a number is one.
    pub(super) fn length(self) -> f64 {
        match self {
            Items(length) | Unknown(length) => length,
            Number(_) => 1.0,
        }
    }

    /// What it comes to as a number that something is counted by: no pickler writes one that is computed, so that of what nothing is
    /// known is taken for any. `None`: it is no number.
    pub(super) fn count(self) -> Option<f64> {
        match self {
            Number(bits) => Some(bits.exp2()),
            Unknown(_) => Some(f64::INFINITY),
            Items(_) => None,
        }
    }

    /// Bits of a number that is computed with; `None`: it is no number.
    fn bits(self) -> Option<f64> {
        match self {
            Number(bits) => Some(bits),
            Unknown(_) => Some(UNKNOWN_BITS),
            Items(_) => None,
        }
    }
}

/// Results that are remembered.
const MOST_RESULTS: usize = 1 << 16;
/// Items of which nothing is remembered.
pub(super) const FEW: f64 = 64.0;
/// Items of a collection that are looked at.
pub(super) const MOST_ITEMS: usize = 1 << 12;
/// Bits of a number that takes longer to compute with than anybody waits.
const MOST_BITS: f64 = (1 << 24) as f64;
/// Items of what takes gigabytes, or minutes to go through.
const MOST_LENGTH: f64 = (1 << 28) as f64;
/// As often as that what a file has may be in what is made of it.
const MOST_COPIES: f64 = 8.0;
/// Bytes and items that are looked at to work out lengths, for each byte of a stream, and besides.
const WORK_FACTOR: usize = 16;
const WORK_FLOOR: usize = 1 << 22;
/// A number or a text that is longer is not read to tell its length.
const LONG: usize = 1 << 10;
/// Bits of a decimal digit.
const DIGIT: f64 = 3.33;
/// Bits of a number that a function gives of which nothing is known: as a float may have.
const UNKNOWN_BITS: f64 = 1024.0;

impl<'a> Analysis<'_, 'a> {
    /// Works out how long what a call makes is; whether that is out of proportion.
    pub(super) fn grows(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        (call, arguments): (Value, Value),
        callee: EntryId,
    ) -> bool {
        let Some(growth) = self.ledger.entry(callee).growth else { return false };
        if !self.looks_again_at(0) {
            return false;
        }
        let own = arena.tuple(arguments).unwrap_or_default();
        let held = self.with_held(arena, op, call, own);
        let items = held.as_deref().unwrap_or(own);
        // Calls that look at the same items over and over take as long here as in a loader: that is told once, and the end of it.
        if !self.looks_again_at(work(arena, growth, items)) {
            return true;
        }
        self.count_plain(arena, call, items);
        let of_plain = self.of_plain(arena, growth, call, items);
        if !self.looks_again_at(0) {
            return true;
        }
        let name = &self.ledger.entry(callee).names.name;
        let made = of_plain.or_else(|| self.result(arena, growth, items, name));
        let takes_long = growth.computes() && self.takes_long(arena, growth, items, callee, made);
        let Some(extent) = made else { return takes_long };
        let is_gone_through = !growth.is_lazy();
        // What only passes on what it is given is mostly short, and there may be many.
        let lengthens = is_gone_through && !matches!(growth, Growth::Collect | Growth::Digits);
        if let Some(at) = arena.origin(call)
            && (lengthens || extent.length() > FEW || !matches!(extent, Items(_)))
        {
            if self.extents.len() < MOST_RESULTS {
                self.extents.insert(at, extent);
            } else if lengthens && growth != Growth::Whole {
                // No pickler writes so many, and what comes of this one would not be known.
                return true;
            }
        }
        let is_told = match extent {
            Number(bits) => bits > MOST_BITS && !growth.is_passed_on(),
            Items(length) | Unknown(length) => {
                let most = MOST_LENGTH.max(self.bytes.len() as f64 * MOST_COPIES);
                is_gone_through
                    && (length > most
                        || (length > FEW
                            && !self.is_made_by_number(arena, callee, items)
                            && self.spent.go_through(length)))
            }
        };
        if is_told || takes_long {
            // What is told is shown with its arguments, which are read for it.
            let shown = items.iter().take(MOST_ITEMS).map(|&item| literal_length(arena, item));
            self.lengths_work = self.lengths_work.saturating_add(shown.sum());
        }
        is_told || takes_long
    }

    /// Whether so much may be looked at again, besides what was before.
    pub(super) fn looks_again_at(&mut self, count: usize) -> bool {
        let most = self.bytes.len().saturating_mul(WORK_FACTOR).saturating_add(WORK_FLOOR);
        self.lengths_work = self.lengths_work.saturating_add(count);
        self.lengths_work <= most
    }

    /// Whether a call makes so many bytes as a number says, which is counted where sizes are.
    fn is_made_by_number(&self, arena: &Arena<'a>, callee: EntryId, items: &[Value]) -> bool {
        let first = items.first().map(|&item| self.extent_of(arena, item));
        self.ledger.entry(callee).size.is_some() && matches!(first, Some(Number(_)))
    }

    /// Whether what a call computes takes too long, by itself or with all that were before.
    fn takes_long(
        &mut self,
        arena: &Arena<'a>,
        growth: Growth,
        items: &[Value],
        callee: EntryId,
        made: Option<Extent>,
    ) -> bool {
        let extents: Vec<Extent> =
            items.iter().take(MOST_ITEMS).map(|&item| self.extent_of(arena, item)).collect();
        let name = self.ledger.entry(callee).names.name.as_ref();
        let steps = cost::steps(growth, name, &extents, made.unwrap_or(Unknown(1.0)));
        self.spent.compute(steps)
    }

    fn result(&self, arena: &Arena<'a>, growth: Growth, items: &[Value], name: &str) -> Option<Extent> {
        let of = |number: usize| items.get(number).map(|&value| self.extent_of(arena, value));
        let length = Extent::length;
        let (first, second) = (of(0)?, of(1));
        Some(match (growth, first, second) {
            (
                Growth::Add
                | Growth::Multiply
                | Growth::Power
                | Growth::Divide
                | Growth::Shift
                | Growth::Factorial
                | Growth::Root
                | Growth::Same,
                ..,
            ) => self.computed(growth, first, second, of(2))?,
            (Growth::Format, Number(_), Some(Number(_) | Unknown(_))) => {
                self.computed(Growth::Divide, first, second, None)?
            }
            (Growth::Format, Number(_), _) => return None,
            (Growth::Format, format, _) => {
                let made = self.formatted(arena, items, length(format))?;
                if matches!(format, Unknown(_)) { Unknown(made) } else { Items(made) }
            }
            (Growth::Join, between, _) => {
                let all = *items.get(1)?;
                let count = length(self.extent_of(arena, all));
                Items(self.total(arena, all, None) + count * length(between))
            }
            (Growth::Replace, text, _) => Items(length(text) * (1.0 + length(of(2)?))),
            (Growth::Translate, text, table) => {
                let table = match table? {
                    // What `str.maketrans` was given.
                    extent @ Items(_) if arena.call_of(items[1]).is_some() => length(extent),
                    Unknown(_) => f64::INFINITY,
                    _ => self.longest(arena, &items[1..2]),
                };
                Items(length(text) * table.max(1.0))
            }
            (Growth::Table, ..) => Items(self.longest(arena, items)),
            (Growth::Width, text, Some(width)) => Items(length(text) + width.count()?),
            // `format(Decimal('1E+999999999'), 'f')` writes all zeros.
            (Growth::Digits, ..) if name == "format" && has_exponent(arena, items[0]) => Items(f64::INFINITY),
            (Growth::Digits, Number(bits), _) => Items(bits / DIGIT),
            (Growth::Digits, text, _) => Items(length(text)),
            (Growth::Whole, ..) => whole(arena, items[0], first),
            (Growth::Length, ..) => self.length_as_number(arena, items[0], first),
            (Growth::Pick, ..) => self.picked(arena, items, name),
            (Growth::Product, ..) => self.product(arena, items[0]),
            (Growth::Range, ..) => {
                let most = items.iter().take(3).filter_map(|&item| self.extent_of(arena, item).count());
                Items(most.fold(0.0, f64::max))
            }
            (Growth::Sparse, ..) => Items(first.count()?),
            (Growth::Frame, _, Some(index)) => {
                Items(length(index) * of(2).filter(|_| name == "DataFrame").map_or(1.0, length))
            }
            // `bytes(9)` is as long as the number says.
            (Growth::Collect, number, None) if name.starts_with("byte") => {
                Items(number.count().unwrap_or(length(number)))
            }
            (Growth::Collect, one, Some(other)) => Items(length(one).max(length(other))),
            (Growth::Collect | Growth::Lazy, one, _) => Items(length(one)),
            (Growth::Chain, ..) => Items(self.lengths(arena, items).sum()),
            (Growth::Hoard, ..) => Items(self.lengths(arena, items).fold(0.0, f64::max)),
            (Growth::Zip, ..) => Items(self.lengths(arena, items).fold(f64::INFINITY, f64::min)),
            _ => return None,
        })
    }

    /// What an operator makes of up to three operands.
    fn computed(
        &self,
        growth: Growth,
        first: Extent,
        second: Option<Extent>,
        third: Option<Extent>,
    ) -> Option<Extent> {
        Some(match (growth, first, second) {
            (Growth::Add, Number(one), Some(Number(other))) => Number(one.max(other) + 1.0),
            (Growth::Add, one, Some(other)) => {
                let length = one.length() + other.length();
                let is_items = matches!(one, Items(_)) || matches!(other, Items(_));
                if is_items { Items(length) } else { Unknown(length) }
            }
            (Growth::Multiply, Number(one), Some(Number(other))) => Number(one + other),
            (Growth::Multiply, Items(items), Some(count)) | (Growth::Multiply, count, Some(Items(items))) => {
                Items(items * count.count()?)
            }
            (Growth::Multiply, Unknown(items), Some(Number(bits)))
            | (Growth::Multiply, Number(bits), Some(Unknown(items))) => Unknown(items * bits.exp2()),
            (Growth::Multiply, one, Some(other)) => Unknown(one.length().max(other.length())),
            // With three arguments it gives a remainder.
            (Growth::Power, _, Some(_)) if third.is_some() => third?,
            (Growth::Power, base, Some(power)) => Number(base.bits()? * power.count()?),
            (Growth::Divide, Number(one), Some(Number(_) | Unknown(_))) => Number(one),
            (Growth::Divide, Unknown(_), Some(_)) => Unknown(1.0),
            (Growth::Shift, number, Some(by)) => Number(number.bits()? + by.count()?),
            (Growth::Factorial, number, _) => Number(number.count()? * number.bits()?),
            (Growth::Root, Number(bits), _) => Number(bits / 2.0),
            (Growth::Root, ..) | (Growth::Same, Items(_), _) => Unknown(1.0),
            (Growth::Same, number, _) => number,
            _ => return None,
        })
    }

    /// How long a text is that a format of that length makes.
    fn formatted(&self, arena: &Arena<'a>, items: &[Value], format: f64) -> Option<f64> {
        let text = words(arena, items[0]);
        let (width, places) =
            text.as_deref().map_or((0.0, format), |text| (largest_number(text), places(text)));
        let widths = match text {
            // Whether it takes widths is not known: a number that is not known either may be none.
            None => Some(0.0),
            Some(text) => text.contains('*').then_some(f64::INFINITY),
        };
        Some(format + width + self.total(arena, *items.get(1)?, widths) * places)
    }

    /// How long each of the arguments is.
    fn lengths(&self, arena: &Arena<'a>, items: &[Value]) -> impl Iterator<Item = f64> {
        items.iter().take(MOST_ITEMS).map(|&item| self.extent_of(arena, item).length())
    }

    /// How long a value is, as far as that is known.
    pub(super) fn extent_of(&self, arena: &Arena<'a>, value: Value) -> Extent {
        match arena.shape(value) {
            Made::Literal(op) if op.end - op.start > LONG => {
                let len = (op.end - op.start) as f64;
                match op.opcode {
                    Opcode::Long1 | Opcode::Long4 => Number(len * 8.0),
                    Opcode::Int | Opcode::Long | Opcode::Float => Number(len * DIGIT),
                    _ => Items(len),
                }
            }
            Made::Literal(op) => match op.operand() {
                Ok(Operand::Int(number)) => {
                    let small = number.to_i64().map(|number| (number.unsigned_abs() as f64 + 1.0).log2());
                    Number(small.unwrap_or((op.end - op.start) as f64 * 8.0))
                }
                Ok(Operand::Bool(_)) => Number(1.0),
                Ok(Operand::Float(number)) => Number((number.abs() + 1.0).log2()),
                _ => Items((op.end - op.start) as f64),
            },
            Made::Tuple(items) => Items(items.len() as f64),
            Made::Container(_, None) => {
                let count = arena.origin(value).and_then(|at| self.plain_lengths.get(&at));
                Items(count.copied().unwrap_or(1.0))
            }
            Made::Container(_, Some(contents)) => {
                Items((contents.items.len() + contents.pairs.len() / 2) as f64 + contents.dropped as f64)
            }
            Made::Call { .. } => {
                let known = arena.origin(value).and_then(|at| self.extents.get(&at));
                known.copied().unwrap_or_else(|| self.extent_of_call(arena, value))
            }
            _ => Items(1.0),
        }
    }

    /// How long all items of a collection are together, and itself if it is none; with `widths`, numbers count as widths, and what
    /// nothing is known of as that.
    fn total(&self, arena: &Arena<'a>, value: Value, widths: Option<f64>) -> f64 {
        let items = match arena.shape(value) {
            Made::Tuple(items) => items,
            Made::Container(_, Some(contents)) => contents.items.as_slice(),
            _ => std::slice::from_ref(&value),
        };
        let all = items.iter().take(MOST_ITEMS).map(|&item| match (self.extent_of(arena, item), widths) {
            (Number(bits), Some(_)) => bits.exp2(),
            (Unknown(length), Some(unknown)) => length.max(unknown),
            (extent, _) => extent.length(),
        });
        all.sum()
    }
}

/// A whole number made of a text, or of bytes or a number of that extent.
fn whole(arena: &Arena<'_>, value: Value, extent: Extent) -> Extent {
    match (arena.text(value), extent) {
        (Some(text), _) => {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            Number(number.map_or(text.len() as f64 * DIGIT, |number| (number.abs() + 1.0).log2()))
        }
        // How long a text is that a call gives is known only where it is long.
        (None, Items(length)) if arena.call_of(value).is_some() && length <= FEW => Unknown(1.0),
        (None, Items(length)) => Number(length * 8.0),
        (None, number) => number,
    }
}

/// How many bytes and items are looked at to work out what a call makes of its arguments.
fn work(arena: &Arena<'_>, growth: Growth, items: &[Value]) -> usize {
    let reads_text = matches!(growth, Growth::Format | Growth::Whole | Growth::Digits);
    let reads_again = matches!(growth, Growth::Pick | Growth::Table | Growth::Translate);
    let each = items.iter().take(2).map(|&item| match arena.shape(item) {
        Made::Literal(_) if reads_text => literal_length(arena, item),
        // Of a number by its text.
        Made::Call { arguments, .. } if reads_text => match arena.tuple(arguments) {
            Some(&[text, ..]) => literal_length(arena, text),
            _ => 0,
        },
        Made::Tuple(items) => items.len().min(MOST_ITEMS),
        Made::Container(_, Some(contents)) => contents.items.len().min(MOST_ITEMS),
        Made::Container(_, None) if reads_again => MOST_REREAD,
        _ => 0,
    });
    items.len().min(MOST_ITEMS) + each.sum::<usize>()
}

/// Bytes of a constant with its opcode; 0 for what is none.
fn literal_length(arena: &Arena<'_>, value: Value) -> usize {
    match arena.shape(value) {
        Made::Literal(op) => op.end - op.start,
        _ => 0,
    }
}

/// The text or the bytes that a constant is.
fn words<'s>(arena: &'s Arena<'_>, value: Value) -> Option<Cow<'s, str>> {
    match arena.shape(value) {
        Made::Literal(op) => match op.operand() {
            Ok(Operand::Bytes(bytes)) => Some(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())),
            _ => arena.text(value),
        },
        _ => None,
    }
}

/// The largest number in a text.
fn largest_number(text: &str) -> f64 {
    let numbers = text.split(|character: char| !character.is_ascii_digit());
    numbers.filter_map(|number| number.parse().ok()).fold(0.0, f64::max)
}

/// How often a format takes an argument, at most; counted as no less than once.
fn places(text: &str) -> f64 {
    (text.bytes().filter(|&byte| byte == b'%').count() as f64).max(1.0)
}
