//! Arrays of the standard library (`Modules/arraymodule.c`): `array._array_reconstructor(class, typecode, format, bytes)`.

use pickle_ops::repr;

use crate::node::{Argument, Group, Node, Part};
use crate::objects::{Call, Objects};
use crate::shapes::protocol;

pub(super) fn node(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    match call.callee.as_str() {
        "array._array_reconstructor" => rebuilt(objects, call),
        _ => None,
    }
}

/// An array of more numbers than this, all of which are to be shown, stays the call with its bytes: a node for each number takes
/// many times as much.
const MOST: usize = 1 << 16;

/// How the bytes of an array are read: the machine format of `_array_reconstructor`.
#[derive(Clone, Copy)]
enum Format {
    Unsigned(usize),
    Signed(usize),
    Float(usize),
}

/// `array._array_reconstructor(array.array, 'd', 16, b'…')`: `array.array('d', [1.0, 2.5])`.
fn rebuilt(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let &[class, typecode, format, bytes] = call.arguments.filter(|_| call.is_bare())? else { return None };
    let format = u8::try_from(objects.integer(format)?).ok()?;
    let (kind, is_big) = format_of(format)?;
    let (Format::Unsigned(size) | Format::Signed(size) | Format::Float(size)) = kind;
    let bytes = protocol::bytes_of(objects, bytes).filter(|bytes| bytes.len().is_multiple_of(size))?;
    let count = bytes.len() / size;
    let shown = count.min(objects.limits.items);
    if shown > MOST {
        return None;
    }
    let items = bytes.chunks_exact(size).take(shown).map(|item| number(item, kind, is_big).into()).collect();
    let numbers = Node::Group { group: Group::List, items, more: count - shown };
    let arguments = vec![Argument::plain(typecode), Argument::plain(numbers)];
    Some(Node::Call { callee: Part::from(class), arguments, steps: Vec::new(), plain: false })
}

/// What a machine format says of its items, and whether their first byte is the highest. Those of texts (from 18 on) are shown as
/// they are.
fn format_of(code: u8) -> Option<(Format, bool)> {
    let kind = match code {
        0 => Format::Unsigned(1),
        1 => Format::Signed(1),
        2 | 3 => Format::Unsigned(2),
        4 | 5 => Format::Signed(2),
        6 | 7 => Format::Unsigned(4),
        8 | 9 => Format::Signed(4),
        10 | 11 => Format::Unsigned(8),
        12 | 13 => Format::Signed(8),
        14 | 15 => Format::Float(4),
        16 | 17 => Format::Float(8),
        _ => return None,
    };
    Some((kind, code > 1 && code % 2 == 1))
}

/// One item as Python writes it. It has at most eight bytes.
fn number(item: &[u8], kind: Format, is_big: bool) -> Node {
    let mut raw = [0; 8];
    raw[..item.len()].copy_from_slice(item);
    if is_big {
        raw[..item.len()].reverse();
    }
    let bits = u64::from_le_bytes(raw);
    match kind {
        Format::Unsigned(_) => Node::atom("int", bits.to_string()),
        Format::Signed(size) => {
            let unused = 64 - 8 * size;
            Node::atom("int", ((bits << unused).cast_signed() >> unused).to_string())
        }
        Format::Float(size) => {
            let [a, b, c, d, ..] = raw;
            let value =
                if size == 4 { f32::from_le_bytes([a, b, c, d]).into() } else { f64::from_bits(bits) };
            let mut text = String::new();
            // Writing to a `String` does not fail.
            let _ = repr::write_float(&mut text, value);
            Node::atom("float", text)
        }
    }
}
