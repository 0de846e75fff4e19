//! Reads ops and has them carried out.

use pickle_ops::{Op, Opcode, Reader};

use crate::domain::Domain;
use crate::fault::{Fault, FaultKind};
use crate::machine::Machine;

/// How a run of ops ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// After the op, or after as many as were asked for.
    Next,
    /// Behind `STOP`.
    Stop,
    /// At bytes that cannot be divided into ops.
    End(Fault),
}

/// Reads up to `most` ops at the reader's position and carries them out.
///
/// Faults go to [`Domain::fault`]. Where the C unpickler stops, the machine goes on as well as it can, so that all that follows is
/// seen; what it would have taken is [`Domain::missing`].
pub fn run<'a, D: Domain<'a>>(
    reader: &mut Reader<'a>,
    length: usize,
    machine: &mut Machine<D::Value, D::Stored>,
    domain: &mut D,
    most: usize,
) -> Flow {
    for _ in 0..most {
        match advance(reader, length, machine, domain) {
            Advance::Next => {}
            Advance::Stop => return Flow::Stop,
            Advance::End => return Flow::End(unreadable(reader, domain)),
        }
    }
    Flow::Next
}

/// As [`Flow`], but small: what an op gives back stays in a register.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advance {
    Next,
    Stop,
    End,
}

/// Carries out the op at the reader's position by a copy of [`turn`] that was compiled for its opcode alone, for those
/// opcodes that data is made of: one branch on the byte, and no other question about the opcode is left.
macro_rules! turn_by_opcode {
    ($byte:expr, $reader:expr, $length:expr, $machine:expr, $domain:expr; $($opcode:ident)*) => {
        match $byte {
            $(byte if byte == Opcode::$opcode as u8 => turn(Opcode::$opcode, $reader, $length, $machine, $domain),)*
            byte => any_turn(byte, $reader, $length, $machine, $domain),
        }
    };
}

/// Reads the op at the reader's position and carries it out.
#[inline(always)]
fn advance<'a, D: Domain<'a>>(
    reader: &mut Reader<'a>,
    length: usize,
    machine: &mut Machine<D::Value, D::Stored>,
    domain: &mut D,
) -> Advance {
    let Some(byte) = reader.peek() else { return Advance::End };
    if D::HOT {
        turn_by_opcode!(byte, reader, length, machine, domain;
            BinInt BinInt1 BinInt2 BinFloat BinUnicode ShortBinUnicode ShortBinBytes ShortBinString None NewTrue NewFalse
            EmptyList EmptyTuple EmptyDict Mark BinGet LongBinGet BinPut LongBinPut Memoize
            Append Appends SetItem SetItems Tuple Tuple1 Tuple2 Tuple3 Reduce NewObj Build
            Get Put Int Float Unicode)
    } else {
        any_turn(byte, reader, length, machine, domain)
    }
}

/// The turn of an op of any kind: one copy for opcodes that are rare, and for domains for which time does not matter.
#[inline(never)]
fn any_turn<'a, D: Domain<'a>>(
    byte: u8,
    reader: &mut Reader<'a>,
    length: usize,
    machine: &mut Machine<D::Value, D::Stored>,
    domain: &mut D,
) -> Advance {
    match Opcode::from_byte(byte) {
        Some(opcode) => turn(opcode, reader, length, machine, domain),
        None => Advance::End,
    }
}

/// The turn of one op.
#[inline(always)]
pub(crate) fn turn<'a, D: Domain<'a>>(
    opcode: Opcode,
    reader: &mut Reader<'a>,
    length: usize,
    machine: &mut Machine<D::Value, D::Stored>,
    domain: &mut D,
) -> Advance {
    let Ok(op) = reader.read(opcode) else { return Advance::End };
    let checked = op.check();
    let done = machine.step(domain, &op, length);
    if let Err(fault) = checked {
        refuse(&op, FaultKind::Op(fault.kind), domain);
    } else if let Err(kind) = done {
        refuse(&op, kind, domain);
    }
    domain.after(opcode, &op, machine);
    if opcode == Opcode::Build {
        let next = domain.resume_at(&op);
        if next != op.end {
            skip_hole(reader, &op, next, length, domain);
        }
    }
    if opcode == Opcode::Stop { Advance::Stop } else { Advance::Next }
}

/// Goes on behind a hole. One that is cut short is a fault.
#[cold]
#[inline(never)]
fn skip_hole<'a>(
    reader: &mut Reader<'a>,
    op: &Op<'a>,
    next: usize,
    length: usize,
    domain: &mut impl Domain<'a>,
) {
    reader.skip_to(next);
    if next > length {
        let (needed, left) = ((next - op.end) as u64, (length - op.end) as u64);
        let kind = FaultKind::ArrayCut { needed, left };
        domain.fault(&Fault { start: op.end, end: length, opcode: None, kind });
    }
}

/// Why there is no op at the reader's position: asked once more, as the way there kept it no longer than needed.
#[cold]
#[inline(never)]
fn unreadable<'a>(reader: &mut Reader<'a>, domain: &mut impl Domain<'a>) -> Fault {
    let fault = reader.next_op().err().unwrap_or_else(|| reader.no_opcode());
    let fault = Fault { start: fault.start, end: fault.end, opcode: None, kind: FaultKind::Op(fault.kind) };
    domain.fault(&fault);
    fault
}

#[cold]
#[inline(never)]
fn refuse<'a>(op: &Op<'a>, kind: FaultKind, domain: &mut impl Domain<'a>) {
    domain.fault(&Fault { start: op.start, end: op.end, opcode: Some(op.opcode), kind });
}
