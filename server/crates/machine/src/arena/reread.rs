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
        if self.keep == Keep::Everything {
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
        let mut value = None;
        for _ in 0..MOST_OPS {
            // The mark of an op that finds none here lies below the container, which it takes.
            let next = self.bytes.get(reader.position()).and_then(|&byte| Opcode::from_byte(byte));
            if next.is_some_and(Opcode::takes_mark) && machine.marks().is_empty() {
                break;
            }
            let flow = run(&mut reader, self.bytes.len(), &mut machine, &mut arena, 1);
            if machine.height() == 0 || flow != Flow::Next {
                break;
            }
            value = value.or(machine.stack().first().copied());
        }
        Some((arena, value?))
    }
}
