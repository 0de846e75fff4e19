//! Data sets: which of their bytes may be pickles. An array of byte strings, or of items with some in them, may have one in each; any
//! array may be one as a whole: to see that, no more than the first chunks are unpacked.

use std::collections::HashSet;

use super::attributes::{ATTRIBUTE, code};
use super::chunks::{Chunk, Found, Grid, Index, chunks};
use super::elsewhere::{Loader, elsewhere, is_of_same_file};
use super::file::{File, Message, number};
use super::filters::{self, Filter, Stop, filters};
use super::types::{Element, Numbers, Space, Type};
use crate::bytes::{span, u16_at, u32_at};
use crate::fault::{Fault, FaultKind};
use crate::sniff::{begins_pickle_value, container, is_undecided_pickle, pickle_end};
use crate::values::{Value, Values};

/// Types of messages.
const SPACE: u16 = 1;
const TYPE: u16 = 3;
const FILL: u16 = 5;
const FILES: u16 = 7;
const LAYOUT: u16 = 8;
const FILTERS: u16 = 11;

/// Bytes of the beginning that tell whether it is a pickle.
const HEAD: usize = 4 << 10;

/// Bytes of a data set that a loader has room for in any case; and how many a byte of a file stands for at most.
const MUCH: usize = 1 << 30;
const PACKED: usize = 1000;

/// How data were cut into chunks, and what was done to these.
struct Shape<'s> {
    chunk: &'s [u64],
    packed: &'s [Filter],
    /// Bytes of a chunk that is not packed.
    bytes: usize,
}

/// A data set, or an attribute.
pub(super) struct DataSet<'f, 'a> {
    pub(super) file: &'f File<'a>,
    pub(super) space: Space,
    pub(super) element: Element,
    /// How numbers in it are laid out.
    pub(super) numbers: Numbers,
    /// Bytes of an element.
    pub(super) size: usize,
    /// What its values are called.
    pub(super) what: &'static str,
}

/// Where the data are.
enum Layout {
    /// In one piece: where, and how long.
    Piece(usize, usize),
    /// In chunks of this shape, which are found by an index.
    Chunks(Vec<u64>, Index, usize),
}

/// Takes what the object with these messages holds, if it is a data set that is not among those that were `seen`; whether to go on.
pub(super) fn data_set<'a>(
    file: &File<'a>,
    messages: &[Message<'a>],
    seen: &mut HashSet<usize>,
    values: &mut Values<'_, 'a, '_>,
) -> bool {
    let first = |kind| messages.iter().find(|message: &&Message<'_>| message.kind == kind);
    let resolved = |kind| first(kind).and_then(|message| file.resolved(message));
    let Some(message) = first(LAYOUT).filter(|layout| seen.insert(layout.at)) else { return true };
    if !fill(resolved(FILL), values) {
        return false;
    }
    let space = resolved(SPACE).and_then(|space| Space::parse(space.body, file.length));
    let Some(space) = space else { return true };
    let kind = resolved(TYPE).and_then(|message| Type::parse(message.body));
    let unknown = || (Element::Other, Numbers::Plain, None);
    let (element, numbers, stated) =
        kind.map_or_else(unknown, |kind| (kind.element, kind.numbers, Some(kind.size)));
    let parsed = Layout::parse(file, message, space.dimensions.len());
    let of_layout = parsed.as_ref().and_then(|(_, size)| *size);
    let set =
        DataSet { file, space, element, numbers, size: stated.or(of_layout).unwrap_or(0), what: "data" };
    if first(FILES).is_some() {
        // Which files are read for it, the file decides.
        values.fault(unread("lies in other files", message.at));
        return true;
    }
    if let Some(how) = elsewhere(message.body) {
        if !set.may_hold_pickles() && (file.loader().is_some() || is_of_same_file(file, message.body)) {
            values.fault(unread(how, message.at));
        }
        return set.hidden(how, message.at, values);
    }
    set.overstated(message.at, values);
    if set.numbers == Numbers::Moved {
        return set.hidden("holds numbers that are laid out as in no machine", message.at, values);
    }
    match parsed {
        _ if set.size == 0 => true,
        Some((Layout::Piece(at, len), _)) => set.masked(at, values) || set.piece(at, len, values),
        Some((Layout::Chunks(chunk, index, at), _)) => {
            let packed = match first(FILTERS) {
                Some(_) => resolved(FILTERS).and_then(|message| filters(message.body)),
                None => Some(Vec::new()),
            };
            set.chunked(&chunk, index, at, packed.as_deref(), values)
        }
        // Nothing was written.
        None => true,
    }
}

/// Says that the data at `at` were not read.
fn unread(how: &str, at: usize) -> Fault {
    let message = format!("a data set {how}; what is in it was not read");
    Fault::new(FaultKind::Unsupported, at, message)
}

/// Takes the value that elements have which were not written.
fn fill<'a>(message: Option<Message<'a>>, values: &mut Values<'_, 'a, '_>) -> bool {
    let Some(Message { body, at, .. }) = message else { return true };
    let start = if body.first() == Some(&3) { 2 } else { 4 };
    let Some(size) = u32_at(body, start) else { return true };
    let Some(bytes) = span(body, start + 4, size as usize) else { return true };
    let at = at + start + 4;
    values.take(|| format!("fill@{at}"), Value { bytes: bytes.into(), offset: Some(at) })
}

