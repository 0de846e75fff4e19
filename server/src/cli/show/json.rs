//! The object as JSON: `{"member","pickle","protocol","start","end","complete","dropped","result","fault"}` for each pickle, and
//! `moreDropped` where not all calls without a trace are among `dropped`.
//!
//! A value is `{"type", …}`: `text` for a constant or name, `items` or `pairs` for a container, `callee`, `arguments` and `then`
//! for a call, `more` for how much is left out, `at` for the offset of the op that made it, `id` for what `{"ref"}` refers to.

use std::io::{self, Write};

use pickle_machine::arena::Value;
use pickle_objects::python::Names;
use pickle_objects::{Argument, Group, Limits, Node, Objects, Part};

use super::Shown;
use crate::json::string;
use crate::output::Output;

/// Writes the object of one pickle; `number` is the number of those before it in the array.
pub(super) fn write(
    shown: &Shown<'_, '_>,
    limits: Limits,
    number: usize,
    out: &mut Output,
) -> io::Result<()> {
    let rebuilt = shown.rebuilt;
    let roots: Vec<Value> = shown.dropped.iter().copied().chain(rebuilt.last).collect();
    let objects = Objects::new(rebuilt, &roots, limits);
    let mut json = Json { objects: &objects, names: Names::default(), left: limits.nodes, out };
    json.out.write_all(if number == 0 { b"\n{\"member\":" } else { b",\n{\"member\":" })?;
    match shown.member {
        Some(path) => string(json.out, path)?,
        None => json.out.write_all(b"null")?,
    }
    write!(json.out, ",\"pickle\":{},\"protocol\":", shown.pickle)?;
    match rebuilt.protocol {
        Some(protocol) => write!(json.out, "{protocol}")?,
        None => json.out.write_all(b"null")?,
    }
    write!(
        json.out,
        ",\"start\":{},\"end\":{},\"complete\":{}",
        rebuilt.start, rebuilt.end, rebuilt.complete
    )?;
    json.out.write_all(b",\"dropped\":")?;
    json.list(shown.dropped.iter().map(|&call| Part::Value(call)), 0)?;
    if shown.more_dropped > 0 {
        write!(json.out, ",\"moreDropped\":{}", shown.more_dropped)?;
    }
    json.out.write_all(b",\"result\":")?;
    match rebuilt.last {
        Some(value) => json.part(&Part::Value(value), 0)?,
        None => json.out.write_all(b"null")?,
    }
    json.out.write_all(b",\"fault\":")?;
    match &rebuilt.fault {
        Some(fault) => {
            write!(json.out, "{{\"offset\":{},\"message\":", fault.start)?;
            string(json.out, &fault.kind.to_string())?;
            json.out.write_all(b"}")?;
        }
        None => json.out.write_all(b"null")?,
    }
    json.out.write_all(b"}")
}

struct Json<'j, 'o, 'a> {
    objects: &'j Objects<'o, 'a>,
    names: Names,
    left: usize,
    out: &'j mut Output,
}

impl Json<'_, '_, '_> {
    fn part(&mut self, part: &Part, depth: usize) -> io::Result<()> {
        if self.left == 0 || depth > self.objects.limits().depth {
            return self.out.write_all(b"{\"type\":\"unknown\",\"text\":\"\xe2\x80\xa6\"}");
        }
        self.left -= 1;
        let (label, node) = match part {
            Part::Node(node) => (None, (**node).clone()),
            Part::Value(value) => self.names.look(self.objects, *value),
        };
        if let Node::Atom { kind: "reference", text, .. } = &node {
            self.out.write_all(b"{\"ref\":")?;
            string(self.out, text)?;
            return self.out.write_all(b"}");
        }
        self.node(&node, depth)?;
        if let Some(label) = label {
            self.out.write_all(b",\"id\":")?;
            string(self.out, &label)?;
        }
        if let Part::Value(value) = part
            && let Some(at) = self.objects.origin(*value)
        {
            write!(self.out, ",\"at\":{at}")?;
        }
        self.out.write_all(b"}")
    }

    /// A node without its closing brace.
    fn node(&mut self, node: &Node, depth: usize) -> io::Result<()> {
        match node {
            Node::Atom { kind, text, rest } => {
                write!(self.out, "{{\"type\":\"{kind}\",\"text\":")?;
                string(self.out, text)?;
                match rest {
                    Some(rest) => {
                        self.out.write_all(b",\"more\":")?;
                        string(self.out, rest)
                    }
                    None => Ok(()),
                }
            }
            Node::Group { group, items, more } => {
                write!(self.out, "{{\"type\":\"{}\",\"items\":", name(*group))?;
                self.list(items.iter().cloned(), depth + 1)?;
                self.more(*more)
            }
            Node::Dict { pairs, more } => {
                self.out.write_all(b"{\"type\":\"dict\",\"pairs\":[")?;
                for (number, (key, value)) in pairs.iter().enumerate() {
                    self.out.write_all(if number > 0 { b",[" } else { b"[" })?;
                    self.part(key, depth + 1)?;
                    self.out.write_all(b",")?;
                    self.part(value, depth + 1)?;
                    self.out.write_all(b"]")?;
                }
                self.out.write_all(b"]")?;
                self.more(*more)
            }
            Node::Call { callee, arguments, steps, .. } => {
                self.out.write_all(b"{\"type\":\"call\",\"callee\":")?;
                self.part(callee, depth + 1)?;
                self.out.write_all(b",\"arguments\":[")?;
                for (number, argument) in arguments.iter().enumerate() {
                    self.argument(argument, number, depth)?;
                }
                self.out.write_all(b"],\"then\":[")?;
                for (number, step) in steps.iter().enumerate() {
                    let comma = if number > 0 { "," } else { "" };
                    write!(self.out, "{comma}{{\"method\":\"{}\",\"argument\":", step.method)?;
                    self.part(&step.argument, depth + 1)?;
                    self.out.write_all(b"}")?;
                }
                self.out.write_all(b"]")
            }
        }
    }

    fn argument(&mut self, argument: &Argument, number: usize, depth: usize) -> io::Result<()> {
        self.out.write_all(if number > 0 { b",{\"name\":" } else { b"{\"name\":" })?;
        match &argument.name {
            Some(name) => string(self.out, name)?,
            None => self.out.write_all(b"null")?,
        }
        self.out.write_all(b",\"value\":")?;
        self.part(&argument.value, depth + 1)?;
        self.out.write_all(b"}")
    }

    fn list(&mut self, parts: impl Iterator<Item = Part>, depth: usize) -> io::Result<()> {
        self.out.write_all(b"[")?;
        for (number, part) in parts.enumerate() {
            if number > 0 {
                self.out.write_all(b",")?;
            }
            self.part(&part, depth)?;
        }
        self.out.write_all(b"]")
    }

    fn more(&mut self, more: usize) -> io::Result<()> {
        if more > 0 { write!(self.out, ",\"more\":{more}") } else { Ok(()) }
    }
}

fn name(group: Group) -> &'static str {
    match group {
        Group::List => "list",
        Group::Tuple => "tuple",
        Group::Set => "set",
        Group::FrozenSet => "frozenset",
    }
}
