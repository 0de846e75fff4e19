//! Values, and what is known of them.
//!
//! A value is *the op that made it*: for a constant that is all, since its bytes say the rest. Tuples, globals and calls are
//! nodes that know their parts. What is put into a container or object later is kept beside it, whole or as far as it is
//! notable ([`Keep`]).

use std::num::NonZeroU64;

use pickle_ops::{Op, Opcode, Reader};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::{Arguments, Collection, Domain};
use crate::global::{self, Global, Names};

/// A value: a handle of eight bytes, valid in the [`Arena`] that made it.
///
/// Never zero, so that an empty memo slot takes no more room than a full one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Value(NonZeroU64);

/// What the low two bits of a [`Value`] say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    /// Made by the op at an offset; nothing else is kept.
    Op = 0,
    /// A list, dict, set or frozenset made by the op at an offset.
    Container = 1,
    /// A node: global, call, persistent object, or tuple that holds such.
    Node = 2,
    /// A node: a tuple of constants and containers.
    PlainTuple = 3,
}

/// The bit that every value has.
const PRESENT: NonZeroU64 = NonZeroU64::MIN.saturating_add((1 << 63) - 1);

impl Value {
    /// A value of which nothing is known.
    pub const UNKNOWN: Self = Self(NonZeroU64::MAX);

    #[inline]
    fn new(tag: Tag, payload: usize) -> Self {
        Self(PRESENT | ((payload as u64) << 2 | tag as u64))
    }

    #[inline]
    fn tag(self) -> Tag {
        match self.0.get() & 3 {
            0 => Tag::Op,
            1 => Tag::Container,
            2 => Tag::Node,
            _ => Tag::PlainTuple,
        }
    }

    #[inline]
    fn payload(self) -> usize {
        ((self.0.get() & !PRESENT.get()) >> 2) as usize
    }

    /// A value made by the op at `offset` of which nothing else is kept.
    #[must_use]
    pub fn made_at(offset: usize) -> Self {
        Self::new(Tag::Op, offset)
    }
}

/// How much of what is put into containers and objects an arena keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Globals, calls, persistent objects, and what holds such: memory does not grow with plain data.
    Notable,
    /// Everything.
    Everything,
}

#[derive(Clone, Debug)]
enum Node {
    Tuple { at: usize, first: usize, count: u32 },
    Global { at: usize, module: Value, name: Value, protocol: u8 },
    Call { at: usize, callee: Value, arguments: Value, keywords: Value },
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
    /// Items that were left out, because they are plain.
    pub dropped: usize,
}

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
}

