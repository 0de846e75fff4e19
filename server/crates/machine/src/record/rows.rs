//! The rows of a pickle one after the other: its ops, and the holes between them. Framing alone, no machine.

use pickle_ops::{Op, Opcode, Reader};

use crate::hole::Hole;

/// A row of a pickle.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RawRow<'r, 'a> {
    /// An op.
    Op(Op<'a>),
    /// Bytes behind a `BUILD` that its reader takes for itself.
    Hole(&'r Hole),
}

impl RawRow<'_, '_> {
    /// Offset behind its last byte.
    pub(crate) fn end(&self) -> usize {
        match self {
            Self::Op(op) => op.end,
            Self::Hole(hole) => hole.bytes.end,
        }
    }
}

/// Iterates over rows; does not stop at `STOP`.
#[derive(Clone, Debug)]
pub(crate) struct Rows<'r, 'a> {
    reader: Reader<'a>,
    holes: &'r [Hole],
    /// The hole behind the op that came last.
    next: Option<&'r Hole>,
}

impl<'r, 'a> Rows<'r, 'a> {
    /// From the op at `offset` on, in a pickle with these holes.
    pub(crate) fn new(bytes: &'a [u8], offset: usize, holes: &'r [Hole]) -> Self {
        Self { reader: Reader::new(bytes, offset), holes, next: None }
    }

    /// Offset of the next row.
    pub(crate) fn position(&self) -> usize {
        self.next.map_or(self.reader.position(), |hole| hole.bytes.start)
    }
}

impl<'r, 'a> Iterator for Rows<'r, 'a> {
    type Item = RawRow<'r, 'a>;

    fn next(&mut self) -> Option<RawRow<'r, 'a>> {
        if let Some(hole) = self.next.take() {
            return Some(RawRow::Hole(hole));
        }
        let op = self.reader.next_op().ok()?;
        if op.opcode == Opcode::Build
            && let Ok(index) = self.holes.binary_search_by_key(&op.start, |hole| hole.build)
        {
            self.next = self.holes.get(index).filter(|hole| !hole.bytes.is_empty());
            self.reader.skip_to(self.holes[index].resume_at());
        }
        Some(RawRow::Op(op))
    }
}