impl Layout {
    /// What a message says, and how long it says that an element is.
    fn parse(file: &File<'_>, message: &Message<'_>, rank: usize) -> Option<(Self, Option<usize>)> {
        let (body, start) = (message.body, message.at);
        match *body.first()? {
            1 | 2 => Self::old(file, body, rank, start),
            3..=5 if matches!(body.get(1)?, 0 | 1) => {
                let piece = match body[1] {
                    0 => Self::Piece(start + 4, usize::from(u16_at(body, 2)?)),
                    _ => Self::contiguous(file, file.place(body, 2)?, file.len(body, 2 + file.address)?),
                };
                Some((piece, None))
            }
            3 if body.get(1) == Some(&2) => {
                let at = file.place(body, 3)?;
                let row = row(body, 3 + file.address, 4, rank + 1)?;
                Self::with_element(row, Index::Tree, at)
            }
            4 | 5 if body.get(1) == Some(&2) => {
                let (flags, width) = (*body.get(2)?, usize::from(*body.get(4)?));
                let row = row(body, 5, width, rank + 1)?;
                let at = 5 + width * (rank + 1);
                let (index, behind) = match *body.get(at)? {
                    1 if flags & 2 != 0 => {
                        let mask = u32_at(body, at + 1 + file.length)?;
                        (Index::Single(Some((file.len(body, at + 1)?, mask))), file.length + 4)
                    }
                    1 => (Index::Single(None), 0),
                    2 => (Index::Implicit, 0),
                    3 => (Index::FixedArray, 1),
                    4 => (Index::ExtensibleArray, 5),
                    5 => (Index::NewTree, 6),
                    _ => return None,
                };
                Self::with_element(row, index, file.place(body, at + 1 + behind)?)
            }
            _ => None,
        }
    }

    /// In one piece, of which as much counts as there is.
    fn contiguous(file: &File<'_>, at: usize, len: usize) -> Self {
        Self::Piece(at, len.min(file.bytes.len() - at))
    }

    /// Of the versions that were written before 2003.
    fn old(file: &File<'_>, body: &[u8], rank: usize, start: usize) -> Option<(Self, Option<usize>)> {
        let (count, class) = (usize::from(*body.get(1)?), *body.get(2)?);
        let (at, dimensions) = if class == 0 { (None, 8) } else { (file.place(body, 8), 8 + file.address) };
        let row = row(body, dimensions, 4, count)?;
        let behind = dimensions + 4 * count;
        match class {
            0 => Some((Self::Piece(start + behind + 4, u32_at(body, behind)? as usize), None)),
            1 => {
                let len = row.iter().try_fold(1u64, |len, part| len.checked_mul(*part))?;
                Some((Self::contiguous(file, at?, usize::try_from(len).ok()?), None))
            }
            2 if count == rank + 1 => Self::with_element(row, Index::Tree, at?),
            _ => None,
        }
    }

    /// Of a row of dimensions behind which stands the length of an element.
    fn with_element(mut row: Vec<u64>, index: Index, at: usize) -> Option<(Self, Option<usize>)> {
        let size = usize::try_from(row.pop()?).ok()?;
        let is_sound = row.iter().all(|dimension| *dimension > 0);
        is_sound.then_some((Self::Chunks(row, index, at), Some(size)))
    }
}

