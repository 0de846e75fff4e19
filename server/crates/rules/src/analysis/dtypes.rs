//! Whether the state of a numpy dtype fits it. `arraydescr_setstate` believes what it is told: sizes, places of fields, and
//! whether items are Python objects. An array of a dtype that lies reads and writes memory that is not its own.

use std::borrow::Cow;

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_machine::{Collection, Names};
use pickle_ops::{Op, Opcode, Operand};
use rustc_hash::FxHashSet;

use super::array::dimensions;
use super::objects::NOT_WRITTEN;
use super::shapes::is_none;
use super::{Analysis, Callee, Entry};
use crate::policy::Verdict;

/// `NPY_ITEM_REFCOUNT` and `NPY_LIST_PICKLE`: items are Python objects, and are pickled as a list.
const OBJECT_FLAGS: i64 = 0x03;
/// What numpy writes of a type of objects, and of a record that has some: without `NPY_NEEDS_INIT`, memory that holds anything is taken
/// for objects that are there already.
const FLAGS_OF_OBJECT: i64 = 0x3F;
const FLAGS_OF_RECORD: i64 = 0x1B;
/// Bytes of the code of a dtype, and of what stands for it in the stream.
const LONGEST_CODE: usize = 256;
/// Fields of a dtype that are looked at.
const MOST_FIELDS: usize = 1 << 12;

/// What is known of a dtype.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Item {
    /// Bytes.
    size: Option<i64>,
    /// Whether it is a Python object, or holds one.
    pub(super) objects: bool,
    /// Whether the state says of how many bytes it is.
    flexible: bool,
}

impl Item {
    /// The flags that a type has which has such items.
    fn flags(self) -> i64 {
        match self {
            Self { objects: false, .. } => 0,
            Self { flexible: true, .. } => FLAGS_OF_RECORD,
            _ => FLAGS_OF_OBJECT,
        }
    }
}

const NOT_MADE_SO: &str = "numpy gives no state to a dtype that is made so";
const HIDDEN_FIELDS: &str = "its fields are not shown";
const BEYOND: &str = "a field of it lies beyond its items";
const NO_FIELD: &str = "a name of it is that of no field";

