//! Code objects that a pickle builds out of constants: what they are called, and what they use.

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_machine::render::escape;
use pickle_ops::Opcode;

/// Items of a tuple that are shown.
const MOST_SHOWN: usize = 12;

/// What the arguments of a code object say. Their number and order differ between versions of Python; what is common is that
/// constants and names are the first two tuples behind the bytecode, and the name the second text behind them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Code {
    /// The name of the function or class body.
    pub(crate) name: Option<String>,
    /// Names of globals and attributes that it uses.
    pub(crate) names: Vec<String>,
    /// Texts among its constants.
    pub(crate) texts: Vec<String>,
}

impl Code {
    /// What the arguments of a call of `types.CodeType` say.
    pub(crate) fn of(arena: &Arena<'_>, arguments: &[Value]) -> Self {
        let is_bytes = |value: &Value| match arena.shape(*value) {
            Made::Literal(op) => matches!(
                op.opcode,
                Opcode::BinBytes
                    | Opcode::ShortBinBytes
                    | Opcode::BinBytes8
                    | Opcode::BinString
                    | Opcode::ShortBinString
                    | Opcode::String
            ),
            // Bytes, as protocols below 3 write them.
            Made::Call { .. } => true,
            _ => false,
        };
        let behind = arguments.iter().position(is_bytes).map_or(&[][..], |at| &arguments[at + 1..]);
        let mut tuples = behind.iter().filter_map(|&value| arena.tuple(value));
        let constants = tuples.next().unwrap_or_default();
        let names = tuples.next().unwrap_or_default();
        let texts = |values: &[Value]| {
            let texts = values.iter().filter_map(|&value| arena.text(value));
            texts.take(MOST_SHOWN).map(|text| shortened(&text)).collect()
        };
        let name = behind.iter().filter_map(|&value| arena.text(value)).nth(1);
        Self { name: name.map(|name| shortened(&name)), names: texts(names), texts: texts(constants) }
    }
}

/// A text as messages show it: the beginning, without what would change the line.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    escape(&shown)
}
