//! How large an object is when it is written out: each reference to a container counted with all that it holds.
//!
//! A pass of its own over one pickle, with a number for each container. Values are not kept.

use pickle_machine::{Arguments, Collection, Domain, Flow, Interrupt, Machine, run};
use pickle_ops::{Op, Reader};

/// How large the objects of a pickle are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extent {
    /// Objects that the largest one consists of, written out.
    pub(crate) objects: f64,
    /// Levels of the deepest one.
    pub(crate) levels: u32,
}

/// Ops between two looks at the interrupt.
const STRIDE: usize = 1 << 14;

/// Measures the pickle at `start`; `None` when interrupted.
pub(crate) fn measure(bytes: &[u8], start: usize, interrupt: Interrupt<'_>) -> Option<Extent> {
    let mut reader = Reader::new(bytes, start);
    let mut machine = Machine::default();
    let mut sizes = Sizes { all: vec![ONE], largest: ONE };
    while run(&mut reader, bytes.len(), &mut machine, &mut sizes, STRIDE) == Flow::Next {
        if interrupt() {
            return None;
        }
    }
    Some(Extent { objects: sizes.largest.objects, levels: sizes.largest.levels })
}

/// What is known of a container.
#[derive(Clone, Copy, Debug)]
struct Size {
    objects: f64,
    levels: u32,
    /// Whether it is an item of something, or was dropped. Until then a reference to it is one from inside.
    complete: bool,
}

/// The size of a constant.
const ONE: Size = Size { objects: 1.0, levels: 1, complete: true };

/// A value: the number of its size.
#[derive(Clone, Copy, Debug)]
struct Item {
    number: usize,
    from_memo: bool,
}

const CONSTANT: Item = Item { number: 0, from_memo: false };

struct Sizes {
    all: Vec<Size>,
    largest: Size,
}

impl Sizes {
    fn add(&mut self, items: &[Item]) -> Item {
        self.all.push(Size { objects: 1.0, levels: 1, complete: false });
        let item = Item { number: self.all.len() - 1, from_memo: false };
        self.put(item, items);
        item
    }

    fn put(&mut self, target: Item, items: &[Item]) {
        for item in items.iter().filter(|item| !item.from_memo && item.number != target.number) {
            self.all[item.number].complete = true;
        }
        let mut size = self.all[target.number];
        for item in items {
            let part = self.all[item.number];
            if part.complete && item.number != target.number {
                size.objects += part.objects;
                size.levels = size.levels.max(part.levels.saturating_add(1));
            } else {
                size.objects += 1.0;
            }
        }
        if target.number != CONSTANT.number {
            self.all[target.number] = size;
            self.largest.objects = self.largest.objects.max(size.objects);
            self.largest.levels = self.largest.levels.max(size.levels);
        }
    }
}

impl<'a> Domain<'a> for Sizes {
    type Value = Item;
    type Stored = Item;

    fn missing(&mut self, _op: &Op<'a>) -> Item {
        CONSTANT
    }
    fn constant(&mut self, op: &Op<'a>) -> Item {
        use pickle_ops::Opcode as O;
        match op.opcode {
            O::EmptyList | O::EmptyDict | O::EmptySet => self.add(&[]),
            _ => CONSTANT,
        }
    }
    fn collect(&mut self, _op: &Op<'a>, _collection: Collection, items: &[Item]) -> Item {
        self.add(items)
    }
    fn extend(&mut self, _op: &Op<'a>, target: Item, items: &[Item]) {
        self.put(target, items);
    }
    fn global(&mut self, _op: &Op<'a>, _protocol: u8) -> Item {
        CONSTANT
    }
    fn stack_global(&mut self, _op: &Op<'a>, _protocol: u8, _module: Item, _name: Item) -> Item {
        CONSTANT
    }
    fn call(&mut self, _op: &Op<'a>, callee: Item, arguments: Arguments<'_, Item>) -> Item {
        match arguments {
            Arguments::Tuple(arguments) => self.add(&[callee, arguments]),
            Arguments::TupleAndDict(arguments, keywords) => self.add(&[callee, arguments, keywords]),
            Arguments::Items(items) => self.add(items),
        }
    }
    fn build(&mut self, _op: &Op<'a>, target: Item, state: Item) {
        self.put(target, &[state]);
    }
    fn persistent(&mut self, _op: &Op<'a>, _id: Option<Item>) -> Item {
        CONSTANT
    }
    fn read_only(&mut self, _op: &Op<'a>, buffer: Item) -> Item {
        buffer
    }
    fn duplicate(&mut self, _op: &Op<'a>, value: Item) -> Item {
        Item { from_memo: true, ..value }
    }
    fn store(&mut self, _op: &Op<'a>, _slot: u64, value: Item) -> Item {
        value
    }
    fn load(&mut self, _op: &Op<'a>, _slot: u64, stored: Item) -> Item {
        Item { from_memo: true, ..stored }
    }
    fn discard(&mut self, _op: &Op<'a>, values: &[Item]) {
        for item in values.iter().filter(|item| !item.from_memo) {
            self.all[item.number].complete = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(bytes: &[u8]) -> Extent {
        measure(bytes, 0, &pickle_machine::never).unwrap()
    }

    #[test]
    fn doubling() {
        let mut bytes = b"\x80\x04]\x94".to_vec();
        for level in 0..40 {
            bytes.extend([b'0', b']', 0x94, b'(', b'h', level, b'h', level, b'e']);
        }
        bytes.push(b'.');
        let extent = measured(&bytes);
        assert!(extent.objects > 1e12, "{extent:?}");
        assert_eq!(extent.levels, 41);
    }

    #[test]
    fn an_object_that_its_parts_refer_to_is_no_larger_for_it() {
        let mut bytes = b"\x80\x04]\x94(".to_vec();
        bytes.extend(b"]h\0a".repeat(100));
        bytes.extend(b"e.");
        assert!(measured(&bytes).objects < 400.0);
    }
}
