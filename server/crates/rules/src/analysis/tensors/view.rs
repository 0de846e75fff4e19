//! Tensors: what they show of which storage, and the numbers in them.

use std::borrow::Cow;

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode, Reader};

use crate::analysis::array::{dimensions, integer, read};
use crate::analysis::arrow::{Trouble, untold};
use crate::analysis::{Analysis, array::Unknown};
use crate::storages::Stored;

/// What a storage, or a tensor, is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) struct Item {
    /// Bytes of one; 0 where several share a byte.
    pub(super) width: u64,
    kind: ItemKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ItemKind {
    Signed,
    Unsigned,
    /// No integers.
    Other,
}

/// Storages by the names of their classes, and types by the names that torch gives them.
const ITEMS: &[(&str, &str, u64, ItemKind)] = &[
    ("LongStorage", "int64", 8, ItemKind::Signed),
    ("IntStorage", "int32", 4, ItemKind::Signed),
    ("ShortStorage", "int16", 2, ItemKind::Signed),
    ("CharStorage", "int8", 1, ItemKind::Signed),
    ("ByteStorage", "uint8", 1, ItemKind::Unsigned),
    ("UntypedStorage", "", 1, ItemKind::Other),
    ("BoolStorage", "bool", 1, ItemKind::Unsigned),
    ("DoubleStorage", "float64", 8, ItemKind::Other),
    ("FloatStorage", "float32", 4, ItemKind::Other),
    ("HalfStorage", "float16", 2, ItemKind::Other),
    ("BFloat16Storage", "bfloat16", 2, ItemKind::Other),
    ("ComplexDoubleStorage", "complex128", 16, ItemKind::Other),
    ("ComplexFloatStorage", "complex64", 8, ItemKind::Other),
    ("QUInt8Storage", "quint8", 1, ItemKind::Other),
    ("QInt8Storage", "qint8", 1, ItemKind::Other),
    ("QInt32Storage", "qint32", 4, ItemKind::Other),
    ("QUInt4x2Storage", "quint4x2", 0, ItemKind::Other),
    ("QUInt2x4Storage", "quint2x4", 0, ItemKind::Other),
    ("", "uint16", 2, ItemKind::Unsigned),
    ("", "uint32", 4, ItemKind::Unsigned),
    ("", "uint64", 8, ItemKind::Unsigned),
];

fn item(name: &str) -> Option<Item> {
    let found = ITEMS.iter().find(|(class, kind, ..)| !name.is_empty() && (*class == name || *kind == name));
    found.map(|&(_, _, width, kind)| Item { width, kind })
}

/// A storage.
#[derive(Clone, Debug)]
pub(in crate::analysis) struct Storage<'a> {
    pub(super) item: Item,
    /// How many bytes of it there are, as the pickle says.
    pub(super) length: u64,
    /// Where they begin in the record: a storage can be a part of another.
    pub(super) start: u64,
    pub(super) place: Place<'a>,
}

/// Where the numbers of a storage are.
#[derive(Clone, Debug)]
pub(in crate::analysis) enum Place<'a> {
    /// In the record of this key.
    Record(String),
    /// In the pickle.
    Here(Cow<'a, [u8]>),
}

/// What a tensor shows of a storage.
#[derive(Clone, Debug)]
pub(super) struct Tensor<'a> {
    pub(super) sizes: Vec<u64>,
    /// From one item to the next, in items.
    pub(super) strides: Vec<u64>,
    pub(super) offset: u64,
    pub(super) item: Item,
    pub(super) storage: Storage<'a>,
}

/// Tensors around a tensor, such as a parameter is.
const MOST_LEVELS: usize = 4;

/// Numbers that are read in a pickle, however often tensors show the same ones.
const MOST_NUMBERS: u64 = 1 << 31;

/// Numbers that are read between two looks at the interrupt.
const BETWEEN_LOOKS: u64 = 1 << 20;

