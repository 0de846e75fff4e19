//! Constants as Python writes them.

use std::fmt::Write;

use pickle_machine::render::{self, Limits};
use pickle_ops::{ByteString, Op, Opcode, Operand, is_invisible, is_printable, repr};

use crate::node::Node;

/// A constant as an atom, of whose text at most `most` code points or bytes are shown.
pub(crate) fn literal(op: &Op<'_>, most: usize) -> Option<Node> {
    let node = match op.operand().ok()? {
        Operand::Text(text) => {
            let mut literal = String::new();
            let mut rest = text.code_points();
            rest.by_ref().take(most).for_each(drop);
            let plain = |point| is_printable(point) && !is_invisible(point);
            repr::write_quoted(&mut literal, text.code_points().take(most), plain).ok()?;
            let cut = (rest.remaining() > 0)
                .then(|| format!("{} of text", pickle_ops::counted(text.raw().len(), "byte")));
            Node::Atom { kind: "str", text: literal, rest: cut }
        }
        Operand::Bytes(bytes) => byte_literal(bytes, op.opcode, most)?,
        Operand::ByteString(ByteString::Plain(bytes)) => byte_literal(bytes, op.opcode, most)?,
        Operand::ByteString(string) => byte_literal(&string.bytes().ok()?, op.opcode, most)?,
        _ => Node::atom(kind_of(op.opcode)?, render::literal(op, WHOLE)?),
    };
    Some(node)
}

/// Numbers are cut only where to convert them takes time.
const WHOLE: Limits = Limits { width: 4300, items: 1, text: 400, depth: 1 };

fn kind_of(opcode: Opcode) -> Option<&'static str> {
    Some(match opcode {
        Opcode::None => "None",
        Opcode::NewTrue | Opcode::NewFalse => "bool",
        Opcode::Float | Opcode::BinFloat => "float",
        Opcode::Int | Opcode::BinInt | Opcode::BinInt1 | Opcode::BinInt2 => "int",
        Opcode::Long | Opcode::Long1 | Opcode::Long4 => "int",
        _ => return None,
    })
}

/// Bytes; a string of Python 2 that is ASCII as the str that it is loaded as.
fn byte_literal(bytes: &[u8], opcode: Opcode, most: usize) -> Option<Node> {
    let python2 = matches!(opcode, Opcode::String | Opcode::BinString | Opcode::ShortBinString);
    let shown = beginning(bytes, most);
    let mut text = String::new();
    let kind = match (python2 && bytes.is_ascii(), opcode) {
        (true, _) => {
            repr::write_quoted(&mut text, shown.iter().map(|&byte| u32::from(byte)), is_printable).ok()?;
            "str"
        }
        (_, Opcode::ByteArray8) => {
            repr::write_bytearray(&mut text, shown).ok()?;
            "bytearray"
        }
        _ => {
            repr::write_bytes(&mut text, shown).ok()?;
            "bytes"
        }
    };
    let rest = (shown.len() < bytes.len()).then(|| format!("{} bytes", bytes.len()));
    Some(Node::Atom { kind, text, rest })
}

/// What is shown of bytes where `most` code points of text are: an escape takes four of them.
pub(crate) fn beginning(bytes: &[u8], most: usize) -> &[u8] {
    let most = if most == usize::MAX { most } else { most / 4 };
    bytes.get(..most).unwrap_or(bytes)
}

/// A str literal of a text that was put together here.
pub(crate) fn quoted(text: &str) -> String {
    let mut literal = String::new();
    let plain = |point| is_printable(point) && !is_invisible(point);
    let _ = repr::write_quoted(&mut literal, text.chars().map(u32::from), plain);
    literal
}

/// `… and 990 more`.
pub(crate) fn more(count: usize) -> String {
    let mut text = String::from("… ");
    let _ = write!(text, "{count} more");
    text
}
