//! Whether the buffers of an Arrow array are as large as its length and its offsets say (`pyarrow.lib._restore_array`, which
//! believes all of it). What must be there for which type is the [columnar
//! format](https://arrow.apache.org/docs/format/Columnar.html).

use std::borrow::Cow;

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode, counted};

use super::array::{Unknown, integer, integers};
use super::members::Why;
use super::{Analysis, EntryId};

/// How the items of an array lie in its buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// Nothing but their number.
    Null,
    /// So many bits each.
    Bits(u64),
    /// Bytes, between offsets of so many bytes.
    Offsets(usize),
    /// Items of a child, between offsets.
    Lists(usize),
    /// So many items of a child each.
    Rows(u64),
    /// An item of each child.
    Struct,
    /// Numbers of items of a dictionary, of so many bytes; whether they have a sign.
    Dictionary(usize, bool),
    /// Bytes, or where they are in further buffers.
    Views,
    /// Of another kind, which is not looked at.
    Other,
}

/// Types by the names that `type_for_alias` takes, and by the functions that make others.
const TYPES: &[(&str, Layout)] = &[
    ("null", Layout::Null),
    ("bool", Layout::Bits(1)),
    ("bool_", Layout::Bits(1)),
    ("int8", Layout::Bits(8)),
    ("uint8", Layout::Bits(8)),
    ("int16", Layout::Bits(16)),
    ("uint16", Layout::Bits(16)),
    ("halffloat", Layout::Bits(16)),
    ("float16", Layout::Bits(16)),
    ("int32", Layout::Bits(32)),
    ("uint32", Layout::Bits(32)),
    ("float", Layout::Bits(32)),
    ("float32", Layout::Bits(32)),
    ("date32", Layout::Bits(32)),
    ("date32[day]", Layout::Bits(32)),
    ("time32", Layout::Bits(32)),
    ("month_interval", Layout::Bits(32)),
    ("int64", Layout::Bits(64)),
    ("uint64", Layout::Bits(64)),
    ("double", Layout::Bits(64)),
    ("float64", Layout::Bits(64)),
    ("date64", Layout::Bits(64)),
    ("date64[ms]", Layout::Bits(64)),
    ("time64", Layout::Bits(64)),
    ("timestamp", Layout::Bits(64)),
    ("duration", Layout::Bits(64)),
    ("month_day_nano_interval", Layout::Bits(128)),
    ("decimal32", Layout::Bits(32)),
    ("decimal64", Layout::Bits(64)),
    ("decimal128", Layout::Bits(128)),
    ("decimal256", Layout::Bits(256)),
    ("string", Layout::Offsets(4)),
    ("str", Layout::Offsets(4)),
    ("utf8", Layout::Offsets(4)),
    ("binary", Layout::Offsets(4)),
    ("large_string", Layout::Offsets(8)),
    ("large_str", Layout::Offsets(8)),
    ("large_utf8", Layout::Offsets(8)),
    ("large_binary", Layout::Offsets(8)),
    ("string_view", Layout::Views),
    ("binary_view", Layout::Views),
    ("list_", Layout::Lists(4)),
    ("map_", Layout::Lists(4)),
    ("large_list", Layout::Lists(8)),
    ("struct", Layout::Struct),
];

/// Arrays in arrays.
const MOST_LEVELS: usize = 32;
/// Arrays that are looked at as parts of others, in a pickle.
const MOST_PARTS: usize = 1 << 20;
/// Buffers are read as often as they are referred to, as long as that is not out of proportion to the stream.
const MOST_READ: usize = 1 << 24;

/// An array, as it is written down.
struct Parts<'a> {
    layout: Layout,
    length: u64,
    /// Behind the last item, counted from the beginning of the buffers.
    end: u64,
    offset: u64,
    may_have_nulls: bool,
    buffers: Vec<Buffer<'a>>,
}

/// A buffer. `None`: there is none; `Err`: its bytes are not known.
type Buffer<'a> = Option<Result<Cow<'a, [u8]>, Unknown>>;