impl Tensor<'_> {
    /// How many items it has; where they are not to be counted, `u64::MAX`.
    pub(super) fn count(&self) -> u64 {
        self.sizes.iter().try_fold(1_u64, |all, &one| all.checked_mul(one)).unwrap_or(u64::MAX)
    }

    /// Behind the last item, counted in items of the storage.
    pub(super) fn end(&self) -> Option<u64> {
        if self.sizes.contains(&0) {
            return Some(0);
        }
        let mut end = self.offset.checked_add(1)?;
        for (&size, &stride) in self.sizes.iter().zip(&self.strides) {
            end = end.checked_add((size - 1).checked_mul(stride)?)?;
        }
        Some(end)
    }

    /// One row of it.
    pub(super) fn row(&self, number: u64) -> Self {
        let stride = self.strides.first().copied().unwrap_or(0);
        Self {
            sizes: self.sizes.get(1..).unwrap_or_default().to_vec(),
            strides: self.strides.get(1..).unwrap_or_default().to_vec(),
            offset: self.offset.saturating_add(stride.saturating_mul(number)),
            ..self.clone()
        }
    }
}

impl<'a> Analysis<'_, 'a> {
    /// The tensor that a value is.
    pub(super) fn tensor(
        &mut self,
        arena: &Arena<'a>,
        value: Value,
        op: &Op<'a>,
    ) -> Result<Tensor<'a>, Trouble> {
        let mut value = value;
        for _ in 0..MOST_LEVELS {
            let names = self.maker(arena, value, op).map_err(|why| match why {
                Unknown::Untold(_) => untold("is no tensor that the stream shows"),
                Unknown::Elsewhere => Trouble::Unknown(why),
            })?;
            let items = arena.call_of(value).and_then(|(_, arguments)| arena.tuple(arguments));
            let items = items.unwrap_or_default();
            match names.name.as_ref() {
                "_rebuild_parameter" | "_rebuild_parameter_with_state" if !items.is_empty() => {
                    value = items[0];
                }
                "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3" => {
                    return self.shown(arena, items, op);
                }
                // What is on another device, or has no numbers.
                "_rebuild_device_tensor_from_numpy"
                | "_rebuild_device_tensor_from_cpu_tensor"
                | "_rebuild_meta_tensor_no_storage" => return Err(Trouble::Unknown(Unknown::Elsewhere)),
                _ => {
                    let why = format!("is computed by `{}`", names.dotted());
                    return Err(Trouble::Unknown(Unknown::because(why)));
                }
            }
        }
        Err(untold("is no tensor that the stream shows"))
    }

    /// The tensor that is made of `(storage, offset, size, stride, …)`.
    pub(super) fn shown(
        &mut self,
        arena: &Arena<'a>,
        items: &[Value],
        op: &Op<'a>,
    ) -> Result<Tensor<'a>, Trouble> {
        let &[storage, offset, size, stride, ..] = items else {
            return Err(untold("is made of something that is not known"));
        };
        let storage = self.storage(arena, storage, op)?;
        // The third version names the type behind the others.
        let named = items.get(6).and_then(|&kind| match arena.shape(kind) {
            Made::Global(global) => item(&global.resolved()?.name),
            _ => None,
        });
        let untold = || untold("has a size that is not known");
        let offset = integer(arena, offset).ok_or_else(untold)?;
        if offset < 0 {
            return Err(Trouble::Broken("a tensor begins in front of its storage".to_owned()));
        }
        let (sizes, strides) = (lengths(arena, size), lengths(arena, stride));
        let (Some(sizes), Some(strides), Ok(offset)) = (sizes, strides, u64::try_from(offset)) else {
            return Err(untold());
        };
        if sizes.len() != strides.len() {
            return Err(untold());
        }
        Ok(Tensor { sizes, strides, offset, item: named.unwrap_or(storage.item), storage })
    }

    /// The storage that a value is: a persistent object, or in older plain pickles a file of torch in bytes.
    fn storage(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> Result<Storage<'a>, Trouble> {
        let elsewhere = || Trouble::Unknown(Unknown::Elsewhere);
        match arena.shape(value) {
            Made::Persistent(..) => {
                persistent(arena, value).map(|(_, storage)| storage).ok_or_else(elsewhere)
            }
            Made::Call { arguments, .. } => {
                let names = self.maker(arena, value, op).map_err(Trouble::Unknown)?;
                match arena.tuple(arguments) {
                    Some(&[file]) if names.name == "_load_from_bytes" => {
                        let bytes = self.data(arena, file, op).map_err(Trouble::Unknown)?;
                        in_file(bytes).ok_or_else(|| untold("has a storage that is not known"))
                    }
                    _ => {
                        let why = format!("has a storage that is made by `{}`", names.dotted());
                        Err(Trouble::Unknown(Unknown::because(why)))
                    }
                }
            }
            _ => Err(elsewhere()),
        }
    }

    /// Gives all integers of a tensor to `take`, in order, with the number of each in its row. When nobody wants them any more, they are
    /// as good as in another file.
    pub(super) fn each(
        &mut self,
        tensor: &Tensor<'a>,
        take: &mut dyn FnMut(u64, i64),
    ) -> Result<(), Trouble> {
        let Item { width, kind } = tensor.item;
        if tensor.count() == 0 {
            return Ok(());
        }
        if kind == ItemKind::Other {
            return Err(untold("has items that are no integers"));
        }
        let (bytes, big): (&[u8], bool) = match &tensor.storage.place {
            Place::Here(bytes) => (bytes, false),
            Place::Record(key) => match self.storages.find(key) {
                Stored::Bytes(bytes) => (bytes, self.storages.are_big()),
                Stored::Hidden(why) => return Err(untold(why)),
                Stored::Elsewhere => return Err(Trouble::Unknown(Unknown::Elsewhere)),
            },
        };
        let start = usize::try_from(tensor.storage.start).unwrap_or(usize::MAX);
        let bytes = bytes.get(start..).unwrap_or_default();
        let room = bytes.len() as u64 / width;
        if tensor.end().is_none_or(|end| end > room) {
            return Err(untold("has fewer bytes than items"));
        }
        // The same item again and again says nothing new.
        let steps: Vec<_> = tensor.sizes.iter().zip(&tensor.strides).collect();
        let steps: Vec<_> = steps
            .into_iter()
            .map(|(&size, &stride)| (if stride == 0 { size.min(1) } else { size }, stride))
            .collect();
        let count = steps.iter().try_fold(1_u64, |all, (size, _)| all.checked_mul(*size)).unwrap_or(u64::MAX);
        self.numbers = self.numbers.saturating_add(count);
        if count > room || self.numbers > MOST_NUMBERS {
            return Err(untold("has more items than are looked at"));
        }
        let ((last, stride), rest) = match steps.split_last() {
            Some((&last, rest)) => (last, rest),
            None => ((1, 0), [].as_slice()),
        };
        let mut at = vec![0_u64; rest.len()];
        let signed = kind == ItemKind::Signed;
        let mut since = 0;
        loop {
            let row = rest.iter().zip(&at).fold(tensor.offset, |row, ((_, stride), at)| row + stride * at);
            for from in (0..last).step_by(BETWEEN_LOOKS as usize) {
                let to = last.min(from + BETWEEN_LOOKS);
                since += to - from;
                if since >= BETWEEN_LOOKS && (self.interrupt)() {
                    return Err(Trouble::Unknown(Unknown::Elsewhere));
                }
                since %= BETWEEN_LOOKS;
                for number in from..to {
                    let start = ((row + number * stride) * width) as usize;
                    take(number, read(&bytes[start..start + width as usize], signed, big));
                }
            }
            if !next_row(&mut at, rest) {
                return Ok(());
            }
        }
    }
}

