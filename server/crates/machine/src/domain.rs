//! What a machine asks of the kind of values it works on.

use pickle_ops::{Op, Opcode};

use crate::fault::Fault;
use crate::machine::Machine;

/// What an opcode builds out of several items at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Collection {
    /// `TUPLE`, `TUPLE1`, `TUPLE2`, `TUPLE3`.
    Tuple,
    /// `LIST`.
    List,
    /// `DICT`: keys and values in turn.
    Dict,
    /// `FROZENSET`.
    FrozenSet,
    /// `EMPTY_SET`, which `ADDITEMS` fills.
    Set,
}

/// The arguments of a call.
#[derive(Clone, Copy, Debug)]
pub enum Arguments<'s, V> {
    /// An object that has to be a tuple (`REDUCE`, `NEWOBJ`).
    Tuple(V),
    /// A tuple and a dict (`NEWOBJ_EX`).
    TupleAndDict(V, V),
    /// Items of the stack (`INST`, `OBJ`).
    Items(&'s [V]),
}

/// The values of a machine: what they are, and what is to be known of them.
///
/// The machine calls one method for each thing that happens to values, in the order of the stream, `op` being the op
/// that does it. Methods without a default build a value; the others tell.
pub trait Domain<'a> {
    /// A value on the stack.
    type Value: Copy;
    /// What a memo slot holds.
    type Stored: Copy;
    /// Whether time matters so much that the code for each common opcode is compiled by itself.
    const HOT: bool = false;

    /// A value that a fault left missing.
    fn missing(&mut self, op: &Op<'a>) -> Self::Value;
    /// A literal, an empty container, an out-of-band buffer, an extension: what depends on nothing but the op.
    fn constant(&mut self, op: &Op<'a>) -> Self::Value;
    /// A container built out of items.
    fn collect(&mut self, op: &Op<'a>, collection: Collection, items: &[Self::Value]) -> Self::Value;
    /// Items (for a dict: keys and values in turn) put into a container or object that stays on the stack.
    fn extend(&mut self, op: &Op<'a>, target: Self::Value, items: &[Self::Value]);
    /// `GLOBAL`, and the class of `INST`; `protocol` is that of the last `PROTO`, 0 if there was none.
    fn global(&mut self, op: &Op<'a>, protocol: u8) -> Self::Value;
    /// `STACK_GLOBAL`.
    fn stack_global(
        &mut self,
        op: &Op<'a>,
        protocol: u8,
        module: Self::Value,
        name: Self::Value,
    ) -> Self::Value;
    /// `REDUCE`, `NEWOBJ`, `NEWOBJ_EX`, `INST`, `OBJ`.
    fn call(
        &mut self,
        op: &Op<'a>,
        callee: Self::Value,
        arguments: Arguments<'_, Self::Value>,
    ) -> Self::Value;
    /// `BUILD`; the object stays on the stack.
    fn build(&mut self, op: &Op<'a>, target: Self::Value, state: Self::Value);
    /// `BINPERSID` with its id, or `PERSID`, whose id is its operand.
    fn persistent(&mut self, op: &Op<'a>, id: Option<Self::Value>) -> Self::Value;
    /// `READONLY_BUFFER`.
    fn read_only(&mut self, op: &Op<'a>, buffer: Self::Value) -> Self::Value;
    /// `DUP`: what the copy is.
    fn duplicate(&mut self, op: &Op<'a>, value: Self::Value) -> Self::Value;
    /// A store into a memo slot: what the slot holds.
    fn store(&mut self, op: &Op<'a>, slot: u64, value: Self::Value) -> Self::Stored;
    /// A read of a memo slot.
    fn load(&mut self, op: &Op<'a>, slot: u64, stored: Self::Stored) -> Self::Value;
    /// A read of a memo slot that this machine has not filled. `None`: it is empty.
    fn load_unfilled(&mut self, _op: &Op<'a>, _slot: u64) -> Option<Self::Value> {
        None
    }
    /// Whether a slot that this machine fills for the first time was filled before it began.
    #[inline]
    fn filled_earlier(&self, _op: &Op<'a>, _slot: u64) -> bool {
        false
    }
    /// A memo slot lost what it held to a store by `op`.
    fn overwritten(&mut self, _op: &Op<'a>, _slot: u64, _previous: Self::Stored) {}
    /// The mark that was set at `mark` is taken.
    fn take_mark(&mut self, _op: &Op<'a>, _mark: usize) {}
    /// Values dropped by `POP` and `POP_MARK`.
    fn discard(&mut self, _op: &Op<'a>, _values: &[Self::Value]) {}
    /// `STOP` with the result.
    fn stop(&mut self, _op: &Op<'a>, _result: Self::Value) {}
    /// Whether a value can be a tuple of arguments.
    #[inline(always)]
    fn may_be_tuple(&self, _value: Self::Value) -> bool {
        true
    }
    /// Whether a value can be called, or be a class.
    #[inline(always)]
    fn may_be_called(&self, _value: Self::Value) -> bool {
        true
    }
    /// Whether a value can be a dict of keyword arguments.
    fn may_be_dict(&self, _value: Self::Value) -> bool {
        true
    }
    /// Whether a value can be a buffer.
    fn may_be_buffer(&self, _value: Self::Value) -> bool {
        true
    }
    /// Whether a value can be given that state by `BUILD`.
    #[inline(always)]
    fn may_be_built(&self, _target: Self::Value, _state: Self::Value) -> bool {
        true
    }
    /// Whether a value can take the items that `op` puts into it.
    #[inline(always)]
    fn may_take(&self, _op: &Op<'a>, _target: Self::Value) -> bool {
        true
    }
    /// Whether `op` can put these items into that: a key or an item of a set has to be hashable.
    #[inline(always)]
    fn may_hold(&self, _op: &Op<'a>, _target: Option<Self::Value>, _items: &[Self::Value]) -> bool {
        true
    }
    /// A fault: of the op at work, or of bytes that are no op.
    fn fault(&mut self, _fault: &Fault) {}
    /// An op was carried out. `opcode` is that of `op`: where this is compiled for one opcode it is known, while `op` had
    /// to be read again once anything was told of it.
    #[inline(always)]
    fn after(&mut self, _opcode: Opcode, _op: &Op<'a>, _machine: &Machine<Self::Value, Self::Stored>) {}
    /// Where the op behind a `BUILD` begins: behind it, or behind a hole that it leaves ([`crate::hole`]). The hole may be
    /// longer than the stream.
    #[inline(always)]
    fn resume_at(&mut self, op: &Op<'a>) -> usize {
        op.end
    }
    /// Whether a value can be a name of `STACK_GLOBAL`; asked to report what is surely none.
    fn may_be_str(&self, _value: Self::Value) -> bool {
        true
    }
}

/// Asked every few thousand ops whether to go on: `true` ends the work, and what was done until then is what there is.
pub type Interrupt<'i> = &'i (dyn Fn() -> bool + Sync);

/// The [`Interrupt`] that never comes.
#[must_use]
pub fn never() -> bool {
    false
}

/// The methods of a domain whose values are all alike.
macro_rules! unit_values {
    () => {
        type Value = ();
        type Stored = ();
        fn missing(&mut self, _: &pickle_ops::Op<'a>) {}
        fn constant(&mut self, _: &pickle_ops::Op<'a>) {}
        fn collect(&mut self, _: &pickle_ops::Op<'a>, _: $crate::Collection, _: &[()]) {}
        fn extend(&mut self, _: &pickle_ops::Op<'a>, (): (), _: &[()]) {}
        fn call(&mut self, _: &pickle_ops::Op<'a>, (): (), _: $crate::Arguments<'_, ()>) {}
        fn build(&mut self, _: &pickle_ops::Op<'a>, (): (), (): ()) {}
        fn persistent(&mut self, _: &pickle_ops::Op<'a>, _: Option<()>) {}
        fn read_only(&mut self, _: &pickle_ops::Op<'a>, (): ()) {}
        fn duplicate(&mut self, _: &pickle_ops::Op<'a>, (): ()) {}
        fn store(&mut self, _: &pickle_ops::Op<'a>, _: u64, (): ()) {}
        fn load(&mut self, _: &pickle_ops::Op<'a>, _: u64, (): ()) {}
    };
}
pub(crate) use unit_values;
