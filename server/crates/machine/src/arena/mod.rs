//! Values, and what is known of them.
//!
//! A value is *the op that made it*: for a constant that is all, since its bytes say the rest. Tuples, globals and calls are
//! nodes that know their parts. What is put into a container or object later is kept beside it, whole or as far as it is
//! notable ([`Keep`]).

mod adopt;
mod arrays;
mod contents;
mod domain;
mod garbage;
mod hooks;
mod kept;
mod keys;
mod large;
mod late;
mod marks;
mod reread;
mod shape;
mod value;

use std::cell::RefCell;

use pickle_ops::{Framing, Op, Opcode, Reader};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::Collection;

pub(crate) use adopt::Moved;
pub use arrays::KeyFilter;
pub(crate) use arrays::may_be_told;
pub use hooks::Hook;
pub(crate) use kept::Kept;
pub use keys::KEY_WEIGHT;
pub use late::Offsets;
pub use marks::Marks;
pub use shape::Shape;
use value::Tag;
pub use value::Value;

/// Where a call is, and how deep calls and tuples are nested in it: in eight bytes, so that a pickle of calls takes no more
/// memory for it.
#[derive(Clone, Copy, Debug)]
struct Place(u64);

impl Place {
    const BITS: u32 = 48;

    fn new(offset: usize, depth: u32) -> Self {
        let depth = u64::from(depth).min((1 << (u64::BITS - Self::BITS)) - 1);
        Self(depth << Self::BITS | offset as u64 & ((1 << Self::BITS) - 1))
    }

    fn offset(self) -> usize {
        (self.0 & ((1 << Self::BITS) - 1)) as usize
    }

    fn depth(self) -> u32 {
        (self.0 >> Self::BITS) as u32
    }
}

/// How much of what is put into containers and objects an arena keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Globals, calls, persistent objects, and what holds such: memory does not grow with plain data.
    Notable,
    /// The same, and what tells how large the arrays are whose bytes follow in a stream.
    NotableAndArrays,
    /// Everything.
    Everything,
}

#[derive(Clone, Debug)]
enum Node {
    Tuple { at: usize, first: usize, count: u32, depth: u32 },
    Global { at: usize, module: Value, name: Value, protocol: u8 },
    Call { at: Place, callee: Value, arguments: Value, keywords: Value },
    Persistent { at: usize, id: Value },
}

/// What was put into a container or an object after it was made.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// Items of a list or set, or given to `append`, `extend`, `add`.
    pub items: Vec<Value>,
    /// Keys and values in turn.
    pub pairs: Vec<Value>,
    /// The state that `BUILD` gave it last.
    pub state: Option<Value>,
    /// Whether it was given more than one.
    pub rebuilt: bool,
    /// Items that were left out, because they are plain.
    pub dropped: usize,
    /// What of the pairs is the name of a hook, if the dict was a state.
    hooks: Option<Box<hooks::Looked>>,
}

/// The values of a pickle.
#[derive(Clone, Debug)]
pub struct Arena<'a> {
    bytes: &'a [u8],
    keep: Keep,
    /// Offset from which on everything was seen: of a container made before it, not all contents are known.
    since: usize,
    nodes: Vec<Node>,
    items: Vec<Value>,
    contents: FxHashMap<Value, Contents>,
    /// Items in them, where everything is kept.
    held: usize,
    arrays: arrays::Watch,
    /// Whether there was a constant that is, as a key, more than data with a plain value: such keys are kept.
    told: bool,
    /// Whether plain items of short lists and dicts are kept as well.
    short: bool,
    /// Which other keys are kept, too.
    asked: Option<KeyFilter>,
    /// Integers in containers, and how much was looked at for them.
    large: large::Largest,
    late: late::Late,
    /// Objects that were keys, or items of a set.
    hashed: FxHashSet<Value>,
    /// Attributes that states have set of objects, and that unpicklers call.
    hooks: FxHashMap<Value, hooks::Hooks>,
    /// How deep tuples and calls were nested, at most.
    deepest: u32,
    /// Values in the memo that take more than four bytes.
    wide: Vec<Value>,
    /// Ops that end at a newline far away, as far as they were asked for: a call for every few bytes may ask for the same one.
    long_lines: RefCell<FxHashMap<usize, Op<'a>>>,
}