/// Goes on to the next row, as a counter counts; whether there is one. Of each axis there is its size, and how far it is to the next.
fn next_row(at: &mut [u64], axes: &[(u64, u64)]) -> bool {
    for (at, (size, _)) in at.iter_mut().zip(axes).rev() {
        *at += 1;
        if *at < *size {
            return true;
        }
        *at = 0;
    }
    false
}

/// Sizes or strides: a tuple, or a `torch.Size` of one.
pub(super) fn lengths(arena: &Arena<'_>, value: Value) -> Option<Vec<u64>> {
    match arena.call_of(value) {
        Some((_, arguments)) => dimensions(arena, *arena.tuple(arguments)?.first()?),
        None => dimensions(arena, value),
    }
}

/// The class and the storage that a persistent object is: `('storage', class, key, location, length)`, and behind these of which
/// part of it.
pub(in crate::analysis) fn persistent<'a>(arena: &Arena<'_>, value: Value) -> Option<(Value, Storage<'a>)> {
    let Made::Persistent(_, Some(id)) = arena.shape(value) else { return None };
    let &[kind, class, key, _, length, ref part @ ..] = arena.tuple(id)? else { return None };
    let Made::Global(global) = arena.shape(class) else { return None };
    let item = item(&global.resolved()?.name)?;
    arena.text(kind).filter(|kind| kind == "storage")?;
    let bytes = |value| u64::try_from(integer(arena, value)?).ok()?.checked_mul(item.width);
    let (mut start, mut length) = (0, bytes(length)?);
    if let Some(&[_, first, count]) = part.first().and_then(|&part| arena.tuple(part)) {
        (start, length) = (bytes(first)?, bytes(count)?);
    }
    Some((class, Storage { item, length, start, place: Place::Record(arena.text(key)?.into_owned()) }))
}

