//! The domain of a machine that does not know what came before: that of streaming, where nothing may happen that is to be told.

use pickle_ops::{Op, Opcode, Reader};

use super::known::Known;
use crate::arena::{Value, may_be_told};
use crate::domain::{Arguments, Collection, Domain};
use crate::fault::Fault;
use crate::hole::Found;
use crate::inner::Inner;
use crate::machine::Machine;
use crate::run::{Advance, turn};
use crate::stream::live::Live;
use crate::stream::{Observer, Scene};

/// Stands for the topmost item of the machine that will come. No memo slot has that number.
pub(super) const BELOW: Value = Value::stand_in(1 << 59);

/// Why a stretch does not go on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// The machine has to do this op by itself.
    Op,
    /// The op took something for granted that cannot be.
    Taken,
    /// As far as it was to go.
    Limit,
    /// What follows is no data.
    End,
}

/// Whether a constant is put on the stack, and that is all.
#[inline(always)]
pub(super) fn is_quiet(op: &Op<'_>) -> bool {
    op.check().is_ok() && Inner::of_op(op).is_none() && !may_be_told(op)
}

/// See the module.
pub(super) struct Blind<'l, 'a> {
    pub(super) live: Live<'l, 'a, Alarm>,
    pub(super) memo: Known,
    /// Ops that put items into the item below: one of each kind.
    pub(super) into: [Option<Op<'a>>; 3],
}

impl<'a> Blind<'_, 'a> {
    /// Values that are held.
    #[inline(always)]
    pub(super) fn size(&self) -> usize {
        self.memo.size() + self.live.arena.len()
    }

    /// Carries out up to `most` ops, unless the stretch ends there: in front of an op, or where one has reached `limit`.
    #[inline(always)]
    pub(super) fn advance_by(
        &mut self,
        most: usize,
        limit: usize,
        reader: &mut Reader<'a>,
        machine: &mut Machine<Value, Value>,
    ) -> Option<Cut> {
        let length = self.live.arena.bytes().len();
        for _ in 0..most {
            if let Some(cut) = self.advance(reader, length, machine) {
                return Some(cut);
            }
            if self.live.observer.rang {
                return Some(Cut::Taken);
            }
            if reader.position() >= limit {
                return Some(Cut::Limit);
            }
        }
        None
    }

