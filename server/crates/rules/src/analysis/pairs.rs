//! Texts that are values of dicts under a name. They are plain data, which a pass over events does not keep, so this is one of its own; it
//! is made only where a class was loaded whose objects have such a member.

use std::borrow::Cow;
use std::ops::Range;

use pickle_machine::{Arguments, Collection, Domain, Flow, Machine, run};
use pickle_ops::{Op, Opcode, Operand, Reader};
use rustc_hash::FxHashMap;

/// Ops between two looks at how much there is.
const STRIDE: usize = 1 << 12;
/// Values on the stack and in the memo at the most.
const MOST_VALUES: u64 = 1 << 26;
/// Texts that are told.
const MOST_TEXTS: usize = 1 << 12;
/// Bytes of a text that is taken for a name or a path.
const LONGEST: usize = 1 << 12;

/// Where the ops behind holes begin, by the offsets of the ops in front of them.
pub(crate) type Resumed = FxHashMap<usize, usize>;

/// The texts of the pickle in `range` that are under `name` in a dict, wherever key and text come from, and where they are.
pub(crate) fn texts_under(
    bytes: &[u8],
    range: Range<usize>,
    holes: &Resumed,
    name: &str,
) -> Vec<(Range<usize>, String)> {
    let bytes = bytes.get(..range.end).unwrap_or_default();
    let mut reader = Reader::new(bytes, range.start);
    let mut machine = Machine::default();
    let mut pass = Pass { bytes, holes, name, found: Vec::new() };
    while run(&mut reader, bytes.len(), &mut machine, &mut pass, STRIDE) == Flow::Next
        && machine.height() as u64 + machine.memo.len() <= MOST_VALUES
        && pass.found.len() < MOST_TEXTS
    {}
    pass.found
}

/// A value, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    /// A text that is the name.
    Name(usize),
    /// Another, by the offset of its op.
    Text(usize),
    Other,
}

struct Pass<'p> {
    bytes: &'p [u8],
    holes: &'p Resumed,
    name: &'p str,
    found: Vec<(Range<usize>, String)>,
}

impl Pass<'_> {
    fn look_at(&mut self, pairs: &[Item]) {
        for pair in pairs.chunks_exact(2) {
            let (Item::Name(_), Item::Name(at) | Item::Text(at)) = (pair[0], pair[1]) else { continue };
            let op = Reader::new(self.bytes, at).next_op().ok();
            if let Some((op, text)) = op.and_then(|op| Some((op.start..op.end, text_of(&op)?.into_owned()))) {
                self.found.push((op, text));
            }
        }
    }
}

/// The text of an op, if it has one that is no longer than a path.
fn text_of<'a>(op: &Op<'a>) -> Option<Cow<'a, str>> {
    if !op.opcode.is_text() || op.raw.len() > LONGEST {
        return None;
    }
    match op.operand().ok()? {
        Operand::Text(text) => text.to_str(),
        Operand::ByteString(text) => {
            Some(Cow::Owned(String::from_utf8_lossy(&text.bytes().ok()?).into_owned()))
        }
        _ => None,
    }
}

impl<'a> Domain<'a> for Pass<'_> {
    type Value = Item;
    type Stored = Item;

    fn missing(&mut self, _: &Op<'a>) -> Item {
        Item::Other
    }
    fn constant(&mut self, op: &Op<'a>) -> Item {
        match text_of(op) {
            Some(text) if text == self.name => Item::Name(op.start),
            Some(_) => Item::Text(op.start),
            None => Item::Other,
        }
    }
    fn collect(&mut self, _: &Op<'a>, collection: Collection, items: &[Item]) -> Item {
        if collection == Collection::Dict {
            self.look_at(items);
        }
        Item::Other
    }
    fn extend(&mut self, op: &Op<'a>, _: Item, items: &[Item]) {
        if matches!(op.opcode, Opcode::SetItem | Opcode::SetItems) {
            self.look_at(items);
        }
    }
    fn global(&mut self, _: &Op<'a>, _: u8) -> Item {
        Item::Other
    }
    fn stack_global(&mut self, _: &Op<'a>, _: u8, _: Item, _: Item) -> Item {
        Item::Other
    }
    fn call(&mut self, _: &Op<'a>, _: Item, _: Arguments<'_, Item>) -> Item {
        Item::Other
    }
    fn build(&mut self, _: &Op<'a>, _: Item, _: Item) {}
    fn persistent(&mut self, _: &Op<'a>, _: Option<Item>) -> Item {
        Item::Other
    }
    fn read_only(&mut self, _: &Op<'a>, _: Item) -> Item {
        Item::Other
    }
    fn duplicate(&mut self, _: &Op<'a>, value: Item) -> Item {
        value
    }
    fn store(&mut self, _: &Op<'a>, _: u64, value: Item) -> Item {
        value
    }
    fn load(&mut self, _: &Op<'a>, _: u64, stored: Item) -> Item {
        stored
    }
    fn resume_at(&mut self, op: &Op<'a>) -> usize {
        self.holes.get(&op.start).copied().unwrap_or(op.end)
    }
}
