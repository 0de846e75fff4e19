//! Whether tensors of torch are made of numbers that fit: what they show of a storage lies in it, and indices of sparse ones lead to
//! something. Their loops look at none of it: what they are given is looked at by constructors, which unpickling leaves out.

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, counted};

use super::array::{Unknown, integer};
use super::arrow::{Trouble, untold};
use super::members::Why;
use super::{Analysis, Callee, EntryId};
use crate::storages::Stored;
pub(super) use view::Item;
use view::{Place, Tensor, lengths};
pub(super) use view::{persistent, pickles_of_file};

mod view;

/// Items from on which a tensor is of no use, of however few numbers it is made.
const MOST_ITEMS: u64 = 1 << 36;

/// Items that a storage has that is in no record: those are for the moment, in a program.
const MOST_SHOWN: u64 = 1 << 28;

/// Dimensions that sparse tensors can have.
const MOST_DIMENSIONS: u64 = 64;

/// Tensors in a nested one that are looked at.
const MOST_NESTED: u64 = 1 << 20;

/// Functions that call one another to make a tensor: there is one at most.
const MOST_WRAPPED: usize = 3;

/// What is believed of tensors.
const SHOWN: &str = "offset+(size-1)*stride in 0..len(storage)";
const STORED: &str = "len(storage) <= len(record)";
const COORDINATES: &str = "indices[*] in 0..size[*]";
const COMPRESSED: &str =
    "plain_indices in 0..size, compressed_indices in 0..len(plain_indices)+1, compressed_indices rises";
const NESTED: &str = "offset+(size-1)*stride in 0..len(buffer)";
const PACKED: &str =
    "batch_sizes in 1..len(data)+1, sorted_indices and unsorted_indices in 0..batch_sizes[0]";
const CHANNELS: &str = "axis in 0..len(size), len(scales) = len(zero_points) = size[axis]";

/// What made a tensor, or holds some.
#[derive(Clone, Copy)]
enum Kind {
    Shown,
    Quantized,
    Sparse,
    Nested,
    Packed,
}

