//! Divides a byte string into ops.

use crate::opcode::{BY_BYTE, Framing, Opcode};
use crate::{Fault, FaultKind};

/// One op of a stream: opcode, extent, and the bytes of its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op<'a> {
    /// The opcode.
    pub opcode: Opcode,
    /// Offset of the opcode byte.
    pub start: usize,
    /// Offset behind the last byte of the op.
    pub end: usize,
    /// The bytes of the operand, without its length and without the final newline. For two lines: both, with the
    /// newline between them.
    pub raw: &'a [u8],
}

/// A cursor over a byte string that yields its ops.
///
/// It never allocates, reads nothing behind the op it returns, and stays where it is when it reports a fault. It does not
/// stop at `STOP`: a file may hold several pickles.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    /// A reader at `offset` of `bytes`; offsets of ops count from the beginning of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, position: offset.min(bytes.len()) }
    }

    /// Offset of the next op.
    #[must_use]
    #[inline]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Goes on at `offset`, which lies behind: what is between belongs to no op.
    #[inline]
    pub fn skip_to(&mut self, offset: usize) {
        self.position = offset.clamp(self.position, self.bytes.len());
    }

    /// The byte of the next opcode.
    #[must_use]
    #[inline(always)]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// The next op.
    ///
    /// # Errors
    /// A [`Fault`] of a kind that [`FaultKind::ends_stream`]; asking again gives the same fault.
    // Out of line, an op goes through memory, and the loads that follow wait for its stores: twice the time.
    #[inline(always)]
    pub fn next_op(&mut self) -> Result<Op<'a>, Fault> {
        let Some(byte) = self.peek() else { return Err(self.no_opcode()) };
        match BY_BYTE[byte as usize] {
            (Some(opcode), framing) => self.read_framed(opcode, framing),
            (None, _) => Err(self.no_opcode()),
        }
    }

    /// The next op, whose opcode is known to be `opcode`.
    ///
    /// # Errors
    /// As [`Reader::next_op`].
    #[inline(always)]
    pub fn read(&mut self, opcode: Opcode) -> Result<Op<'a>, Fault> {
        self.read_framed(opcode, BY_BYTE[opcode as usize].1)
    }

    #[inline(always)]
    fn read_framed(&mut self, opcode: Opcode, framing: Framing) -> Result<Op<'a>, Fault> {
        let start = self.position;
        let rest = self.bytes.get(start + 1..).unwrap_or(&[]);
        let found = match framing {
            Framing::Fixed(length) => fixed(rest, length as usize),
            Framing::Counted(width) => counted(rest, width as usize),
            Framing::Line => line(rest),
            Framing::TwoLines => two_lines(rest),
            Framing::CountedSigned => counted_signed(rest),
            Framing::Unknown => Err(FaultKind::UnknownOpcode(opcode as u8)),
        };
        match found {
            Ok(Extent { raw, length }) => {
                let end = start + 1 + length;
                self.position = end;
                Ok(Op { opcode, start, end, raw })
            }
            Err(kind) => Err(Fault { start, end: fault_end(kind, start, self.bytes.len()), kind }),
        }
    }

    /// Why there is no op here.
    #[cold]
    #[must_use]
    pub fn no_opcode(&self) -> Fault {
        let start = self.position;
        match self.peek() {
            Some(byte) => Fault { start, end: start + 1, kind: FaultKind::UnknownOpcode(byte) },
            None => Fault { start, end: start, kind: FaultKind::MissingStop },
        }
    }
}

/// The bytes of an operand, and how many bytes it takes with its length or newline.
struct Extent<'a> {
    raw: &'a [u8],
    length: usize,
}

/// A truncated op claims all that is left; a bad length only itself.
#[cold]
fn fault_end(kind: FaultKind, start: usize, all: usize) -> usize {
    match kind {
        FaultKind::NegativeLength(_) => start + 5,
        FaultKind::HugeLength(_) => start + 9,
        _ => all,
    }
}

#[inline(always)]
fn fixed(rest: &[u8], length: usize) -> Result<Extent<'_>, FaultKind> {
    match rest.get(..length) {
        Some(raw) => Ok(Extent { raw, length }),
        None => Err(FaultKind::Truncated { needed: length as u64, left: rest.len() as u64 }),
    }
}

#[inline(always)]
fn counted(rest: &[u8], width: usize) -> Result<Extent<'_>, FaultKind> {
    let count = match (width, rest) {
        (1, &[a, ..]) => u64::from(a),
        (4, &[a, b, c, d, ..]) => u64::from(u32::from_le_bytes([a, b, c, d])),
        (8, &[a, b, c, d, e, f, g, h, ..]) => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => return Err(FaultKind::Truncated { needed: width as u64, left: rest.len() as u64 }),
    };
    if count > i64::MAX as u64 {
        return Err(FaultKind::HugeLength(count));
    }
    take(rest, width, count)
}

fn counted_signed(rest: &[u8]) -> Result<Extent<'_>, FaultKind> {
    let &[a, b, c, d, ..] = rest else {
        return Err(FaultKind::Truncated { needed: 4, left: rest.len() as u64 });
    };
    let count = i32::from_le_bytes([a, b, c, d]);
    let Ok(length) = u64::try_from(count) else { return Err(FaultKind::NegativeLength(count)) };
    take(rest, 4, length)
}

/// `count` bytes behind a length of `width` bytes that is known to be there.
#[inline(always)]
fn take(rest: &[u8], width: usize, count: u64) -> Result<Extent<'_>, FaultKind> {
    let body = &rest[width..];
    match usize::try_from(count).ok().and_then(|count| body.get(..count)) {
        Some(raw) => Ok(Extent { raw, length: width + raw.len() }),
        None => Err(FaultKind::Truncated { needed: count, left: body.len() as u64 }),
    }
}

