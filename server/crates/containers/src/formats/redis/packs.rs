//! Small lists that lie in one string: listpacks, and what came before them, ziplists and zipmaps (`src/listpack.c`, `src/ziplist.c`,
//! `src/zipmap.c`). Numbers in them are of no interest.

use std::ops::Range;

use crate::bytes::{Order, span};

/// What a list in a string is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pack {
    List,
    Zip,
    Map,
}

/// Where an item lies; `None`: it is a number.
pub(super) type Item = Option<Range<usize>>;

/// Gives the items of a list to `take`, until that says `false`. `false`: the bytes are no such list to their end.
pub(super) fn each(pack: Pack, bytes: &[u8], mut take: impl FnMut(Item) -> bool) -> bool {
    let mut at = match pack {
        Pack::List => 6,
        Pack::Zip => 10,
        Pack::Map => 1,
    };
    while bytes.get(at) != Some(&END) {
        let next = match pack {
            Pack::List => of_list(bytes, at).map(|(item, end)| (take(item), end)),
            Pack::Zip => of_zip(bytes, at).map(|(item, end)| (take(item), end)),
            Pack::Map => pair(bytes, at).map(|(key, value, end)| (take(key) && take(value), end)),
        };
        match next {
            Some((true, end)) => at = end,
            Some((false, _)) => return true,
            None => return false,
        }
    }
    true
}

/// What stands in the place of an item behind the last one.
const END: u8 = 0xff;

/// The `len` bytes at `at`, and where what follows begins.
fn text(bytes: &[u8], at: usize, len: usize) -> Option<(Item, usize)> {
    span(bytes, at, len)?;
    Some((Some(at..at + len), at + len))
}

fn of_list(bytes: &[u8], at: usize) -> Option<(Item, usize)> {
    let first = *bytes.get(at)?;
    let second = || bytes.get(at + 1).copied().map(usize::from);
    let (item, end) = match first {
        0..=0x7f => (None, at + 1),
        0x80..=0xbf => text(bytes, at + 1, usize::from(first & 63))?,
        0xc0..=0xdf => (None, at + 2),
        0xe0..=0xef => text(bytes, at + 2, usize::from(first & 15) << 8 | second()?)?,
        0xf0 => text(bytes, at + 5, Order::Little.usize32_at(bytes, at + 1)?)?,
        0xf1 => (None, at + 3),
        0xf2 => (None, at + 4),
        0xf3 => (None, at + 5),
        0xf4 => (None, at + 9),
        _ => return None,
    };
    // How long it was stands behind it, in groups of seven bits; some versions write one more than is needed.
    let groups = match end - at {
        0..=0x7f => 1,
        0x80..=0x3fff => 2,
        0x4000..=0x1f_ffff => 3,
        0x20_0000..=0xfff_ffff => 4,
        _ => 5,
    };
    let more = usize::from(bytes.get(end) == Some(&0));
    Some((item, end + groups + more))
}

fn of_zip(bytes: &[u8], at: usize) -> Option<(Item, usize)> {
    // How long the one before is comes first.
    let at = at + if *bytes.get(at)? == 0xfe { 5 } else { 1 };
    let first = *bytes.get(at)?;
    let second = || bytes.get(at + 1).copied().map(usize::from);
    match first {
        0..=0x3f => text(bytes, at + 1, usize::from(first)),
        0x40..=0x7f => text(bytes, at + 2, usize::from(first & 63) << 8 | second()?),
        0x80..=0xbf => text(bytes, at + 5, Order::Big.usize32_at(bytes, at + 1)?),
        0xc0 => Some((None, at + 3)),
        0xd0 => Some((None, at + 5)),
        0xe0 => Some((None, at + 9)),
        0xf0 => Some((None, at + 4)),
        0xfe => Some((None, at + 2)),
        0xf1..=0xfd => Some((None, at + 1)),
        _ => None,
    }
}

/// A key and its value, and where what follows begins.
fn pair(bytes: &[u8], at: usize) -> Option<(Item, Item, usize)> {
    let length = |at: usize| match *bytes.get(at)? {
        0xff => None,
        0xfe => Some((Order::Little.usize32_at(bytes, at + 1)?, at + 5)),
        len => Some((usize::from(len), at + 1)),
    };
    let (len, at) = length(at)?;
    let (key, end) = text(bytes, at, len)?;
    let (len, at) = length(end)?;
    // A shorter value may have left bytes free behind it; how many comes first.
    let free = usize::from(*bytes.get(at)?);
    let (value, end) = text(bytes, at + 1, len)?;
    Some((key, value, end + free))
}
