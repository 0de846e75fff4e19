//! What CPython 3.11's `pickletools` makes of a pickle: the arguments of `genops` and the text of `dis`.
//!
//! Every scanner of pickles builds on `pickletools`, and it does not read in every case what the C unpickler reads
//! (`pickle_ops` follows the latter). This module is an exact model of it, mistakes included: of each operand as
//! `genops` gives it ([`argument`]), of the listing that `dis` prints ([`dis()`]), and of the exceptions of both, by
//! class and message ([`GenopsError`]). Where `genops` refuses what is really loaded, [`argument_lenient`] and
//! [`rows`] give what the C unpickler reads.
//!
//! It never executes, imports or resolves anything, does no I/O, and takes memory in proportion to its input only:
//! at most a byte an entry of the memo (more for keys out of sequence), two words an open mark, nothing for other
//! items of the stack.
//! (The text is another matter: `dis` indents by four blanks a mark, so a row can be four times as long as the
//! input. It is written piece by piece, and a writer that has enough can fail.)

mod argument;
pub mod codecs;
mod dis;
mod error;
mod genops;
mod line;
mod memo;
mod number;
mod stack;
#[cfg(test)]
mod tests;
mod text;

pub use argument::{Argument, argument, argument_lenient};
pub use dis::{DisError, dis};
pub use error::GenopsError;
pub use genops::{Genops, Row, Rows, rows};
