//! Opcode table, zero-copy reader and writer of pickles.
//!
//! This crate knows bytes only: which opcodes there are ([`Opcode`], [`OpcodeInfo`]), where each op of a
//! stream begins and ends ([`Reader`], [`Op`]), what its operand says ([`Operand`]), how Python would write
//! such a value ([`repr`]), and which bytes an op has ([`write`], [`write_raw`]). It never executes, resolves or keeps anything, and does no I/O.
//!
//! Fidelity: the reader accepts what the C unpickler of CPython accepts (`Modules/_pickle.c`), which is not in every
//! case what `pickletools` accepts. All offsets are byte offsets in the slice that the reader was given.

mod base64;
mod counted;
mod fault;
mod integer;
mod opcode;
mod operand;
mod plain;
mod printable;
mod reader;
pub mod repr;
mod streamed;
mod text;
mod writer;

pub use base64::sextet;
pub use counted::counted;
pub use fault::{Fault, FaultKind};
pub use integer::Integer;
pub use opcode::{Framing, OPCODES, Opcode, OpcodeInfo, OperandKind, StackItem};
pub use operand::Operand;
pub use printable::{is_invisible, is_printable};
pub use reader::{Op, Reader};
pub use streamed::{Streamed, streamed};
pub use text::{ByteString, CodePoints, Text};
pub use writer::{MAX_DECIMAL_DIGITS, WriteFault, push_utf8, write, write_raw};

/// The highest protocol that the C unpickler of CPython 3.8 to 3.14 reads (`HIGHEST_PROTOCOL` in `_pickle.c`).
pub const HIGHEST_PROTOCOL: u8 = 5;