/// Pickles in front of the numbers in a file of torch before 1.6; the last but one is what the file holds.
const PICKLES: usize = 5;
const OBJECT: usize = 3;

/// What such a file begins with, as tensors in plain pickles have it.
const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// The pickles of such a file. What is behind them is numbers for torch, and for others opcodes: 640 elements are a `PROTO`. All of
/// the bytes, if it is no such file, or has a frame, at whose end not all readers think alike.
pub(in crate::analysis) fn pickles_of_file(bytes: &[u8]) -> &[u8] {
    let ends = || {
        let mut reader = Reader::new(bytes, 0);
        let mut stops = 0;
        loop {
            let op = reader.next_op().ok()?;
            match op.opcode {
                Opcode::Stop => stops += 1,
                Opcode::Frame => return None,
                _ => {}
            }
            if stops == PICKLES {
                return Some(op.end);
            }
        }
    };
    let end = bytes.starts_with(MAGIC).then(ends).flatten();
    end.map_or(bytes, |end| &bytes[..end])
}

/// The storage that is all that such a file holds: `torch.storage._load_from_bytes`.
fn in_file(bytes: Cow<'_, [u8]>) -> Option<Storage<'_>> {
    let (mut at, mut class) = (0, None);
    for number in 0..PICKLES {
        let mut reader = Reader::new(&bytes, at);
        loop {
            let op = reader.next_op().ok()?;
            at = op.end;
            if op.opcode == Opcode::Stop {
                break;
            }
            if number == OBJECT && op.opcode == Opcode::Global {
                let line = bytes.get(op.start + 1..op.end)?.strip_suffix(b"\n")?;
                let name = line.rsplit(|&byte| byte == b'\n').next()?;
                // There is one class, or it is not known which is that of the storage.
                class = match class {
                    None => Some(item(std::str::from_utf8(name).ok()?)?),
                    Some(_) => return None,
                };
            }
        }
    }
    let item = class?;
    let count = u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
    let length = count.checked_mul(item.width)?;
    let rest = at + size_of::<u64>();
    if (bytes.len() as u64).checked_sub(rest as u64)? < length {
        return None;
    }
    let place = match bytes {
        Cow::Borrowed(bytes) => Place::Here(Cow::Borrowed(&bytes[rest..])),
        Cow::Owned(bytes) => Place::Here(Cow::Owned(bytes[rest..].to_vec())),
    };
    Some(Storage { item, length, start: 0, place })
}
