//! Models that are constants: their native code goes by the numbers in them.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode};

use super::{Missing, Object, is_none};
use crate::analysis::Analysis;
use crate::analysis::array::Unknown;
use crate::boosters::{Format, Wrong};
use crate::policy::Path;

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
        let wrong = match self.list_of(arena, op, value, format) {
            Some(list) => self.judge_many(arena, op, list, format),
            None => self.judge_one(arena, op, value, format),
        };
        Ok(wrong.map_err(missing)?.map(|wrong| format!("{}: {wrong}", super::Words(path))))
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

    /// The list that geometries are in, also as an array of objects.
    fn list_of(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value, format: Format) -> Option<Value> {
        if format != Format::WellKnownBinary {
            return None;
        }
        let list = if self.is_array(arena, value, op) {
            let state = arena.contents_of_call(value)?.state?;
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
