//! An object as Python-like text, laid out as a formatter would.
//!
//! What is not Python: `new(Class, …)` is an instance made without its constructor, with its attributes as keywords; `…` stands
//! for what is left out or not known; an object that several places refer to is named where it stands first (`x1 := […]`).

use pickle_machine::arena::Value;

use crate::node::{Argument, Group, Node, Part, Step};
use crate::objects::Objects;
use crate::text::more;

/// Columns of indentation for a level.
const INDENT: usize = 4;

/// Writes objects; names that it has given hold for all that it writes.
pub struct Writer<'w, 'o, 'a> {
    objects: &'w Objects<'o, 'a>,
    names: Names,
    left: usize,
    out: String,
}

impl<'w, 'o, 'a> Writer<'w, 'o, 'a> {
    /// A writer that has written nothing.
    #[must_use]
    pub fn new(objects: &'w Objects<'o, 'a>) -> Self {
        Self { objects, names: Names::default(), left: objects.limits().nodes, out: String::new() }
    }

    /// The text of a value, its first line being indented by whoever prints it.
    pub fn write(&mut self, value: Value) -> String {
        self.out.clear();
        self.part(&Part::Value(value), 0, 0);
        std::mem::take(&mut self.out)
    }

    fn part(&mut self, part: &Part, indent: usize, depth: usize) {
        let (label, node) = self.look(part, depth);
        if let Some(label) = label {
            self.out.push_str(&format!("{label} := "));
        }
        self.node(&node, indent, depth);
    }

    /// What to show for a part, and the name that it gets here.
    fn look(&mut self, part: &Part, depth: usize) -> (Option<String>, Node) {
        if self.left == 0 || depth > self.objects.limits().depth {
            return (None, Node::unknown());
        }
        self.left -= 1;
        match part {
            Part::Node(node) => (None, (**node).clone()),
            Part::Value(value) => self.names.look(self.objects, *value),
        }
    }

    /// On one line if there is room, else a line for each part.
    fn node(&mut self, node: &Node, indent: usize, depth: usize) {
        let before = (self.out.len(), self.names.given(), self.left);
        let column = self.out.len() - self.out.rfind('\n').map_or(0, |at| at + 1);
        // A comma may follow.
        let room = (self.objects.limits().width).saturating_sub(column + 1);
        if self.flat(node, depth, before.0 + room) || matches!(node, Node::Atom { .. }) {
            return;
        }
        self.out.truncate(before.0);
        self.names.take_back(before.1);
        self.left = before.2;
        self.broken(node, indent, depth);
    }

    // --- one line ---

    /// Writes a node on the line at work; `false` as soon as the text is longer than `most`.
    fn flat(&mut self, node: &Node, depth: usize, most: usize) -> bool {
        match node {
            Node::Atom { text, rest, .. } => {
                self.out.push_str(text);
                if let Some(rest) = rest {
                    self.out.push_str(&format!("… {rest}"));
                }
            }
            Node::Group { group, items, more: left } => {
                let (open, close) = brackets(*group, items.len(), *left);
                self.out.push_str(open);
                for (number, item) in items.iter().enumerate() {
                    if !(self.comma(number) && self.flat_part(item, depth + 1, most)) {
                        return false;
                    }
                }
                self.flat_more(*left, items.len());
                self.out.push_str(close);
            }
            Node::Dict { pairs, more: left } => {
                self.out.push('{');
                for (number, (key, value)) in pairs.iter().enumerate() {
                    self.comma(number);
                    if !self.flat_part(key, depth + 1, most) {
                        return false;
                    }
                    self.out.push_str(": ");
                    if !self.flat_part(value, depth + 1, most) {
                        return false;
                    }
                }
                self.flat_more(*left, pairs.len());
                self.out.push('}');
            }
            Node::Call { callee, arguments, steps, .. } => {
                return self.flat_call(callee, arguments, steps, depth, most);
            }
        }
        self.out.len() <= most
    }

    fn flat_call(
        &mut self,
        callee: &Part,
        arguments: &[Argument],
        steps: &[Step],
        depth: usize,
        most: usize,
    ) -> bool {
        if !self.flat_part(callee, depth + 1, most) {
            return false;
        }
        self.out.push('(');
        for (number, argument) in arguments.iter().enumerate() {
            self.comma(number);
            self.keyword(argument);
            if !self.flat_part(&argument.value, depth + 1, most) {
                return false;
            }
        }
        self.out.push(')');
        for step in steps {
            self.out.push_str(&format!(".{}(", step.method));
            if !self.flat_part(&step.argument, depth + 1, most) {
                return false;
            }
            self.out.push(')');
        }
        self.out.len() <= most
    }

    fn flat_part(&mut self, part: &Part, depth: usize, most: usize) -> bool {
        if self.out.len() > most {
            return false;
        }
        let (label, node) = self.look(part, depth);
        if let Some(label) = label {
            self.out.push_str(&format!("{label} := "));
        }
        self.flat(&node, depth, most)
    }

    fn comma(&mut self, number: usize) -> bool {
        if number > 0 {
            self.out.push_str(", ");
        }
        true
    }

    fn flat_more(&mut self, left: usize, shown: usize) {
        if left > 0 {
            self.comma(shown);
            self.out.push_str(&more(left));
        }
    }

    fn keyword(&mut self, argument: &Argument) {
        match argument.name.as_deref() {
            None => {}
            Some(stars @ ("*" | "**")) => self.out.push_str(stars),
            Some(name) => self.out.push_str(&format!("{name}=")),
        }
    }

