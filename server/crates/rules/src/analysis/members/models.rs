//! Models that are constants: their native code goes by the numbers in them.

use pickle_machine::arena::Arena;
use pickle_ops::Op;

use super::{Missing, Object};
use crate::analysis::Analysis;
use crate::analysis::array::Unknown;
use crate::boosters::Format;
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
            Err(why) if matches!(format, Format::ShardName | Format::CatBoost) => return Err(why),
            // Of a model, a state that is no dict is told by the rule about memory.
            _ => return Ok(None),
        };
        let missing = |why| (path.member.names, why);
        let text = arena.text(value).map(|text| text.into_owned().into_bytes());
        let bytes = match text {
            Some(text) => text.into(),
            None => self.data(arena, value, op).map_err(missing)?,
        };
        self.tally.read = self.tally.read.saturating_add(bytes.len());
        if self.tally.read > MOST_READ.saturating_add(self.bytes.len().saturating_mul(2)) {
            return Err(missing(Unknown::because("is a model that many objects share")));
        }
        if let Some(why) = format.unread(&bytes) {
            return Err(missing(Unknown::because(why)));
        }
        Ok(format.judge(&bytes).err().map(|wrong| format!("{}: {wrong}", super::Words(path))))
    }
}