impl<'a> Analysis<'_, 'a> {
    /// Judges a call of what makes Arrow arrays.
    pub(super) fn judge_arrow(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        arguments: Value,
        id: EntryId,
    ) {
        let names = &self.ledger.entry(id).names;
        if names.name != "_restore_array" || names.module != "pyarrow.lib" {
            return;
        }
        let data = arena.tuple(arguments).and_then(|items| items.first().copied());
        let outcome = match data {
            Some(data) => self.arrow(arena, op, data, 0).map(|_| ()),
            None => Err(Trouble::Unknown(Unknown::because("are arguments that are not known"))),
        };
        let why = match outcome {
            Ok(()) | Err(Trouble::Unknown(Unknown::Elsewhere)) => return,
            Err(Trouble::Unknown(Unknown::Untold(why))) => Why::Unknown(FITS.to_owned(), "the tuple", why),
            Err(Trouble::Broken(there)) => Why::Broken(FITS.to_owned(), there),
        };
        self.tell_misfit(arena, op, call, id, why);
    }

    /// Looks at an array and its parts; gives its length.
    fn arrow(&mut self, arena: &Arena<'a>, op: &Op<'a>, data: Value, level: usize) -> Result<u64, Trouble> {
        self.tally.held += 1;
        if level > MOST_LEVELS || self.tally.held > MOST_PARTS {
            return Err(untold("are more arrays in each other than are looked at"));
        }
        let Some(&[kind, length, nulls, offset, buffers, children, dictionary]) = arena.tuple(data) else {
            return Err(untold("is no tuple of seven"));
        };
        let size = |value| integer(arena, value).ok_or_else(|| untold("has a length that is no number"));
        let (length, offset) = (size(length)?, size(offset)?);
        let (Ok(length), Ok(offset)) = (u64::try_from(length), u64::try_from(offset)) else {
            return Err(Trouble::Broken("a length or an offset is negative".to_owned()));
        };
        let end = length.checked_add(offset).ok_or_else(|| untold("has a length that is no number"))?;
        let layout = self.arrow_layout(arena, op, kind)?;
        if layout == Layout::Other {
            return Ok(length);
        }
        let buffers = self.arrow_buffers(arena, op, buffers)?;
        let may_have_nulls = integer(arena, nulls) != Some(0);
        let array = Parts { layout, length, end, offset, may_have_nulls, buffers };
        array.check_validity()?;
        let mut lengths = Vec::new();
        if !is_none(arena, children) {
            let Made::Container(Collection::List, contents) = arena.shape(children) else {
                return Err(untold("has children that are no list"));
            };
            for &child in contents.map(|contents| contents.items.as_slice()).unwrap_or_default() {
                lengths.push(self.arrow(arena, op, child, level + 1)?);
            }
        }
        let dictionary = if is_none(arena, dictionary) {
            None
        } else {
            Some(self.arrow(arena, op, dictionary, level + 1)?)
        };
        self.tally.read = self.tally.read.saturating_add(array.read());
        if self.tally.read > MOST_READ.saturating_add(self.bytes.len().saturating_mul(2)) {
            return Err(untold("are buffers that many arrays share"));
        }
        array.check(&lengths, dictionary)?;
        Ok(length)
    }

    fn arrow_layout(&mut self, arena: &Arena<'a>, op: &Op<'a>, kind: Value) -> Result<Layout, Trouble> {
        let names = self.maker(arena, kind, op).map_err(|why| match why {
            Unknown::Elsewhere => Trouble::Unknown(why),
            Unknown::Untold(_) => untold("has a type that is not known"),
        })?;
        let arguments = match arena.call_of(kind) {
            Some((_, arguments)) => arena.tuple(arguments).unwrap_or_default(),
            None => &[],
        };
        let by_name = |name: &str| {
            TYPES.iter().find(|(known, _)| *known == name).map_or(Layout::Other, |(_, layout)| *layout)
        };
        let size = |number: usize| {
            let size = arguments.get(number).and_then(|&size| integer(arena, size));
            size.and_then(|size| u64::try_from(size).ok())
        };
        Ok(match (names.name.as_ref(), arguments) {
            ("type_for_alias", [alias]) => {
                let alias = arena.text(*alias).ok_or_else(|| untold("has a type that is not known"))?;
                // The unit of a time.
                by_name(match alias.split('[').next() {
                    Some(name @ ("timestamp" | "duration" | "time32" | "time64")) => name,
                    _ => alias.as_ref(),
                })
            }
            ("binary" | "fixed_size_binary", [_]) => match size(0).and_then(|bytes| bytes.checked_mul(8)) {
                Some(bits) => Layout::Bits(bits),
                None => Layout::Offsets(4),
            },
            ("list_", [_, _]) => size(1).map_or(Layout::Lists(4), Layout::Rows),
            ("dictionary", &[index, ..]) => {
                let alias = arena
                    .call_of(index)
                    .and_then(|(_, arguments)| arena.text(*arena.tuple(arguments)?.first()?));
                match self.arrow_layout(arena, op, index)? {
                    Layout::Bits(bits @ (8 | 16 | 32 | 64)) => {
                        let is_signed = alias.is_none_or(|alias| !alias.starts_with('u'));
                        Layout::Dictionary(usize::try_from(bits / 8).unwrap_or(8), is_signed)
                    }
                    _ => return Err(untold("has a dictionary without indices")),
                }
            }
            (name, _) => by_name(name),
        })
    }

    /// The buffers, with those that are none in their places. A stream is read for what is notable, which None is not: the list is
    /// read again.
    fn arrow_buffers(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        list: Value,
    ) -> Result<Vec<Buffer<'a>>, Trouble> {
        let wrong = || untold("has buffers that are no list");
        let Made::Container(Collection::List, kept) = arena.shape(list) else { return Err(wrong()) };
        let kept = kept.map(|contents| contents.items.as_slice()).unwrap_or_default();
        // Plain items of short lists may be kept as well.
        let kept: Vec<Value> = kept.iter().copied().filter(|&item| !is_none(arena, item)).collect();
        let (again, value) = arena.reread(list).ok_or_else(wrong)?;
        let Made::Container(_, contents) = again.shape(value) else { return Err(wrong()) };
        let places = contents.map(|contents| contents.items.as_slice()).unwrap_or_default();
        let is_none_again =
            |value: Value| matches!(again.shape(value), Made::Literal(op) if op.opcode == Opcode::None);
        if places.iter().filter(|&&place| !is_none_again(place)).count() != kept.len() {
            return Err(wrong());
        }
        let mut kept = kept.iter();
        let buffers = places.iter().map(|&place| {
            let buffer = if is_none_again(place) { None } else { kept.next() };
            buffer.map(|&buffer| self.arrow_buffer(arena, op, buffer))
        });
        Ok(buffers.collect())
    }

    /// The bytes of `py_buffer(bytes)`.
    fn arrow_buffer(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        buffer: Value,
    ) -> Result<Cow<'a, [u8]>, Unknown> {
        let names = self.maker(arena, buffer, op)?;
        let bytes = arena.call_of(buffer).and_then(|(_, arguments)| arena.tuple(arguments)?.first().copied());
        match bytes.filter(|_| names.name == "py_buffer") {
            Some(bytes) => self.data(arena, bytes, op),
            None => Err(Unknown::because("has a buffer that is not known")),
        }
    }
}

