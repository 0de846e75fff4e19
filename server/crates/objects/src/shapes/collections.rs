//! Containers of `builtins` and `collections` that no opcode of the protocol makes (`Lib/collections/__init__.py`,
//! `Modules/_collectionsmodule.c`, `Objects/setobject.c`).

use crate::node::{Argument, Group, Node, Part, Step};
use crate::objects::{Call, Objects};

pub(super) fn node(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    match call.callee.as_str() {
        "builtins.set" => set(objects, call, Group::Set),
        "builtins.frozenset" => set(objects, call, Group::FrozenSet),
        "collections.OrderedDict" => filled(objects, call, "OrderedDict", 0),
        "collections.defaultdict" => filled(objects, call, "defaultdict", 1),
        "collections.deque" => deque(objects, call),
        "collections.Counter" => counter(call),
        "builtins.list" | "builtins.dict" | "builtins.tuple" | "builtins.range" | "builtins.slice"
        | "builtins.complex" | "builtins.xrange" => plain(objects, call),
        "decimal.Decimal" | "_decimal.Decimal" | "fractions.Fraction" => plain(objects, call),
        "pathlib.PosixPath"
        | "pathlib.WindowsPath"
        | "pathlib.PurePosixPath"
        | "pathlib.PureWindowsPath"
        | "pathlib._local.PosixPath"
        | "pathlib._local.WindowsPath"
        | "pathlib._local.PurePosixPath"
        | "pathlib._local.PureWindowsPath" => path(objects, call),
        "types.SimpleNamespace" => namespace(objects, call),
        "uuid.UUID" if super::protocol::makes_instance(call) => uuid(objects, call),
        _ => None,
    }
}

/// `set([…])`, as protocols below 4 write it.
fn set(objects: &Objects<'_, '_>, call: &Call<'_, '_>, group: Group) -> Option<Node> {
    let &[items] = call.arguments.filter(|_| call.is_bare())? else { return None };
    if objects.is_shared(items) {
        return None;
    }
    Some(objects.group(group, objects.items(items)?))
}

/// A dict with a name, whose items are put in afterwards: they are given to the constructor here.
fn filled(objects: &Objects<'_, '_>, call: &Call<'_, '_>, name: &str, most: usize) -> Option<Node> {
    let arguments = call.arguments.filter(|items| items.len() <= most)?;
    let mut all: Vec<Argument> = arguments.iter().map(|&item| Argument::plain(item)).collect();
    let state = call.state().map(|state| Step { method: "__setstate__", argument: state.into() });
    if let Some(contents) = call.contents {
        if !contents.items.is_empty() {
            return None;
        }
        if !contents.pairs.is_empty() {
            all.push(Argument::plain(objects.dict(&contents.pairs)));
        }
    }
    let steps = state.into_iter().collect();
    Some(Node::Call { callee: short(name), arguments: all, steps, plain: false })
}

/// `deque((), maxlen)` and the items that are appended.
fn deque(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let arguments = call.arguments.filter(|_| call.state().is_none())?;
    let items = call.contents.map_or(&[][..], |contents| &contents.items);
    let mut all = vec![Argument::plain(objects.group(Group::List, items))];
    match *arguments {
        [] => {}
        [first, length] if objects.arena.tuple(first)?.is_empty() => {
            all.push(Argument::named("maxlen", length));
        }
        _ => return None,
    }
    Some(Node::Call { callee: short("deque"), arguments: all, steps: Vec::new(), plain: false })
}

fn counter(call: &Call<'_, '_>) -> Option<Node> {
    let arguments = call.arguments.filter(|items| items.len() == 1 && call.is_bare())?;
    let all = arguments.iter().map(|&item| Argument::plain(item)).collect();
    Some(Node::Call { callee: short("Counter"), arguments: all, steps: Vec::new(), plain: false })
}

/// `SimpleNamespace()` with its attributes as its state: `SimpleNamespace(a=1)`.
fn namespace(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let is_filled =
        call.contents.is_some_and(|contents| !contents.items.is_empty() || !contents.pairs.is_empty());
    if !call.arguments?.is_empty() || call.keywords.is_some() || is_filled {
        return None;
    }
    let arguments = objects.attributes(call.state()?)?;
    Some(Node::Call { callee: short("SimpleNamespace"), arguments, steps: Vec::new(), plain: false })
}

/// A value that is made by its constructor, under the name that everybody knows it by.
fn plain(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    if !call.is_bare() || call.keywords.is_some() {
        return None;
    }
    let name = call.callee.rsplit('.').next()?;
    let mut arguments = Vec::new();
    objects.spell_out(call, &mut arguments);
    Some(Node::value(name, arguments))
}

/// `PosixPath('a', 'b')`: `PosixPath('a/b')`.
fn path(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let arguments = call.arguments.filter(|_| call.is_bare())?;
    let parts: Option<Vec<String>> =
        arguments.iter().map(|&part| objects.arena.text(part).map(std::borrow::Cow::into_owned)).collect();
    let (name, separator) = match call.callee.rsplit('.').next()? {
        name if name.ends_with("WindowsPath") => (name, "\\"),
        name => (name, "/"),
    };
    let parts = parts?;
    let joined = match parts.split_first() {
        // A root has a separator of its own, and a drive none.
        Some((root, rest)) if root.ends_with(separator) || (separator == "\\" && root.ends_with(':')) => {
            format!("{root}{}", rest.join(separator))
        }
        _ => parts.join(separator),
    };
    Some(Node::value(name, vec![Argument::plain(super::protocol::text_atom(&joined))]))
}

/// An instance with the state `{'int': …}`: `UUID('…')`.
pub(super) fn uuid(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let state = objects.attributes(call.state()?)?;
    let Argument { name: Some(name), value: Part::Value(number) } = state.first()? else { return None };
    let pickle_machine::arena::Shape::Literal(op) = objects.arena.shape(*number) else { return None };
    if name != "int" {
        return None;
    }
    let number: u128 = crate::objects::constant(&op)?.parse().ok()?;
    let hex = format!("{number:032x}");
    let groups = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Some(Node::value("UUID", vec![Argument::plain(super::protocol::text_atom(&groups.join("-")))]))
}

fn short(name: &str) -> Part {
    Node::atom("global", name).into()
}
