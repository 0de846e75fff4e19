//! Values as nodes.

use pickle_machine::arena::{Arena, Contents, Marks, Shape, Value};
use pickle_machine::hole::Hole;
use pickle_machine::rebuild::Rebuilt;
use pickle_machine::render::{self, escape};
use pickle_machine::{Collection, Global};
use pickle_ops::{Op, Opcode, Operand};
use rustc_hash::FxHashMap;

use crate::limits::Limits;
use crate::node::{Argument, Group, Node, Part, Step};
use crate::{shapes, text};

/// The values of a rebuilt pickle, as what they are shown as.
pub struct Objects<'o, 'a> {
    pub(crate) arena: &'o Arena<'a>,
    holes: &'o FxHashMap<Value, Hole>,
    pub(crate) limits: Limits,
    uses: Uses,
}

/// A call, taken apart for the shapes.
pub(crate) struct Call<'c, 'a> {
    /// The names of what is called, as looked up; empty when it is no global.
    pub(crate) callee: String,
    pub(crate) target: Value,
    pub(crate) op: Op<'a>,
    /// The positional arguments, if they are known.
    pub(crate) arguments: Option<&'c [Value]>,
    /// What the arguments are, spelled out or not.
    pub(crate) tuple: Value,
    pub(crate) keywords: Option<Value>,
    pub(crate) contents: Option<&'c Contents>,
}

impl Call<'_, '_> {
    /// The state that `BUILD` gave the result.
    pub(crate) fn state(&self) -> Option<Value> {
        self.contents.and_then(|contents| contents.state)
    }

    /// Whether items were put into the result, or a state.
    pub(crate) fn is_bare(&self) -> bool {
        self.contents.is_none()
    }
}

impl<'o, 'a> Objects<'o, 'a> {
    /// Of the values that `roots` lead to.
    #[must_use]
    pub fn new(rebuilt: &'o Rebuilt<'a>, roots: &[Value], limits: Limits) -> Self {
        let arena = &rebuilt.arena;
        let limits = Limits { depth: limits.depth.min(Limits::DEEPEST), ..limits };
        let none = Marks::new(arena, rebuilt.start..rebuilt.end);
        let mut uses = Uses { once: none.clone(), again: none };
        uses.count(arena, roots);
        Self { arena, holes: &rebuilt.holes, limits, uses }
    }

    /// Counts what one more root leads to.
    pub fn reach(&mut self, root: Value) {
        self.uses.count(self.arena, &[root]);
    }

    /// The limits that nodes are cut by.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether a value is an object that several places refer to, or one that contains itself.
    #[must_use]
    pub fn is_shared(&self, value: Value) -> bool {
        let many = self.uses.again.contains(value);
        many && match self.arena.shape(value) {
            // Of a tuple of constants nobody can tell whether it is the same one.
            Shape::Tuple(items) => items.iter().any(|&item| self.reaches(item)),
            _ => true,
        }
    }

    /// Whether any of the roots leads to a value.
    #[must_use]
    pub fn reaches(&self, value: Value) -> bool {
        self.uses.once.contains(value)
    }

    /// Offset of the op that made a value.
    #[must_use]
    pub fn origin(&self, value: Value) -> Option<usize> {
        self.arena.origin(value)
    }

    /// What a value is shown as.
    #[must_use]
    pub fn node(&self, value: Value) -> Node {
        match self.arena.shape(value) {
            Shape::Literal(op) => self.literal(&op),
            Shape::Tuple(items) => self.group(Group::Tuple, items),
            Shape::Container(kind, contents) => self.container(kind, contents),
            Shape::Global(global) => global_node(&global),
            Shape::Call { .. } => match self.taken_apart(value) {
                Some(call) if self.holes.contains_key(&value) => {
                    shapes::behind(self, &call, &self.holes[&value]).unwrap_or_else(|| self.call(&call))
                }
                Some(call) => shapes::recognise(self, &call).unwrap_or_else(|| self.call(&call)),
                None => Node::unknown(),
            },
            Shape::Persistent(op, id) => persistent(&op, id),
            Shape::External(op) => external(&op),
            Shape::Deferred(_) | Shape::Unknown => Node::unknown(),
        }
    }

    /// A call, for the shapes; `None` for anything else.
    pub(crate) fn taken_apart(&self, value: Value) -> Option<Call<'_, 'a>> {
        let Shape::Call { op, callee, arguments, keywords, contents } = self.arena.shape(value) else {
            return None;
        };
        Some(Call {
            callee: self.name(callee).unwrap_or_default(),
            target: callee,
            op,
            arguments: self.arena.tuple(arguments),
            tuple: arguments,
            keywords,
            contents,
        })
    }

