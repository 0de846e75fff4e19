//! `pickletools.dis`: the listing of one pickle, byte for byte, and what it complains of.
//!
//! It emulates the stack and the memo as `dis` does, which is not as an unpickler does: ops take items across a mark,
//! and a mark that an op took so is still counted in the indentation.

use std::fmt::{self, Write};

use pickle_ops::{Op, Opcode, StackItem};

use super::line::{Note, write_offset, write_op};
use super::memo::{Key, Memo};
use super::stack::Stack;
use super::{Argument, Genops, GenopsError};

/// Why a listing ended early. What was written until then is what `dis` prints before it raises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisError {
    /// `dis` raises, or `genops` in it, before STOP.
    Raised(GenopsError),
    /// `dis` raises behind STOP, when all is printed: the stack is not empty.
    NotEmpty {
        /// Offset behind STOP, where another pickle may begin.
        end: usize,
        /// Items that are left. The message of `dis` names their types instead.
        items: usize,
    },
    /// The writer failed.
    Write,
}

impl fmt::Display for DisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raised(error) => write!(f, "{error}"),
            Self::NotEmpty { items, .. } => {
                write!(f, "ValueError: stack not empty after STOP: {items} items")
            }
            Self::Write => write!(f, "the listing could not be written"),
        }
    }
}

impl std::error::Error for DisError {}

impl From<fmt::Error> for DisError {
    fn from(_: fmt::Error) -> Self {
        Self::Write
    }
}

impl From<GenopsError> for DisError {
    fn from(error: GenopsError) -> Self {
        Self::Raised(error)
    }
}

/// Writes what `pickletools.dis` of CPython 3.11 prints for the pickle at `offset` of `bytes`, and returns the offset
/// behind its STOP. Offsets in the text count from the beginning of `bytes`, as when `dis` is given a file.
///
/// Writes in small pieces: `out` should buffer.
///
/// # Errors
/// [`DisError`]; what `dis` prints before it raises is written.
pub fn dis(bytes: &[u8], offset: usize, out: &mut impl Write) -> Result<usize, DisError> {
    let mut machine = Machine { out, stack: Stack::default(), marks: Vec::new(), memo: Memo::default() };
    let mut highest = 0;
    let mut end = offset;
    for found in Genops::new(bytes, offset) {
        let (op, argument) = found?;
        machine.step(&op, &argument)?;
        highest = highest.max(op.opcode.protocol());
        end = op.end;
    }
    writeln!(machine.out, "highest protocol among opcodes = {highest}")?;
    match machine.stack.len() {
        0 => Ok(end),
        items => Err(DisError::NotEmpty { end, items }),
    }
}

/// The state of `dis` between ops.
struct Machine<'w, W> {
    out: &'w mut W,
    stack: Stack,
    /// Offsets of MARKs (`markstack`), not always those of the marks on the stack.
    marks: Vec<usize>,
    memo: Memo,
}

/// What `dis` complains of, once the row is printed.
#[derive(Clone, Copy)]
enum Complaint {
    NoMark,
    KeyDefined,
    KeyUnknown,
    EmptyStack,
    MarkInMemo,
}

impl<W: Write> Machine<'_, W> {
    /// One turn of the loop of `dis`, its steps in the same order.
    #[inline]
    fn step(&mut self, op: &Op<'_>, argument: &Argument<'_>) -> Result<(), DisError> {
        write_offset(self.out, op.start)?;
        let info = op.opcode.info();
        let indent = self.marks.len();
        let mut note = Note::None;
        let mut complaint = None;
        let mut pops = info.before.len();
        let mark = info.before.iter().position(|&item| item == StackItem::Mark);
        if mark.is_some() || (op.opcode == Opcode::Pop && self.stack.ends_in_mark()) {
            match self.take_mark()? {
                Some(offset) => {
                    note = Note::MarkAt(offset);
                    pops = mark.unwrap_or(0);
                }
                None => {
                    note = Note::NoMark;
                    complaint = Some(Complaint::NoMark);
                }
            }
        }
        if op.opcode == Opcode::Memoize {
            note = Note::Slot(self.memo.len());
        }
        complaint = self.use_memo(op.opcode, argument).or(complaint);
        argument.check_repr()?;
        write_op(self.out, op.opcode, indent, argument, note)?;
        if let Some(complaint) = complaint {
            return Err(complaint.raise(argument).into());
        }
        self.apply(op, pops)
    }

    /// Takes the topmost mark and all above it, and says where its MARK is.
    fn take_mark(&mut self) -> Result<Option<usize>, DisError> {
        let Some(offset) = self.marks.pop() else { return Ok(None) };
        if self.stack.pop_to_mark() {
            return Ok(Some(offset));
        }
        // An op such as DUP has taken the mark: `stack[-1]` of the emptied list.
        let message = "list index out of range".to_owned();
        Err(GenopsError { class: "IndexError", message }.into())
    }

    fn use_memo(&mut self, opcode: Opcode, argument: &Argument<'_>) -> Option<Complaint> {
        match opcode {
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut => self.store(Key::of(argument)),
            Opcode::Memoize => self.store(Key::Number(self.memo.len())),
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => {
                (!self.memo.contains(&Key::of(argument))).then_some(Complaint::KeyUnknown)
            }
            _ => None,
        }
    }

    fn store(&mut self, key: Key) -> Option<Complaint> {
        if self.memo.contains(&key) {
            Some(Complaint::KeyDefined)
        } else if self.stack.len() == 0 {
            Some(Complaint::EmptyStack)
        } else if self.stack.ends_in_mark() {
            Some(Complaint::MarkInMemo)
        } else {
            self.memo.insert(key);
            None
        }
    }

    /// Takes and leaves items.
    fn apply(&mut self, op: &Op<'_>, pops: usize) -> Result<(), DisError> {
        let items = self.stack.len();
        if items < pops {
            let message = format!("tries to pop {pops} items from stack with only {items} items");
            return Err(GenopsError::value(message).into());
        }
        self.stack.pop(pops);
        if op.opcode == Opcode::Mark {
            self.marks.push(op.start);
            self.stack.push_mark();
        } else {
            self.stack.push(op.opcode.info().after.len());
        }
        Ok(())
    }
}

impl Complaint {
    #[cold]
    fn raise(self, argument: &Argument<'_>) -> GenopsError {
        GenopsError::value(match self {
            Self::NoMark => "no MARK exists on stack".to_owned(),
            Self::KeyDefined => format!("memo key {} already defined", argument.repr()),
            Self::KeyUnknown => format!("memo key {} has never been stored into", argument.repr()),
            Self::EmptyStack => "stack is empty -- can't store into memo".to_owned(),
            Self::MarkInMemo => "can't store markobject in the memo".to_owned(),
        })
    }
}
