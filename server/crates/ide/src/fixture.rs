//! One place where tests of features touch their interfaces.

use std::ops::Range;

use pickle_listing::view::{Budget, Selection, View};
use pickle_machine::never;
use pickle_machine::record::{Recording, record};

use crate::{Context, Position, Sheet};

/// A stream with its index and main view.
pub(crate) struct Fixture {
    bytes: Vec<u8>,
    recording: Recording,
    view: View,
}

impl Fixture {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let recording = record(bytes, &never);
        let view = View::build(bytes, &recording, &Selection::All, &Budget::default(), &never);
        Self { bytes: bytes.to_vec(), recording, view }
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context { bytes: &self.bytes, recording: &self.recording, view: &self.view }
    }

    pub(crate) fn rows(&self) -> Range<usize> {
        0..self.view.len()
    }

    /// The first row with an opcode of this name.
    pub(crate) fn at(&self, name: &str) -> Position {
        let named = |row: &usize| self.opcode(*row).as_deref() == Some(name);
        let row = self.rows().find(named).unwrap_or_else(|| panic!("no {name}"));
        Position { row, column: self.view.row_text(row).unwrap().find(name).unwrap() + 1 }
    }

    pub(crate) fn opcode(&self, row: usize) -> Option<String> {
        Some(self.view.op(&self.bytes, row)?.opcode.name().to_owned())
    }

    /// Names of the ops at offsets.
    pub(crate) fn names(&self, offsets: &[usize]) -> Vec<String> {
        offsets.iter().map(|&offset| self.opcode(self.view.row_at(offset).unwrap()).unwrap()).collect()
    }
}

/// Checks to which ops a feature leads from the first op of a name.
pub(crate) fn check_targets(
    feature: impl Fn(&Context<'_>, Position) -> Vec<usize>,
    bytes: &[u8],
    from: &str,
    to: &[&str],
) {
    let fixture = Fixture::new(bytes);
    let offsets = feature(&fixture.context(), fixture.at(from));
    assert_eq!(fixture.names(&offsets), to, "from {from} in\n{}", fixture.view.text());
}

/// A text that is edited.
pub(crate) fn sheet(text: &str) -> Sheet {
    Sheet::new(pickle_syntax::Buffer::new(text).parse(&never).unwrap(), &never).unwrap()
}

/// A text without its `|`, and where that was.
pub(crate) fn cursor(text: &str) -> (String, Position) {
    let (before, behind) = text.split_once('|').expect("a cursor");
    let row = before.matches('\n').count();
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
    (format!("{before}{behind}"), Position { row, column })
}
