//! `pickletools.genops` in the form of the other readers. It imports nothing and makes no object; the globals are those that
//! whoever reads its output sees: the argument of `GLOBAL` and `INST`, split at the first blank.

use crate::pickletools::{Argument, Genops};
use pickle_ops::Opcode;

use crate::exception::Exception;
use crate::object::Heap;
use crate::reading::{Asked, Outcome, Reading};

pub(crate) fn read(bytes: &[u8], start: usize) -> Reading<'_> {
    let mut asked = Vec::new();
    let mut end = start;
    let mut protocol = 0;
    let mut outcome = Outcome::Loaded(None);
    for found in Genops::new(bytes, start) {
        match found {
            Ok((op, argument)) => {
                end = op.end;
                match argument {
                    Argument::Int(value) if op.opcode == Opcode::Proto => {
                        protocol = u8::try_from(value).unwrap_or(u8::MAX);
                    }
                    Argument::Pair(module, name) => {
                        let joined = [module.as_ref(), b" ", name.as_ref()].concat();
                        let joined = String::from_utf8_lossy(&joined).into_owned();
                        let (module, name) = joined.split_once(' ').unwrap_or((&joined, ""));
                        let (module, name) = (module.to_owned(), name.to_owned());
                        asked.push(Asked { offset: op.start, module, name, protocol });
                    }
                    _ => {}
                }
            }
            Err(error) => {
                let (class, message) = (error.class, error.message);
                outcome = Outcome::Raised(Exception { class, message, offset: end });
            }
        }
    }
    Reading { asked, outcome, end, heap: Heap::default() }
}
