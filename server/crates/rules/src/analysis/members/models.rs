//! Models that are constants: their native code goes by the numbers in them.

use std::ops::Range;

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode, Operand, Reader};

use super::{Missing, Object, is_none};
use crate::analysis::Analysis;
use crate::analysis::array::{Unknown, integer};
use crate::boosters::{Format, Wrong};
use crate::policy::Path;
use crate::shards::{MOST_SLICES, Slice};

/// What arrays of objects are made with, and bytes of texts.
const PLAIN: [&[u8]; 4] =
    [b"numpy.core.multiarray\n", b"numpy._core.multiarray\n", b"numpy\n", b"_codecs\nencode\n"];
/// Texts that are written for it.
const WORDS: [&str; 13] = [
    "_codecs",
    "_reconstruct",
    "b",
    "dtype",
    "encode",
    "latin1",
    "ndarray",
    "numpy",
    "numpy._core.multiarray",
    "numpy.core.multiarray",
    "O4",
    "O8",
    "|",
];

/// A model is read as often as it is referred to, as long as that is not out of proportion to the stream.
const MOST_READ: usize = 1 << 24;

impl<'a> Analysis<'_, 'a> {
    /// What is wrong with the model that a member is; nothing, if there is none.
    pub(super) fn holds_model(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        path: &Path,
        format: Format,
    ) -> Result<Option<String>, Missing> {
        let value = match self.value_in(arena, object, path, 0) {
            Ok(Some(value)) => value,
            Err(why) if matches!(format, Format::ShardName | Format::CatBoost | Format::CoordinateSystem) => {
                return Err(why);
            }
            // Of a model, a state that is no dict is told by the rule about memory.
            _ => return Ok(None),
        };
        let missing = |why| (path.member.names, why);
        let behind = arena.origin(value).and_then(|made| self.behind.get(&made).cloned());
        let wrong = match (self.list_of(arena, op, value, format), behind) {
            (Some(list), _) => self.judge_many(arena, op, list, format),
            (None, Some(pickle)) if format == Format::WellKnownBinary => self.judge_behind(pickle, format),
            (None, _) => self.judge_one(arena, op, value, format),
        };
        let wrong = wrong.map_err(missing)?;
        if format == Format::ShardName && wrong.is_none() {
            self.note_slice(arena, op, object, value)?;
        }
        Ok(wrong.map(|wrong| format!("{}: {wrong}", super::Words(path))))
    }

    /// Takes note of the part of a file that an entry of the index of a checkpoint leads to.
    fn note_slice(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        file: Value,
    ) -> Result<(), Missing> {
        let number = |name| match Self::named(arena, object, name) {
            Ok(value) => match integer(arena, value).and_then(|number| u64::try_from(number).ok()) {
                Some(number) => Ok(Some(number)),
                None => Err((name, Unknown::because("is no number from 0 on that the stream shows"))),
            },
            // Loading fails without it.
            Err(None) => Ok(None),
            Err(Some(why)) => Err((name, Unknown::because(why))),
        };
        let (Some(offset), Some(length)) = (number("offset")?, number("length")?) else { return Ok(()) };
        if let Some(file) = arena.text(file).filter(|_| self.slices.len() <= MOST_SLICES) {
            let bytes = offset..offset.saturating_add(length);
            self.slices.push(Slice { at: op.start, file: file.into_owned(), bytes });
        }
        Ok(())
    }

    fn judge_one(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        value: Value,
        format: Format,
    ) -> Result<Option<Wrong>, Unknown> {
        let text = arena.text(value).map(|text| text.into_owned().into_bytes());
        let bytes = match text {
            Some(text) => text.into(),
            None => self.data(arena, value, op)?,
        };
        self.count_read(bytes.len())?;
        if let Some(why) = format.unread(&bytes) {
            return Err(Unknown::because(why));
        }
        Ok(format.judge(&bytes).err())
    }

    fn count_read(&mut self, read: usize) -> Result<(), Unknown> {
        self.tally.read = self.tally.read.saturating_add(read);
        if self.tally.read > MOST_READ.saturating_add(self.bytes.len().saturating_mul(2)) {
            return Err(Unknown::because("is a model that many objects share"));
        }
        Ok(())
    }

    /// The same of an array of objects that joblib has put behind its wrapper, as a pickle of its own: of all bytes that are constants in
    /// it, or texts of which `_codecs.encode` makes bytes. What it could make bytes with otherwise is not there in any file.
    fn judge_behind(&mut self, pickle: Range<usize>, format: Format) -> Result<Option<Wrong>, Unknown> {
        self.count_read(pickle.len())?;
        let bytes = self.bytes.get(..pickle.end).unwrap_or_default();
        let mut reader = Reader::new(bytes, pickle.start);
        while let Ok(op) = reader.next_op() {
            let unknown = || Unknown::because("is made by something that is not known");
            let constant = match (op.opcode, op.operand()) {
                (Opcode::Stop, _) => return Ok(None),
                (Opcode::Global, _) if PLAIN.iter().any(|module| op.raw.starts_with(module)) => None,
                (Opcode::Global | Opcode::Inst, _) => return Err(unknown()),
                (_, Ok(Operand::Bytes(bytes))) => Some(bytes.to_vec()),
                (_, Ok(Operand::Text(text))) => match text.to_str() {
                    Some(text) if WORDS.contains(&text.as_ref()) => None,
                    Some(text) => {
                        let bytes = text.chars().map(|char| u8::try_from(u32::from(char)).ok());
                        Some(bytes.collect::<Option<Vec<u8>>>().ok_or_else(unknown)?)
                    }
                    None => return Err(unknown()),
                },
                _ => None,
            };
            // One byte is the version of the array.
            if let Some(Err(wrong)) =
                constant.filter(|bytes| bytes.len() > 1).map(|bytes| format.judge(&bytes))
            {
                return Ok(Some(wrong));
            }
        }
        Err(Unknown::because("ends in the middle"))
    }

    /// The list that geometries are in, also as an array of objects.
    fn list_of(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value, format: Format) -> Option<Value> {
        if format != Format::WellKnownBinary {
            return None;
        }
        let list = if self.is_array(arena, value, op) {
            let state = self.state_of_array(arena, op, value)?;
            *arena.tuple(state)?.last()?
        } else {
            value
        };
        matches!(arena.shape(list), Made::Container(Collection::List, _)).then_some(list)
    }

    /// The same of all items of a list. Plain ones are not kept, so that the ops are read again; what calls give is kept.
    fn judge_many(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        list: Value,
        format: Format,
    ) -> Result<Option<Wrong>, Unknown> {
        let items = |arena: &Arena<'a>, list| match arena.shape(list) {
            Made::Container(_, Some(contents)) => contents.items.clone(),
            _ => Vec::new(),
        };
        for call in items(arena, list).into_iter().filter(|&item| arena.call_of(item).is_some()) {
            if let Some(wrong) = self.judge_one(arena, op, call, format)? {
                return Ok(Some(wrong));
            }
        }
        let Some((again, list, ops)) = arena.reread_all(list, self.bytes.len().saturating_add(1)) else {
            return Ok(None);
        };
        self.count_read(ops)?;
        for item in items(&again, list) {
            let is_constant = matches!(again.shape(item), Made::Literal(op) if op.opcode != Opcode::Get);
            if again.call_of(item).is_some() || is_none(&again, item) {
                continue;
            }
            if !is_constant || again.text(item).is_some() {
                return Err(Unknown::because("has an item that is no bytes"));
            }
            if let Some(wrong) = self.judge_one(&again, op, item, format)? {
                return Ok(Some(wrong));
            }
        }
        Ok(None)
    }
}
