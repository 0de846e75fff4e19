//! Frames as a pickler of protocol 4 makes them (`_Framer` in `pickle.py`): of 64 KiB or a little more, and nothing large in
//! them.

use pickle_machine::Interrupt;
use pickle_ops::{Framing, Opcode};

use super::Edited;
use super::draft::{Draft, FRAME_BYTES, New};
use super::program::Program;

/// Bytes at which a frame ends, and the size of an operand that stands in none (`_FRAME_SIZE_TARGET`).
const TARGET: usize = 64 << 10;
/// Bytes that need no frame (`_FRAME_SIZE_MIN`).
const LEAST: usize = 4;

/// Takes all frames away and puts new ones into pickles that declare protocol 4 or higher.
///
/// # Errors
/// Errors of the text.
pub fn reframe(text: &str, interrupt: Interrupt<'_>) -> Edited {
    let program = Program::read(text, interrupt)?;
    let mut draft = Draft::new(&program, None);
    let mut framer = Framer { draft: &mut draft, open: None, framing: false };
    for (number, line) in program.lines.iter().enumerate() {
        program.pause(number)?;
        let Some(op) = program.op(number) else {
            if !line.bytes.is_empty() {
                framer.close();
            }
            continue;
        };
        let large = op.raw.len() >= TARGET
            && matches!(op.opcode.info().operand.framing(), Framing::Counted(_) | Framing::CountedSigned);
        match op.opcode {
            Opcode::Frame => framer.draft.replace(number, Vec::new()),
            Opcode::Proto => {
                framer.close();
                framer.framing = op.number() >= 4;
            }
            _ if large => framer.close(),
            _ => framer.add(number, line.bytes.len()),
        }
        if op.opcode == Opcode::Stop {
            framer.close();
            framer.framing = false;
        }
    }
    framer.close();
    draft.finish()
}

struct Framer<'d, 'p, 't> {
    draft: &'d mut Draft<'p, 't>,
    /// The line where a frame begins, and its bytes so far.
    open: Option<(usize, usize)>,
    /// Whether the pickle at work has frames at all.
    framing: bool,
}

impl Framer<'_, '_, '_> {
    fn add(&mut self, line: usize, size: usize) {
        if !self.framing {
            return;
        }
        let (start, length) = self.open.unwrap_or((line, 0));
        self.open = Some((start, length + size));
        if length + size >= TARGET {
            self.close();
        }
    }

    fn close(&mut self) {
        if let Some((line, length)) = self.open.take().filter(|(_, length)| *length >= LEAST) {
            self.draft.insert(line, vec![New::row(format!("FRAME {length}"), FRAME_BYTES)]);
        }
    }
}
