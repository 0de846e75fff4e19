//! The turn of an op by a machine that does not know what came before.
//!
//! As [`crate::run::run`] does it, by code for each common opcode; but the memo is that of the stretch, and an op that takes
//! items is left to the machine that will come unless they are the stretch's own.

use pickle_ops::{Op, Opcode, Reader};

use crate::domain::Domain;
use crate::machine::Machine;
use crate::run::{Advance, turn};

/// Why a stretch does not go on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The machine has to do this op by itself.
    Op,
    /// The op took something for granted that cannot be.
    Taken,
    /// As far as it was to go.
    Limit,
    /// What follows is no data.
    End,
}

/// A domain of such a machine. The lowest item of its stack stands for the topmost one of the machine that will come, which is
/// not taken from there, and the memo of that machine is not asked.
pub(crate) trait Blind<'a>: Domain<'a> {
    /// Bytes of the stream.
    fn length(&self) -> usize;
    /// Whether something happened that cannot be left to others.
    fn is_alarmed(&self) -> bool;
    /// A store of `value`, the topmost item, by `op`; whether it can be.
    fn keep(&mut self, op: &Op<'a>, value: Self::Value) -> bool;
    /// A read of a slot by `op`: what stands in for what it holds.
    fn read(&mut self, op: &Op<'a>, slot: u64) -> Self::Value;
}

/// Carries out up to `most` ops, unless the stretch ends there: in front of an op, or where one has reached `limit`.
#[inline(always)]
pub(crate) fn advance_by<'a, D: Blind<'a>>(
    domain: &mut D,
    most: usize,
    limit: usize,
    reader: &mut Reader<'a>,
    machine: &mut Machine<D::Value, D::Stored>,
) -> Option<Cut> {
    let length = domain.length();
    for _ in 0..most {
        if let Some(cut) = advance(domain, reader, length, machine) {
            return Some(cut);
        }
        if domain.is_alarmed() {
            return Some(Cut::Taken);
        }
        if reader.position() >= limit {
            return Some(Cut::Limit);
        }
    }
    None
}

/// Carries out the op at the reader's position, unless the stretch ends there.
#[inline(always)]
fn advance<'a, D: Blind<'a>>(
    domain: &mut D,
    reader: &mut Reader<'a>,
    length: usize,
    machine: &mut Machine<D::Value, D::Stored>,
) -> Option<Cut> {
    let Some(byte) = reader.peek() else { return Some(Cut::End) };
    macro_rules! by_opcode {
        ($($any:ident)*; $($store:ident)*; $($load:ident)*; $($slice:ident)*; $($top:ident $least:literal)*) => {
            match byte {
                $(_ if byte == Opcode::$any as u8 => goes_on(turn(Opcode::$any, reader, length, machine, domain)),)*
                $(_ if byte == Opcode::$store as u8 => store(domain, Opcode::$store, reader, machine),)*
                $(_ if byte == Opcode::$load as u8 => load(domain, Opcode::$load, reader, machine),)*
                $(_ if byte == Opcode::$slice as u8 => {
                    if machine.depth() == 0 { return Some(Cut::Op) }
                    goes_on(turn(Opcode::$slice, reader, length, machine, domain))
                })*
                $(_ if byte == Opcode::$top as u8 => {
                    if machine.height() <= $least { return Some(Cut::Op) }
                    goes_on(turn(Opcode::$top, reader, length, machine, domain))
                })*
                _ => rare(domain, byte, reader, length, machine),
            }
        };
    }
    by_opcode!(
        BinInt BinInt1 BinInt2 BinFloat BinUnicode ShortBinUnicode ShortBinBytes None NewTrue NewFalse
        EmptyList EmptyTuple EmptyDict Mark;
        Memoize BinPut LongBinPut; BinGet LongBinGet; Appends SetItems Tuple;
        Append 1 SetItem 2 Tuple1 1 Tuple2 2 Tuple3 3)
}

#[inline(always)]
fn store<'a, D: Blind<'a>>(
    domain: &mut D,
    opcode: Opcode,
    reader: &mut Reader<'a>,
    machine: &Machine<D::Value, D::Stored>,
) -> Option<Cut> {
    let Ok(op) = reader.read(opcode) else { return Some(Cut::End) };
    if !machine.top().is_some_and(|value| domain.keep(&op, value)) {
        return Some(Cut::Taken);
    }
    domain.after(opcode, &op, machine);
    None
}

#[inline(always)]
fn load<'a, D: Blind<'a>>(
    domain: &mut D,
    opcode: Opcode,
    reader: &mut Reader<'a>,
    machine: &mut Machine<D::Value, D::Stored>,
) -> Option<Cut> {
    let Ok(op) = reader.read(opcode) else { return Some(Cut::End) };
    let Some(slot) = op.memo_slot() else { return Some(Cut::Taken) };
    machine.push(domain.read(&op, slot));
    domain.after(opcode, &op, machine);
    None
}

#[inline(never)]
fn rare<'a, D: Blind<'a>>(
    domain: &mut D,
    byte: u8,
    reader: &mut Reader<'a>,
    length: usize,
    machine: &mut Machine<D::Value, D::Stored>,
) -> Option<Cut> {
    let Some(opcode) = Opcode::from_byte(byte) else { return Some(Cut::End) };
    use Opcode as O;
    match opcode {
        O::AddItems | O::FrozenSet if machine.depth() == 0 => Some(Cut::Op),
        O::Long1 | O::BinBytes | O::EmptySet | O::AddItems | O::FrozenSet => {
            goes_on(turn(opcode, reader, length, machine, domain))
        }
        _ => Some(Cut::Op),
    }
}

/// Whether there is a next op.
#[inline(always)]
fn goes_on(advance: Advance) -> Option<Cut> {
    if advance == Advance::Next { None } else { Some(Cut::End) }
}
