//! The C unpickler: `_pickle.Unpickler.load` of CPython 3.11 (`Modules/_pickle.c`).

mod arguments;
mod file;
mod input;
mod unpickler;

use crate::reading::{Options, Outcome, Reading};
use unpickler::Unpickler;

pub use input::Input;

/// Has it read the pickle at `start` of `bytes`.
#[must_use]
pub fn read<'a>(bytes: &'a [u8], start: usize, options: &Options) -> Reading<'a> {
    let mut unpickler = Unpickler::new(bytes, start, options);
    let outcome = match unpickler.load() {
        Ok(id) => Outcome::Loaded(Some(id)),
        Err(raised) => Outcome::Raised(raised.at(unpickler.at)),
    };
    let end = unpickler.input.position();
    let Unpickler { asked, heap, .. } = unpickler;
    Reading { asked, outcome, end, heap }
}
