//! Where the C unpickler refuses a stream.

use std::fmt;

use pickle_ops::{FaultKind as OpFault, HIGHEST_PROTOCOL, Opcode, counted};

/// An op that the C unpickler refuses. It stops there; what came before has been executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Offset of the op in the stream.
    pub start: usize,
    /// Offset behind the bytes concerned.
    pub end: usize,
    /// The opcode, where there is one.
    pub opcode: Option<Opcode>,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with an op that is well formed, or why it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The bytes are not an op, or not all of it.
    Op(OpFault),
    /// Fewer items on the stack than the opcode takes.
    Underflow {
        /// Items that the opcode takes.
        needed: usize,
        /// Items above the topmost mark (or the bottom).
        found: usize,
        /// Whether a mark is what stops it.
        mark: bool,
    },
    /// No mark on the stack for an opcode that takes all above it.
    NoMark,
    /// An empty memo slot is read.
    MemoMiss(u64),
    /// A memo slot in text form is negative or does not fit.
    BadSlot,
    /// `PROTO` above 5.
    UnsupportedProtocol(u8),
    /// `FRAME` announces more bytes than there are.
    FrameTooLong {
        /// Bytes announced.
        announced: u64,
        /// Bytes left.
        left: u64,
    },
    /// A key without a value.
    OddItems(usize),
    /// An extension code of zero or less.
    BadExtension(i64),
    /// A name of `STACK_GLOBAL` is not a str.
    NameNotStr,
    /// The arguments of `REDUCE`, `NEWOBJ` or `NEWOBJ_EX` are surely no tuple.
    ArgumentsNotTuple(Opcode),
    /// What `REDUCE` or `OBJ` calls, or `NEWOBJ` or `NEWOBJ_EX` makes an instance of, surely is none.
    NotCallable(Opcode),
    /// The keyword arguments of `NEWOBJ_EX` are surely no dict.
    KeywordsNotDict,
    /// `READONLY_BUFFER` on what surely is no buffer.
    NotABuffer,
    /// What items, or a state, are put into surely takes none: `APPEND` on a dict, `BUILD` on a list.
    UnfitTarget(Opcode),
    /// A key, or an item of a set, is surely not hashable.
    Unhashable,
    /// The bytes of an array that follow a `BUILD` (`joblib`) end early.
    ArrayCut {
        /// Bytes that the array takes.
        needed: u64,
        /// Bytes left.
        left: u64,
    },
    /// A memo slot so high that the C unpickler asks for memory out of proportion to what it has read.
    HugeSlot(u64),
    /// What the pickle puts on the stack takes more memory than there may be: it is read no further, though an unpickler would.
    TooLarge,
}

impl FaultKind {
    /// Whether nothing behind it can be divided into ops.
    #[must_use]
    pub fn ends_stream(self) -> bool {
        matches!(self, Self::Op(fault) if fault.ends_stream())
    }

    /// The exception of CPython 3.11 (`pickle.loads`), class and text.
    #[must_use]
    pub fn exception(self) -> String {
        match self {
            Self::Op(fault) => op_exception(fault),
            Self::Underflow { mark: true, .. } => "UnpicklingError: unexpected MARK found".into(),
            Self::Underflow { .. } => "UnpicklingError: unpickling stack underflow".into(),
            Self::NoMark => "UnpicklingError: could not find MARK".into(),
            Self::MemoMiss(slot) => format!("UnpicklingError: Memo value not found at index {slot}"),
            Self::BadSlot => "ValueError: negative PUT argument".into(),
            Self::UnsupportedProtocol(protocol) => {
                format!("ValueError: unsupported pickle protocol: {protocol}")
            }
            Self::FrameTooLong { .. } => "UnpicklingError: pickle data was truncated".into(),
            Self::OddItems(_) => "UnpicklingError: odd number of items".into(),
            Self::BadExtension(_) => "UnpicklingError: EXT specifies code <= 0".into(),
            Self::NameNotStr => "UnpicklingError: STACK_GLOBAL requires str".into(),
            Self::ArgumentsNotTuple(Opcode::Reduce) => "TypeError: argument list must be a tuple".into(),
            Self::ArgumentsNotTuple(opcode) => {
                format!("UnpicklingError: {} args argument must be a tuple", opcode.name())
            }
            Self::NotCallable(opcode @ (Opcode::NewObj | Opcode::NewObjEx)) => {
                format!("UnpicklingError: {} class argument must be a type", opcode.name())
            }
            Self::NotCallable(_) => "TypeError: object is not callable".into(),
            Self::KeywordsNotDict => "UnpicklingError: NEWOBJ_EX kwargs argument must be a dict".into(),
            Self::NotABuffer => "TypeError: memoryview: a bytes-like object is required".into(),
            Self::UnfitTarget(Opcode::Build) => "AttributeError: object has no attribute '__dict__'".into(),
            Self::UnfitTarget(Opcode::SetItem | Opcode::SetItems) => {
                "TypeError: object does not support item assignment".into()
            }
            Self::UnfitTarget(Opcode::AddItems) => "AttributeError: object has no attribute 'add'".into(),
            Self::UnfitTarget(_) => "AttributeError: object has no attribute 'append'".into(),
            Self::Unhashable => "TypeError: unhashable type".into(),
            Self::ArrayCut { .. } => "ValueError: EOF: reading array data".into(),
            Self::HugeSlot(_) | Self::TooLarge => "MemoryError".into(),
        }
    }
}