    /// The dotted name of a global; `None` for anything else.
    pub(crate) fn name(&self, value: Value) -> Option<String> {
        match self.arena.shape(value) {
            Shape::Global(global) => global.resolved().map(|names| names.dotted()),
            _ => None,
        }
    }

    fn literal(&self, op: &Op<'_>) -> Node {
        text::literal(op, self.limits.text).unwrap_or_else(Node::unknown)
    }

    /// Items, cut.
    pub(crate) fn group(&self, group: Group, items: &[Value]) -> Node {
        let shown = items.iter().take(self.limits.items).map(|&item| item.into()).collect();
        Node::Group { group, items: shown, more: items.len().saturating_sub(self.limits.items) }
    }

    /// Keys and values in turn, cut.
    pub(crate) fn dict(&self, pairs: &[Value]) -> Node {
        let part =
            |value: Option<&Value>| value.map_or_else(|| Node::unknown().into(), |&value| value.into());
        let shown = pairs.chunks(2).take(self.limits.items);
        Node::Dict {
            pairs: shown.map(|pair| (part(pair.first()), part(pair.get(1)))).collect(),
            more: pairs.len().div_ceil(2).saturating_sub(self.limits.items),
        }
    }

    fn container(&self, kind: Collection, contents: Option<&Contents>) -> Node {
        let (items, pairs): (&[Value], &[Value]) =
            contents.map_or((&[], &[]), |contents| (&contents.items, &contents.pairs));
        match kind {
            Collection::Dict => self.dict(pairs),
            Collection::List => self.group(Group::List, items),
            Collection::Tuple => self.group(Group::Tuple, items),
            Collection::Set => self.group(Group::Set, items),
            Collection::FrozenSet => self.group(Group::FrozenSet, items),
        }
    }

    /// A call that no shape knows, as the call that it is; an instance made without its constructor as `new(Class, …)`.
    pub(crate) fn call(&self, call: &Call<'_, '_>) -> Node {
        let mut arguments = Vec::new();
        let mut callee: Part = call.target.into();
        if matches!(call.op.opcode, Opcode::NewObj | Opcode::NewObjEx) {
            arguments.push(Argument::plain(callee));
            callee = Node::atom("global", "new").into();
        }
        self.spell_out(call, &mut arguments);
        let mut steps = Vec::new();
        if let Some(contents) = call.contents {
            self.put_into(contents, &mut steps);
            self.state(contents.state, &mut arguments, &mut steps, call);
        }
        Node::Call { callee, arguments, steps, plain: false }
    }

    /// The arguments as they are given.
    pub(crate) fn spell_out(&self, call: &Call<'_, '_>, arguments: &mut Vec<Argument>) {
        match call.arguments {
            Some(items) => arguments.extend(items.iter().map(|&item| Argument::plain(item))),
            None => arguments.push(Argument::named("*", call.tuple)),
        }
        let Some(keywords) = call.keywords else { return };
        match self.keywords(keywords) {
            Some(named) => arguments.extend(named),
            None => arguments.push(Argument::named("**", keywords)),
        }
    }

    /// What was put into an object that is no plain container.
    pub(crate) fn put_into(&self, contents: &Contents, steps: &mut Vec<Step>) {
        if !contents.items.is_empty() {
            let argument = self.group(Group::List, &contents.items).into();
            steps.push(Step { method: "extend", argument });
        }
        if !contents.pairs.is_empty() {
            steps.push(Step { method: "update", argument: self.dict(&contents.pairs).into() });
        }
    }

    /// The state: attributes of an instance as keywords of `new`, anything else as what `__setstate__` is given.
    fn state(
        &self,
        state: Option<Value>,
        arguments: &mut Vec<Argument>,
        steps: &mut Vec<Step>,
        call: &Call<'_, '_>,
    ) {
        let Some(state) = state else { return };
        let is_new = matches!(call.op.opcode, Opcode::NewObj | Opcode::NewObjEx);
        let first_steps = steps.is_empty();
        match self.attributes(state) {
            Some(attributes) if is_new && first_steps => arguments.extend(attributes),
            _ => steps.push(Step { method: "__setstate__", argument: state.into() }),
        }
    }