    // --- several lines ---

    fn broken(&mut self, node: &Node, indent: usize, depth: usize) {
        match node {
            Node::Atom { .. } => {
                self.flat(node, depth, usize::MAX);
            }
            Node::Group { group, items, more: left } => {
                let (open, close) = brackets(*group, items.len(), *left);
                self.out.push_str(open);
                if items.len() > 1 && self.are_constants(items) {
                    self.filled(items, *left, indent);
                } else {
                    self.lines(items.len(), *left, indent, |writer, number| {
                        writer.part(&items[number], indent + INDENT, depth + 1);
                    });
                }
                self.out.push_str(close.trim_start_matches(','));
            }
            Node::Dict { pairs, more: left } => {
                self.out.push('{');
                self.lines(pairs.len(), *left, indent, |writer, number| {
                    let (key, value) = &pairs[number];
                    writer.part(key, indent + INDENT, depth + 1);
                    writer.out.push_str(": ");
                    writer.part(value, indent + INDENT, depth + 1);
                });
                self.out.push('}');
            }
            Node::Call { callee, arguments, steps, .. } => {
                self.part(callee, indent, depth + 1);
                self.broken_arguments(arguments, indent, depth);
                for step in steps {
                    self.out.push_str(&format!(".{}(", step.method));
                    self.part(&step.argument, indent, depth + 1);
                    self.out.push(')');
                }
            }
        }
    }

    /// One argument opens on the line of the call, several have a line each.
    fn broken_arguments(&mut self, arguments: &[Argument], indent: usize, depth: usize) {
        self.out.push('(');
        if let [only] = arguments {
            self.keyword(only);
            self.part(&only.value, indent, depth + 1);
        } else if !arguments.is_empty() {
            self.lines(arguments.len(), 0, indent, |writer, number| {
                writer.keyword(&arguments[number]);
                writer.part(&arguments[number].value, indent + INDENT, depth + 1);
            });
        }
        self.out.push(')');
    }

    fn are_constants(&self, items: &[Part]) -> bool {
        let is_constant = |node: &Node| matches!(node, Node::Atom { rest: None, .. });
        items.iter().all(|item| match item {
            Part::Node(node) => is_constant(node),
            Part::Value(value) => is_constant(&self.objects.node(*value)),
        })
    }

    /// As many constants on a line as there is room for.
    fn filled(&mut self, items: &[Part], left: usize, indent: usize) {
        let width = self.objects.limits().width;
        self.line(indent + INDENT);
        let mut line = self.out.len() - indent - INDENT;
        for (number, item) in items.iter().enumerate() {
            let before = self.out.len();
            self.flat_part(item, 0, usize::MAX);
            self.out.push(',');
            if number > 0 && self.out.len() + 1 - line > width {
                let item = self.out.split_off(before);
                self.line(indent + INDENT);
                line = self.out.len() - indent - INDENT;
                self.out.push_str(&item);
            } else if number > 0 {
                self.out.insert(before, ' ');
            }
        }
        if left > 0 {
            self.line(indent + INDENT);
            self.out.push_str(&more(left));
        }
        self.line(indent);
    }

    fn lines(&mut self, count: usize, left: usize, indent: usize, mut one: impl FnMut(&mut Self, usize)) {
        for number in 0..count {
            self.line(indent + INDENT);
            one(self, number);
            self.out.push(',');
        }
        if left > 0 {
            self.line(indent + INDENT);
            self.out.push_str(&more(left));
        }
        self.line(indent);
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// The brackets of a group; those of nothing are no brackets.
fn brackets(group: Group, items: usize, more: usize) -> (&'static str, &'static str) {
    match (group, items + more) {
        (Group::List, _) => ("[", "]"),
        (Group::Tuple, 1) => ("(", ",)"),
        (Group::Tuple, _) => ("(", ")"),
        (Group::Set, 0) => ("set(", ")"),
        (Group::Set, _) => ("{", "}"),
        (Group::FrozenSet, 0) => ("frozenset(", ")"),
        (Group::FrozenSet, _) => ("frozenset({", "})"),
    }
}

/// Names of objects that several places refer to.
#[derive(Clone, Debug, Default)]
pub struct Names {
    numbers: rustc_hash::FxHashMap<Value, usize>,
    order: Vec<Value>,
}

impl Names {
    /// What to show for a value, and the name that it gets here. An object that has a name is shown by it.
    pub fn look(&mut self, objects: &Objects<'_, '_>, value: Value) -> (Option<String>, Node) {
        if let Some(number) = self.numbers.get(&value) {
            return (None, Node::atom("reference", format!("x{number}")));
        }
        let node = objects.node(value);
        let has_identity = match &node {
            Node::Atom { .. } | Node::Call { plain: true, .. } => false,
            Node::Group { .. } | Node::Dict { .. } | Node::Call { .. } => true,
        };
        if !(has_identity && objects.is_shared(value)) {
            return (None, node);
        }
        self.order.push(value);
        self.numbers.insert(value, self.order.len());
        (Some(format!("x{}", self.order.len())), node)
    }

    fn given(&self) -> usize {
        self.order.len()
    }

    /// Forgets the names that were given since there were `given`.
    fn take_back(&mut self, given: usize) {
        for value in self.order.drain(given..) {
            self.numbers.remove(&value);
        }
    }
}
