//! The text form as a language: from text back to bytes (`server/docs/text-form.md`).
//!
//! - [`parse`]: what one row says, token by token, whatever is wrong with it;
//! - [`assemble`]: the bytes of a text, which line made which of them, and all that is wrong;
//! - [`Assembler`]: the same line by line, for texts that are not to be held in memory.
//!
//! Errors are data: the rows that are right make their bytes in any case, so that an editor can say what they mean while
//! others are being typed. Time is linear in the text. No I/O; it never looks at anything but the text.

mod assemble;
mod encode;
mod literal;
mod memo;
mod problem;
mod suggest;
mod syntax;

pub(crate) use assemble::STRIDE;
pub use assemble::{Assembled, Assembler, MAX_DIAGNOSTICS, assemble, assemble_unless};
pub use literal::{Points, float, integer, read_bytes, read_str};
pub use memo::Label;
pub use problem::{Diagnostic, Edit, Problem, Severity, Suggestion};
pub use suggest::nearest;
pub use syntax::{Mnemonic, Offset, Operand, OperandKind, Row, Word, parse};
