//! What the pickler itself writes where an opcode is missing: `copyreg`, nested names, bytes of old protocols
//! (`save_reduce`, `save_bytes` in `Modules/_pickle.c`, `Lib/copyreg.py`).

use pickle_machine::arena::{Shape, Value};
use pickle_ops::{Opcode, Operand, Text};

use crate::node::{Argument, Node, Part, Step};
use crate::objects::{Call, Objects};
use crate::text::{beginning, quoted};

pub(super) fn node(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    match call.callee.as_str() {
        "copyreg._reconstructor" => reconstructor(objects, call),
        "copyreg.__newobj__" => new_object(objects, call),
        "builtins.getattr" => attribute(objects, call),
        "_codecs.encode" | "codecs.encode" => encoded(objects, call),
        "builtins.bytes" if call.arguments?.is_empty() && call.is_bare() => {
            Some(byte_atom("bytes", &[], objects.limits.text, false))
        }
        "builtins.bytearray" => byte_array(objects, call),
        "builtins.type" => none_type(objects, call),
        "_operator.getitem" | "operator.getitem" => subscript(objects, call),
        "types.GenericAlias" => alias(objects, call),
        "re._compile" => regular_expression(objects, call),
        "functools.partial" => partial(objects, call),
        "" => constructor(objects, call),
        _ => None,
    }
}

/// `partial(Class.__new__, Class, …)()`: how protocols 2 and 3 write keyword arguments of `__new__`.
fn constructor(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    if !call.arguments?.is_empty() {
        return None;
    }
    let Node::Call { callee: Part::Value(callee), arguments, .. } = objects.node(call.target) else {
        return None;
    };
    let (function, rest) = arguments.split_first()?;
    let Part::Value(function) = function.value else { return None };
    let class = rest.first().map(|class| &class.value)?;
    let Part::Value(class) = class else { return None };
    let named = nested(objects, function, 0)?;
    if objects.name(callee)? != "functools.partial" || named != format!("{}.__new__", objects.name(*class)?) {
        return None;
    }
    Some(instance(objects, call, rest.to_vec()))
}

/// `copyreg._reconstructor(Class, base, value)`: an instance without its constructor, as protocols 0 and 1 make it.
fn reconstructor(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let &[class, base, value] = call.arguments? else { return None };
    let base = objects.name(base)?;
    let mut arguments = vec![Argument::plain(class)];
    match base.as_str() {
        "builtins.object" if objects.is_none(value) => {
            if objects.name(class).as_deref() == Some("uuid.UUID")
                && let Some(uuid) = super::collections::uuid(objects, call)
            {
                return Some(uuid);
            }
        }
        "builtins.object" => return None,
        _ => arguments.push(Argument::plain(value)),
    }
    Some(instance(objects, call, arguments))
}

/// `copyreg.__newobj__(Class, …)`.
fn new_object(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let arguments = call.arguments.filter(|arguments| !arguments.is_empty())?;
    Some(instance(objects, call, arguments.iter().map(|&item| Argument::plain(item)).collect()))
}

/// `new(Class, …)` with what was put into it.
fn instance(objects: &Objects<'_, '_>, call: &Call<'_, '_>, mut arguments: Vec<Argument>) -> Node {
    let mut steps = Vec::new();
    if let Some(contents) = call.contents {
        objects.put_into(contents, &mut steps);
    }
    if let Some(state) = call.state() {
        match objects.attributes(state).filter(|_| steps.is_empty()) {
            Some(attributes) => arguments.extend(attributes),
            None => steps.push(Step { method: "__setstate__", argument: state.into() }),
        }
    }
    Node::Call { callee: Node::atom("global", "new").into(), arguments, steps, plain: false }
}

/// `getattr(module.Outer, 'Inner')`: a nested name, or a method of an object.
fn attribute(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let &[object, name] = call.arguments.filter(|_| call.is_bare())? else { return None };
    let outer = objects.name(object).or_else(|| nested(objects, object, 0))?;
    let outer = outer.strip_prefix("builtins.").unwrap_or(&outer);
    let name = objects.arena.text(name)?;
    Some(Node::atom("global", pickle_machine::render::escape(&format!("{outer}.{name}"))))
}

/// The dotted name of nested `getattr` calls.
pub(super) fn nested(objects: &Objects<'_, '_>, value: Value, depth: usize) -> Option<String> {
    const DEEPEST: usize = 16;
    let Shape::Call { callee, arguments, .. } = objects.arena.shape(value) else { return None };
    let &[object, name] = objects.arena.tuple(arguments)? else { return None };
    if depth == DEEPEST || objects.name(callee)? != "builtins.getattr" {
        return None;
    }
    let outer = objects.name(object).or_else(|| nested(objects, object, depth + 1))?;
    Some(format!("{outer}.{}", objects.arena.text(name)?))
}

/// `_codecs.encode(text, 'latin1')`: bytes, as protocols below 3 write them.
fn encoded(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let bytes = latin1(objects, call)?;
    Some(byte_atom("bytes", &bytes, objects.limits.text, false))
}

