//! Objects as Python writes them, within a budget: `repr` where it is of a builtin type, an expression where it is inert.

use std::fmt::{self, Write};

use pickle_machine::render::escape;
use pickle_ops::Text;
use pickle_ops::repr::{write_bytearray, write_bytes, write_float, write_str};

use crate::object::{Heap, Id, Object};

/// Levels that are written; deeper ones are `…`.
const MOST_LEVELS: usize = 60;
/// Bytes of two's complement that may still have 4,300 decimal digits, which is what Python writes.
const MAX_DECIMAL_BITS: u64 = 14_280;

/// `repr(object)`, cut where it has more than `most` characters.
pub(crate) fn render(heap: &Heap<'_>, id: Id, most: usize) -> String {
    let mut out = Bounded { text: String::new(), left: most };
    let mut open = Vec::new();
    if object(heap, id, &mut open, &mut out).is_err() {
        out.text.push('…');
    }
    out.text
}

/// A text that takes no more than so many characters.
struct Bounded {
    text: String,
    left: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            self.write_char(character)?;
        }
        Ok(())
    }

    fn write_char(&mut self, character: char) -> fmt::Result {
        self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
        self.text.push(character);
        Ok(())
    }
}

/// Writes an object; `open` are the containers that it is in.
fn object(heap: &Heap<'_>, id: Id, open: &mut Vec<Id>, out: &mut Bounded) -> fmt::Result {
    if open.len() >= MOST_LEVELS {
        return out.write_char('…');
    }
    match heap.get(id) {
        Object::None => out.write_str("None"),
        Object::Bool(true) => out.write_str("True"),
        Object::Bool(false) => out.write_str("False"),
        Object::Int(value) => write!(out, "{value}"),
        Object::Big(value) if value.bits() <= MAX_DECIMAL_BITS => write!(out, "{value}"),
        Object::Big(value) => write!(out, "{:#x}", **value),
        Object::Float(value) => write_float(out, *value),
        Object::Str(text) => write_str(out, Text::Utf8(text).code_points()),
        Object::Bytes(bytes) => write_bytes(out, bytes),
        Object::ByteArray(bytes) => write_bytearray(out, bytes),
        Object::Global(number) => out.write_str(&escape(heap.global(*number))),
        _ if open.contains(&id) => out.write_str(recursive(heap, id)),
        _ => {
            open.push(id);
            let done = nested(heap, id, open, out);
            open.pop();
            done
        }
    }
}

/// What `repr` writes for a container inside itself.
fn recursive(heap: &Heap<'_>, id: Id) -> &'static str {
    match heap.get(id) {
        Object::List(_) => "[...]",
        Object::Dict(_) => "{...}",
        Object::Tuple(_) => "(...)",
        Object::Set(_) => "set(...)",
        _ => "…",
    }
}

fn nested(heap: &Heap<'_>, id: Id, open: &mut Vec<Id>, out: &mut Bounded) -> fmt::Result {
    match heap.get(id) {
        Object::Tuple(items) => {
            sequence(heap, "(", items.iter(), if items.len() == 1 { ",)" } else { ")" }, open, out)
        }
        Object::List(items) => sequence(heap, "[", items.iter(), "]", open, out),
        Object::Dict(table) => {
            out.write_char('{')?;
            for (number, (key, value)) in table.items.iter().enumerate() {
                if number > 0 {
                    out.write_str(", ")?;
                }
                object(heap, *key, open, out)?;
                out.write_str(": ")?;
                object(heap, *value, open, out)?;
            }
            out.write_char('}')
        }
        Object::Set(table) if table.items.is_empty() => out.write_str("set()"),
        Object::FrozenSet(table) if table.items.is_empty() => out.write_str("frozenset()"),
        Object::Set(table) => sequence(heap, "{", table.items.iter().map(|item| &item.0), "}", open, out),
        Object::FrozenSet(table) => {
            sequence(heap, "frozenset({", table.items.iter().map(|item| &item.0), "})", open, out)
        }
        Object::View(of) => sequence(heap, "memoryview(", [of].into_iter(), ").toreadonly()", open, out),
        Object::Called { callee, arguments } => {
            object(heap, *callee, open, out)?;
            match heap.get(*arguments) {
                Object::Tuple(items) => sequence(heap, "(", items.iter(), ")", open, out),
                _ => sequence(heap, "(*", [arguments].into_iter(), ")", open, out),
            }
        }
        Object::Persistent(of) => sequence(heap, "persistent_load(", [of].into_iter(), ")", open, out),
        _ => Ok(()),
    }
}

fn sequence<'i>(
    heap: &Heap<'_>,
    before: &str,
    items: impl Iterator<Item = &'i Id>,
    behind: &str,
    open: &mut Vec<Id>,
    out: &mut Bounded,
) -> fmt::Result {
    out.write_str(before)?;
    for (number, item) in items.enumerate() {
        if number > 0 {
            out.write_str(", ")?;
        }
        object(heap, *item, open, out)?;
    }
    out.write_str(behind)
}
