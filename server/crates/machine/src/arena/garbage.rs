//! Forgetting what can be reached no more, so that memory is stack and memo.

use rustc_hash::FxHashSet;

use super::value::Tag;
use super::{Arena, Contents, Node, Value};

impl Arena<'_> {
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
                if self.large.has(value) {
                    live.holders.insert(value);
                }
                continue;
            }
            let index = value.payload();
            match live.nodes.get_mut(index) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            if !self.hooks.is_empty() {
                work.extend(self.hooks.get(&value).into_iter().flatten().map(|&(_, function)| function));
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
        self.large.retain(&live.holders);
        for (key, mut contents) in contents {
            let Contents { items, pairs, state, .. } = &mut contents;
            for value in items.iter_mut().chain(pairs).chain(state) {
                *value = moved.value(*value);
            }
            self.contents.insert(moved.value(key), contents);
        }
        for (object, mut hooks) in std::mem::take(&mut self.hooks) {
            if live.nodes.get(object.payload()).copied().unwrap_or(false) {
                for (_, function) in &mut hooks {
                    *function = moved.value(*function);
                }
                self.hooks.insert(moved.value(object), hooks);
            }
        }
        let hashed = std::mem::take(&mut self.hashed);
        let alive = |value: &Value| live.nodes.get(value.payload()).copied().unwrap_or(false);
        self.hashed.extend(hashed.into_iter().filter(alive).map(|value| moved.value(value)));
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