impl<'a> Arena<'a> {
    /// An arena for pickles in `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8], keep: Keep) -> Self {
        Self { bytes, keep, since: 0, nodes: Vec::new(), items: Vec::new(), contents: FxHashMap::default() }
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
    }

    /// Nodes and items kept: what decides when to collect.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.nodes.len() + self.items.len()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

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
                Node::Tuple { at, .. }
                | Node::Global { at, .. }
                | Node::Call { at, .. }
                | Node::Persistent { at, .. } => at,
            }),
        }
    }

    /// The items of a tuple; `None` if it is none, or not known.
    #[must_use]
    pub fn tuple(&self, value: Value) -> Option<&[Value]> {
        match self.shape(value) {
            Shape::Tuple(items) => Some(items),
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

    /// The op at an offset.
    #[must_use]
    pub fn op_at(&self, offset: usize) -> Option<Op<'a>> {
        if offset >= self.bytes.len() {
            return None;
        }
        Reader::new(self.bytes, offset).next_op().ok()
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
            opcode if is_literal(opcode) => Shape::Literal(op),
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
            Node::Call { at, callee, arguments, keywords } => match self.op_at(at) {
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
            _ => self.text(module).zip(self.text(name)).map(|(module, name)| Names { module, name }),
        };
        Global { at, written, protocol }
    }

    fn add(&mut self, tag: Tag, node: Node) -> Value {
        self.nodes.push(node);
        Value::new(tag, self.nodes.len() - 1)
    }

    fn add_tuple(&mut self, at: usize, items: &[Value]) -> Value {
        let first = self.items.len();
        self.items.extend_from_slice(items);
        let tag = if items.iter().any(|&item| self.is_notable(item)) { Tag::Node } else { Tag::PlainTuple };
        // More than 2^32 items would need a stream of as many bytes on one stack; such a tuple is cut.
        self.add(tag, Node::Tuple { at, first, count: u32::try_from(items.len()).unwrap_or(u32::MAX) })
    }

    #[inline]
    fn is_notable(&self, value: Value) -> bool {
        match value.tag() {
            Tag::Op | Tag::PlainTuple => false,
            Tag::Node => true,
            Tag::Container => !self.contents.is_empty() && self.contents.contains_key(&value),
        }
    }

    /// Keeps what is put into a container or object.
    #[inline]
    fn put_into(&mut self, target: Value, items: &[Value], pairs: bool) {
        if self.keep == Keep::Notable && !items.iter().any(|&item| self.is_notable(item)) {
            return;
        }
        let notable: Vec<bool> = match self.keep {
            Keep::Everything => Vec::new(),
            Keep::Notable => items.iter().map(|&item| self.is_notable(item)).collect(),
        };
        let group = if pairs { 2 } else { 1 };
        let contents = self.contents.entry(target).or_default();
        for (number, item) in items.chunks(group).enumerate() {
            let first = number * group;
            let keep = notable.is_empty() || notable[first..].iter().take(group).any(|&notable| notable);
            match (keep, pairs) {
                (false, _) => contents.dropped += 1,
                (true, false) => contents.items.extend_from_slice(item),
                (true, true) => contents.pairs.extend_from_slice(item),
            }
        }
    }

    /// Drops what no value of `roots` leads to, and renumbers the rest; `roots` are rewritten.
    pub fn collect_garbage<'r>(&mut self, roots: impl Iterator<Item = &'r mut Value>) {
        let roots: Vec<&mut Value> = roots.collect();
        let live = self.live(roots.iter().map(|root| **root));
        let moved = self.compact(&live);
        for root in roots {
            *root = moved.value(*root);
        }
    }

    /// What can be reached. A container has no node, so those that hold something are remembered by their values.
    fn live(&self, roots: impl Iterator<Item = Value>) -> Live {
        let mut live = Live { nodes: vec![false; self.nodes.len()], holders: FxHashSet::default() };
        let mut work: Vec<Value> = roots.collect();
        while let Some(value) = work.pop() {
            if value.tag() == Tag::Op {
                continue;
            }
            if let Some(contents) = self.contents.get(&value)
                && live.holders.insert(value)
            {
                work.extend(contents.items.iter().chain(&contents.pairs).chain(&contents.state));
            }
            if !matches!(value.tag(), Tag::Node | Tag::PlainTuple) {
                continue;
            }
            let index = value.payload();
            match live.nodes.get_mut(index) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            match self.nodes[index] {
                Node::Tuple { first, count, .. } => work.extend(&self.items[first..first + count as usize]),
                Node::Global { module, name, .. } => work.extend([module, name]),
                Node::Call { callee, arguments, keywords, .. } => work.extend([callee, arguments, keywords]),
                Node::Persistent { id, .. } => work.push(id),
            }
        }
        live
    }

    fn compact(&mut self, live: &Live) -> Moved {
        let mut next = 0;
        let moved = Moved(
            live.nodes
                .iter()
                .map(|&live| {
                    next += usize::from(live);
                    next.wrapping_sub(1)
                })
                .collect(),
        );
        let mut alive = live.nodes.iter();
        self.nodes.retain(|_| alive.next().copied().unwrap_or(false));
        let items = std::mem::take(&mut self.items);
        for node in &mut self.nodes {
            match node {
                Node::Tuple { first, count, .. } => {
                    let old = *first..*first + *count as usize;
                    *first = self.items.len();
                    self.items.extend(items[old].iter().map(|&item| moved.value(item)));
                }
                Node::Global { module, name, .. } => {
                    *module = moved.value(*module);
                    *name = moved.value(*name);
                }
                Node::Call { callee, arguments, keywords, .. } => {
                    for part in [callee, arguments, keywords] {
                        *part = moved.value(*part);
                    }
                }
                Node::Persistent { id, .. } => *id = moved.value(*id),
            }
        }
        let mut contents = std::mem::take(&mut self.contents);
        contents.retain(|key, _| live.holders.contains(key));
        for (key, mut contents) in contents {
            let Contents { items, pairs, state, .. } = &mut contents;
            for value in items.iter_mut().chain(pairs).chain(state) {
                *value = moved.value(*value);
            }
            self.contents.insert(moved.value(key), contents);
        }
        moved
    }
}