/// What is believed, in the words of the other requirements.
const FITS: &str = "buffers fit the length and the offsets";

/// Why an array is not all right.
pub(super) enum Trouble {
    Broken(String),
    Unknown(Unknown),
}

pub(super) fn untold(why: &str) -> Trouble {
    Trouble::Unknown(Unknown::because(why))
}

impl Parts<'_> {
    /// The bytes of a buffer; empty, if there is none.
    fn buffer(&self, number: usize) -> Result<&[u8], Trouble> {
        match self.buffers.get(number) {
            Some(Some(Ok(bytes))) => Ok(bytes),
            Some(Some(Err(why))) => Err(Trouble::Unknown(why.clone())),
            Some(None) | None => Ok(&[]),
        }
    }

    /// Bytes that are read.
    fn read(&self) -> usize {
        match self.layout {
            Layout::Offsets(_) | Layout::Lists(_) | Layout::Dictionary(..) | Layout::Views => {
                self.buffer(1).map_or(0, <[u8]>::len)
            }
            _ => 0,
        }
    }

    fn check_validity(&self) -> Result<(), Trouble> {
        let Some(Some(Ok(bits))) = self.buffers.first() else { return Ok(()) };
        if self.may_have_nulls && self.layout != Layout::Null && (bits.len() as u64) < self.end.div_ceil(8) {
            return Err(too_small(0, bits.len()));
        }
        Ok(())
    }

    fn is_null(&self, index: u64) -> bool {
        let Some(Some(Ok(bits))) = self.buffers.first() else { return false };
        let byte = usize::try_from(index / 8).ok().and_then(|at| bits.get(at));
        self.may_have_nulls && byte.is_some_and(|byte| byte >> (index % 8) & 1 == 0)
    }

    /// The items that count of a buffer of integers, and one more if they are offsets.
    fn numbers(&self, width: usize, more: u64) -> Result<&[u8], Trouble> {
        let bytes = self.buffer(1)?;
        let place = |index: u64| usize::try_from(index).ok()?.checked_mul(width);
        let end = self.end.checked_add(more).and_then(place);
        place(self.offset)
            .zip(end)
            .and_then(|(start, end)| bytes.get(start..end))
            .ok_or_else(|| too_small(1, bytes.len()))
    }

    fn check(&self, children: &[u64], dictionary: Option<u64>) -> Result<(), Trouble> {
        if self.length == 0 {
            return Ok(());
        }
        let child = children.first().copied().unwrap_or(0);
        match self.layout {
            Layout::Null | Layout::Other => {}
            Layout::Bits(bits) => {
                let bytes = self.buffer(1)?;
                let wanted = u128::from(self.end) * u128::from(bits);
                if (bytes.len() as u128) * 8 < wanted {
                    return Err(too_small(1, bytes.len()));
                }
            }
            Layout::Offsets(width) => {
                let offsets = integers(self.numbers(width, 1)?, width, true);
                let data = match self.buffers.get(2) {
                    Some(Some(Err(why))) => return Err(Trouble::Unknown(why.clone())),
                    _ => self.buffer(2)?.len() as u64,
                };
                self.between(offsets, data)?;
            }
            Layout::Lists(width) => self.between(integers(self.numbers(width, 1)?, width, true), child)?,
            Layout::Rows(size) => {
                if u128::from(self.end) * u128::from(size) > u128::from(child) {
                    return Err(Trouble::Broken(format!(
                        "its child has {}, and {} are needed",
                        counted(child as usize, "item"),
                        u128::from(self.end) * u128::from(size)
                    )));
                }
            }
            Layout::Struct => {
                if let Some(short) = children.iter().find(|&&child| child < self.end) {
                    return Err(Trouble::Broken(format!(
                        "a child has {}, and {} are needed",
                        counted(*short as usize, "item"),
                        self.end
                    )));
                }
            }
            Layout::Dictionary(width, is_signed) => {
                let size = dictionary.unwrap_or(0);
                let items = self.numbers(width, 0)?.chunks_exact(width);
                for (index, item) in (self.offset..).zip(items) {
                    let number = integers(item, width, is_signed).least;
                    let is_in = u64::try_from(number).is_ok_and(|number| number < size);
                    if !is_in && !self.is_null(index) {
                        return Err(Trouble::Broken(format!(
                            "the number {number} leads out of a dictionary of {size}"
                        )));
                    }
                }
            }
            Layout::Views => self.check_views()?,
        }
        Ok(())
    }

    /// Offsets that rise, and end where there is something.
    fn between(&self, offsets: super::array::Range, most: u64) -> Result<(), Trouble> {
        let is_in = offsets.least >= 0 && u64::try_from(offsets.most).is_ok_and(|last| last <= most);
        if is_in && offsets.rises {
            return Ok(());
        }
        let (least, last) = (offsets.least, offsets.most);
        Err(Trouble::Broken(format!(
            "the offsets go from {least} to {last}, and lead into {}",
            counted(most as usize, "item")
        )))
    }

    /// Views of sixteen bytes: a length, and up to twelve bytes, or four of them, the number of a buffer and a place in it.
    fn check_views(&self) -> Result<(), Trouble> {
        for (index, view) in (self.offset..).zip(self.numbers(16, 0)?.chunks_exact(16)) {
            let number = |at: usize| integers(&view[at..at + 4], 4, true).least;
            let (length, buffer, place) = (number(0), number(8), number(12));
            if self.is_null(index) || (0..=12).contains(&length) {
                continue;
            }
            let buffer = usize::try_from(buffer).ok().and_then(|buffer| buffer.checked_add(2));
            let data = match buffer.filter(|&buffer| buffer < self.buffers.len()) {
                Some(buffer) => self.buffer(buffer)?.len() as u64,
                None => 0,
            };
            let end = u64::try_from(place)
                .ok()
                .zip(u64::try_from(length).ok())
                .map(|(place, length)| place + length);
            if end.is_none_or(|end| end > data) {
                return Err(Trouble::Broken(format!(
                    "a view of {length} bytes from {place} is not in its buffer"
                )));
            }
        }
        Ok(())
    }
}

fn too_small(number: usize, length: usize) -> Trouble {
    Trouble::Broken(format!("buffer {number} has {}, and more are needed", counted(length, "byte")))
}

fn is_none(arena: &Arena<'_>, value: Value) -> bool {
    matches!(arena.shape(value), Made::Literal(op) if op.opcode == Opcode::None)
}