impl<'a> Analysis<'_, 'a> {
    /// Judges a call of what makes tensors.
    pub(super) fn judge_tensors(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        items: &[Value],
        id: EntryId,
    ) {
        let Some((id, items)) = self.unwrapped(arena, op, call, items, id) else { return };
        let names = &self.ledger.entry(id).names;
        let made = match (names.module.as_ref(), names.name.as_ref()) {
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3") => Kind::Shown,
            ("torch._utils", "_rebuild_qtensor") => Kind::Quantized,
            ("torch._utils", "_rebuild_sparse_tensor" | "_rebuild_sparse_csr_tensor") => Kind::Sparse,
            ("torch._utils", "_rebuild_nested_tensor") => Kind::Nested,
            ("torch.nn.utils.rnn", "PackedSequence") => Kind::Packed,
            _ => return,
        };
        let (requirement, outcome) = match made {
            Kind::Shown => (SHOWN, self.judge_shown(arena, items, op)),
            Kind::Quantized => {
                let shown = self.judge_shown(arena, items, op);
                match shown {
                    Err(Trouble::Broken(_)) => (SHOWN, shown),
                    _ => (CHANNELS, self.judge_channels(arena, items, op)),
                }
            }
            Kind::Sparse => self.judge_sparse(arena, items, op),
            Kind::Nested => (NESTED, self.judge_nested(arena, items, op)),
            Kind::Packed => (PACKED, self.judge_packed(arena, items, op)),
        };
        let why = match outcome {
            Ok(()) | Err(Trouble::Unknown(Unknown::Elsewhere)) => return,
            // Tensors without indices are left alone: reading what is not known in them is harmless.
            Err(Trouble::Unknown(_)) if matches!(made, Kind::Shown | Kind::Quantized) => return,
            Err(Trouble::Unknown(Unknown::Untold(why))) => {
                Why::Unknown(requirement.to_owned(), "a tensor", why)
            }
            Err(Trouble::Broken(there)) => Why::Broken(requirement.to_owned(), there),
        };
        self.tell_misfit(arena, op, call, id, why);
    }

    /// The function that makes a tensor, and its arguments, where another one calls it and sets attributes of the tensor:
    /// `_rebuild_from_type_v2(function, type, arguments, state)`. `None`: it is not known, which is told.
    fn unwrapped<'v>(
        &mut self,
        arena: &'v Arena<'a>,
        op: &Op<'a>,
        call: Value,
        mut items: &'v [Value],
        mut id: EntryId,
    ) -> Option<(EntryId, &'v [Value])> {
        for _ in 0..MOST_WRAPPED {
            let names = &self.ledger.entry(id).names;
            if names.name != "_rebuild_from_type_v2" || names.module != "torch._tensor" {
                return Some((id, items));
            }
            let &[function, _, arguments, ..] = items else { return None };
            let Callee::Known(inner) = self.resolve(arena, function, op, 1) else { return None };
            id = inner;
            // A list would be taken as well.
            let Some(arguments) = arena.tuple(arguments) else { break };
            items = arguments;
        }
        // Other functions are told themselves.
        let names = &self.ledger.entry(id).names;
        if !names.module.starts_with("torch.") || !names.name.starts_with("_rebuild_") {
            return None;
        }
        let why = "is made out of arguments that the stream does not show".to_owned();
        self.tell_misfit(arena, op, call, id, Why::Unknown(SHOWN.to_owned(), "a tensor", why));
        None
    }

    /// Judges a storage that a pickle leaves to a record of its archive: loaders before torch 2.7 take its length from the pickle.
    pub(super) fn judge_storage(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) {
        let Some((class, storage)) = persistent(arena, value) else { return };
        let Callee::Known(id) = self.resolve(arena, class, op, 1) else { return };
        let Place::Record(key) = &storage.place else { return };
        let end = storage.start.saturating_add(storage.length);
        let why = match self.storages.find(key) {
            Stored::Bytes(bytes) if (bytes.len() as u64) < end => {
                let (said, there) = (counted(end, "byte"), counted(bytes.len(), "byte"));
                let there = format!("a storage is said to have {said}, and its record has {there}");
                Why::Broken(STORED.to_owned(), there)
            }
            // What comes first says for all what the numbers are.
            _ if self.named.entry(key.clone()).or_insert(storage.item) != &storage.item => {
                let why = "is named as two types, of which loaders take the first".to_owned();
                Why::Unknown(STORED.to_owned(), "the storage", why)
            }
            _ => return,
        };
        self.tell_misfit(arena, op, value, id, why);
    }

    /// Whether what a tensor shows of a storage lies in it.
    fn judge_shown(&mut self, arena: &Arena<'a>, items: &[Value], op: &Op<'a>) -> Result<(), Trouble> {
        match self.shown(arena, items, op) {
            Ok(tensor) => Self::fits_in_storage(&tensor),
            // To a storage that something else made, torch adds what it lacks.
            Err(Trouble::Unknown(Unknown::Untold(why))) if reaches_far(arena, items) => {
                Err(Trouble::Broken(format!("a tensor of gigabytes {why}")))
            }
            Err(why) => Err(why),
        }
    }

    fn fits_in_storage(tensor: &Tensor<'a>) -> Result<(), Trouble> {
        let Tensor { storage, item, .. } = tensor;
        if item.width == 0 {
            return Ok(());
        }
        let end = tensor.end().and_then(|end| end.checked_mul(item.width));
        if end.is_none_or(|end| end > storage.length) {
            let end = end.map_or_else(|| "beyond all memory".to_owned(), |end| format!("to byte {end}"));
            let there = counted(storage.length, "byte");
            return Err(Trouble::Broken(format!("a tensor reaches {end} of a storage of {there}")));
        }
        if tensor.count() >= MOST_ITEMS && tensor.sizes.iter().all(|&size| size > 0) {
            let count = counted(tensor.count(), "item");
            return Err(Trouble::Broken(format!(
                "a tensor shows the same numbers again and again, as {count}"
            )));
        }
        Ok(())
    }

    /// `(storage, offset, size, stride, (scheme, scales, zero_points, axis), …)`: as many of these as the axis is long.
    fn judge_channels(&mut self, arena: &Arena<'a>, items: &[Value], op: &Op<'a>) -> Result<(), Trouble> {
        let &[_, _, size, _, parameters, ..] = items else { return Ok(()) };
        let Some(&[_, scales, zero_points, axis]) = arena.tuple(parameters) else { return Ok(()) };
        let (Some(sizes), Some(axis)) = (lengths(arena, size), integer(arena, axis)) else { return Ok(()) };
        let Some(&size) = usize::try_from(axis).ok().and_then(|axis| sizes.get(axis)) else {
            let there = counted(sizes.len(), "dimension");
            return Err(Trouble::Broken(format!("the axis is {axis}, and there are {there}")));
        };
        for (name, value) in [("scales", scales), ("zero points", zero_points)] {
            if arena.call_of(value).is_none() {
                continue;
            }
            let count = self.tensor(arena, value, op)?.count();
            if count != size {
                return Err(Trouble::Broken(format!(
                    "there are {count} {name} for an axis of the length {size}"
                )));
            }
        }
        Ok(())
    }

    /// `(layout, (…, size))`
    fn judge_sparse(
        &mut self,
        arena: &Arena<'a>,
        items: &[Value],
        op: &Op<'a>,
    ) -> (&'static str, Result<(), Trouble>) {
        let no_tuple = || Err(untold("is no tuple that the stream shows"));
        let &[layout, data] = items else { return (COORDINATES, no_tuple()) };
        let Some(layout) = layout_of(arena, layout) else {
            return (COORDINATES, Err(untold("has a layout that is not known")));
        };
        let layout = layout.rsplit('_').next().unwrap_or_default();
        match (layout, arena.tuple(data)) {
            ("coo", Some(&[indices, values, size, ..])) => {
                (COORDINATES, self.judge_coordinates(arena, [indices, values, size], op))
            }
            (_, Some(&[compressed, plain, values, size])) => {
                (COMPRESSED, self.judge_compressed(arena, layout, [compressed, plain, values, size], op))
            }
            _ => (COORDINATES, no_tuple()),
        }
    }

    /// A row of indices for each of the first dimensions.
    fn judge_coordinates(
        &mut self,
        arena: &Arena<'a>,
        [indices, values, size]: [Value; 3],
        op: &Op<'a>,
    ) -> Result<(), Trouble> {
        let indices = self.tensor(arena, indices, op)?;
        let sizes = lengths(arena, size).ok_or_else(|| untold("has a size that is not known"))?;
        let &[rows, count] = indices.sizes.as_slice() else {
            return Err(untold("has indices that are no table"));
        };
        if rows > MOST_DIMENSIONS || rows > sizes.len() as u64 {
            return Err(Trouble::Broken(format!(
                "there are indices for {rows} dimensions of {}",
                sizes.len()
            )));
        }
        let there = self.tensor(arena, values, op)?.sizes.first().copied();
        if there.is_some_and(|there| there != count) {
            let there = there.unwrap_or(0);
            return Err(Trouble::Broken(format!("there are indices of {count} values, and {there} values")));
        }
        for (row, size) in (0..rows).zip(sizes) {
            self.is_within(&indices.row(row), 0, size, &format!("indices[{row}]"))?;
        }
        Ok(())
    }

    /// Rows of indices, and between which of them each row or column lies.
    fn judge_compressed(
        &mut self,
        arena: &Arena<'a>,
        layout: &str,
        [compressed, plain, values, size]: [Value; 4],
        op: &Op<'a>,
    ) -> Result<(), Trouble> {
        let mut tensor = |value| self.tensor(arena, value, op);
        let (compressed, plain, values) = (tensor(compressed)?, tensor(plain)?, tensor(values)?);
        let size = lengths(arena, size).ok_or_else(|| untold("has a size that is not known"))?;
        let batch = compressed.sizes.len().saturating_sub(1);
        let is_block = matches!(layout, "bsr" | "bsc");
        let part = |axis: usize| {
            let block = if is_block { values.sizes.get(batch + 1 + axis).copied()? } else { 1 };
            size.get(batch + axis)?.checked_div(block)
        };
        let (Some(rows), Some(columns)) = (part(0), part(1)) else {
            return Err(untold("has fewer dimensions"));
        };
        let (lines, length) = if matches!(layout, "csc" | "bsc") { (columns, rows) } else { (rows, columns) };
        let last = |tensor: &Tensor<'_>| tensor.sizes.last().copied().unwrap_or(0);
        let count = last(&plain);
        if values.sizes.get(batch) != Some(&count) {
            return Err(Trouble::Broken(format!("there are {count} indices, and another number of values")));
        }
        if last(&compressed) != lines.saturating_add(1) {
            let there = last(&compressed);
            return Err(Trouble::Broken(format!(
                "there are {there} compressed indices for {lines} rows or columns"
            )));
        }
        self.is_within(&plain, 0, length, "an index")?;
        self.is_within(&compressed, 0, count.saturating_add(1), "a compressed index")?;
        let (mut falls, mut before) = (false, 0);
        self.each(&compressed, &mut |number, index| {
            falls |= number > 0 && index < before;
            before = index;
        })?;
        if falls {
            return Err(Trouble::Broken("a compressed index is less than the one before it".to_owned()));
        }
        Ok(())
    }

    /// `(buffer, sizes, strides, offsets)`: a row for each tensor that the buffer holds.
    fn judge_nested(&mut self, arena: &Arena<'a>, items: &[Value], op: &Op<'a>) -> Result<(), Trouble> {
        let &[buffer, sizes, strides, offsets] = items else { return Ok(()) };
        // Older ones wrote offsets as a list.
        if arena.call_of(offsets).is_none() {
            return Ok(());
        }
        let length = self.tensor(arena, buffer, op)?.count();
        let (sizes, strides) = (self.tensor(arena, sizes, op)?, self.tensor(arena, strides, op)?);
        // Of no tensors, the sizes are no integers.
        if length == 0 && sizes.sizes.is_empty() {
            return Ok(());
        }
        if sizes.count() > MOST_NESTED {
            return Err(untold("has more tensors in it than are looked at"));
        }
        let offsets = self.tensor(arena, offsets, op)?;
        let mut lists = [Vec::new(), Vec::new(), Vec::new()];
        for (list, tensor) in lists.iter_mut().zip([&sizes, &strides, &offsets]) {
            self.each(tensor, &mut |_, number| list.push(number))?;
        }
        let [sizes_in, strides_in, offsets] = &lists;
        let axes = sizes.sizes.get(1).copied().unwrap_or(0) as usize;
        if sizes_in.len() != strides_in.len() || axes == 0 || sizes_in.len() / axes != offsets.len() {
            return if sizes_in.is_empty() {
                Ok(())
            } else {
                Err(Trouble::Broken("there are not as many sizes as strides and offsets".to_owned()))
            };
        }
        let rows = sizes_in.chunks_exact(axes).zip(strides_in.chunks_exact(axes)).zip(offsets);
        for ((sizes, strides), &offset) in rows {
            let inside = end_of(sizes, strides, offset).is_some_and(|end| end <= length);
            if !inside {
                return Err(Trouble::Broken(format!(
                    "a tensor leads beyond the {length} items of the buffer"
                )));
            }
        }
        Ok(())
    }

    /// `(data, batch_sizes, sorted_indices, unsorted_indices)`
    fn judge_packed(&mut self, arena: &Arena<'a>, items: &[Value], op: &Op<'a>) -> Result<(), Trouble> {
        // With `copyreg.__newobj__` the class is the first argument.
        let is_class = items.first().is_some_and(|&first| matches!(arena.shape(first), Made::Global(_)));
        let items = items.get(usize::from(is_class)..).unwrap_or_default();
        let &[data, sizes, ref indices @ ..] = items else { return Ok(()) };
        let length = self.tensor(arena, data, op)?.sizes.first().copied().unwrap_or(0);
        // Before 0.4 it was a list, which is looked at.
        if arena.call_of(sizes).is_none() {
            return Ok(());
        }
        let sizes = self.tensor(arena, sizes, op)?;
        self.is_within(&sizes, 1, length.saturating_add(1), "a batch size")?;
        let mut most = 0;
        self.each(&sizes, &mut |_, size| most = most.max(size.max(0).cast_unsigned()))?;
        for &indices in indices.iter().take(2).filter(|&&value| arena.call_of(value).is_some()) {
            let indices = self.tensor(arena, indices, op)?;
            self.is_within(&indices, 0, most, "an index")?;
        }
        Ok(())
    }

    /// Whether all integers of a tensor are in a range.
    fn is_within(&mut self, tensor: &Tensor<'a>, low: i64, high: u64, what: &str) -> Result<(), Trouble> {
        Self::fits_in_storage(tensor)?;
        let (mut least, mut most) = (i64::MAX, i64::MIN);
        self.each(tensor, &mut |_, number| (least, most) = (least.min(number), most.max(number)))?;
        if least < low {
            return Err(Trouble::Broken(format!("{what} is {least}, and has to be {low} or more")));
        }
        if u64::try_from(most).is_ok_and(|most| most >= high) {
            return Err(Trouble::Broken(format!("{what} is {most}, and has to be less than {high}")));
        }
        Ok(())
    }
}

