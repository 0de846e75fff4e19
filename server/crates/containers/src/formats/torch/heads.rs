//! What the small pickles give that stand before raw numbers in the tar of torch before 0.1.10: a number, or the tuple
//! `(key, location, class)`. Knows the opcodes that such pickles are written in; what is made in another way is unknown, since what
//! it comes to decides where the next pickle is read.

use std::collections::HashMap;

use super::elements::{self, Value};
use crate::bytes::{u16_at, u32_at};
use crate::sniff::opcodes;

/// Items on the stack of a pickle that has so few of them.
const MAX_STACK: usize = 8;

/// What a pickle gives.
#[derive(Clone, Copy)]
pub(super) enum Head {
    /// A whole number, not below 0.
    Number(u64),
    /// A tuple of three whose last item is a storage class, by the bytes of its elements.
    Storage(u64),
}

/// A value on the stack.
#[derive(Clone, Copy)]
enum Item<'a> {
    Constant(Value<'a>),
    Number(u64),
    /// Of three items, the last of which is a storage class.
    Described(u64),
    Other,
}

/// What the `pickle` gives, if that is one of the two and nothing in it leaves a doubt.
pub(super) fn head(pickle: &[u8]) -> Option<Head> {
    let mut stack = Stack::default();
    for (code, operand) in opcodes(pickle) {
        if code == b'.' {
            return stack.result();
        }
        stack.step(code, operand)?;
    }
    None
}

#[derive(Default)]
struct Stack<'a> {
    items: Vec<Item<'a>>,
    mark: Option<usize>,
    memo: HashMap<u32, Item<'a>>,
}

impl<'a> Stack<'a> {
    fn result(self) -> Option<Head> {
        match (self.items.as_slice(), self.mark) {
            ([Item::Number(number)], None) => Some(Head::Number(*number)),
            ([Item::Described(size)], None) => Some(Head::Storage(*size)),
            _ => None,
        }
    }

    /// Does what an opcode does; `None`: it is none of those that are expected.
    fn step(&mut self, code: u8, operand: &'a [u8]) -> Option<()> {
        let one = || operand.first().copied().map(u32::from);
        let item = match code {
            // PROTO, FRAME.
            0x80 | 0x95 => return Some(()),
            b'(' if self.mark.is_none() => {
                self.mark = Some(self.items.len());
                return Some(());
            }
            b'q' => return self.put(one()?),
            b'r' => return self.put(u32_at(operand, 0)?),
            0x94 => return self.put(u32::try_from(self.memo.len()).ok()?),
            b'h' => *self.memo.get(&one()?)?,
            b'j' => *self.memo.get(&u32_at(operand, 0)?)?,
            b'K' => Item::Number(one()?.into()),
            b'M' => Item::Number(u16_at(operand, 0)?.into()),
            b'J' => Item::Number(u32_at(operand, 0).filter(|number| *number <= i32::MAX as u32)?.into()),
            // A number of any size: a key. Python 2 wrote those that need more than four bytes as a line.
            0x8a | b'I' | b'L' => Item::Other,
            b'X' | b'T' => Item::Constant(Value::Text(operand.get(4..)?)),
            b'U' | 0x8c => Item::Constant(Value::Text(operand.get(1..)?)),
            b'c' => Item::Constant(elements::class(operand)),
            0x93 => {
                let (name, module) = (self.items.pop()?, self.items.pop()?);
                let (Item::Constant(module), Item::Constant(name)) = (module, name) else { return None };
                Item::Constant(elements::class_of(module, name))
            }
            0x87 => self.tuple(self.items.len().checked_sub(3)?)?,
            b't' => {
                let mark = self.mark.take()?;
                self.tuple(mark)?
            }
            _ => return None,
        };
        self.items.push(item);
        (self.items.len() <= MAX_STACK).then_some(())
    }

    fn put(&mut self, slot: u32) -> Option<()> {
        let last = *self.items.get(self.mark.unwrap_or(0)..)?.last()?;
        self.memo.insert(slot, last);
        Some(())
    }

    /// The tuple of the items from `from` on.
    fn tuple(&mut self, from: usize) -> Option<Item<'a>> {
        let tuple = match self.items.get(from..)? {
            [_, _, Item::Constant(Value::Storage(size))] => Item::Described(*size),
            _ => Item::Other,
        };
        self.items.truncate(from);
        Some(tuple)
    }
}