/// So many numbers of so many bytes.
fn row(body: &[u8], at: usize, width: usize, count: usize) -> Option<Vec<u64>> {
    (0..count).map(|index| number(body, at + index * width, width)).collect()
}

impl<'a> DataSet<'_, 'a> {
    /// The byte strings in an element, each a value by itself; none: all elements together may be one.
    fn fields(&self) -> &[(usize, usize)] {
        match &self.element {
            Element::Fields(fields) => fields,
            _ => &[],
        }
    }

    /// The strings in a row of elements: where they are, and how long without the zeros at their ends.
    fn strings(&self, bytes: &[u8]) -> impl Iterator<Item = (usize, usize)> {
        let whole = matches!(self.element, Element::Text | Element::Opaque).then_some((0, self.size));
        let fields: Vec<_> = self.fields().iter().copied().chain(whole).collect();
        let rows = bytes.chunks_exact(self.size.max(1)).enumerate();
        rows.flat_map(move |(index, row)| {
            let base = index * row.len();
            let string = move |(start, len)| {
                let used = span(row, start, len)?.iter().rposition(|byte| *byte != 0)?;
                (used > 0).then_some((base + start, used + 1))
            };
            fields.clone().into_iter().filter_map(string)
        })
    }

    /// How many bytes are looked at in so many of the data for the strings in them: fields may lie in each other.
    fn work(&self, len: usize) -> usize {
        let in_fields = self.fields().iter().fold(0usize, |sum, (_, len)| sum.saturating_add(*len));
        (len / self.size.max(1)).saturating_mul(in_fields).max(len)
    }

    /// Whether all elements together, of so many bytes, are worth being looked at, from how they begin.
    fn is_wanted(&self, head: &[u8], len: usize) -> bool {
        begins_pickle_value(head, len as u64) || self.element == Element::Byte && container(head).is_some()
    }

    /// Whether objects are kept in such elements, rather than text or numbers.
    fn may_hold_pickles(&self) -> bool {
        let is_row = self.space.dimensions.iter().filter(|dimension| **dimension != 1).count() <= 1;
        match self.element {
            Element::Opaque => true,
            Element::Byte => is_row,
            Element::Text => is_row && self.size == 1,
            Element::Fields(_) | Element::Other => false,
        }
    }

    /// Whether the first string in these bytes is a pickle: all of them together are no other one.
    fn begins_with_one(&self, bytes: &[u8]) -> bool {
        let first = self.strings(bytes).next().filter(|(start, _)| *start == 0);
        first.is_some_and(|(_, len)| pickle_end(&bytes[..len]).is_ok())
    }

    /// Takes what is in one piece.
    pub(super) fn piece(&self, at: usize, len: usize, values: &mut Values<'_, 'a, '_>) -> bool {
        let Some(bytes) = span(self.file.bytes, at, len) else { return true };
        if !values.spend(self.work(len)) {
            return false;
        }
        let name = |start: usize| format!("{}@{}", self.what, at + start);
        for (start, len) in self.strings(bytes) {
            let Some(value) = Value::at(self.file.bytes, at + start, len) else { continue };
            self.code(at + start, &value, values);
            if !values.take(|| name(start), value) {
                return false;
            }
        }
        let is_text = matches!(self.element, Element::Text | Element::Opaque) && self.size == len;
        let is_one = !is_text && !self.begins_with_one(bytes);
        let Some(value) = Value::at(self.file.bytes, at, len).filter(|_| is_one) else { return true };
        if self.element == Element::Byte {
            self.code(at, &value, values);
        }
        !self.is_wanted(bytes, bytes.len()) || values.take(|| name(0), value)
    }

    /// Hands out what else than a pickle a loader may make of an attribute.
    fn code(&self, at: usize, value: &Value<'a>, values: &mut Values<'_, 'a, '_>) {
        if self.what == ATTRIBUTE {
            code(values, at, value);
        }
    }

    /// Takes what is in chunks. `packed`: the filters, if it is known which.
    fn chunked(
        &self,
        chunk: &[u64],
        index: Index,
        at: usize,
        packed: Option<&[Filter]>,
        values: &mut Values<'_, 'a, '_>,
    ) -> bool {
        let elements = chunk.iter().try_fold(self.size as u64, |len, part| len.checked_mul(*part));
        let Some(bytes) = elements.and_then(|len| usize::try_from(len).ok()) else { return true };
        let (dimensions, most) = (&self.space.dimensions[..], &self.space.most[..]);
        let is_filtered = packed.is_none_or(|filters| !filters.is_empty());
        let grid = Grid { dimensions, most, chunk, bytes, is_filtered };
        let Found { chunks: mut found, entries, is_all } = chunks(self.file, index, at, &grid);
        if !values.spend(entries.saturating_mul(8)) {
            return false;
        }
        if !is_all {
            self.limit(at, values);
        }
        found.sort_by(|a, b| a.start.cmp(&b.start));
        let Some(packed) = packed else {
            return self.hidden("is packed by filters that are not named", at, values);
        };
        let is_unpacked =
            |chunk: &Chunk| !packed.iter().zip(0..).any(|(filter, index)| filter.shortens(chunk.mask, index));
        if found.iter().any(is_unpacked) && self.masked(at, values) {
            return true;
        }
        let shape = Shape { chunk, packed, bytes };
        let strings = match (&self.element, self.fields()) {
            (Element::Text | Element::Opaque, _) | (_, [_, ..]) => self.strings_in(&found, &shape, values),
            _ => Ok(true),
        };
        let found = strings.and_then(|goes_on| Ok(goes_on && self.whole(&found, &shape, values)?));
        match found {
            Ok(goes_on) => goes_on,
            Err((Stop::Unknown(filter), at)) => {
                let how = format!("is packed by the filter {}, which is not undone", filters::name(filter));
                self.hidden(&how, at, values)
            }
            Err((Stop::Limit | Stop::Damaged, at)) => self.limit(at, values),
        }
    }

    /// Takes the strings in all chunks; an error: why not, and where.
    fn strings_in(
        &self,
        found: &[Chunk],
        shape: &Shape<'_>,
        values: &mut Values<'_, 'a, '_>,
    ) -> Result<bool, (Stop, usize)> {
        for piece in found {
            let Some(unpacked) = self.unpack(piece, shape, values)? else { continue };
            if !values.spend(self.work(unpacked.len())) {
                return Ok(false);
            }
            for (start, len) in self.strings(&unpacked) {
                let value = Value::made(unpacked[start..start + len].to_vec());
                if !values.take(|| format!("data@{}+{start}", piece.at), value) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Takes all chunks together, if that is a value by how it begins.
    fn whole(
        &self,
        found: &[Chunk],
        shape: &Shape<'_>,
        values: &mut Values<'_, 'a, '_>,
    ) -> Result<bool, (Stop, usize)> {
        let len = self.space.len().and_then(|len| len.checked_mul(self.size));
        let (Some(len), Some(first)) = (len, found.first()) else { return Ok(true) };
        let mut head = vec![0; len.min(HEAD)];
        self.assemble(&mut head, found, shape, values)?;
        if self.begins_with_one(&head) {
            return Ok(true);
        }
        if !self.is_wanted(&head, len) && !is_undecided_pickle(&head, len as u64) {
            return Ok(true);
        }
        let packed = found.iter().fold(0usize, |packed, chunk| packed.saturating_add(chunk.len));
        if len as u64 > values.room_unpacked(packed) {
            return Err((Stop::Limit, first.at));
        }
        let mut all = vec![0; len];
        self.assemble(&mut all, found, shape, values)?;
        Ok(values.take(|| format!("data@{}", first.at), Value::made(all)))
    }

    /// Puts what chunks hold into the beginning of the whole, as far as that is asked for.
    fn assemble(
        &self,
        beginning: &mut [u8],
        found: &[Chunk],
        shape: &Shape<'_>,
        values: &mut Values<'_, 'a, '_>,
    ) -> Result<(), (Stop, usize)> {
        let len = beginning.len();
        for piece in found.iter().filter(|piece| self.start_of(&piece.start) < len) {
            if let Some(unpacked) = self.unpack(piece, shape, values)? {
                self.place(beginning, &unpacked, piece, shape.chunk);
            }
        }
        Ok(())
    }

    /// Where an element is in the whole.
    fn start_of(&self, place: &[u64]) -> usize {
        let dimensions = self.space.dimensions.iter().zip(place);
        let index = dimensions
            .fold(0u64, |index, (dimension, at)| index.saturating_mul(*dimension).saturating_add(*at));
        usize::try_from(index).unwrap_or(usize::MAX).saturating_mul(self.size)
    }

    /// What a chunk holds; `None`: nothing that could be had.
    fn unpack(
        &self,
        piece: &Chunk,
        shape: &Shape<'_>,
        values: &mut Values<'_, 'a, '_>,
    ) -> Result<Option<Vec<u8>>, (Stop, usize)> {
        let Some(bytes) = span(self.file.bytes, piece.at, piece.len) else { return Ok(None) };
        if !values.spend(bytes.len()) {
            return Err((Stop::Limit, piece.at));
        }
        // Filters add headers and checksums to what they are given.
        let len = shape.bytes as u64;
        let most = len.saturating_add(len / 8).saturating_add(1 << 10);
        let limit = values.room_unpacked(bytes.len()).min(most);
        match filters::undo(shape.packed, piece.mask, bytes, self.size, values.room_of(limit)) {
            Ok(unpacked) => {
                values.make_room(unpacked.len());
                Ok(Some(unpacked))
            }
            Err(Stop::Damaged) => Ok(None),
            Err(stop) => Err((stop, piece.at)),
        }
    }

    /// Puts the elements of a chunk where they belong in the whole, of which `beginning` is there.
    fn place(&self, beginning: &mut [u8], unpacked: &[u8], piece: &Chunk, chunk: &[u64]) {
        let dimensions = &self.space.dimensions;
        let Some(last) = dimensions.len().checked_sub(1) else { return };
        let row = usize::try_from(chunk[last].saturating_mul(self.size as u64)).unwrap_or(usize::MAX);
        let left = dimensions[last].saturating_sub(piece.start[last]).saturating_mul(self.size as u64);
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        let mut at = piece.start.clone();
        for from in unpacked.chunks(row.max(1)) {
            let start = self.start_of(&at);
            let is_inside = at.iter().zip(dimensions).all(|(at, dimension)| at < dimension);
            if let Some(to) = beginning.get_mut(start..).filter(|_| is_inside) {
                let len = from.len().min(left).min(to.len());
                to[..len].copy_from_slice(&from[..len]);
            }
            // The next row of the chunk.
            for dimension in (0..last).rev() {
                at[dimension] = at[dimension].saturating_add(1);
                if at[dimension] - piece.start[dimension] < chunk[dimension] {
                    break;
                }
                at[dimension] = piece.start[dimension];
            }
        }
    }

    /// Says that data were not read, if they are such as pickles are kept in; whether to go on.
    fn hidden(&self, how: &str, at: usize, values: &mut Values<'_, 'a, '_>) -> bool {
        if self.may_hold_pickles() || self.numbers != Numbers::Plain {
            values.fault(unread(how, at));
        }
        true
    }

    /// Says of numbers that do not use all bits, and are stored with all of them, that a library leaves out what it finds in the others;
    /// whether that is so, and these are data of which a loader makes objects.
    fn masked(&self, at: usize, values: &mut Values<'_, 'a, '_>) -> bool {
        let is_told =
            self.numbers == Numbers::Short && (self.may_hold_pickles() || self.file.loader().is_some());
        if is_told {
            values.fault(unread("holds numbers of fewer bits than are stored", at));
        }
        is_told
    }

    /// Says of data in a file of Keras that it makes room for much that nobody wrote.
    fn overstated(&self, at: usize, values: &mut Values<'_, 'a, '_>) {
        let len = self.space.len().and_then(|len| len.checked_mul(self.size)).unwrap_or(usize::MAX);
        let is_much = len > MUCH && len / PACKED > self.file.bytes.len();
        if is_much && self.file.loader() == Some(Loader::Keras) {
            let message =
                "a data set is said to be much larger than all that is stored; a loader makes room for it";
            values.fault(Fault::new(FaultKind::LimitReached, at, message));
        }
    }

    /// Says that not all of the data were read, unless they are numbers, of which no more than the beginning is looked at; whether to
    /// go on.
    fn limit(&self, at: usize, values: &mut Values<'_, 'a, '_>) -> bool {
        if self.element != Element::Other || values.room_unpacked(usize::MAX) == 0 {
            let message = "a data set is larger than the limits allow; not all of it is read";
            values.fault(Fault::new(FaultKind::LimitReached, at, message));
        }
        true
    }
}
