//! `pickletools.genops`: the ops of one pickle with their arguments, up to STOP or to what it refuses.
//!
//! Where ops begin and end is the business of [`Reader`]: `genops` and the C unpickler agree on that. What differs is
//! how a refusal is worded, and that is here.

use pickle_ops::{Fault, FaultKind, Framing, Op, Opcode, OperandKind, Reader};

use super::error::{GenopsError, quoted};
use super::text::ascii;
use super::{Argument, argument, argument_lenient};

/// The ops and arguments that `genops` yields for the pickle at an offset, and the exception that it raises at the end,
/// if any. Ends behind STOP. Never allocates for an op, but for arguments that say so.
#[derive(Clone, Debug)]
pub struct Genops<'a> {
    ops: Ops<'a>,
}

impl<'a> Genops<'a> {
    /// Of the pickle at `offset` of `bytes`; offsets count from the beginning of `bytes`, as with a file.
    #[must_use]
    pub fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { ops: Ops::new(bytes, offset) }
    }
}

impl<'a> Iterator for Genops<'a> {
    type Item = Result<(Op<'a>, Argument<'a>), GenopsError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let found = self.ops.next()?.and_then(|op| Ok((op, argument(&op)?)));
        self.ops.ended |= found.is_err();
        Some(found)
    }
}

/// One op for a listing in rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    /// The op: name and offset are in it.
    pub op: Op<'a>,
    /// As `genops` gives it; where it refuses, as the C unpickler reads it; the exception where both refuse.
    pub argument: Result<Argument<'a>, GenopsError>,
}

impl Row<'_> {
    /// The text that `dis` shows for the argument; `None` where there is none.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.argument.as_ref().ok().filter(|argument| **argument != Argument::None).map(Argument::repr)
    }
}

/// The ops of the pickle at `offset` of `bytes` up to STOP, with arguments as far as any reader can tell them.
///
/// Other than [`Genops`] it goes on behind an argument that is refused, and ends with an exception only where what
/// follows cannot be divided into ops.
#[must_use]
pub fn rows(bytes: &[u8], offset: usize) -> Rows<'_> {
    Rows { ops: Ops::new(bytes, offset) }
}

/// See [`rows`].
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    ops: Ops<'a>,
}

impl<'a> Iterator for Rows<'a> {
    type Item = Result<Row<'a>, GenopsError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        Some(self.ops.next()?.map(|op| Row { op, argument: argument_lenient(&op) }))
    }
}

/// The ops of one pickle.
#[derive(Clone, Debug)]
struct Ops<'a> {
    bytes: &'a [u8],
    reader: Reader<'a>,
    ended: bool,
}

impl<'a> Ops<'a> {
    fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, reader: Reader::new(bytes, offset), ended: false }
    }

    #[inline]
    fn next(&mut self) -> Option<Result<Op<'a>, GenopsError>> {
        if self.ended {
            return None;
        }
        let found = self.reader.next_op();
        self.ended = !matches!(found, Ok(op) if op.opcode != Opcode::Stop);
        Some(found.map_err(|fault| refusal(self.bytes, &fault)))
    }
}

/// What `genops` raises where the reader finds a fault.
#[cold]
fn refusal(bytes: &[u8], fault: &Fault) -> GenopsError {
    let code = bytes.get(fault.start).copied().and_then(Opcode::from_byte);
    match (fault.kind, code) {
        (FaultKind::UnknownOpcode(byte), _) => {
            let (at, byte) = (fault.start, quoted(&[byte]));
            GenopsError::value(format!("at position {at}, opcode {byte} unknown"))
        }
        (_, Some(opcode)) => {
            unreadable(opcode.info().operand, bytes.get(fault.start + 1..).unwrap_or_default())
        }
        _ => GenopsError::value("pickle exhausted before seeing STOP"),
    }
}

/// What the reader of an operand raises that `rest`, all behind the opcode, does not hold.
fn unreadable(kind: OperandKind, rest: &[u8]) -> GenopsError {
    let name = descriptor(kind);
    match kind.framing() {
        Framing::Line => GenopsError::value(format!("no newline found when trying to read {name}")),
        Framing::TwoLines => second_line_missing(rest),
        Framing::Counted(width) => too_short(kind, rest, width as usize, UNSIGNED[width as usize]),
        Framing::CountedSigned => too_short(kind, rest, 4, "int4"),
        Framing::Fixed(_) | Framing::Unknown => not_enough(name),
    }
}

/// Names of the readers of unsigned lengths, by bytes.
const UNSIGNED: [&str; 9] = ["", "uint1", "uint2", "", "uint4", "", "", "", "uint8"];

fn not_enough(name: &str) -> GenopsError {
    GenopsError::value(format!("not enough data in stream to read {name}"))
}

/// The first line is decoded before the second one is read.
fn second_line_missing(rest: &[u8]) -> GenopsError {
    let first = memchr::memchr(b'\n', rest).map(|at| ascii(&rest[..at]));
    match first {
        Some(Err(error)) => error,
        _ => GenopsError::value("no newline found when trying to read stringnl"),
    }
}

fn too_short(kind: OperandKind, rest: &[u8], width: usize, length: &str) -> GenopsError {
    let name = descriptor(kind);
    let Some((count, body)) = rest.split_at_checked(width) else { return not_enough(length) };
    let count = count.iter().rev().fold(0u64, |value, &byte| value << 8 | u64::from(byte));
    let signed = count as u32 as i32;
    if length == "int4" && signed < 0 {
        return GenopsError::value(format!("{name} byte count < 0: {signed}"));
    }
    if matches!(kind, OperandKind::Long1 | OperandKind::Long4) {
        return not_enough(name);
    }
    GenopsError::value(if i64::try_from(count).is_err() {
        format!("{name} byte count > sys.maxsize: {count}")
    } else {
        format!("expected {count} bytes in a {name}, but only {} remain", body.len())
    })
}

/// The name that the messages of `pickletools` give to the form of an operand.
fn descriptor(kind: OperandKind) -> &'static str {
    match kind {
        OperandKind::None => "none",
        OperandKind::Uint1 => "uint1",
        OperandKind::Uint2 => "uint2",
        OperandKind::Int4 => "int4",
        OperandKind::Uint4 => "uint4",
        OperandKind::Uint8 => "uint8",
        OperandKind::Float8 => "float8",
        OperandKind::DecimalLine
        | OperandKind::LongLine
        | OperandKind::FloatLine
        | OperandKind::StringLine
        | OperandKind::TextLine
        | OperandKind::LinePair => "stringnl",
        OperandKind::UnicodeLine => "unicodestringnl",
        OperandKind::Long1 => "long1",
        OperandKind::Long4 => "long4",
        OperandKind::String1 => "string1",
        OperandKind::String4 => "string4",
        OperandKind::Bytes1 => "bytes1",
        OperandKind::Bytes4 => "bytes4",
        OperandKind::Bytes8 => "bytes8",
        OperandKind::ByteArray8 => "bytearray8",
        OperandKind::Unicode1 => "unicodestring1",
        OperandKind::Unicode4 => "unicodestring4",
        OperandKind::Unicode8 => "unicodestring8",
    }
}
