//! Arrays of numpy whose numbers are in the stream: where their items are, and what they come to.
//!
//! Nothing is copied but what protocols below 3 write as text, and an array is read once for each question ([`Range`]), however
//! often it is referred to.

use std::borrow::Cow;

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_machine::{Collection, Names};
use pickle_ops::{Op, Operand};

use super::{Analysis, Callee};
use crate::policy::{Field, Verdict};
use integers::{Layout, plain, range};
pub(super) use integers::{Range, integers, read};

mod integers;

/// Why the numbers of a value are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// They are not in the stream, and no pickler would have put them there: buffers out of band, files beside it.
    Elsewhere,
    /// They are computed, or are of another kind than what is asked for; why.
    Untold(String),
}

impl Unknown {
    pub(super) fn because(why: impl Into<String>) -> Self {
        Self::Untold(why.into())
    }
}

/// An array.
#[derive(Debug)]
pub(super) struct Array<'a> {
    pub(super) shape: Vec<u64>,
    /// None of bytes by themselves.
    pub(super) dtype: Option<Value>,
    /// Not known of an array of objects, which has a shape all the same.
    bytes: Result<Cow<'a, [u8]>, Unknown>,
}

/// Dimensions that an array can have (`NPY_MAXDIMS`).
const MOST_DIMENSIONS: usize = 64;
/// Calls around constant bytes: `bytearray(_codecs.encode(…))`.
const MOST_LEVELS: usize = 2;
/// Fields of a dtype that are searched for a name.
const MOST_FIELDS: usize = 64;

