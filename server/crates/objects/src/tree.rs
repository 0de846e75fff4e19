//! An object as a tree: a line for each part, with the offset of the op that made it.

use pickle_machine::arena::Value;

use crate::node::{Argument, Group, Node, Part};
use crate::objects::Objects;
use crate::python::Names;
use crate::text::more;

/// The lines of a tree, without line breaks.
#[must_use]
pub fn lines(objects: &Objects<'_, '_>, root: Value) -> Vec<String> {
    let mut tree = Tree { objects, names: Names::default(), left: objects.limits().nodes, lines: Vec::new() };
    tree.part(&Part::Value(root), "", "", "", 0);
    tree.lines
}

struct Tree<'t, 'o, 'a> {
    objects: &'t Objects<'o, 'a>,
    names: Names,
    left: usize,
    lines: Vec<String>,
}

/// A part below another: what it is called there, and what it is.
type Child = (String, Part);

impl Tree<'_, '_, '_> {
    /// The line of a part, which begins with `head`, and those below it, which begin with `below`.
    fn part(&mut self, part: &Part, called: &str, head: &str, below: &str, depth: usize) {
        if self.left == 0 || depth > self.objects.limits().depth {
            self.lines.push(format!("{head}{called}…"));
            return;
        }
        self.left -= 1;
        let (label, node) = match part {
            Part::Node(node) => (None, (**node).clone()),
            Part::Value(value) => self.names.look(self.objects, *value),
        };
        let label = label.map(|label| format!("{label} := ")).unwrap_or_default();
        let origin = match part {
            Part::Value(value) => self.objects.origin(*value),
            Part::Node(_) => None,
        };
        let at = origin.map(|offset| format!("  @{offset}")).unwrap_or_default();
        let summary = self.summary(&node);
        self.lines.push(format!("{head}{called}{label}{summary}{at}"));
        let (children, left) = self.children(&node);
        let last = children.len() + usize::from(left > 0);
        for (number, (called, child)) in children.iter().enumerate() {
            let (branch, rest) = branches(number + 1 == last);
            self.part(child, called, &format!("{below}{branch}"), &format!("{below}{rest}"), depth + 1);
        }
        if left > 0 {
            self.lines.push(format!("{below}{}{}", branches(true).0, more(left)));
        }
    }

    fn summary(&self, node: &Node) -> String {
        match node {
            Node::Atom { text, rest: Some(rest), .. } => format!("{text}… {rest}"),
            Node::Atom { text, .. } => text.clone(),
            Node::Group { group, items, more } => format!("{}, {}", name(*group), count(items.len() + more)),
            Node::Dict { pairs, more } => format!("dict, {}", count(pairs.len() + more)),
            Node::Call { callee, arguments, steps, .. } => {
                let callee = match callee {
                    Part::Node(node) => self.summary(node),
                    Part::Value(value) => match self.objects.node(*value) {
                        Node::Atom { text, .. } => text,
                        _ => "…".to_owned(),
                    },
                };
                let simple: Option<Vec<String>> = arguments.iter().map(|one| self.simple(one)).collect();
                match simple {
                    Some(all) if steps.is_empty() => format!("{callee}({})", all.join(", ")),
                    _ => format!("{callee}(…)"),
                }
            }
        }
    }

    /// An argument that needs no line of its own.
    fn simple(&self, argument: &Argument) -> Option<String> {
        let node = match &argument.value {
            Part::Node(node) => (**node).clone(),
            Part::Value(value) => self.objects.node(*value),
        };
        let Node::Atom { text, rest: None, .. } = node else { return None };
        match argument.name.as_deref() {
            None => Some(text),
            Some(stars @ ("*" | "**")) => Some(format!("{stars}{text}")),
            Some(name) => Some(format!("{name}={text}")),
        }
    }

    /// What lies below a node, and how much of it is left out.
    fn children(&self, node: &Node) -> (Vec<Child>, usize) {
        match node {
            Node::Atom { .. } => (Vec::new(), 0),
            Node::Group { group: Group::List | Group::Tuple, items, more } => {
                let called = |(number, item): (usize, &Part)| (format!("[{number}] "), item.clone());
                (items.iter().enumerate().map(called).collect(), *more)
            }
            Node::Group { items, more, .. } => {
                (items.iter().map(|item| (String::new(), item.clone())).collect(), *more)
            }
            Node::Dict { pairs, more } => {
                (pairs.iter().flat_map(|(key, value)| self.pair(key, value)).collect(), *more)
            }
            Node::Call { arguments, steps, .. } => {
                let simple = steps.is_empty() && arguments.iter().all(|one| self.simple(one).is_some());
                let shown = if simple { &[][..] } else { arguments };
                let mut all: Vec<Child> = shown.iter().map(argument).collect();
                all.extend(steps.iter().map(|step| (format!(".{} ", step.method), step.argument.clone())));
                (all, 0)
            }
        }
    }

    /// A pair of a dict: one line where the key is a constant, else one each.
    fn pair(&self, key: &Part, value: &Part) -> Vec<Child> {
        let node = match key {
            Part::Node(node) => (**node).clone(),
            Part::Value(value) => self.objects.node(*value),
        };
        match node {
            Node::Atom { text, rest: None, .. } => vec![(format!("{text}: "), value.clone())],
            _ => vec![("key ".to_owned(), key.clone()), ("value ".to_owned(), value.clone())],
        }
    }
}

fn argument(argument: &Argument) -> Child {
    let called = match argument.name.as_deref() {
        None => String::new(),
        Some(stars @ ("*" | "**")) => stars.to_owned(),
        Some(name) => format!("{name}="),
    };
    (called, argument.value.clone())
}

fn branches(last: bool) -> (&'static str, &'static str) {
    if last { ("└── ", "    ") } else { ("├── ", "│   ") }
}

fn name(group: Group) -> &'static str {
    match group {
        Group::List => "list",
        Group::Tuple => "tuple",
        Group::Set => "set",
        Group::FrozenSet => "frozenset",
    }
}

fn count(items: usize) -> String {
    match items {
        0 => "empty".to_owned(),
        1 => "1 item".to_owned(),
        _ => format!("{items} items"),
    }
}
