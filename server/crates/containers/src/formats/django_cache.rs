//! Entries of Django's file-based cache (`django/core/cache/backends/filebased.py`): a pickle of the moment when the entry
//! expires, and the pickle of the value as zlib data. Both are read; nothing is made of the moment.

use std::borrow::Cow;

use super::{Format, raw};
use crate::budget::Budget;
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::sniff::{container, is_zlib, pickle_end, short_pickle_end};
use crate::unwrap::{Found, Input, add};

/// Bytes of the longest pickle of a moment that is read whatever is in it: no writer needs more than 32, and Django reads whatever there
/// is. One of a few long operands may be longer.
const MOMENT: usize = 4 << 10;

/// See the module.
pub(crate) struct DjangoCache;

impl Format for DjangoCache {
    fn name(&self) -> &'static str {
        "Django cache"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["djcache"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        value_start(input.bytes).is_some()
    }

    fn begins_with_pickle(&self) -> bool {
        true
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(self.name());
        let (moment, value) = input.bytes.split_at(value_start(input.bytes).unwrap_or(0));
        for (name, bytes, offset) in [("expires", moment, 0), ("value", value, moment.len())] {
            if let Err(limit) = budget.add_member() {
                opened.faults.push(Fault::new(FaultKind::LimitReached, offset, raw::members_message(limit)));
                break;
            }
            let bytes = Cow::Borrowed(bytes);
            add(
                &mut opened,
                Found { name: Some(name.to_owned()), bytes, offset: Some(offset), alias: None },
                budget,
            );
        }
        opened
    }
}

/// Where the zlib data begin.
fn value_start(bytes: &[u8]) -> Option<usize> {
    let head = &bytes[..bytes.len().min(MOMENT)];
    // Every small pickle is asked: few have something behind a full stop that could be such data.
    let is_near = memchr::memchr_iter(b'.', head).any(|stop| is_zlib(&bytes[stop + 1..]));
    if !is_near && head.len() == bytes.len() {
        return None;
    }
    let near = if is_near { pickle_end(head).ok() } else { None };
    let end = near.or_else(|| short_pickle_end(bytes))?;
    (is_zlib(&bytes[end..]) && container(&bytes[end..]) == Some("zlib")).then_some(end)
}