/// The bytes of an `encode` call.
fn latin1(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Vec<u8>> {
    let &[text, codec] = call.arguments.filter(|_| call.is_bare())? else { return None };
    if !matches!(objects.arena.text(codec)?.as_ref(), "latin1" | "latin-1") {
        return None;
    }
    let Shape::Literal(op) = objects.arena.shape(text) else { return None };
    let Ok(Operand::Text(text)) = op.operand() else { return None };
    points(text)
}

fn points(text: Text<'_>) -> Option<Vec<u8>> {
    text.code_points().map(|point| u8::try_from(point).ok()).collect()
}

/// The bytes that a value is: a literal, or what an older protocol writes for one.
pub(super) fn bytes_of(objects: &Objects<'_, '_>, value: Value) -> Option<Vec<u8>> {
    match objects.arena.shape(value) {
        Shape::Literal(op) => match op.operand().ok()? {
            Operand::Bytes(bytes) => Some(bytes.to_vec()),
            Operand::ByteString(string) => string.bytes().ok().map(std::borrow::Cow::into_owned),
            Operand::Text(text) => points(text),
            _ => None,
        },
        Shape::Call { .. } => {
            let call = objects.taken_apart(value).filter(|call| call.keywords.is_none())?;
            let items = call.arguments;
            match call.callee.as_str() {
                "_codecs.encode" | "codecs.encode" => latin1(objects, &call),
                "builtins.bytes" if items?.is_empty() => Some(Vec::new()),
                "builtins.bytearray" => match items? {
                    [] => Some(Vec::new()),
                    &[first] if !matches!(objects.arena.shape(first), Shape::Call { .. }) => {
                        bytes_of(objects, first)
                    }
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}

fn byte_array(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let bytes = match call.arguments.filter(|_| call.is_bare())? {
        [] => Vec::new(),
        &[first, ..] => bytes_of(objects, first)?,
    };
    Some(byte_atom("bytearray", &bytes, objects.limits.text, true))
}

/// A byte literal, cut.
pub(super) fn byte_atom(kind: &'static str, bytes: &[u8], most: usize, array: bool) -> Node {
    let shown = beginning(bytes, most);
    let mut text = String::new();
    let _ = if array {
        pickle_ops::repr::write_bytearray(&mut text, shown)
    } else {
        pickle_ops::repr::write_bytes(&mut text, shown)
    };
    let rest = (shown.len() < bytes.len()).then(|| format!("{} bytes", bytes.len()));
    Node::Atom { kind, text, rest }
}

/// `type(None)`, `type(Ellipsis)`, `type(NotImplemented)`.
fn none_type(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let &[of] = call.arguments.filter(|_| call.is_bare())? else { return None };
    objects.is_none(of).then(|| Node::atom("global", "types.NoneType"))
}

/// `operator.getitem(typing.List, int)`: `typing.List[int]`.
fn subscript(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let &[of, item] = call.arguments.filter(|_| call.is_bare())? else { return None };
    let of = objects.name(of).filter(|name| name.starts_with("typing."))?;
    generic(objects, &of, item)
}

/// `types.GenericAlias(list, (int,))`: `list[int]`.
fn alias(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let &[of, items] = call.arguments.filter(|_| call.is_bare())? else { return None };
    generic(objects, &objects.name(of)?, items)
}

fn generic(objects: &Objects<'_, '_>, of: &str, items: Value) -> Option<Node> {
    let names: Option<Vec<String>> = match objects.arena.tuple(items) {
        Some(items) => items.iter().map(|&item| objects.name(item)).collect(),
        None => Some(vec![objects.name(items)?]),
    };
    let short = |name: &str| name.strip_prefix("builtins.").unwrap_or(name).to_owned();
    let inner: Vec<_> = names?.iter().map(|name| short(name)).collect();
    let text = format!("{}[{}]", short(of), inner.join(", "));
    Some(Node::atom("global", pickle_machine::render::escape(&text)))
}

/// `re._compile(pattern, flags)`: `re.compile(pattern, flags=…)`.
fn regular_expression(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    /// `re.UNICODE`, which every pattern of text has.
    const UNICODE: i64 = 32;
    let &[pattern, flags] = call.arguments.filter(|_| call.is_bare())? else { return None };
    let mut arguments = vec![Argument::plain(pattern)];
    let flags = objects.integer(flags)?;
    let names: Vec<&str> = FLAGS.iter().filter(|(bit, _)| flags & bit != 0).map(|&(_, name)| name).collect();
    let known = FLAGS.iter().fold(UNICODE, |all, (bit, _)| all | bit);
    match (flags & !known, names.is_empty()) {
        (0, true) => {}
        (0, false) => arguments.push(Argument::named("flags", Node::atom("int", names.join(" | ")))),
        _ => arguments.push(Argument::named("flags", Node::atom("int", flags.to_string()))),
    }
    Some(Node::value("re.compile", arguments))
}

/// Flags of patterns (`Lib/re/_constants.py`).
const FLAGS: [(i64, &str); 6] = [
    (2, "re.IGNORECASE"),
    (4, "re.LOCALE"),
    (8, "re.MULTILINE"),
    (16, "re.DOTALL"),
    (64, "re.VERBOSE"),
    (256, "re.ASCII"),
];

/// `functools.partial(f)` with its state `(f, arguments, keywords, attributes)`.
fn partial(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let &[function] = call.arguments? else { return None };
    let &[of, arguments, keywords, attributes] = objects.arena.tuple(call.state()?)? else { return None };
    if of != function && objects.name(of) != objects.name(function) || !objects.is_none(attributes) {
        return None;
    }
    let mut all = vec![Argument::plain(function)];
    all.extend(objects.arena.tuple(arguments)?.iter().map(|&item| Argument::plain(item)));
    all.extend(objects.attributes(keywords)?);
    let callee: Part = call.target.into();
    Some(Node::Call { callee, arguments: all, steps: Vec::new(), plain: false })
}

/// A str literal as an atom.
pub(super) fn text_atom(text: &str) -> Node {
    Node::atom("str", quoted(text))
}

/// Whether an op makes an instance without its constructor.
pub(super) fn makes_instance(call: &Call<'_, '_>) -> bool {
    matches!(call.op.opcode, Opcode::NewObj | Opcode::NewObjEx)
}