impl<'a> Analysis<'_, 'a> {
    /// Why a state does not fit the array or dtype that it is given to, if it does not.
    pub(super) fn lie(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        target: Value,
        state: Value,
    ) -> Option<&'static str> {
        if let Some(why) = self.lie_of_objects(arena, op, target, state) {
            return Some(why);
        }
        let is_dtype = self.maker(arena, target, op).is_ok_and(|names| is_dtype(&names));
        if is_dtype { self.lie_of_dtype(arena, op, target, state) } else { None }
    }

    /// Why a state does not fit a dtype. numpy writes a tuple of constants and of dtypes, and whatever is not shown is believed as well.
    fn lie_of_dtype(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        dtype: Value,
        state: Value,
    ) -> Option<&'static str> {
        let Some(own) = self.item_made(arena, op, dtype) else { return Some(NOT_MADE_SO) };
        let items = arena.tuple(state).unwrap_or_default();
        if is_of_old(arena, items) {
            return None;
        }
        if !(8..=9).contains(&items.len()) {
            return Some(NOT_WRITTEN);
        }
        let (Some(said), Some(alignment), Some(flags)) =
            (integer(arena, items[5]), integer(arena, items[6]), integer(arena, items[7]))
        else {
            return Some(NOT_WRITTEN);
        };
        // Of none, it is divided by nothing, which ends the process.
        if alignment == 0 {
            return Some("its items are aligned to multiples of 0");
        }
        // Of others, numpy knows the size itself.
        let size = if own.flexible && said >= 0 { Some(said) } else { own.size };
        let needed = match self.flags_of_parts(arena, op, items, size) {
            Ok(needed) => needed | own.flags(),
            Err(why) => return Some(why),
        };
        if flags & needed == needed {
            return None;
        }
        Some(if flags & OBJECT_FLAGS == OBJECT_FLAGS {
            "its items are Python objects, and it does not say all of what that means"
        } else {
            "its items are Python objects, and it says that they are not"
        })
    }

    /// The flags that a dtype needs for objects in its fields, or in the items that its items are made of; why these do not fit.
    fn flags_of_parts(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        items: &[Value],
        size: Option<i64>,
    ) -> Result<i64, &'static str> {
        // numpy keeps the dict as it is, so that what is put into it later is what it follows.
        self.rely_on(arena, items[4]).map_err(|_| HIDDEN_FIELDS)?;
        let fields = fields(arena, items[4])?;
        let names = names(arena, items[3])?;
        let mut parts: Vec<Part> = Vec::with_capacity(fields.len() / 2);
        for field in fields.chunks_exact(2) {
            let Some(&[dtype, offset, ..]) = arena.tuple(field[1]) else { return Err(HIDDEN_FIELDS) };
            let (Some(item), Some(start)) = (self.item(arena, op, dtype), integer(arena, offset)) else {
                return Err(HIDDEN_FIELDS);
            };
            let end = start.saturating_add(item.size.unwrap_or(0));
            if start < 0 || size.is_some_and(|whole| end > whole) {
                return Err(BEYOND);
            }
            let is_named = arena.text(field[0]).is_some_and(|key| names.contains(&key));
            parts.push(Part { start, end, objects: item.objects, is_named });
        }
        // Keys that are no names are titles, of which there is nothing to go through.
        if parts.iter().filter(|part| part.is_named).count() != names.len() {
            return Err(NO_FIELD);
        }
        if overlap(&mut parts) {
            return Err("a field of it lies over Python objects");
        }
        let mut needed = if parts.iter().any(|part| part.objects) { FLAGS_OF_RECORD } else { 0 };
        if is_none(arena, items[2]) {
            return Ok(needed);
        }
        let Some(&[dtype, shape]) = arena.tuple(items[2]) else { return Err(NOT_WRITTEN) };
        let (Some(item), Some(shape)) = (self.item(arena, op, dtype), dimensions(arena, shape)) else {
            return Err(HIDDEN_FIELDS);
        };
        let count = shape.into_iter().fold(1, u64::saturating_mul);
        let bytes = count.saturating_mul(u64::try_from(item.size.unwrap_or(0)).unwrap_or(0));
        if size.is_some_and(|whole| u64::try_from(whole).is_ok_and(|whole| bytes > whole)) {
            return Err(BEYOND);
        }
        needed |= item.flags();
        Ok(needed)
    }

    /// The code that a dtype is made of: `V8` of `numpy.dtype('V8', False, True)`.
    pub(super) fn dtype_code(&mut self, arena: &Arena<'a>, op: &Op<'a>, dtype: Value) -> Option<String> {
        let Made::Call { callee, arguments, .. } = arena.shape(dtype) else { return None };
        let first = arena.tuple(arguments).and_then(|items| items.first().copied())?;
        // A long text is no code, and is not to be read again for each state that is given with it.
        if matches!(arena.shape(first), Made::Literal(op) if op.raw.len() > LONGEST_CODE) {
            return None;
        }
        // Records and types of other libraries have their class there, and get their size by the state.
        let code =
            if arena.is_global(first) { self.code_of_class(arena, op, first)? } else { arena.text(first)? };
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return None };
        is_dtype(&self.ledger.entry(id).names).then(|| code.into_owned())
    }

    /// What stands for the code of a class: for numpy, what is none of its own types, or of those that know it, is an object.
    fn code_of_class(&mut self, arena: &Arena<'a>, op: &Op<'a>, class: Value) -> Option<Cow<'a, str>> {
        let Callee::Known(id) = self.resolve(arena, class, op, 1) else { return None };
        let Entry { names, verdict, .. } = self.ledger.entry(id);
        let is_of_others = matches!(verdict, Verdict::Unlisted | Verdict::Denied(_))
            || names.module == "ml_dtypes"
            || names.module.starts_with("ml_dtypes.");
        let is_record = is_of_numpy(&names.module) && ["record", "void"].contains(&names.name.as_ref());
        (is_of_others || is_record).then_some(Cow::Borrowed("V"))
    }

    /// What an item of a dtype is, as it was made.
    fn item_made(&mut self, arena: &Arena<'a>, op: &Op<'a>, dtype: Value) -> Option<Item> {
        item_of_code(&self.dtype_code(arena, op, dtype)?)
    }

    /// What an item of a dtype is, with the state that it was given.
    pub(super) fn item(&mut self, arena: &Arena<'a>, op: &Op<'a>, dtype: Value) -> Option<Item> {
        let mut item = self.item_made(arena, op, dtype)?;
        let Made::Call { contents: Some(contents), .. } = arena.shape(dtype) else { return Some(item) };
        let Some(state) =
            contents.state.and_then(|state| arena.tuple(state)).filter(|items| items.len() >= 8)
        else {
            return Some(item);
        };
        if let Some(size) = integer(arena, state[5]).filter(|&size| item.flexible && size >= 0) {
            item.size = Some(size);
        }
        item.objects |= integer(arena, state[7]).unwrap_or(0) & OBJECT_FLAGS != 0;
        Some(item)
    }
}

