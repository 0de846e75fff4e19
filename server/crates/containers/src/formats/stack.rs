//! The stacks of queuelib (`queuelib/queue.py`, `LifoDiskQueue`), in which Scrapy keeps pickles of requests: how many values there are,
//! and each value with its length behind it.

use super::Format;
use crate::budget::Budget;
use crate::bytes::Order;
use crate::member::Opened;
use crate::sniff::is_pickle_value;
use crate::unwrap::Input;
use crate::values::{Value, Values};

/// The name of the format.
pub(crate) const NAME: &str = "queuelib stack";

/// Length of a number.
const NUMBER: usize = 4;

/// See the module.
pub(crate) struct Stack;

impl Format for Stack {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        may_begin(input.bytes, input.bytes.len() as u64)
            && places(input.bytes).last().is_some_and(|start| start == Some(NUMBER))
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let mut values = Values::of_shelf(input.bytes.len(), &mut opened, budget);
        let mut end = input.bytes.len();
        for start in places(input.bytes).map_while(|start| start) {
            let value = Value::at(input.bytes, start, end - NUMBER - start);
            if !value.is_none_or(|value| values.take(|| format!("@{start}"), value)) {
                break;
            }
            end = start;
        }
        opened
    }
}

/// Whether the string that begins with `head` and is `whole_len` bytes long may be one: there are so many values, or less, and the
/// first of them begins as a pickle that says so.
pub(crate) fn may_begin(head: &[u8], whole_len: u64) -> bool {
    let count = Order::Big.u32_at(head, 0).is_some_and(|count| (1..=whole_len / 8).contains(&count.into()));
    let first = head.get(NUMBER..).unwrap_or_default();
    count && matches!(first, [0x80, 2..=5, ..]) && (is_pickle_value(first) || (head.len() as u64) < whole_len)
}

/// Where the values begin, the last one first; `None` where a length leads out of the file.
fn places(bytes: &[u8]) -> impl Iterator<Item = Option<usize>> {
    let mut end = bytes.len();
    std::iter::from_fn(move || {
        let at = end.checked_sub(NUMBER).filter(|at| *at >= NUMBER)?;
        let start = Order::Big.usize32_at(bytes, at).and_then(|len| at.checked_sub(len));
        let start = start.filter(|start| *start >= NUMBER && *start < at);
        end = start.unwrap_or(0);
        Some(start)
    })
}
