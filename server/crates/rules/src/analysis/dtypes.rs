//! Whether the state of a numpy dtype fits it. `arraydescr_setstate` believes what it is told: sizes, places of fields, and
//! whether items are Python objects. An array of a dtype that lies reads and writes memory that is not its own.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode, Operand, Reader};

use super::array::dimensions;
use super::{Analysis, Callee};

/// `NPY_ITEM_REFCOUNT` and `NPY_LIST_PICKLE`: items are Python objects, and are pickled as a list.
const OBJECT_FLAGS: i64 = 0x03;
/// Levels of fields in fields.
const MOST_LEVELS: usize = 8;
/// Ops of a list whose items are counted.
const MOST_PLAIN: usize = 1 << 12;
/// Fields of a dtype that are looked at.
const MOST_FIELDS: usize = 1 << 12;

/// What is known of a dtype.
#[derive(Clone, Copy, Debug, Default)]
struct Item {
    /// Bytes.
    size: Option<i64>,
    /// Whether it is a Python object, or holds one.
    objects: bool,
}

impl<'a> Analysis<'_, 'a> {
    /// Why a state does not fit the dtype that it is given to, if that is a dtype and does not.
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
        let items = arena.tuple(state).filter(|items| (8..=9).contains(&items.len()))?;
        let code = self.dtype_code(arena, op, target)?;
        let own = item_of_code(&code)?;
        let flags = integer(arena, items[7]).unwrap_or(0);
        let says_objects = flags & OBJECT_FLAGS == OBJECT_FLAGS;
        let size = integer(arena, items[5]).filter(|&size| size >= 0).or(own.size);
        let fields = match arena.shape(items[4]) {
            Made::Container(Collection::Dict, Some(contents)) => contents.pairs.as_slice(),
            _ => &[],
        };
        // Of none, it is divided by nothing, which ends the process.
        if integer(arena, items[6]) == Some(0) {
            return Some("its items are aligned to multiples of 0");
        }
        let mut objects = own.objects;
        if fields.len() / 2 > MOST_FIELDS {
            return Some("it has more fields than are looked at");
        }
        for field in fields.chunks_exact(2) {
            let &[dtype, offset, ..] = arena.tuple(field[1])? else { continue };
            let item = self.item(arena, op, dtype, 0);
            objects |= item.objects;
            let (Some(offset), Some(whole)) = (integer(arena, offset), size) else { continue };
            if offset < 0 || offset.saturating_add(item.size.unwrap_or(0)) > whole {
                return Some("a field of it lies beyond its items");
            }
        }
        if let Some(&[dtype, _]) = arena.tuple(items[2]) {
            objects |= self.item(arena, op, dtype, 0).objects;
        }
        (objects && !says_objects).then_some("its items are Python objects, and it says that they are not")
    }

    /// Why the list of an array of objects does not fit it: numpy makes room for as many as the shape says, and takes them from the list
    /// without a look at its end. An item takes a byte at least.
    fn lie_of_objects(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        target: Value,
        state: Value,
    ) -> Option<&'static str> {
        let (shape, list) = match arena.tuple(state)? {
            &[_, shape, _, _, list] | &[shape, _, _, list] => (shape, list),
            _ => return None,
        };
        if !matches!(arena.shape(list), Made::Container(Collection::List, _)) {
            return None;
        }
        let count = dimensions(arena, shape)?.into_iter().fold(1, u64::saturating_mul);
        let made = arena.op_at(arena.origin(list)?)?;
        // Items of `LIST` are in front of it.
        let from = if made.opcode == Opcode::List { 0 } else { made.end };
        let is_array = self
            .maker(arena, target, op)
            .is_ok_and(|names| names.name == "_reconstruct" && names.module.starts_with("numpy"));
        let is_short = count > op.start.saturating_sub(from) as u64;
        let is_short = is_short || plain_items(arena.bytes(), made.start).is_some_and(|there| count > there);
        (is_array && is_short).then_some("its list has fewer objects than its shape says")
    }

    /// The code that a dtype is made of: `V8` of `numpy.dtype('V8', False, True)`.
    pub(super) fn dtype_code(&mut self, arena: &Arena<'a>, op: &Op<'a>, dtype: Value) -> Option<String> {
        let Made::Call { callee, arguments, .. } = arena.shape(dtype) else { return None };
        let first = arena.tuple(arguments).and_then(|items| items.first().copied())?;
        // Records have their class there, and get their size by the state.
        let code = if arena.is_global(first) { "V".into() } else { arena.text(first)? };
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return None };
        let names = &self.ledger.entry(id).names;
        let is_dtype = names.name == "dtype" && names.module.split('.').next() == Some("numpy");
        is_dtype.then(|| code.into_owned())
    }

    /// What an item of a dtype is, with the state that it was given.
    fn item(&mut self, arena: &Arena<'a>, op: &Op<'a>, dtype: Value, levels: usize) -> Item {
        let Some(code) = self.dtype_code(arena, op, dtype).filter(|_| levels < MOST_LEVELS) else {
            return Item::default();
        };
        let Some(mut item) = item_of_code(&code) else { return Item::default() };
        let Made::Call { contents: Some(contents), .. } = arena.shape(dtype) else { return item };
        let Some(state) =
            contents.state.and_then(|state| arena.tuple(state)).filter(|items| items.len() >= 8)
        else {
            return item;
        };
        if let Some(size) = integer(arena, state[5]).filter(|&size| size >= 0) {
            item.size = Some(size);
        }
        item.objects |= integer(arena, state[7]).unwrap_or(0) & OBJECT_FLAGS != 0;
        item
    }
}

/// How many items a list has that is made at an offset, if they are few and constants, and a tuple takes it.
fn plain_items(bytes: &[u8], start: usize) -> Option<u64> {
    use Opcode as O;
    let mut ops = Reader::new(bytes, start);
    if ops.next_op().ok()?.opcode != O::EmptyList {
        return None;
    }
    let (mut items, mut height, mut mark) = (0, 0_u64, None);
    for _ in 0..MOST_PLAIN {
        match ops.next_op().ok()?.opcode {
            opcode if opcode.fills_memo() || opcode == O::Frame => {}
            O::Mark if mark.is_none() => mark = Some(height),
            O::Append if height > 0 => (items, height) = (items + 1, height - 1),
            O::Appends => {
                let below = mark.take()?;
                (items, height) = (items + height.checked_sub(below)?, below);
            }
            O::Tuple if height == 0 && mark.is_none() => return Some(items),
            O::Get | O::BinGet | O::LongBinGet => height += 1,
            opcode if opcode.is_literal() => height += 1,
            _ => return None,
        }
    }
    None
}

/// An item of a code with a size in bytes: `O8`, `i4`, `S10`, `U3`, `V16`. Dates have a unit behind theirs.
fn item_of_code(code: &str) -> Option<Item> {
    let code = code.trim_start_matches(['<', '>', '=', '|']);
    let kind = code.chars().next()?;
    let digits: String = code[kind.len_utf8()..].chars().take_while(char::is_ascii_digit).collect();
    let number = digits.parse::<i64>().ok();
    Some(match kind {
        'O' => Item { size: Some(8), objects: true },
        'U' => Item { size: number.and_then(|count| count.checked_mul(4)), objects: false },
        '?' => Item { size: Some(1), objects: false },
        _ => Item { size: number, objects: false },
    })
}

fn integer(arena: &Arena<'_>, value: Value) -> Option<i64> {
    let Made::Literal(op) = arena.shape(value) else { return None };
    match op.operand() {
        Ok(Operand::Int(number)) => number.to_i64(),
        _ => None,
    }
}
