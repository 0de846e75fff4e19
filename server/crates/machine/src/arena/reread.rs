//! What a container holds, where an arena has kept only what is notable: its bytes are still there.

use pickle_ops::{Opcode, Reader};

use super::{Arena, Keep, Value};
use crate::machine::Machine;
use crate::run::{Flow, run};

/// Ops that are read again for one container.
const MOST_OPS: usize = 512;

impl<'a> Arena<'a> {
    /// Reads the ops from the one that made a container again, with everything, until the container is taken from the
    /// stack. What comes from the memo stays unknown. `None`: this arena keeps everything itself.
    #[must_use]
    pub fn reread(&self, container: Value) -> Option<(Arena<'a>, Value)> {
        self.reread_ops(container, MOST_OPS).map(|(arena, value, _)| (arena, value))
    }

    /// The same of a container of any size, and how many ops were read; `None` also where there are more than so many.
    #[must_use]
    pub fn reread_all(&self, container: Value, most: usize) -> Option<(Arena<'a>, Value, usize)> {
        self.reread_ops(container, most).filter(|&(.., ops)| ops < most)
    }

    /// Whether containers may hold more than this arena has of them.
    pub(crate) fn is_partial(&self) -> bool {
        self.keep != Keep::Everything
    }

    /// What was read of a container, and in how many ops: as many as may be if that is not all of it.
    fn reread_ops(&self, container: Value, most: usize) -> Option<(Arena<'a>, Value, usize)> {
        if !self.is_partial() {
            return None;
        }
        let start = self.origin(container)?;
        let mut arena = Arena::since(self.bytes, Keep::Everything, start);
        let mut machine = Machine::default();
        // `MARK LIST` and `MARK DICT` make the empty containers of protocol 0.
        if start > 0 && self.bytes.get(start - 1) == Some(&(Opcode::Mark as u8)) {
            machine.mark(start - 1);
        }
        let mut reader = Reader::new(self.bytes, start);
        let (mut value, mut ops) = (None, 0);
        while ops < most {
            // What an op takes and does not find here lies below the container: it takes that as well, or has made it of that.
            let next = self.bytes.get(reader.position()).and_then(|&byte| Opcode::from_byte(byte));
            let lacks = |next: Opcode| ops > 0 && next.info().before.len() > machine.height();
            if machine.marks().is_empty() && next.is_some_and(|next| next.takes_mark() || lacks(next)) {
                break;
            }
            let flow = run(&mut reader, self.bytes.len(), &mut machine, &mut arena, 1);
            if machine.height() == 0 || flow != Flow::Next {
                break;
            }
            ops += 1;
            value = value.or(machine.stack().first().copied());
        }
        Some((arena, value?, ops))
    }
}