    /// A state that sets attributes: a dict with names for keys, or such a pair for `__dict__` and slots.
    pub(crate) fn attributes(&self, state: Value) -> Option<Vec<Argument>> {
        if let Some(&[dict, slots]) = self.arena.tuple(state) {
            let mut all = if self.is_none(dict) { Vec::new() } else { self.keywords(dict)? };
            all.extend(self.keywords(slots)?);
            return Some(all);
        }
        self.keywords(state)
    }

    /// The pairs of a dict whose keys are all identifiers, as keywords; cut.
    fn keywords(&self, dict: Value) -> Option<Vec<Argument>> {
        let Shape::Container(Collection::Dict, contents) = self.arena.shape(dict) else { return None };
        let pairs = contents.map_or(&[][..], |contents| &contents.pairs);
        if self.is_shared(dict) || pairs.len() / 2 > self.limits.items {
            return None;
        }
        let pair = |pair: &[Value]| {
            let name = self.arena.text(*pair.first()?).filter(|name| is_identifier(name))?;
            Some(Argument::named(name.into_owned(), *pair.get(1)?))
        };
        pairs.chunks(2).map(pair).collect()
    }

    pub(crate) fn is_none(&self, value: Value) -> bool {
        matches!(self.arena.shape(value), Shape::Literal(op) if op.opcode == Opcode::None)
    }

    /// A small int.
    pub(crate) fn integer(&self, value: Value) -> Option<i64> {
        let Shape::Literal(op) = self.arena.shape(value) else { return None };
        match op.operand().ok()? {
            Operand::Int(number) => number.to_text().parse().ok(),
            Operand::Bool(value) => Some(i64::from(value)),
            _ => match op.opcode {
                Opcode::NewTrue => Some(1),
                Opcode::NewFalse => Some(0),
                _ => None,
            },
        }
    }

    /// The items of a tuple or list.
    pub(crate) fn items(&self, value: Value) -> Option<&[Value]> {
        match self.arena.shape(value) {
            Shape::Tuple(items) => Some(items),
            Shape::Container(Collection::List, contents) => {
                Some(contents.map_or(&[], |contents| &contents.items))
            }
            _ => None,
        }
    }
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

fn global_node(global: &Global<'_>) -> Node {
    match global.resolved() {
        // These are names of the module, not of everywhere.
        Some(names)
            if names.module == "builtins" && !["__dict__", "__main__"].contains(&names.name.as_ref()) =>
        {
            Node::atom("global", escape(&names.name))
        }
        Some(names) => Node::atom("global", escape(&names.dotted())),
        None => Node::atom("global", "<computed global>"),
    }
}

fn persistent(op: &Op<'_>, id: Option<Value>) -> Node {
    let id: Part = match id {
        Some(id) => id.into(),
        None => Node::atom("str", escape(&String::from_utf8_lossy(op.raw))).into(),
    };
    let callee = Node::atom("global", "persistent_load").into();
    Node::Call { callee, arguments: vec![Argument::plain(id)], steps: Vec::new(), plain: false }
}

fn external(op: &Op<'_>) -> Node {
    match op.operand() {
        Ok(Operand::Number(code)) if op.opcode != Opcode::NextBuffer => {
            Node::atom("extension", format!("<extension {code}>"))
        }
        _ => Node::atom("buffer", "<out-of-band buffer>"),
    }
}

/// Which objects are referred to, and which more than once.
struct Uses {
    once: Marks,
    again: Marks,
}

impl Uses {
    /// Counts what `roots` lead to, which are one reference each.
    fn count(&mut self, arena: &Arena<'_>, roots: &[Value]) {
        let mut work: Vec<Value> = roots.to_vec();
        while let Some(value) = work.pop() {
            let shape = arena.shape(value);
            let is_object = matches!(shape, Shape::Container(..) | Shape::Call { .. } | Shape::Tuple(_));
            if !is_object {
                continue;
            }
            if !self.once.insert(value) {
                self.again.insert(value);
                continue;
            }
            let mut add = |contents: Option<&Contents>| {
                if let Some(contents) = contents {
                    work.extend(contents.items.iter().chain(&contents.pairs).chain(&contents.state));
                }
            };
            match shape {
                Shape::Container(_, contents) => add(contents),
                Shape::Call { callee, arguments, keywords, contents, .. } => {
                    add(contents);
                    work.extend([callee, arguments]);
                    work.extend(keywords);
                }
                Shape::Tuple(items) => work.extend(items),
                _ => {}
            }
        }
    }
}

/// A constant as text without limits: for shapes that put it into another text.
pub(crate) fn constant(op: &Op<'_>) -> Option<String> {
    let limits = render::Limits { width: 200, items: 8, text: 120, depth: 2 };
    render::literal(op, limits)
}