impl<'a> Analysis<'_, 'a> {
    /// The class or function that made a value.
    pub(super) fn maker(
        &mut self,
        arena: &Arena<'a>,
        value: Value,
        op: &Op<'a>,
    ) -> Result<Names<'a>, Unknown> {
        match arena.shape(value) {
            Made::Call { callee, .. } => match self.resolve(arena, callee, op, 1) {
                Callee::Known(id) => match &self.ledger.entry(id).verdict {
                    // It is reported itself.
                    Verdict::Unlisted | Verdict::Denied(_) => Err(Unknown::Elsewhere),
                    _ => Ok(self.ledger.entry(id).names.clone()),
                },
                Callee::Reported => Err(Unknown::Elsewhere),
                _ => Err(Unknown::because("is made by something that is not known")),
            },
            Made::Persistent(..) | Made::External(_) => Err(Unknown::Elsewhere),
            _ => Err(Unknown::because("is no array")),
        }
    }

    /// The array that a value is.
    pub(super) fn array_of(
        &mut self,
        arena: &Arena<'a>,
        value: Value,
        op: &Op<'a>,
    ) -> Result<Array<'a>, Unknown> {
        if self.is_bytes(arena, value, op) {
            let bytes = self.data(arena, value, op)?;
            return Ok(Array { shape: vec![bytes.len() as u64], dtype: None, bytes: Ok(bytes) });
        }
        let names = self.maker(arena, value, op)?;
        let Made::Call { arguments, contents, .. } = arena.shape(value) else {
            return Err(Unknown::because("is no array"));
        };
        let of_numpy = names.module.split('.').next() == Some("numpy");
        let state = contents.and_then(|contents| contents.state);
        let (shape, dtype, data) = match names.name.as_ref() {
            "_reconstruct" if of_numpy => match state.and_then(|state| arena.tuple(state)) {
                Some(&[_, shape, dtype, _, data] | &[shape, dtype, _, data]) => (shape, dtype, data),
                _ => return Err(Unknown::because("is an array without a state that the stream shows")),
            },
            // Another state afterwards is told.
            "_create_array" if names.module.starts_with("dill.") => match arena.tuple(arguments) {
                Some(&[_, _, filled, ..]) => match arena.tuple(filled) {
                    Some(&[_, shape, dtype, _, data] | &[shape, dtype, _, data]) => (shape, dtype, data),
                    _ => return Err(Unknown::because("is an array without a state that the stream shows")),
                },
                _ => return Err(Unknown::because("is made of something that is not known")),
            },
            "_frombuffer" if of_numpy => match arena.tuple(arguments) {
                Some(&[data, dtype, shape, ..]) => (shape, dtype, data),
                _ => return Err(Unknown::because("is made of something that is not known")),
            },
            "NumpyArrayWrapper" => return self.behind(arena, value, state),
            "NDArrayWrapper" | "ZNDArrayWrapper" => return Err(Unknown::Elsewhere),
            _ => return Err(Unknown::because(format!("is computed by `{}`", names.dotted()))),
        };
        let shape = dimensions(arena, shape).ok_or_else(|| Unknown::because("has no shape that is known"))?;
        let bytes = self.data(arena, data, op);
        Ok(Array { shape, dtype: Some(dtype), bytes })
    }

    /// Whether a value is constant bytes, in any form that a pickler gives them.
    pub(super) fn is_bytes(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> bool {
        match arena.shape(value) {
            Made::Literal(literal) => {
                matches!(literal.operand(), Ok(Operand::Bytes(_) | Operand::ByteString(_)))
            }
            Made::Call { .. } => self.maker(arena, value, op).is_ok_and(|names| {
                matches!(
                    (names.module.as_ref(), names.name.as_ref()),
                    ("_codecs", "encode") | ("builtins", "bytes" | "bytearray")
                )
            }),
            _ => false,
        }
    }

    /// An array whose bytes follow its wrapper.
    fn behind(&self, arena: &Arena<'a>, value: Value, state: Option<Value>) -> Result<Array<'a>, Unknown> {
        let untold = || Unknown::because("is an array of joblib that is not known");
        let Some(Made::Container(Collection::Dict, Some(contents))) = state.map(|state| arena.shape(state))
        else {
            return Err(untold());
        };
        let get = |name: &str| {
            let mut pairs = contents.pairs.chunks_exact(2);
            pairs.rfind(|pair| arena.text(pair[0]).is_some_and(|key| key == name)).map(|pair| pair[1])
        };
        let range = arena.origin(value).and_then(|at| self.behind.get(&at)).ok_or_else(untold)?;
        let bytes = self.bytes.get(range.clone()).ok_or_else(untold)?;
        let shape = get("shape").and_then(|shape| dimensions(arena, shape)).ok_or_else(untold)?;
        Ok(Array { shape, dtype: Some(get("dtype").ok_or_else(untold)?), bytes: Ok(Cow::Borrowed(bytes)) })
    }

    /// Constant bytes, in any form that a pickler gives them.
    pub(super) fn data(
        &mut self,
        arena: &Arena<'a>,
        value: Value,
        op: &Op<'a>,
    ) -> Result<Cow<'a, [u8]>, Unknown> {
        self.data_in(arena, value, op, 0)
    }

    fn data_in(
        &mut self,
        arena: &Arena<'a>,
        value: Value,
        op: &Op<'a>,
        level: usize,
    ) -> Result<Cow<'a, [u8]>, Unknown> {
        let untold = || Unknown::because("has its bytes from something that is not known");
        match arena.shape(value) {
            Made::Literal(literal) => match literal.operand() {
                Ok(Operand::Bytes(bytes)) => Ok(Cow::Borrowed(bytes)),
                Ok(Operand::ByteString(string)) => string.bytes().map_err(|_| untold()),
                _ => Err(untold()),
            },
            Made::Call { arguments, .. } => {
                let names = self.maker(arena, value, op)?;
                match (names.module.as_ref(), names.name.as_ref(), arena.tuple(arguments)) {
                    ("_codecs", "encode", Some(&[text, ..]))
                    | ("builtins", "bytes" | "bytearray", Some(&[text, _])) => {
                        let text = arena.text(text).ok_or_else(untold)?;
                        let bytes = text.chars().map(|char| u8::try_from(u32::from(char)));
                        bytes.collect::<Result<Vec<u8>, _>>().map(Cow::Owned).map_err(|_| untold())
                    }
                    ("builtins", "bytes" | "bytearray", Some([])) => Ok(Cow::Borrowed(&[])),
                    ("builtins", "bytes" | "bytearray", Some(&[bytes])) if level < MOST_LEVELS => {
                        self.data_in(arena, bytes, op, level + 1)
                    }
                    _ => Err(untold()),
                }
            }
            Made::Persistent(..) | Made::External(_) => Err(Unknown::Elsewhere),
            _ => Err(untold()),
        }
    }

    /// What the integers of an array come to, or those of a field of its items; `value` does not count, and `skip` is a field and
    /// the value in it with which an item does not.
    pub(super) fn range_of(
        &mut self,
        arena: &Arena<'a>,
        array: &Array<'a>,
        op: &Op<'a>,
        field: Option<Field>,
        value: Option<i64>,
        skip: Option<(Field, i64)>,
    ) -> Result<Range, Unknown> {
        let bytes = array.bytes.as_ref().map_err(Clone::clone)?;
        let mut size = array.dtype.map_or(Ok(1), |dtype| self.item_size(arena, dtype, op))?;
        let layout = self.layout(arena, array.dtype, op, field)?;
        let skip = match skip {
            Some((field, value)) => Some((self.layout(arena, array.dtype, op, Some(field))?, value)),
            None => None,
        };
        let fits = |layout: &Layout, size: usize| {
            let length = layout.width.checked_mul(layout.repeat);
            length.and_then(|length| length.checked_add(layout.offset)).is_some_and(|end| end <= size)
        };
        let count = array.shape.iter().try_fold(1_u64, |all, &one| all.checked_mul(one)).unwrap_or(u64::MAX);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if size == 0 || bytes.len() / size < count {
            return Err(Unknown::because("has fewer bytes than items"));
        }
        let items = &bytes[..count * size];
        if let Some(Field::Overlay(_, record)) = field {
            size = record;
        }
        if size == 0 || !fits(&layout, size) || skip.is_some_and(|(layout, _)| !fits(&layout, size)) {
            return Err(Unknown::because("has a dtype that does not fit its items"));
        }
        Ok(range(items, size, layout, value, skip))
    }

    /// The integers of an array that has few.
    pub(super) fn few_integers(
        &mut self,
        arena: &Arena<'a>,
        array: &Array<'a>,
        op: &Op<'a>,
        most: usize,
    ) -> Result<Vec<i64>, Unknown> {
        let layout = self.layout(arena, array.dtype, op, None)?;
        let bytes = array.bytes.as_ref().map_err(Clone::clone)?;
        let count = array.shape.iter().try_fold(1_u64, |all, &one| all.checked_mul(one));
        let count = count.and_then(|count| usize::try_from(count).ok()).filter(|&count| count <= most);
        let count = count.ok_or_else(|| Unknown::because("has more items than are looked at"))?;
        if layout.width == 0 || layout.repeat != 1 || bytes.len() / layout.width < count {
            return Err(Unknown::because("has fewer bytes than items"));
        }
        let items = bytes.chunks_exact(layout.width).take(count);
        Ok(items.map(|item| read(item, layout.signed, layout.big)).collect())
    }

    /// The code of a dtype, and its state.
    fn dtype(
        &mut self,
        arena: &Arena<'a>,
        dtype: Value,
        op: &Op<'a>,
    ) -> Result<(String, Option<Value>), Unknown> {
        let names = self.maker(arena, dtype, op)?;
        let Made::Call { arguments, contents, .. } = arena.shape(dtype) else {
            return Err(Unknown::because("has no dtype that is known"));
        };
        let first = arena.tuple(arguments).and_then(|items| items.first().copied());
        let code = first.and_then(|code| match arena.shape(code) {
            // That of records: the state says what they are.
            Made::Global(_) => Some(Cow::Borrowed("V0")),
            _ => arena.text(code),
        });
        match code {
            Some(code) if names.name == "dtype" && names.module.split('.').next() == Some("numpy") => {
                Ok((code.into_owned(), contents.and_then(|contents| contents.state)))
            }
            _ => Err(Unknown::because("has no dtype that is known")),
        }
    }

    fn item_size(&mut self, arena: &Arena<'a>, dtype: Value, op: &Op<'a>) -> Result<usize, Unknown> {
        let (code, state) = self.dtype(arena, dtype, op)?;
        let told =
            state.and_then(|state| arena.tuple(state)).and_then(|items| integer(arena, *items.get(5)?));
        let own = plain(&code).map(|layout| layout.width as i64);
        let size = told.filter(|&size| size >= 0).or(own);
        let size = size.and_then(|size| usize::try_from(size).ok());
        size.ok_or_else(|| Unknown::because("has items of a size that is not known"))
    }

    /// How the integers lie in the items of a dtype, or those of a field of them.
    fn layout(
        &mut self,
        arena: &Arena<'a>,
        dtype: Option<Value>,
        op: &Op<'a>,
        field: Option<Field>,
    ) -> Result<Layout, Unknown> {
        let no_array = || Unknown::because("is no array");
        let field = match field {
            None => return self.plain_layout(arena, dtype.ok_or_else(no_array)?, op),
            Some(Field::Listed | Field::Values) => return Err(Unknown::because("is no array of integers")),
            Some(Field::Index) => {
                return Ok(Layout { offset: 0, width: 0, repeat: 1, signed: false, big: false });
            }
            Some(Field::Overlay(offset, _)) => {
                return Ok(Layout { offset, width: 8, repeat: 1, signed: true, big: false });
            }
            Some(Field::Named(field)) => field,
        };
        let untold = || Unknown::because(format!("has no field `{field}`"));
        let described = self.field(arena, dtype.ok_or_else(no_array)?, op, field)?;
        let Some(&[dtype, offset, ..]) = described.and_then(|value| arena.tuple(value)) else {
            return Err(untold());
        };
        let offset =
            integer(arena, offset).and_then(|offset| usize::try_from(offset).ok()).ok_or_else(untold)?;
        let layout = self.plain_layout(arena, dtype, op)?;
        Ok(Layout { offset: layout.offset.saturating_add(offset), ..layout })
    }

    /// Whether the items of an array have a field of this name.
    pub(super) fn has_field(
        &mut self,
        arena: &Arena<'a>,
        array: &Array<'a>,
        op: &Op<'a>,
        field: Field,
    ) -> Result<bool, Unknown> {
        match (field, array.dtype) {
            (Field::Named(name), Some(dtype)) => Ok(self.field(arena, dtype, op, name)?.is_some()),
            _ => Ok(true),
        }
    }

    /// What a dtype says of its field of this name: dtype, offset.
    fn field(
        &mut self,
        arena: &Arena<'a>,
        dtype: Value,
        op: &Op<'a>,
        field: &str,
    ) -> Result<Option<Value>, Unknown> {
        let (_, state) = self.dtype(arena, dtype, op)?;
        let fields = state.and_then(|state| arena.tuple(state)).and_then(|items| items.get(4).copied());
        let Some(Made::Container(Collection::Dict, Some(contents))) =
            fields.map(|fields| arena.shape(fields))
        else {
            return Err(Unknown::because("has no fields that are known"));
        };
        if contents.pairs.len() / 2 > MOST_FIELDS {
            return Err(Unknown::because("has more fields than are looked at"));
        }
        let mut pairs = contents.pairs.chunks_exact(2);
        let pair = pairs.rfind(|pair| arena.text(pair[0]).is_some_and(|name| name == field));
        Ok(pair.map(|pair| pair[1]))
    }

    /// How an integer lies in the items of a dtype without fields; several of them in a row, if it is a subarray.
    fn plain_layout(&mut self, arena: &Arena<'a>, dtype: Value, op: &Op<'a>) -> Result<Layout, Unknown> {
        let (mut code, mut state) = self.dtype(arena, dtype, op)?;
        let mut repeat = 1_usize;
        let part = |state: Option<Value>, number: usize| {
            state.and_then(|state| arena.tuple(state)).and_then(|items| items.get(number).copied())
        };
        if let Some(&[base, shape]) = part(state, 2).and_then(|part| arena.tuple(part)) {
            let count = match integer(arena, shape) {
                Some(count) => u64::try_from(count).ok(),
                None => dimensions(arena, shape)
                    .and_then(|all| all.iter().try_fold(1_u64, |product, &one| product.checked_mul(one))),
            };
            repeat = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
            (code, state) = self.dtype(arena, base, op)?;
        }
        let layout = plain(&code).ok_or_else(|| Unknown::because("has items that are no integers"))?;
        let big = match part(state, 1).and_then(|order| arena.text(order)) {
            Some(order) if order == ">" => true,
            Some(order) if order == "<" => false,
            _ => layout.big,
        };
        Ok(Layout { big, repeat, ..layout })
    }

    /// An integer: a constant, or one of numpy's.
    pub(super) fn integer_of(
        &mut self,
        arena: &Arena<'a>,
        value: Value,
        op: &Op<'a>,
    ) -> Result<i64, Unknown> {
        if let Some(number) = integer(arena, value) {
            return Ok(number);
        }
        let names = self.maker(arena, value, op).map_err(|unknown| match unknown {
            Unknown::Elsewhere => unknown,
            Unknown::Untold(_) => Unknown::because("is no number that the stream shows"),
        })?;
        let untold = || Unknown::because(format!("is computed by `{}`", names.dotted()));
        let Made::Call { arguments, .. } = arena.shape(value) else { return Err(untold()) };
        match arena.tuple(arguments) {
            Some(&[dtype, data]) if names.name == "scalar" && names.module.starts_with("numpy.") => {
                let array =
                    Array { shape: Vec::new(), dtype: Some(dtype), bytes: self.data(arena, data, op) };
                Ok(self.range_of(arena, &array, op, None, None, None)?.least)
            }
            _ => Err(untold()),
        }
    }
}

/// A shape: a tuple of numbers that are not negative, or one of them.
pub(super) fn dimensions(arena: &Arena<'_>, shape: Value) -> Option<Vec<u64>> {
    if let Some(number) = integer(arena, shape) {
        return Some(vec![u64::try_from(number).ok()?]);
    }
    let items = arena.tuple(shape).filter(|items| items.len() <= MOST_DIMENSIONS)?;
    items.iter().map(|&item| u64::try_from(integer(arena, item)?).ok()).collect()
}

pub(in crate::analysis) fn integer(arena: &Arena<'_>, value: Value) -> Option<i64> {
    let Made::Literal(op) = arena.shape(value) else { return None };
    match op.operand() {
        Ok(Operand::Int(number)) => number.to_i64(),
        Ok(Operand::Bool(bool)) => Some(i64::from(bool)),
        _ => None,
    }
}
