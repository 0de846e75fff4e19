//! The domain of a machine that does not know what came before: that of streaming, where nothing may happen that is to be told.

use pickle_ops::{Op, Opcode};

use super::known::Known;
use crate::ahead::blind::Blind;
use crate::arena::{Kept, Value};
use crate::domain::{Arguments, Collection, Domain};
use crate::fault::Fault;
use crate::hole::Found;
use crate::inner::Inner;
use crate::machine::Machine;
use crate::stream::live::Live;
use crate::stream::{Observer, Scene};

/// Stands for the topmost item of the machine that will come. No memo slot has that number.
pub(super) const BELOW: Value = Value::stand_in(1 << 59);

/// See the module.
pub(super) struct Plain<'l, 'a> {
    pub(super) live: Live<'l, 'a, Alarm>,
    pub(super) memo: Known,
    /// Ops that put items into the item below: one of each kind.
    pub(super) into: [Option<Op<'a>>; 3],
}

impl<'a> Plain<'_, 'a> {
    /// Values that are held.
    #[inline(always)]
    pub(super) fn size(&self) -> usize {
        self.memo.size() + self.live.arena.len()
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

impl<'a> Blind<'a> for Plain<'_, 'a> {
    #[inline(always)]
    fn length(&self) -> usize {
        self.live.arena.bytes().len()
    }

    #[inline(always)]
    fn is_alarmed(&self) -> bool {
        self.live.observer.rang
    }

    #[inline(always)]
    fn keep(&mut self, op: &Op<'a>, value: Value) -> bool {
        // What the machine that will come has on its stack is not known, and what its memo holds is to be looked at once.
        value.stood_in().is_none() && self.memo.keep(op, value)
    }

    #[inline(always)]
    fn read(&mut self, _: &Op<'a>, slot: u64) -> Value {
        self.memo.read(slot)
    }
}

impl<'a> Domain<'a> for Plain<'_, 'a> {
    type Value = Value;
    type Stored = Kept;
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

    fn store(&mut self, op: &Op<'a>, slot: u64, value: Value) -> Kept {
        self.live.store(op, slot, value)
    }

    fn load(&mut self, op: &Op<'a>, slot: u64, stored: Kept) -> Value {
        self.live.load(op, slot, stored)
    }

    fn fault(&mut self, fault: &Fault) {
        self.live.fault(fault);
    }

    #[inline(always)]
    fn after(&mut self, opcode: Opcode, op: &Op<'a>, machine: &Machine<Value, Kept>) {
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