    /// Carries out the op at the reader's position, unless the stretch ends there.
    ///
    /// As [`crate::run::run`] does, by code for each common opcode; but the memo is that of the stretch, and an op that takes items
    /// is left to the machine that will come unless they are the stretch's own.
    #[inline(always)]
    fn advance(
        &mut self,
        reader: &mut Reader<'a>,
        length: usize,
        machine: &mut Machine<Value, Value>,
    ) -> Option<Cut> {
        let Some(byte) = reader.peek() else { return Some(Cut::End) };
        macro_rules! by_opcode {
            ($($any:ident)*; $($store:ident)*; $($load:ident)*; $($slice:ident)*; $($top:ident $least:literal)*) => {
                match byte {
                    $(_ if byte == Opcode::$any as u8 => goes_on(turn(Opcode::$any, reader, length, machine, self)),)*
                    $(_ if byte == Opcode::$store as u8 => self.store_op(Opcode::$store, reader, machine),)*
                    $(_ if byte == Opcode::$load as u8 => self.load_op(Opcode::$load, reader, machine),)*
                    $(_ if byte == Opcode::$slice as u8 => {
                        if machine.depth() == 0 { return Some(Cut::Op) }
                        goes_on(turn(Opcode::$slice, reader, length, machine, self))
                    })*
                    $(_ if byte == Opcode::$top as u8 => {
                        if machine.height() <= $least { return Some(Cut::Op) }
                        goes_on(turn(Opcode::$top, reader, length, machine, self))
                    })*
                    _ => self.rare(byte, reader, length, machine),
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
    fn store_op(
        &mut self,
        opcode: Opcode,
        reader: &mut Reader<'a>,
        machine: &Machine<Value, Value>,
    ) -> Option<Cut> {
        let Ok(op) = reader.read(opcode) else { return Some(Cut::End) };
        // What the machine that will come has on its stack is not known, and what its memo holds is to be looked at once.
        let value = machine.top().filter(|value| value.stood_in().is_none());
        if !value.is_some_and(|value| self.memo.keep(&op, value)) {
            return Some(Cut::Taken);
        }
        self.after(opcode, &op, machine);
        None
    }

    #[inline(always)]
    fn load_op(
        &mut self,
        opcode: Opcode,
        reader: &mut Reader<'a>,
        machine: &mut Machine<Value, Value>,
    ) -> Option<Cut> {
        let Ok(op) = reader.read(opcode) else { return Some(Cut::End) };
        let Some(slot) = op.memo_slot() else { return Some(Cut::Taken) };
        let value = self.memo.read(slot);
        machine.push(value);
        self.after(opcode, &op, machine);
        None
    }

    #[inline(never)]
    fn rare(
        &mut self,
        byte: u8,
        reader: &mut Reader<'a>,
        length: usize,
        machine: &mut Machine<Value, Value>,
    ) -> Option<Cut> {
        let Some(opcode) = Opcode::from_byte(byte) else { return Some(Cut::End) };
        use Opcode as O;
        match opcode {
            O::AddItems | O::FrozenSet if machine.depth() == 0 => Some(Cut::Op),
            O::Long1 | O::BinBytes | O::EmptySet | O::AddItems | O::FrozenSet => {
                goes_on(turn(opcode, reader, length, machine, self))
            }
            _ => Some(Cut::Op),
        }
    }

    /// Items are put into the item below.
    #[inline(never)]
    fn extend_below(&mut self, op: &Op<'a>, items: &[Value]) {
        let kind = match op.opcode {
            Opcode::SetItem | Opcode::SetItems => 0,
            Opcode::AddItems => 1,
            _ => 2,
        };
        self.into[kind] = Some(*op);
        // Whether a key may be a container depends on what it is put into.
        self.live.observer.rang |= kind == 0 && items.iter().step_by(2).any(|key| !key.is_plain());
    }
}

/// Whether there is a next op.
#[inline(always)]
fn goes_on(advance: Advance) -> Option<Cut> {
    if advance == Advance::Next { None } else { Some(Cut::End) }
}

impl<'a> Domain<'a> for Blind<'_, 'a> {
    type Value = Value;
    type Stored = Value;
    const HOT: bool = true;

    fn missing(&mut self, op: &Op<'a>) -> Value {
        self.live.observer.rang = true;
        self.live.missing(op)
    }

    #[inline(always)]
    fn constant(&mut self, op: &Op<'a>) -> Value {
        self.live.constant(op)
    }

    #[inline(always)]
    fn collect(&mut self, op: &Op<'a>, collection: Collection, items: &[Value]) -> Value {
        for slot in items.iter().filter_map(|item| item.stood_in()) {
            self.memo.is_constant(slot);
        }
        self.live.collect(op, collection, items)
    }

    #[inline(always)]
    fn extend(&mut self, op: &Op<'a>, target: Value, items: &[Value]) {
        if target == BELOW {
            self.extend_below(op, items);
        } else if target.is_constant() {
            self.live.observer.rang = true;
        }
        self.live.extend(op, target, items);
    }

    fn global(&mut self, op: &Op<'a>, protocol: u8) -> Value {
        self.live.global(op, protocol)
    }

    fn stack_global(&mut self, op: &Op<'a>, protocol: u8, module: Value, name: Value) -> Value {
        self.live.stack_global(op, protocol, module, name)
    }

    fn call(&mut self, op: &Op<'a>, callee: Value, arguments: Arguments<'_, Value>) -> Value {
        self.live.call(op, callee, arguments)
    }

    fn build(&mut self, op: &Op<'a>, target: Value, state: Value) {
        self.live.build(op, target, state);
    }

    fn persistent(&mut self, op: &Op<'a>, id: Option<Value>) -> Value {
        self.live.persistent(op, id)
    }

    fn read_only(&mut self, op: &Op<'a>, buffer: Value) -> Value {
        self.live.read_only(op, buffer)
    }

    fn duplicate(&mut self, op: &Op<'a>, value: Value) -> Value {
        self.live.duplicate(op, value)
    }

    fn store(&mut self, op: &Op<'a>, slot: u64, value: Value) -> Value {
        self.live.store(op, slot, value)
    }

    fn load(&mut self, op: &Op<'a>, slot: u64, stored: Value) -> Value {
        self.live.load(op, slot, stored)
    }

    fn fault(&mut self, fault: &Fault) {
        self.live.fault(fault);
    }

    #[inline(always)]
    fn after(&mut self, opcode: Opcode, op: &Op<'a>, machine: &Machine<Value, Value>) {
        self.live.after(opcode, op, machine);
    }

    #[inline(always)]
    fn may_take(&self, op: &Op<'a>, target: Value) -> bool {
        self.live.may_take(op, target)
    }

    #[inline(always)]
    fn may_hold(&self, op: &Op<'a>, target: Option<Value>, items: &[Value]) -> bool {
        self.live.may_hold(op, target, items)
    }
}

/// The observer that wants to hear of nothing.
#[derive(Default)]
pub(super) struct Alarm {
    /// Whether it was told something.
    pub(super) rang: bool,
}

impl<'a> Observer<'a> for Alarm {
    fn global(&mut self, _: Scene<'_, 'a>, _: &Op<'a>, _: Value) {
        self.rang = true;
    }
    fn call(&mut self, _: Scene<'_, 'a>, _: &Op<'a>, _: Value) {
        self.rang = true;
    }
    fn build(&mut self, _: Scene<'_, 'a>, _: &Op<'a>, _: Value, _: Value) {
        self.rang = true;
    }
    fn array(&mut self, _: Scene<'_, 'a>, _: &Op<'a>, _: &Found) {
        self.rang = true;
    }
    fn inner(&mut self, _: usize, _: &Op<'a>, _: Inner) {
        self.rang = true;
    }
    fn newer_opcode(&mut self, _: usize, _: &Op<'a>, _: Option<u8>) {
        self.rang = true;
    }
    fn put(&mut self, _: Scene<'_, 'a>, _: &Op<'a>, _: Value, _: &[Value]) {
        self.rang = true;
    }
    fn discard(&mut self, _: Scene<'_, 'a>, _: &Op<'a>, _: Value) {
        self.rang = true;
    }
    fn persistent(&mut self, _: Scene<'_, 'a>, _: &Op<'a>, _: Value) {
        self.rang = true;
    }
    fn buffer(&mut self, _: usize, _: &Op<'a>) {
        self.rang = true;
    }
    fn odd_line(&mut self, _: usize, _: &Op<'a>) {
        self.rang = true;
    }
    fn foreign_line(&mut self, _: usize, _: &Op<'a>) {
        self.rang = true;
    }
    fn overwritten(&mut self, _: usize, _: &Op<'a>, _: u64) {
        self.rang = true;
    }
    fn no_items(&mut self, _: usize, _: &Op<'a>) {
        self.rang = true;
    }
    fn byte_string(&mut self, _: usize, _: &Op<'a>) {
        self.rang = true;
    }
    fn extension(&mut self, _: usize, _: &Op<'a>) {
        self.rang = true;
    }
    fn fault(&mut self, _: usize, _: &Fault) {
        self.rang = true;
    }
}
