//! What a value is: found from its handle, its node, and the bytes of the op that made it.

use pickle_ops::{Op, Opcode};

use super::value::Tag;
use super::{Arena, Contents, Node, Value, collection};
use crate::domain::Collection;
use crate::global::{self, Global, Names};

/// What a value is.
#[derive(Clone, Debug)]
pub enum Shape<'s, 'a> {
    /// A constant; the op has its value.
    Literal(Op<'a>),
    /// A tuple.
    Tuple(&'s [Value]),
    /// A list, dict, set or frozenset, with what was put into it as far as it is kept.
    Container(Collection, Option<&'s Contents>),
    /// A global.
    Global(Global<'a>),
    /// A call, or an instance made by one.
    Call {
        /// The op that calls: `REDUCE`, `NEWOBJ`, `NEWOBJ_EX`, `INST`, `OBJ`.
        op: Op<'a>,
        /// What is called.
        callee: Value,
        /// The positional arguments: a tuple, if the op is well formed.
        arguments: Value,
        /// The keyword arguments of `NEWOBJ_EX`.
        keywords: Option<Value>,
        /// What was put into the result later.
        contents: Option<&'s Contents>,
    },
    /// An object that `persistent_load` gives; `None`: the id is the operand of the op.
    Persistent(Op<'a>, Option<Value>),
    /// An extension code or out-of-band buffer.
    External(Op<'a>),
    /// The result of an op whose parts are not kept here.
    Deferred(Op<'a>),
    /// Nothing is known.
    Unknown,
}

/// Bytes of a constant that is taken for a name by `STACK_GLOBAL`.
const LONGEST_NAME: usize = 4096;

impl<'a> Arena<'a> {
    /// What a value is.
    #[must_use]
    pub fn shape(&self, value: Value) -> Shape<'_, 'a> {
        match value.tag() {
            Tag::Op => self.made_by_op(value),
            Tag::Container => self.container(value),
            Tag::Node | Tag::PlainTuple => self.node(value),
        }
    }

    /// Offset of the op that made a value; `None` for an unknown one.
    #[must_use]
    pub fn origin(&self, value: Value) -> Option<usize> {
        match value.tag() {
            Tag::Op | Tag::Container => Some(value.payload()),
            Tag::Node | Tag::PlainTuple => self.nodes.get(value.payload()).map(|node| match *node {
                Node::Call { at, .. } => at.offset(),
                Node::Tuple { at, .. } | Node::Global { at, .. } | Node::Persistent { at, .. } => at,
            }),
        }
    }

    /// The items of a tuple; `None` if it is none, or not known.
    #[must_use]
    pub fn tuple(&self, value: Value) -> Option<&[Value]> {
        match value.tag() {
            Tag::Op => (self.opcode_of(value) == Some(Opcode::EmptyTuple)).then_some(&[]),
            Tag::Container => None,
            Tag::Node | Tag::PlainTuple => match self.nodes.get(value.payload()) {
                Some(&Node::Tuple { first, count, .. }) => {
                    Some(self.items.get(first..first + count as usize).unwrap_or(&[]))
                }
                _ => None,
            },
        }
    }

    /// Whether a value is a tuple of constants, and of containers, tuples and constants in which nothing else is that is kept: no
    /// global, no result of a call, no persistent object.
    #[must_use]
    #[inline]
    pub fn is_tuple_of_data(&self, value: Value) -> bool {
        match value.tag() {
            Tag::PlainTuple => value != Value::UNKNOWN,
            Tag::Op => self.opcode_of(value) == Some(Opcode::EmptyTuple),
            Tag::Container | Tag::Node => false,
        }
    }

    /// What a call calls, and its positional arguments: as [`Arena::shape`] says, and no more.
    #[must_use]
    pub fn call_of(&self, value: Value) -> Option<(Value, Value)> {
        match (value.tag(), self.nodes.get(value.payload())) {
            (Tag::Node, Some(&Node::Call { callee, arguments, .. })) => Some((callee, arguments)),
            _ => None,
        }
    }

    /// What was put into the result of a call; `None` for other values.
    #[must_use]
    pub fn contents_of_call(&self, value: Value) -> Option<&Contents> {
        self.call_of(value).and_then(|_| self.contents.get(&value))
    }

    /// Whether a value is a global.
    #[must_use]
    pub fn is_global(&self, value: Value) -> bool {
        match value.tag() {
            Tag::Op => self.opcode_of(value) == Some(Opcode::Global),
            Tag::Node => matches!(self.nodes.get(value.payload()), Some(Node::Global { .. })),
            Tag::Container | Tag::PlainTuple => false,
        }
    }

    /// The values that a global made by `STACK_GLOBAL` has its module and name from.
    #[must_use]
    pub fn names(&self, value: Value) -> Option<(Value, Value)> {
        match (value.tag(), self.nodes.get(value.payload())) {
            (Tag::Node, Some(&Node::Global { module, name, .. })) => Some((module, name)),
            _ => None,
        }
    }

    /// The text of a constant that is a str.
    #[must_use]
    pub fn text(&self, value: Value) -> Option<std::borrow::Cow<'a, str>> {
        match self.shape(value) {
            Shape::Literal(op) => global::text_of(&op),
            _ => None,
        }
    }

    fn container(&self, value: Value) -> Shape<'_, 'a> {
        let Some(op) = self.op_at(value.payload()) else { return Shape::Unknown };
        match (collection(op.opcode), self.contents.get(&value)) {
            (Some(_), None) if op.start < self.since => Shape::Deferred(op),
            (Some(kind), contents) => Shape::Container(kind, contents),
            (None, _) => Shape::Unknown,
        }
    }

    fn made_by_op(&self, value: Value) -> Shape<'_, 'a> {
        let Some(op) = self.op_at(value.payload()) else { return Shape::Unknown };
        match op.opcode {
            Opcode::EmptyTuple => Shape::Tuple(&[]),
            Opcode::Ext1 | Opcode::Ext2 | Opcode::Ext4 | Opcode::NextBuffer => Shape::External(op),
            Opcode::PersId => Shape::Persistent(op, None),
            Opcode::Global => {
                Shape::Global(Global { at: op.start, written: global::from_op(&op), protocol: 0 })
            }
            opcode if opcode.is_literal() => Shape::Literal(op),
            opcode if collection(opcode).is_some_and(|kind| kind != Collection::Tuple) => {
                let container = Value::new(Tag::Container, value.payload());
                Shape::Container(
                    collection(opcode).unwrap_or(Collection::List),
                    self.contents.get(&container),
                )
            }
            _ => Shape::Deferred(op),
        }
    }

    fn node(&self, value: Value) -> Shape<'_, 'a> {
        let Some(node) = self.nodes.get(value.payload()) else { return Shape::Unknown };
        match *node {
            Node::Tuple { first, count, .. } => {
                Shape::Tuple(self.items.get(first..first + count as usize).unwrap_or(&[]))
            }
            Node::Global { at, module, name, protocol } => {
                Shape::Global(self.global_node(at, module, name, protocol))
            }
            Node::Call { at, callee, arguments, keywords } => match self.op_at(at.offset()) {
                Some(op) => {
                    let keywords = Some(keywords).filter(|&keywords| keywords != Value::UNKNOWN);
                    let contents = self.contents.get(&value);
                    Shape::Call { op, callee, arguments, keywords, contents }
                }
                None => Shape::Unknown,
            },
            Node::Persistent { at, id } => match self.op_at(at) {
                Some(op) => Shape::Persistent(op, Some(id).filter(|_| op.opcode == Opcode::BinPersId)),
                None => Shape::Unknown,
            },
        }
    }

    fn global_node(&self, at: usize, module: Value, name: Value, protocol: u8) -> Global<'a> {
        let written = match self.op_at(at) {
            Some(op) if op.opcode != Opcode::StackGlobal => global::from_op(&op),
            _ => self.name(module).zip(self.name(name)).map(|(module, name)| Names { module, name }),
        };
        Global { at, written, protocol }
    }

    /// A part of a global's name. A long one is no name that anything has, and would be read again for each op of
    /// five bytes that uses it. A global is none either, and is not looked at: its own name may be another, and so on.
    fn name(&self, value: Value) -> Option<std::borrow::Cow<'a, str>> {
        let literal = Some(value).filter(|value| value.tag() == Tag::Op).map(|value| self.made_by_op(value));
        match literal {
            Some(Shape::Literal(op)) if op.raw.len() <= LONGEST_NAME => global::text_of(&op),
            _ => None,
        }
    }
}