/// What a collection found to be in use.
struct Live {
    nodes: Vec<bool>,
    /// Containers and objects that hold something.
    holders: FxHashSet<Value>,
}

/// Where each node went.
struct Moved(Vec<usize>);

impl Moved {
    fn value(&self, value: Value) -> Value {
        match value.tag() {
            Tag::Op | Tag::Container => value,
            tag => self.0.get(value.payload()).map_or(Value::UNKNOWN, |&index| Value::new(tag, index)),
        }
    }
}

/// Whether the result of an opcode is a constant that its bytes describe.
fn is_literal(opcode: Opcode) -> bool {
    use Opcode as O;
    matches!(
        opcode,
        O::Int
            | O::BinInt
            | O::BinInt1
            | O::BinInt2
            | O::Long
            | O::Long1
            | O::Long4
            | O::Float
            | O::BinFloat
            | O::String
            | O::BinString
            | O::ShortBinString
            | O::Unicode
            | O::ShortBinUnicode
            | O::BinUnicode
            | O::BinUnicode8
            | O::BinBytes
            | O::ShortBinBytes
            | O::BinBytes8
            | O::ByteArray8
            | O::None
            | O::NewTrue
            | O::NewFalse
    )
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

impl<'a> Domain<'a> for Arena<'a> {
    type Value = Value;
    type Stored = Value;

    fn missing(&mut self, _op: &Op<'a>) -> Value {
        Value::UNKNOWN
    }

    #[inline]
    fn constant(&mut self, op: &Op<'a>) -> Value {
        let tag = match op.opcode {
            Opcode::EmptyList | Opcode::EmptyDict | Opcode::EmptySet => Tag::Container,
            _ => Tag::Op,
        };
        Value::new(tag, op.start)
    }

    #[inline]
    fn collect(&mut self, op: &Op<'a>, collection: Collection, items: &[Value]) -> Value {
        if collection == Collection::Tuple {
            return self.add_tuple(op.start, items);
        }
        let value = Value::new(Tag::Container, op.start);
        self.put_into(value, items, collection == Collection::Dict);
        value
    }

    #[inline]
    fn extend(&mut self, op: &Op<'a>, target: Value, items: &[Value]) {
        self.put_into(target, items, matches!(op.opcode, Opcode::SetItem | Opcode::SetItems));
    }

    fn global(&mut self, op: &Op<'a>, protocol: u8) -> Value {
        self.add(
            Tag::Node,
            Node::Global { at: op.start, module: Value::UNKNOWN, name: Value::UNKNOWN, protocol },
        )
    }

    fn stack_global(&mut self, op: &Op<'a>, protocol: u8, module: Value, name: Value) -> Value {
        self.add(Tag::Node, Node::Global { at: op.start, module, name, protocol })
    }

    fn call(&mut self, op: &Op<'a>, callee: Value, arguments: Arguments<'_, Value>) -> Value {
        let (arguments, keywords) = match arguments {
            Arguments::Tuple(arguments) => (arguments, Value::UNKNOWN),
            Arguments::TupleAndDict(arguments, keywords) => (arguments, keywords),
            Arguments::Items(items) => (self.add_tuple(op.start, items), Value::UNKNOWN),
        };
        self.add(Tag::Node, Node::Call { at: op.start, callee, arguments, keywords })
    }

    fn build(&mut self, _op: &Op<'a>, target: Value, state: Value) {
        if self.keep == Keep::Everything || self.is_notable(state) {
            self.contents.entry(target).or_default().state = Some(state);
        }
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

    #[inline]
    fn store(&mut self, _op: &Op<'a>, _slot: u64, value: Value) -> Value {
        value
    }

    #[inline]
    fn load(&mut self, _op: &Op<'a>, _slot: u64, stored: Value) -> Value {
        stored
    }

    fn may_be_str(&self, value: Value) -> bool {
        match self.shape(value) {
            Shape::Literal(op) => {
                matches!(
                    op.operand(),
                    Ok(pickle_ops::Operand::Text(_) | pickle_ops::Operand::ByteString(_)) | Err(_)
                )
            }
            Shape::Unknown | Shape::Deferred(_) | Shape::Persistent(..) | Shape::External(_) => true,
            Shape::Tuple(_) | Shape::Container(..) | Shape::Global(_) | Shape::Call { .. } => false,
        }
    }
}