/// Whether numpy wrote a state before it had flags in it, which it then finds by itself; of a type without fields, parts and a size of its
/// own.
fn is_of_old(arena: &Arena<'_>, items: &[Value]) -> bool {
    let rest = match items {
        [version, rest @ ..] if rest.len() == 5 => {
            integer(arena, *version).filter(|version| (0..=2).contains(version)).map(|_| rest)
        }
        rest => Some(rest),
    };
    matches!(rest, Some(&[_, parts, fields, size, alignment])
        if is_none(arena, parts) && is_none(arena, fields)
            && integer(arena, size) == Some(-1) && integer(arena, alignment) == Some(-1))
}

/// The fields in the state of a dtype.
fn fields<'s>(arena: &'s Arena<'_>, dict: Value) -> Result<&'s [Value], &'static str> {
    match arena.shape(dict) {
        Made::Literal(op) if op.opcode == Opcode::None => Ok(&[]),
        Made::Container(Collection::Dict, None) => Ok(&[]),
        Made::Container(Collection::Dict, Some(contents)) if contents.dropped == 0 => {
            if contents.pairs.len() / 2 > MOST_FIELDS {
                return Err("it has more fields than are looked at");
            }
            Ok(&contents.pairs)
        }
        _ => Err(HIDDEN_FIELDS),
    }
}

/// The names in the state of a dtype: numpy looks them up among the fields without asking whether it found one, and goes through each.
fn names<'a>(arena: &Arena<'a>, value: Value) -> Result<FxHashSet<Cow<'a, str>>, &'static str> {
    if is_none(arena, value) {
        return Ok(FxHashSet::default());
    }
    let all = arena.tuple(value).filter(|all| all.len() <= MOST_FIELDS).ok_or(NO_FIELD)?;
    let texts: FxHashSet<_> = all.iter().filter_map(|&name| arena.text(name)).collect();
    if texts.len() == all.len() { Ok(texts) } else { Err(NO_FIELD) }
}

/// Where a field of a dtype lies in its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    start: i64,
    end: i64,
    objects: bool,
    /// Whether it has a name, and not only a title, which stands for the same field.
    is_named: bool,
}

/// Whether something lies over Python objects: what is written there is followed as an address. Numpy makes no such types.
fn overlap(parts: &mut Vec<Part>) -> bool {
    parts.sort_unstable();
    let named: FxHashSet<_> = parts.iter().filter(|part| part.is_named).map(Part::place).collect();
    parts.retain(|part| part.end > part.start && (part.is_named || !named.contains(&part.place())));
    let (mut end, mut end_of_objects) = (0, 0);
    parts.iter().any(|part| {
        let is_over = part.start < end_of_objects || part.objects && part.start < end;
        end = end.max(part.end);
        end_of_objects = end_of_objects.max(if part.objects { part.end } else { 0 });
        is_over
    })
}

impl Part {
    fn place(&self) -> (i64, i64, bool) {
        (self.start, self.end, self.objects)
    }
}

fn is_dtype(names: &Names<'_>) -> bool {
    names.name == "dtype" && is_of_numpy(&names.module)
}

fn is_of_numpy(module: &str) -> bool {
    module.split('.').next() == Some("numpy")
}

/// An item of a code with a size in bytes, as numpy writes it: `O8`, `i4`, `S10`, `U3`, `V16`; `V` stands for a class.
fn item_of_code(code: &str) -> Option<Item> {
    let code = code.strip_prefix(['<', '>', '=', '|']).unwrap_or(code);
    let kind = code.chars().next()?;
    let digits = code.get(kind.len_utf8()..).unwrap_or_default();
    let number = digits.parse::<i64>().ok();
    let is_written = number.is_some() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !(is_written && "?biufcmMSUVOa".contains(kind) || code == "V") {
        return None;
    }
    let size = match kind {
        'O' => Some(8),
        'U' => number.and_then(|count| count.checked_mul(4)),
        '?' => Some(1),
        _ => number,
    };
    Some(Item { size, objects: kind == 'O', flexible: "aSUV".contains(kind) })
}

fn integer(arena: &Arena<'_>, value: Value) -> Option<i64> {
    let Made::Literal(op) = arena.shape(value) else { return None };
    match op.operand() {
        Ok(Operand::Int(number)) => number.to_i64(),
        _ => None,
    }
}
