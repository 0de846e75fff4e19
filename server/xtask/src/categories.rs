//! What kind of word each mnemonic is, for the grammars of the listing: derived from the opcode table.

use pickle_machine::record::{is_read, is_store};
use pickle_ops::{OPCODES, Opcode, OpcodeInfo};
use serde_json::{Map, Value};

use crate::generate::Generated;

/// Where the list for the tree-sitter grammar is.
pub(crate) const PATH: &str = "grammars/tree-sitter-pickleasm/opcodes.json";

/// A kind of mnemonic. Its name is that of the list in `opcodes.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Category {
    Plain,
    Call,
    Global,
    GlobalOfStack,
    GlobalOfMark,
    Mark,
    MarkTaking,
    MemoStore,
    MemoLoad,
    Stop,
}

impl Category {
    /// All of them.
    pub(crate) const ALL: [Self; 10] = [
        Self::Plain,
        Self::Call,
        Self::Global,
        Self::GlobalOfStack,
        Self::GlobalOfMark,
        Self::Mark,
        Self::MarkTaking,
        Self::MemoStore,
        Self::MemoLoad,
        Self::Stop,
    ];

    /// The kind of an opcode.
    fn of(info: &OpcodeInfo) -> Self {
        match info.opcode {
            opcode if is_store(opcode) => Self::MemoStore,
            opcode if is_read(opcode) => Self::MemoLoad,
            Opcode::Mark => Self::Mark,
            Opcode::Stop => Self::Stop,
            Opcode::Global => Self::Global,
            Opcode::Inst => Self::GlobalOfMark,
            Opcode::StackGlobal | Opcode::Ext1 | Opcode::Ext2 | Opcode::Ext4 => Self::GlobalOfStack,
            opcode if opcode.takes_mark() => Self::MarkTaking,
            Opcode::Reduce | Opcode::NewObj | Opcode::NewObjEx | Opcode::Build => Self::Call,
            _ => Self::Plain,
        }
    }

    /// Its mnemonics, the longest first: an alternation takes the first that fits.
    pub(crate) fn names(self) -> Vec<&'static str> {
        let of = OPCODES.iter().filter(|info| Self::of(info) == self);
        let mut names: Vec<_> = of.map(|info| info.name).collect();
        names.sort_by_key(|name| (std::cmp::Reverse(name.len()), *name));
        names
    }

    /// What the tree-sitter grammar calls it.
    fn key(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Call => "call",
            Self::Global => "global",
            Self::GlobalOfStack => "global_of_stack",
            Self::GlobalOfMark => "global_of_mark",
            Self::Mark => "mark",
            Self::MarkTaking => "mark_taking",
            Self::MemoStore => "memo_store",
            Self::MemoLoad => "memo_load",
            Self::Stop => "stop",
        }
    }
}

/// The mnemonics of each kind, for `grammar.js`.
pub(crate) fn generate() -> Generated {
    let list = |category: Category| category.names().into_iter().map(Value::from).collect::<Vec<_>>();
    let lists: Map<String, Value> = Category::ALL
        .into_iter()
        .map(|category| (category.key().to_owned(), list(category).into()))
        .collect();
    Generated { path: PATH.into(), text: format!("{:#}\n", Value::from(lists)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mnemonic_has_one_kind() {
        let mut all: Vec<_> = Category::ALL.into_iter().flat_map(Category::names).collect();
        all.sort_unstable();
        let mut names: Vec<_> = OPCODES.iter().map(|info| info.name).collect();
        names.sort_unstable();
        assert_eq!(all, names);
        assert!(Category::ALL.into_iter().all(|category| !category.names().is_empty()));
    }
}
