//! What the shape of a record is made of.

use pickle_ops::{Op, Opcode, Reader};

use crate::arena::may_be_told;
use crate::inner::Inner;

/// What all ops have in common that may stand at a place of a shape.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Puts a constant on the stack.
    Constant,
    /// Fills the slot of the memo that it names.
    Put,
    /// Reads a slot of the memo.
    Get,
    /// The same op, which has no operand.
    Only(Opcode),
}

impl Kind {
    /// `None`: such an op is in no shape.
    pub(crate) fn of(opcode: Opcode) -> Option<Self> {
        use Opcode as O;
        match opcode {
            O::BinInt | O::BinInt1 | O::BinInt2 | O::BinFloat | O::BinUnicode | O::ShortBinUnicode => {
                Some(Self::Constant)
            }
            O::None | O::NewTrue | O::NewFalse => Some(Self::Constant),
            O::BinPut | O::LongBinPut => Some(Self::Put),
            O::BinGet | O::LongBinGet => Some(Self::Get),
            O::Memoize | O::Mark | O::EmptyTuple | O::EmptyList | O::EmptyDict | O::EmptySet => {
                Some(Self::Only(opcode))
            }
            O::Append | O::Appends | O::SetItem | O::SetItems | O::AddItems => Some(Self::Only(opcode)),
            _ => None,
        }
    }

    /// Whether it fills a slot of the memo.
    pub(crate) fn stores(self) -> bool {
        matches!(self, Self::Put | Self::Only(Opcode::Memoize))
    }

    /// By how much it changes how many marks are open.
    pub(crate) fn opens(self) -> i32 {
        use Opcode as O;
        match self {
            Self::Only(O::Mark) => 1,
            Self::Only(O::Appends | O::SetItems | O::AddItems) => -1,
            _ => 0,
        }
    }

    /// Whether it puts what was built last into what is around it.
    pub(crate) fn closes(self) -> bool {
        use Opcode as O;
        matches!(self, Self::Only(O::Append | O::Appends | O::SetItem | O::SetItems | O::AddItems))
    }
}

/// A part of a shape: ops that are the same in each record, and one behind them that is not.
#[derive(Default)]
pub(crate) struct Part {
    pub(crate) same: Same,
    pub(crate) then: Then,
}

/// What is behind what is the same.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Then {
    /// More that is the same.
    #[default]
    Nothing,
    /// A constant.
    Constant,
    /// An op that fills a slot: that of the store with this number in the record.
    Put(u64),
    /// An op that reads a slot.
    Get,
}

/// Up to eight bytes.
#[derive(Default)]
pub(crate) struct Same {
    word: u64,
    mask: u64,
    length: usize,
}

impl Same {
    /// Adds bytes, if there is room.
    fn join(&mut self, bytes: &[u8]) -> bool {
        if self.length + bytes.len() > size_of::<u64>() {
            return false;
        }
        for &byte in bytes {
            self.word |= u64::from(byte) << (8 * self.length);
            self.mask |= 0xff << (8 * self.length);
            self.length += 1;
        }
        true
    }

    /// Where they end, if they are at `position`. The last seven bytes of a stream are not looked at.
    #[inline(always)]
    pub(crate) fn end(&self, bytes: &[u8], position: usize) -> Option<usize> {
        let chunk = bytes.get(position..)?.first_chunk()?;
        (u64::from_le_bytes(*chunk) & self.mask == self.word).then_some(position + self.length)
    }
}

/// Where an op of a record is: the number of its part, and how many bytes behind the beginning of that.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) part: usize,
    pub(crate) behind: usize,
}

/// The parts of a shape, and how many of its ops fill slots.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) parts: Vec<Part>,
    stores: u64,
}

impl Parts {
    /// Adds an op; `is_same`: its bytes are the same in each record.
    pub(crate) fn add(&mut self, kind: Kind, bytes: &[u8], is_same: bool) -> Place {
        let (bytes, then) = match kind {
            Kind::Constant => (&[][..], Then::Constant),
            Kind::Put => (&[][..], Then::Put(self.stores)),
            Kind::Get if !is_same => (&[][..], Then::Get),
            Kind::Get | Kind::Only(_) => (bytes, Then::Nothing),
        };
        self.stores += u64::from(kind.stores());
        let has_room = |part: &mut Part| part.then == Then::Nothing && part.same.join(bytes);
        if !self.parts.last_mut().is_some_and(has_room) {
            let mut part = Part::default();
            part.same.join(bytes);
            self.parts.push(part);
        }
        let part = self.parts.len() - 1;
        let Part { same, then: last } = &mut self.parts[part];
        *last = then;
        Place { part, behind: same.length - bytes.len() }
    }
}

/// Bytes of a constant with its opcode, by the byte of that.
pub(crate) struct Widths([u8; 256]);

/// Those of a text are told by its length.
const TEXT: u8 = u8::MAX;

impl Widths {
    /// Of the constants that a shape has, and opcodes of protocols up to `newest`.
    pub(crate) fn new(newest: u8) -> Self {
        let mut widths = [0; 256];
        for byte in 0..=u8::MAX {
            // Of zeros, it takes as many as it needs; a text of no length has none.
            let bytes = [byte, 0, 0, 0, 0, 0, 0, 0, 0];
            let Ok(op) = Reader::new(&bytes, 0).next_op() else { continue };
            if Kind::of(op.opcode) == Some(Kind::Constant) && op.opcode.protocol() <= newest {
                widths[usize::from(byte)] = if op.opcode.is_text() { TEXT } else { op.end as u8 };
            }
        }
        Self(widths)
    }

    /// Where the constant ends that begins at `position`, if there is one and nothing is to be told of it. That may be behind the last
    /// byte.
    #[inline(always)]
    pub(crate) fn end(&self, bytes: &[u8], position: usize) -> Option<usize> {
        match self.0[usize::from(*bytes.get(position)?)] {
            0 => None,
            TEXT => end_of_text(bytes, position),
            width => Some(position + usize::from(width)),
        }
    }
}

/// Whether a constant is put on the stack, and that is all.
#[inline(always)]
pub(crate) fn is_quiet(op: &Op<'_>) -> bool {
    op.check().is_ok() && Inner::of_op(op).is_none() && !may_be_told(op)
}

#[inline(always)]
fn end_of_text(bytes: &[u8], position: usize) -> Option<usize> {
    let mut reader = Reader::new(bytes, position);
    let is_short = reader.peek() == Some(Opcode::ShortBinUnicode as u8);
    let op = if is_short { reader.read(Opcode::ShortBinUnicode) } else { reader.read(Opcode::BinUnicode) };
    let Ok(op) = op else { return None };
    is_quiet(&op).then_some(op.end)
}

/// The slot of the `PUT` at `position`, and where it ends.
#[inline(always)]
pub(crate) fn put(bytes: &[u8], position: usize) -> Option<(u64, usize)> {
    slot(bytes, position, Opcode::BinPut, Opcode::LongBinPut)
}

/// The same of a `GET`.
#[inline(always)]
pub(crate) fn get(bytes: &[u8], position: usize) -> Option<(u64, usize)> {
    slot(bytes, position, Opcode::BinGet, Opcode::LongBinGet)
}

#[inline(always)]
fn slot(bytes: &[u8], position: usize, short: Opcode, long: Opcode) -> Option<(u64, usize)> {
    match *bytes.get(position..)? {
        [byte, a, b, c, d, ..] if byte == long as u8 => {
            Some((u32::from_le_bytes([a, b, c, d]).into(), position + 5))
        }
        [byte, slot, ..] if byte == short as u8 => Some((slot.into(), position + 2)),
        _ => None,
    }
}
