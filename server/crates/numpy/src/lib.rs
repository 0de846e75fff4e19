//! What numpy's files say of their bytes: the header of a `.npy`, and how many bytes an item of a dtype takes.
//!
//! Whoever reads a pickle with arrays between its opcodes, or an array file with a pickle in it, has to tell the one from
//! the other as numpy does. Nothing is evaluated: a header is a Python literal, read strictly ([`literal`]). No I/O, no
//! opcode, no opinion; whatever the bytes are, nothing panics, nothing recurses deeper than a constant, and no length is
//! believed before the bytes are there.

mod dtype;
pub mod literal;
pub mod npy;

pub use dtype::{Dtype, bytes_of};