/// Bytes of an op from which on its end is remembered: it is looked for byte by byte.
const LONG_LINE: usize = 1 << 12;

impl<'a> Arena<'a> {
    /// An arena for pickles in `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8], keep: Keep) -> Self {
        Self {
            bytes,
            keep,
            since: 0,
            nodes: Vec::new(),
            items: Vec::new(),
            contents: FxHashMap::default(),
            held: 0,
            arrays: arrays::Watch::default(),
            told: false,
            short: false,
            asked: None,
            large: large::Largest::default(),
            late: late::Late::default(),
            hashed: FxHashSet::default(),
            hooks: FxHashMap::default(),
            deepest: 0,
            wide: Vec::new(),
            long_lines: RefCell::default(),
        }
    }

    /// An arena for the part of a pickle that begins at `since`.
    #[must_use]
    pub fn since(bytes: &'a [u8], keep: Keep, since: usize) -> Self {
        Self { since, ..Self::new(bytes, keep) }
    }

    /// The value that the op at `offset`, before this arena began, pushed.
    #[must_use]
    pub fn inherit(&self, offset: usize) -> Value {
        match self.op_at(offset).and_then(|op| collection(op.opcode)) {
            Some(Collection::Tuple) | None => Value::made_at(offset),
            Some(_) => Value::new(Tag::Container, offset),
        }
    }

    /// The stream that offsets of values count in.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.items.clear();
        self.contents.clear();
        self.held = 0;
        self.forget_arrays();
        self.told = false;
        self.short = false;
        self.asked = None;
        self.large.clear();
        self.late.clear();
        self.hashed.clear();
        self.hooks.clear();
        self.deepest = 0;
        self.forget_kept();
    }

    /// How deep tuples and calls were nested in each other, at most.
    #[must_use]
    pub fn deepest(&self) -> usize {
        self.deepest as usize
    }

    /// Whether a value is a container, a tuple or the result of a call.
    #[inline(always)]
    pub(crate) fn holds_others(&self, value: Value) -> bool {
        match value.tag() {
            Tag::Op => false,
            Tag::Container | Tag::PlainTuple => true,
            Tag::Node => {
                matches!(self.nodes.get(value.payload()), Some(Node::Call { .. } | Node::Tuple { .. }))
            }
        }
    }

    /// Whether an object was a key of a dict or an item of a set, as far as that is remembered.
    #[must_use]
    pub fn was_hashed(&self, value: Value) -> bool {
        !self.hashed.is_empty() && self.hashed.contains(&value)
    }

    /// Nodes, items and values kept: what decides when to collect. Integers in containers weigh little, and most of them stay.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.nodes.len() + self.items.len() + self.wide.len() + self.large.len() / 8
    }

    /// Bytes that all that is kept takes, about.
    #[must_use]
    pub fn weight(&self) -> usize {
        /// What an allocation takes besides what is asked for, and the room that a list has for its next items.
        const SLACK: usize = 48;
        let contents = size_of::<(Value, Contents)>() + 1;
        self.nodes.len() * size_of::<Node>()
            + (self.items.len() + self.held) * size_of::<Value>()
            + self.contents.len() * SLACK
            + self.contents.capacity() * contents
            + self.large.weight()
            + self.late.weight()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The opcode that made a value of which nothing else is kept.
    #[inline]
    fn opcode_of(&self, value: Value) -> Option<Opcode> {
        Opcode::from_byte(*self.bytes.get(value.payload())?)
    }

    /// Whether a value made by an op alone is a constant, or the empty tuple.
    #[inline]
    fn is_data(&self, value: Value) -> bool {
        self.opcode_of(value).is_some_and(|opcode| opcode.is_literal() || opcode == Opcode::EmptyTuple)
    }

    /// Whether a value is None, or one that this arena does not know.
    fn may_be_none(&self, value: Value) -> bool {
        match value.tag() {
            Tag::Op => !self.is_data(value) || self.opcode_of(value) == Some(Opcode::None),
            Tag::PlainTuple => value == Value::UNKNOWN,
            Tag::Container => false,
            Tag::Node => !matches!(self.nodes.get(value.payload()), Some(Node::Tuple { .. })),
        }
    }

    /// Whether it is a list that the op at an offset made.
    pub(crate) fn is_list_at(&self, made: usize) -> bool {
        let code = self.bytes.get(made).copied();
        code == Some(Opcode::EmptyList as u8) || code == Some(Opcode::List as u8)
    }

    /// The op at an offset.
    #[must_use]
    pub fn op_at(&self, offset: usize) -> Option<Op<'a>> {
        if offset >= self.bytes.len() {
            return None;
        }
        if let Some(op) = self.long_lines.borrow().get(&offset) {
            return Some(*op);
        }
        let op = Reader::new(self.bytes, offset).next_op().ok()?;
        let framing = || op.opcode.info().operand.framing();
        if op.end - op.start > LONG_LINE && matches!(framing(), Framing::Line | Framing::TwoLines) {
            self.long_lines.borrow_mut().insert(offset, op);
        }
        Some(op)
    }

    fn add(&mut self, tag: Tag, node: Node) -> Value {
        self.nodes.push(node);
        Value::new(tag, self.nodes.len() - 1)
    }

    fn add_tuple(&mut self, at: usize, items: &[Value]) -> Value {
        let first = self.items.len();
        self.items.extend_from_slice(items);
        let (tag, depth) =
            if Value::are_constants(items) { (Tag::PlainTuple, 1) } else { self.kind_of_tuple(items) };
        self.deepest = self.deepest.max(depth);
        // More than 2^32 items would need a stream of as many bytes on one stack; such a tuple is cut.
        self.add(tag, Node::Tuple { at, first, count: u32::try_from(items.len()).unwrap_or(u32::MAX), depth })
    }

    /// What a tuple of these items is, and how deep tuples and calls are nested in it.
    #[inline(never)]
    fn kind_of_tuple(&self, items: &[Value]) -> (Tag, u32) {
        let depth = items.iter().map(|&item| self.depth(item)).max().unwrap_or(0) + 1;
        let tag = if items.iter().any(|&item| self.is_notable(item)) { Tag::Node } else { Tag::PlainTuple };
        (tag, depth)
    }

    /// How deep tuples and calls are nested in a value.
    #[inline]
    fn depth(&self, value: Value) -> u32 {
        if !matches!(value.tag(), Tag::Node | Tag::PlainTuple) {
            return 0;
        }
        match self.nodes.get(value.payload()) {
            Some(&Node::Tuple { depth, .. }) => depth,
            Some(Node::Call { at, .. }) => at.depth(),
            _ => 0,
        }
    }

    #[inline]
    fn is_notable(&self, value: Value) -> bool {
        match value.tag() {
            Tag::Op | Tag::PlainTuple => false,
            Tag::Node => true,
            Tag::Container => !self.contents.is_empty() && self.contents.contains_key(&value),
        }
    }
}

/// What kind of container an opcode makes.
fn collection(opcode: Opcode) -> Option<Collection> {
    Some(match opcode {
        Opcode::EmptyList | Opcode::List => Collection::List,
        Opcode::EmptyDict | Opcode::Dict => Collection::Dict,
        Opcode::EmptySet => Collection::Set,
        Opcode::FrozenSet => Collection::FrozenSet,
        Opcode::Tuple | Opcode::Tuple1 | Opcode::Tuple2 | Opcode::Tuple3 => Collection::Tuple,
        _ => return None,
    })
}