fn op_exception(fault: OpFault) -> String {
    match fault {
        OpFault::MissingStop => "EOFError: Ran out of input".into(),
        OpFault::UnknownOpcode(byte @ 0x20..=0x7e) => {
            format!("UnpicklingError: invalid load key, '{}'.", char::from(byte))
        }
        OpFault::UnknownOpcode(byte) => format!("UnpicklingError: invalid load key, '\\x{byte:02x}'."),
        OpFault::Truncated { .. } | OpFault::MissingNewline { .. } | OpFault::EmptyName => {
            "UnpicklingError: pickle data was truncated".into()
        }
        OpFault::NegativeLength(_) => "UnpicklingError: BINSTRING pickle has negative byte count".into(),
        OpFault::HugeLength(_) => "OverflowError: length exceeds system's maximum size".into(),
        OpFault::BadInteger => "ValueError: invalid literal for int()".into(),
        OpFault::BadFloat => "ValueError: could not convert string to float".into(),
        OpFault::BadQuotes => "UnpicklingError: the STRING opcode argument must be quoted".into(),
        OpFault::BadEscape => "ValueError: invalid escape in a string operand".into(),
        OpFault::BadUtf8 => "UnicodeDecodeError: 'utf-8' codec can't decode".into(),
        OpFault::NotAscii => "UnicodeDecodeError: 'ascii' codec can't decode".into(),
    }
}

impl fmt::Display for FaultKind {
    /// What was expected, and what stands there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Op(fault) => fault.fmt(f),
            Self::Underflow { needed, found, mark } => {
                let above = if *mark { " above the mark" } else { "" };
                let needed = counted(*needed, "item");
                write!(f, "expected {needed} on the stack, found {found}{above}")
            }
            Self::NoMark => write!(f, "expected a mark on the stack, found none"),
            Self::MemoMiss(slot) => write!(f, "expected an object in memo slot {slot}, found the slot empty"),
            Self::BadSlot => {
                write!(f, "expected the number of a memo slot, found a negative or too large number")
            }
            Self::UnsupportedProtocol(protocol) => {
                write!(f, "expected a protocol from 0 to {HIGHEST_PROTOCOL}, found {protocol}")
            }
            Self::FrameTooLong { announced, left } => {
                let announced = counted(*announced, "byte");
                write!(f, "expected a frame of {announced}, found {left} before the end of the data")
            }
            Self::OddItems(count) => {
                write!(f, "expected pairs of key and value, found {}", counted(*count, "item"))
            }
            Self::BadExtension(code) => write!(f, "expected an extension code above 0, found {code}"),
            Self::NameNotStr => write!(f, "expected two strings that name a global, found something else"),
            Self::ArgumentsNotTuple(_) => write!(f, "expected a tuple of arguments, found something else"),
            Self::NotCallable(Opcode::NewObj | Opcode::NewObjEx) => {
                write!(f, "expected a class, found a constant or container")
            }
            Self::NotCallable(_) => write!(f, "expected something to call, found a constant or container"),
            Self::KeywordsNotDict => write!(f, "expected a dict of keyword arguments, found something else"),
            Self::NotABuffer => write!(f, "expected a buffer, found something else"),
            Self::UnfitTarget(opcode) => {
                let wanted = match opcode {
                    Opcode::Build => "an object that takes a state",
                    Opcode::SetItem | Opcode::SetItems => "a dict, or an object that takes keys",
                    Opcode::AddItems => "a set, or an object that takes items",
                    _ => "a list, or an object that takes items",
                };
                write!(f, "expected {wanted}, found something that does not")
            }
            Self::Unhashable => {
                write!(f, "expected a key that can be hashed, found a list, dict or set")
            }
            Self::ArrayCut { needed, left } => {
                let needed = counted(*needed, "byte");
                write!(f, "expected {needed} of an array, found {left} before the end of the data")
            }
            Self::TooLarge => {
                f.write_str("more lies on the stack than is kept: not divided into ops from here on")
            }
            Self::HugeSlot(slot) => {
                write!(f, "expected the next memo slot, found {slot}, far beyond those in use")
            }
        }
    }
}
