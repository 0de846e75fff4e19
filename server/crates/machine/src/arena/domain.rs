//! How an arena makes values of ops.

use pickle_ops::{Op, Opcode};

use super::value::Tag;
use super::{Arena, Keep, Node, Place, Shape, Value, collection};
use crate::domain::{Arguments, Collection, Domain};
use crate::hole::Hole;

impl<'a> Domain<'a> for Arena<'a> {
    type Value = Value;
    type Stored = Value;

    fn missing(&mut self, _op: &Op<'a>) -> Value {
        Value::UNKNOWN
    }

    #[inline(always)]
    fn constant(&mut self, op: &Op<'a>) -> Value {
        self.notice_constant(op);
        let tag = match op.opcode {
            Opcode::EmptyList | Opcode::EmptyDict | Opcode::EmptySet => Tag::Container,
            _ => Tag::Op,
        };
        Value::new(tag, op.start)
    }

    #[inline(always)]
    fn collect(&mut self, op: &Op<'a>, collection: Collection, items: &[Value]) -> Value {
        if collection == Collection::Tuple {
            return self.add_tuple(op.start, items);
        }
        let value = Value::new(Tag::Container, op.start);
        self.put_into(value, items, collection == Collection::Dict);
        if self.keep == Keep::Notable && collection == Collection::FrozenSet && !Value::are_plain(items) {
            self.note_hashed(items.iter().copied());
        }
        value
    }

    #[inline(always)]
    fn extend(&mut self, op: &Op<'a>, target: Value, items: &[Value]) {
        let pairs = matches!(op.opcode, Opcode::SetItem | Opcode::SetItems);
        self.put_into(target, items, pairs);
        if pairs && target.tag() == Tag::Node && self.keep != Keep::Everything && !Value::are_plain(items) {
            // Dicts of some classes give their items for attributes (`OptimizeResult`).
            self.note_hooks(target, target);
        }
        if op.opcode == Opcode::AddItems && self.keep == Keep::Notable && !Value::are_plain(items) {
            self.note_hashed(items.iter().copied());
        }
    }

    fn global(&mut self, op: &Op<'a>, protocol: u8) -> Value {
        self.notice_global(op.raw);
        self.add(
            Tag::Node,
            Node::Global { at: op.start, module: Value::UNKNOWN, name: Value::UNKNOWN, protocol },
        )
    }

    fn stack_global(&mut self, op: &Op<'a>, protocol: u8, module: Value, name: Value) -> Value {
        if let Shape::Literal(name) = self.shape(name) {
            self.notice_global(name.raw);
        }
        self.add(Tag::Node, Node::Global { at: op.start, module, name, protocol })
    }

    fn call(&mut self, op: &Op<'a>, callee: Value, arguments: Arguments<'_, Value>) -> Value {
        let (arguments, keywords) = match arguments {
            Arguments::Tuple(arguments) => (arguments, Value::UNKNOWN),
            Arguments::TupleAndDict(arguments, keywords) => (arguments, keywords),
            Arguments::Items(items) => (self.add_tuple(op.start, items), Value::UNKNOWN),
        };
        let depth = self.depth(arguments).max(self.depth(callee)) + 1;
        self.deepest = self.deepest.max(depth);
        let call =
            self.add(Tag::Node, Node::Call { at: Place::new(op.start, depth), callee, arguments, keywords });
        if self.keep != Keep::Everything && self.is_notable(arguments) {
            self.note_given(call, arguments);
        }
        call
    }

    fn build(&mut self, op: &Op<'a>, target: Value, state: Value) {
        if self.keep == Keep::Everything || self.is_notable(state) || self.is_dtype_state(state) {
            let contents = self.contents.entry(target).or_default();
            contents.rebuilt |= contents.state.replace(state).is_some();
        } else if let Some(contents) = self.contents.get_mut(&target) {
            contents.rebuilt |= contents.state.is_some();
        }
        if self.keep != Keep::Everything && self.is_notable(state) {
            self.note_hooks(target, state);
        }
        self.notice_build(op, target, state);
    }

    #[inline(always)]
    fn resume_at(&mut self, op: &Op<'a>) -> usize {
        self.hole(op).map_or(op.end, Hole::resume_at)
    }

    fn persistent(&mut self, op: &Op<'a>, id: Option<Value>) -> Value {
        self.add(Tag::Node, Node::Persistent { at: op.start, id: id.unwrap_or(Value::UNKNOWN) })
    }

    fn read_only(&mut self, _op: &Op<'a>, buffer: Value) -> Value {
        buffer
    }

    fn duplicate(&mut self, _op: &Op<'a>, value: Value) -> Value {
        value
    }

    #[inline(always)]
    fn store(&mut self, _op: &Op<'a>, _slot: u64, value: Value) -> Value {
        value
    }

    #[inline(always)]
    fn load(&mut self, _op: &Op<'a>, _slot: u64, stored: Value) -> Value {
        stored
    }

    fn may_be_str(&self, value: Value) -> bool {
        match value.tag() {
            Tag::Container => false,
            Tag::PlainTuple => value == Value::UNKNOWN,
            // What a global is bound to, and what a call gives, can be a str.
            Tag::Node => !matches!(self.shape(value), Shape::Tuple(_)),
            Tag::Op => self.opcode_of(value).is_none_or(|opcode| {
                opcode.is_text() || !(opcode.is_literal() || opcode == Opcode::EmptyTuple)
            }),
        }
    }

    #[inline(always)]
    fn may_be_tuple(&self, value: Value) -> bool {
        match value.tag() {
            Tag::PlainTuple | Tag::Node => true,
            Tag::Container => false,
            Tag::Op => !self.opcode_of(value).is_some_and(Opcode::is_literal),
        }
    }

    #[inline(always)]
    fn may_be_called(&self, value: Value) -> bool {
        match value.tag() {
            Tag::Node => !matches!(self.nodes.get(value.payload()), Some(Node::Tuple { .. })),
            Tag::PlainTuple => value == Value::UNKNOWN,
            Tag::Container => false,
            Tag::Op => !self.is_data(value),
        }
    }

    fn may_be_dict(&self, value: Value) -> bool {
        match value.tag() {
            Tag::Container => self.opcode_of(value).and_then(collection) == Some(Collection::Dict),
            _ => self.may_be_called(value),
        }
    }

    fn may_be_buffer(&self, value: Value) -> bool {
        let bytes = || {
            use Opcode as O;
            matches!(
                self.opcode_of(value),
                Some(
                    O::BinBytes
                        | O::ShortBinBytes
                        | O::BinBytes8
                        | O::ByteArray8
                        | O::String
                        | O::BinString
                        | O::ShortBinString
                )
            )
        };
        self.may_be_called(value) || value.tag() == Tag::Op && bytes()
    }

    /// Builtin data has neither `__setstate__` nor `__dict__`; a state of None asks for neither.
    #[inline(always)]
    fn may_be_built(&self, target: Value, state: Value) -> bool {
        self.may_be_called(target) || self.may_be_none(state)
    }

    #[inline(always)]
    fn may_take(&self, op: &Op<'a>, target: Value) -> bool {
        match target.tag() {
            Tag::Node => !matches!(self.shape(target), Shape::Tuple(_)),
            Tag::PlainTuple => target == Value::UNKNOWN,
            Tag::Op => !self
                .opcode_of(target)
                .is_some_and(|opcode| opcode.is_literal() || opcode == Opcode::EmptyTuple),
            Tag::Container => match (op.opcode, self.opcode_of(target).and_then(collection)) {
                (Opcode::SetItem | Opcode::SetItems, Some(kind)) => {
                    matches!(kind, Collection::Dict | Collection::List)
                }
                (Opcode::AddItems, Some(kind)) => kind == Collection::Set,
                (_, Some(kind)) => kind == Collection::List,
                (_, None) => true,
            },
        }
    }

    #[inline(always)]
    fn may_hold(&self, op: &Op<'a>, target: Option<Value>, items: &[Value]) -> bool {
        if Value::are_plain(items) {
            return true;
        }
        // A bytearray as a key is left to whoever writes one: to look at each constant would take time.
        let hashable =
            |item: &Value| item.tag() != Tag::Container || self.opcode_of(*item) == Some(Opcode::FrozenSet);
        match op.opcode {
            // An object may do with a key what it likes.
            Opcode::SetItem | Opcode::SetItems
                if target.and_then(|target| self.opcode_of(target)) != Some(Opcode::EmptyDict) =>
            {
                true
            }
            Opcode::Dict | Opcode::SetItem | Opcode::SetItems => {
                items.chunks(2).all(|pair| pair.first().is_none_or(hashable))
            }
            Opcode::FrozenSet | Opcode::AddItems => items.iter().all(hashable),
            _ => true,
        }
    }
}