/// Whether what is shown of a storage, `(storage, offset, size, stride, …)`, is more than a file has whose storage is none of its records.
fn reaches_far(arena: &Arena<'_>, items: &[Value]) -> bool {
    let &[_, offset, size, stride, ..] = items else { return false };
    let (Some(sizes), Some(strides)) = (lengths(arena, size), lengths(arena, stride)) else { return false };
    if sizes.contains(&0) {
        return false;
    }
    let offset = integer(arena, offset).and_then(|offset| u64::try_from(offset).ok()).unwrap_or(u64::MAX);
    let lasts = sizes.iter().zip(&strides).map(|(&size, &stride)| (size - 1).saturating_mul(stride));
    lasts.fold(offset, u64::saturating_add) >= MOST_SHOWN
}

/// `torch.serialization._get_layout('torch.sparse_coo')`, or the constant itself.
fn layout_of(arena: &Arena<'_>, value: Value) -> Option<String> {
    match arena.shape(value) {
        Made::Global(global) => Some(global.resolved()?.name.clone().into_owned()),
        Made::Call { arguments, .. } => Some(arena.text(*arena.tuple(arguments)?.first()?)?.into_owned()),
        _ => None,
    }
}

/// Behind the last item of a tensor in a nested one.
fn end_of(sizes: &[i64], strides: &[i64], offset: i64) -> Option<u64> {
    if sizes.contains(&0) {
        return Some(0);
    }
    let mut end = u64::try_from(offset).ok()?.checked_add(1)?;
    for (&size, &stride) in sizes.iter().zip(strides) {
        let (size, stride) = (u64::try_from(size).ok()?, u64::try_from(stride).ok()?);
        end = end.checked_add((size - 1).checked_mul(stride)?)?;
    }
    Some(end)
}
