//! What can be wrong with an op.

use std::fmt;

use crate::counted;

/// A place where a stream cannot be read as the C unpickler reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Offset of the opcode byte (or of the end of the input, where one is missing).
    pub start: usize,
    /// Offset behind the last byte that belongs to the fault.
    pub end: usize,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with an op.
///
/// The first four end a stream: what follows cannot be divided into ops. The others leave the extent of the op known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The input ends where an opcode is expected: there is no STOP.
    MissingStop,
    /// A byte that is no opcode.
    UnknownOpcode(u8),
    /// A fixed or counted operand is longer than what is left.
    Truncated {
        /// Bytes that the operand takes.
        needed: u64,
        /// Bytes that are left for it.
        left: u64,
    },
    /// A line (the second one, for a pair) has no newline.
    MissingNewline {
        /// Bytes that are left.
        left: u64,
    },
    /// A signed length is below zero.
    NegativeLength(i32),
    /// A length is above 2^63 - 1, which no reader can ask for.
    HugeLength(u64),
    /// A line is not an integer as `INT`, `LONG`, `GET` and `PUT` take it.
    BadInteger,
    /// A line is not a float.
    BadFloat,
    /// A string line is not enclosed in a pair of quotes.
    BadQuotes,
    /// A string line has an escape that Python does not know.
    BadEscape,
    /// Text is not UTF-8 (with surrogates allowed).
    BadUtf8,
    /// Text that has to be ASCII is not.
    NotAscii,
    /// A line is empty where a name is needed.
    EmptyName,
}

impl FaultKind {
    /// Whether nothing behind it can be divided into ops.
    #[must_use]
    pub fn ends_stream(self) -> bool {
        matches!(
            self,
            Self::MissingStop
                | Self::UnknownOpcode(_)
                | Self::Truncated { .. }
                | Self::MissingNewline { .. }
                | Self::NegativeLength(_)
                | Self::HugeLength(_)
        )
    }
}

impl fmt::Display for FaultKind {
    /// What was expected, and what stands there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingStop => write!(f, "expected an opcode, found the end of the data: there is no STOP"),
            Self::UnknownOpcode(byte) => {
                write!(f, "expected an opcode, found the byte 0x{byte:02x}, which is none")
            }
            Self::Truncated { needed, left } => {
                let needed = counted(*needed, "byte");
                write!(f, "expected {needed} of operand, found {left} before the end of the data")
            }
            Self::MissingNewline { left } => {
                let left = counted(*left, "byte");
                write!(f, "expected a line that ends in a newline, found {left} without one")
            }
            Self::NegativeLength(length) => write!(f, "expected a length of zero or more, found {length}"),
            Self::HugeLength(length) => write!(f, "expected a length below 2^63, found {length}"),
            Self::BadInteger => write!(f, "expected an integer in text form, found something else"),
            Self::BadFloat => write!(f, "expected a float in text form, found something else"),
            Self::BadQuotes => write!(f, "expected a string in quotes, found no pair of them"),
            Self::BadEscape => write!(f, "expected an escape sequence that Python knows, found another"),
            Self::BadUtf8 => write!(f, "expected UTF-8, found bytes that are not"),
            Self::NotAscii => write!(f, "expected ASCII, found other bytes"),
            Self::EmptyName => write!(f, "expected a name, found an empty line"),
        }
    }
}
