//! Numbers that functions give: how large they are, as far as that can be told of what they are given. No pickler writes a number that is
//! computed, so that one of which nothing is known is taken for any where something is as long, or takes as long, as it says.

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Opcode, Operand};

use super::growth::{Extent, FEW, Growth, MOST_ITEMS};
use super::iteration::has_huge_exponent;
use super::{Analysis, Entry};
use crate::policy::{Shape, Verdict};

use Extent::{Items, Number, Unknown};

/// Bits of a number that is too small to matter as a count.
const SMALL_BITS: f64 = 16.0;
/// Bits of an item that is not seen.
const UNKNOWN_ITEM: f64 = 64.0;
/// Ops that are read again to tell what is in a container.
pub(super) const MOST_REREAD: usize = 1 << 9;
/// An exponent of a decimal number from which on it is too long as a whole number.
const HUGE_EXPONENT: u64 = 99_999;

impl<'a> Analysis<'_, 'a> {
    /// How long what a call gives is that is not among the results which are remembered.
    pub(super) fn extent_of_call(&self, arena: &Arena<'a>, call: Value) -> Extent {
        let known =
            arena.call_of(call).and_then(|(called, given)| Some((self.known_at(arena, called)?, given)));
        let Some((id, arguments)) = known else { return Unknown(1.0) };
        let entry = self.ledger.entry(id);
        // What is harmful, or may be, is told itself.
        if matches!(entry.verdict, Verdict::Unlisted | Verdict::Denied(_)) {
            return Items(1.0);
        }
        let items = arena.tuple(arguments).unwrap_or_default();
        let name = entry.names.name.as_ref();
        match (entry.names.module.split('.').next().unwrap_or_default(), items) {
            ("numpy", &[dtype, bytes]) if name == "scalar" => scalar(arena, dtype, bytes),
            ("numpy", &[value]) if is_type_of_numbers(name) => match self.literal(arena, value) {
                Some(number @ Number(_)) => number,
                _ => Unknown(1.0),
            },
            ("pandas", _) if name == "SparseArray" => self.sparse_array(arena, call, items),
            _ if entry.growth == Some(Growth::Exact) => Unknown(1.0),
            // Of few items nothing is remembered, nor of what fails.
            _ if entry.growth.is_some() || gives_data(entry) => Items(1.0),
            _ => Unknown(1.0),
        }
    }

    /// The extent of a constant.
    fn literal(&self, arena: &Arena<'a>, value: Value) -> Option<Extent> {
        matches!(arena.shape(value), Made::Literal(_)).then(|| self.extent_of(arena, value))
    }

    /// A sparse array: as long as the index in its arguments or its state.
    fn sparse_array(&self, arena: &Arena<'a>, call: Value, items: &[Value]) -> Extent {
        let state = arena.contents_of_call(call).and_then(|contents| contents.state);
        let in_state = match state.map(|state| arena.shape(state)) {
            Some(Made::Container(_, Some(contents))) => contents.pairs.as_slice(),
            _ => &[],
        };
        let all = items.iter().chain(in_state).take(MOST_ITEMS);
        Items(all.map(|&part| self.extent_of(arena, part).length()).fold(1.0, f64::max))
    }

    /// How long something is, as a number.
    pub(super) fn length_as_number(&self, arena: &Arena<'a>, value: Value, extent: Extent) -> Extent {
        match (arena.shape(value), extent) {
            // What is in plain data is not kept: not more than there are bytes in the file.
            (Made::Container(_, None), _) => Number((self.bytes.len() as f64).log2()),
            (Made::Call { .. }, Unknown(_)) => Unknown(1.0),
            (_, extent) => Number((extent.length() + 1.0).log2()),
        }
    }

    /// An item of some values, or of what is in them; of `sum`, all together.
    pub(super) fn picked(&self, arena: &Arena<'a>, values: &[Value], name: &str) -> Extent {
        let whole = values.iter().take(MOST_ITEMS).map(|&value| self.extent_of(arena, value).length());
        let longest = whole.fold(1.0, f64::max);
        // They go through what they are given.
        if ["max", "min", "sum"].contains(&name) && longest > MOST_ITEMS as f64 * FEW {
            return Items(longest);
        }
        let (mut bits, mut length, mut count, mut is_known) = (0.0_f64, 0.0_f64, 0.0, true);
        let mut add = |extent: Extent| {
            count += 1.0;
            match extent {
                Number(one) => bits = bits.max(one),
                Items(one) => length = length.max(one),
                Unknown(one) => (length, is_known) = (length.max(one), false),
            }
        };
        for &value in values.iter().take(MOST_ITEMS) {
            // Plain data are not kept: they are read again. Of what is longer nothing is known.
            let again = match arena.shape(value) {
                Made::Container(_, None) => arena.reread_all(value, MOST_REREAD),
                _ => None,
            };
            match again {
                Some((again, value, _)) => self.parts(&again, value, &mut add),
                None => self.parts(arena, value, &mut add),
            }
        }
        let sum = if name == "sum" { f64::log2(count + 1.0) } else { 0.0 };
        match (is_known, length > 0.0) {
            (true, false) => Number(bits + sum),
            (true, true) if bits <= SMALL_BITS => Items(length),
            _ => Unknown(length.max(1.0)),
        }
    }

    /// All items of a collection multiplied: as long as all together.
    pub(super) fn product(&self, arena: &Arena<'a>, items: Value) -> Extent {
        let mut bits = 0.0;
        match arena.shape(items) {
            // What is in plain data is not kept: not more than is in the file.
            Made::Container(_, None) => bits = self.bytes.len() as f64 * 8.0,
            Made::Call { .. } => match self.extent_of(arena, items) {
                Items(count) => bits = count * UNKNOWN_ITEM,
                _ => return Unknown(1.0),
            },
            _ => self.parts(arena, items, &mut |extent| match extent {
                Number(one) => bits += one,
                Items(_) => {}
                Unknown(_) => bits += UNKNOWN_ITEM,
            }),
        }
        Number(bits)
    }

    /// The extents of what is in a collection, or of a value that is none.
    fn parts(&self, arena: &Arena<'a>, value: Value, add: &mut impl FnMut(Extent)) {
        match (arena.shape(value), self.extent_of(arena, value)) {
            (Made::Tuple(items), _) => {
                items.iter().take(MOST_ITEMS).for_each(|&item| add(self.part(arena, item)));
            }
            (Made::Container(_, Some(contents)), _) if contents.dropped == 0 => {
                let all = contents.items.iter().chain(&contents.pairs);
                all.take(MOST_ITEMS).for_each(|&item| add(self.part(arena, item)));
            }
            (Made::Literal(_), extent) | (Made::Call { .. }, extent @ Number(_)) => add(extent),
            (_, extent) => add(Unknown(extent.length())),
        }
    }

    /// The extent of an item of a collection: what comes out of the memo may be anything.
    fn part(&self, arena: &Arena<'a>, item: Value) -> Extent {
        match arena.shape(item) {
            Made::Literal(_) | Made::Tuple(_) | Made::Container(..) | Made::Call { .. } => {
                self.extent_of(arena, item)
            }
            _ => Unknown(1.0),
        }
    }

    /// The longest text that is in dicts, or in the values themselves.
    pub(super) fn longest(&self, arena: &Arena<'a>, values: &[Value]) -> f64 {
        let each = values.iter().take(MOST_ITEMS).map(|&value| match arena.shape(value) {
            Made::Container(_, Some(_)) => self.longest_value(arena, value),
            Made::Container(_, None) => match arena.reread_all(value, MOST_REREAD) {
                Some((again, dict, _)) => self.longest_value(&again, dict),
                // As long as all of the file.
                None => self.bytes.len() as f64,
            },
            // Of two texts each character stands for one.
            Made::Literal(_) => 1.0,
            _ => self.extent_of(arena, value).length(),
        });
        each.fold(1.0, f64::max)
    }

    fn longest_value(&self, arena: &Arena<'a>, dict: Value) -> f64 {
        let Made::Container(_, Some(contents)) = arena.shape(dict) else { return 1.0 };
        let all = contents.pairs.iter().chain(&contents.items).take(MOST_ITEMS);
        all.map(|&value| self.part(arena, value).length()).fold(1.0, f64::max)
    }
}