#[inline]
fn line(rest: &[u8]) -> Result<Extent<'_>, FaultKind> {
    match newline(rest) {
        Some(at) => Ok(Extent { raw: &rest[..at], length: at + 1 }),
        None => Err(FaultKind::MissingNewline { left: rest.len() as u64 }),
    }
}

fn two_lines(rest: &[u8]) -> Result<Extent<'_>, FaultKind> {
    let second = newline(rest).map(|at| at + 1);
    let end = second.and_then(|from| newline(&rest[from..]).map(|at| from + at));
    match end {
        Some(at) => Ok(Extent { raw: &rest[..at], length: at + 1 }),
        None => Err(FaultKind::MissingNewline { left: rest.len() as u64 }),
    }
}

/// Offset of the first newline. Lines of pickles are short, so the first bytes are looked at here, eight at once.
#[inline]
fn newline(bytes: &[u8]) -> Option<usize> {
    let Some((&first, rest)) = bytes.split_first_chunk() else { return memchr::memchr(b'\n', bytes) };
    if let Some(at) = newline_in(first) {
        return Some(at);
    }
    if let Some(at) = rest.first_chunk().and_then(|&second| newline_in(second)) {
        return Some(8 + at);
    }
    memchr::memchr(b'\n', rest).map(|at| 8 + at)
}

/// The same in eight bytes. What is subtracted from a byte borrows only where it or one before it was zero, so the first
/// zero is the first byte that is marked.
#[inline(always)]
fn newline_in(bytes: [u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    let zero_where_found = u64::from_le_bytes(bytes) ^ (ONES * b'\n' as u64);
    let marked = zero_where_found.wrapping_sub(ONES) & !zero_where_found & (ONES << 7);
    if marked == 0 { None } else { Some(marked.trailing_zeros() as usize / 8) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that differ from a newline by one bit, or borrow from the next, are none.
    #[test]
    fn newlines_anywhere() {
        for filler in [0x00, 0x09, 0x0b, 0x8a, 0x1a, 0xff] {
            for length in 0..40 {
                let mut bytes = vec![filler; length];
                assert_eq!(newline(&bytes), None, "{filler:#x} {length}");
                for at in (0..length).rev() {
                    bytes[at] = b'\n';
                    assert_eq!(newline(&bytes), Some(at), "{filler:#x} {length}");
                }
            }
        }
    }

    type Row = (usize, &'static str, Vec<u8>);

    fn all(bytes: &[u8]) -> (Vec<Row>, Fault) {
        let mut reader = Reader::new(bytes, 0);
        let mut ops = Vec::new();
        loop {
            match reader.next_op() {
                Ok(op) => ops.push((op.start, op.opcode.name(), op.raw.to_vec())),
                Err(fault) => return (ops, fault),
            }
        }
    }

    #[test]
    fn every_framing() {
        let (ops, fault) = all(b"\x80\x04I12\ncos\nsystem\nT\x02\0\0\0ab\x8c\x01xX\x01\0\0\0yK\x07.");
        let names: Vec<_> = ops.iter().map(|op| (op.0, op.1, op.2.as_slice())).collect();
        assert_eq!(
            names,
            [
                (0, "PROTO", &b"\x04"[..]),
                (2, "INT", b"12"),
                (6, "GLOBAL", b"os\nsystem"),
                (17, "BINSTRING", b"ab"),
                (24, "SHORT_BINUNICODE", b"x"),
                (27, "BINUNICODE", b"y"),
                (33, "BININT1", b"\x07"),
                (35, "STOP", b""),
            ]
        );
        assert_eq!(fault.kind, FaultKind::MissingStop);
        assert_eq!(fault.start, 36);
    }

    #[test]
    fn faults_say_what_was_expected() {
        let cases: [(&[u8], FaultKind); 9] = [
            (b"", FaultKind::MissingStop),
            (b"\xff", FaultKind::UnknownOpcode(0xff)),
            (b"J\x01\x02", FaultKind::Truncated { needed: 4, left: 2 }),
            (b"X\x01\x02", FaultKind::Truncated { needed: 4, left: 2 }),
            (b"X\xff\xff\xff\xffab", FaultKind::Truncated { needed: 0xffff_ffff, left: 2 }),
            (b"I12", FaultKind::MissingNewline { left: 2 }),
            (b"cos\nsystem", FaultKind::MissingNewline { left: 9 }),
            (b"T\xff\xff\xff\xffab", FaultKind::NegativeLength(-1)),
            (b"\x8e\0\0\0\0\0\0\0\x80", FaultKind::HugeLength(1 << 63)),
        ];
        for (bytes, kind) in cases {
            let (ops, fault) = all(bytes);
            assert_eq!((ops.len(), fault.start, fault.kind), (0, 0, kind), "{bytes:?}");
            assert!(kind.ends_stream() && fault.end <= bytes.len());
        }
    }

    #[test]
    fn long_lines_and_offsets() {
        let text = [b"V".as_slice(), &[b'x'; 100], b"\n."].concat();
        let mut reader = Reader::new(&text, 0);
        assert_eq!(reader.next_op().unwrap().raw.len(), 100);
        let stop = reader.next_op().unwrap();
        assert_eq!((stop.opcode, stop.start, stop.end), (Opcode::Stop, 102, 103));
        assert_eq!(Reader::new(&text, 1000).position(), 103);
    }
}