/// Whether a function or class gives text, bytes or what is no number.
fn gives_data(entry: &Entry<'_>) -> bool {
    let (module, name) = (entry.names.module.as_ref(), entry.names.name.as_ref());
    let name = name.trim_end_matches(".__new__");
    let is_method = ["bytes", "str"]
        .iter()
        .any(|class| name.strip_prefix(class).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
    entry.gives_text
        || entry.verdict == Verdict::AllowedAs(Shape::Encode)
        || (module == "builtins"
            && (is_method || ["bytearray", "filter", "map", "memoryview"].contains(&name)))
        || module == "itertools"
        || (["base64", "binascii"].contains(&module) && !name.contains("crc"))
}

/// Whether a class of numpy is one of numbers.
pub(super) fn is_type_of_numbers(name: &str) -> bool {
    let name = name.trim_end_matches(|one: char| one.is_ascii_digit() || one == '_');
    ["int", "uint", "float", "byte", "ubyte", "short", "ushort", "intc", "uintc", "intp", "uintp", "long"]
        .contains(&name)
        || ["ulong", "longlong", "ulonglong", "half", "single", "double", "longdouble"].contains(&name)
}

/// A number of numpy, of its type and its bytes.
fn scalar(arena: &Arena<'_>, dtype: Value, bytes: Value) -> Extent {
    let code = arena.call_of(dtype).and_then(|(_, given)| arena.text(*arena.tuple(given)?.first()?));
    let Made::Literal(op) = arena.shape(bytes) else { return Unknown(1.0) };
    let (Some(code), Ok(Operand::Bytes(bytes))) = (code, op.operand()) else { return Unknown(1.0) };
    let code = code.trim_start_matches(['<', '>', '=', '|']);
    match (code.chars().next(), <[u8; 8]>::try_from(bytes)) {
        (Some('f'), Ok(bytes)) => {
            // Which end comes first is in the state: the larger of both.
            let both = [f64::from_le_bytes(bytes), f64::from_be_bytes(bytes)];
            Number(both.iter().map(|number| (number.abs() + 1.0).log2()).fold(0.0, f64::max))
        }
        (Some('i' | 'u'), Ok(bytes)) => {
            let number = i64::from_le_bytes(bytes).unsigned_abs();
            Number((number as f64 + 1.0).log2())
        }
        (Some('i' | 'u' | 'b'), _) if bytes.len() < 8 => Number(bytes.len() as f64 * 8.0),
        (Some('S' | 'U' | 'V' | 'M' | 'm' | 'O' | 'c'), _) => Items(bytes.len() as f64),
        _ => Unknown(1.0),
    }
}

/// Whether a value is a call that makes a number with a huge exponent: of a text, of a sign, digits and an exponent, or of what is
/// computed.
pub(super) fn has_exponent(arena: &Arena<'_>, value: Value) -> bool {
    let arguments = arena.call_of(value).and_then(|(_, arguments)| arena.tuple(arguments));
    let Some(&first) = arguments.and_then(<[Value]>::first) else { return false };
    has_exponent_in_parts(arena, first) || arena.text(first).is_some_and(|text| has_huge_exponent(&text))
}

/// Whether a value is a sign, digits and a huge exponent: `Decimal((0, (1,), 999999999))`.
pub(super) fn has_exponent_in_parts(arena: &Arena<'_>, value: Value) -> bool {
    let exponent_of = |arena: &Arena<'_>, value: Value| {
        let parts = match arena.shape(value) {
            Made::Tuple(parts) => parts,
            Made::Container(_, Some(contents)) => contents.items.as_slice(),
            _ => return false,
        };
        let &[_, _, exponent] = parts else { return false };
        match arena.shape(exponent) {
            Made::Literal(op) if op.opcode.is_text() => false,
            Made::Literal(op) => match op.operand() {
                Ok(Operand::Int(number)) => {
                    number.to_i64().is_none_or(|one| one.unsigned_abs() > HUGE_EXPONENT)
                }
                _ => op.opcode == Opcode::Long4,
            },
            _ => true,
        }
    };
    let again = match arena.shape(value) {
        Made::Container(_, None) => arena.reread(value),
        _ => None,
    };
    exponent_of(arena, value) || again.is_some_and(|(again, value)| exponent_of(&again, value))
}
