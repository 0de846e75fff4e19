//! Entries of caches and sessions: a pickle behind a few bytes of the program's own. cachelib and Flask-Session write when the
//! entry expires as four bytes, huey the key of a result with its length, dogpile.cache its metadata as JSON and a bar, Django's signed sessions a digest and a colon, and
//! cachelib's Redis entries an exclamation mark, rocksdict the number of a type. What stands in front is not read.
//!
//! Only the first two are formats of files, whose one member is the file itself: offsets are those of the file. The others are
//! values of databases. What stands in front may look like ops; which of the two pickles, or that both are meant, is for who reads the
//! member to say.

use std::ops::Range;

use super::{Format, raw};
use crate::budget::Budget;
use crate::bytes::Order;
use crate::member::Opened;
use crate::sniff::{Kind, is_pickle_value, pickle_end};
use crate::unwrap::Input;

/// The name of the format.
pub const NAME: &str = "cache entry";

/// Seconds from 1970 up to the year 2000, and up to 2100: when a cache entry may expire. 0 stands for never.
const MOMENTS: Range<u64> = 946_684_800..4_102_444_800;

/// Bytes in which the end of dogpile's metadata is looked for.
const METADATA: usize = 512;

/// Bytes that a key may have.
const LONGEST_KEY: usize = 1024;

/// Lengths of digests in hexadecimal digits: MD5, SHA-1, SHA-256, SHA-512.
const DIGESTS: [usize; 4] = [32, 40, 64, 128];

/// See the module.
pub(crate) struct CacheEntry;

impl Format for CacheEntry {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["cache"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        of_file(input.bytes).is_some()
    }

    fn begins_with_pickle(&self) -> bool {
        true
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        raw::add_itself(input, Kind::Pickle, &mut opened, budget);
        opened
    }
}

/// Whether the string that begins with `head` and is `whole_len` bytes long is the entry of a file.
pub(crate) fn is_entry(head: &[u8], whole_len: u64) -> bool {
    if head.len() as u64 >= whole_len { of_file(head).is_some() } else { in_front(head).is_some() }
}

/// Where the pickle of an entry begins, if the bytes are one.
pub(crate) fn pickle_start(bytes: &[u8]) -> Option<usize> {
    of_file(bytes)
        .or_else(|| behind_metadata(bytes))
        .or_else(|| behind_digest(bytes))
        .or_else(|| behind_mark(bytes))
}

/// Behind one byte that says what follows.
fn behind_mark(bytes: &[u8]) -> Option<usize> {
    matches!(bytes, [b'!' | 0..=9, 0x80, 2..=5, rest @ ..] if pickle_end(&bytes[1..]) == Ok(rest.len() + 2))
        .then_some(1)
}

/// Behind the moment when it expires, as an integer or a float of the machine that wrote it, or behind a key: the pickle must be of a
/// protocol that says so, and fill the rest.
fn of_file(bytes: &[u8]) -> Option<usize> {
    let start = in_front(bytes)?;
    (pickle_end(&bytes[start..]) == Ok(bytes.len() - start)).then_some(start)
}

/// Length of what stands in front of the beginning of a pickle in a file.
fn in_front(bytes: &[u8]) -> Option<usize> {
    moment(bytes).or_else(|| key(bytes))
}

/// Length of the key, and of the length before it.
fn key(bytes: &[u8]) -> Option<usize> {
    let len = Order::Big.usize32_at(bytes, 0).filter(|len| (1..=LONGEST_KEY).contains(len))?;
    let key = std::str::from_utf8(bytes.get(4..4 + len)?).ok()?;
    let is_pickle = matches!(bytes.get(4 + len..6 + len), Some([0x80, 2..=5]));
    (is_pickle && !key.contains(char::is_control)).then_some(4 + len)
}

/// Length of the moment that the bytes begin with, if the beginning of a pickle is behind it.
fn moment(bytes: &[u8]) -> Option<usize> {
    let pickle_at = |at: usize| matches!(bytes.get(at..at + 2), Some([0x80, 2..=5]));
    [4, 8].into_iter().find(|at| pickle_at(*at) && is_moment(bytes, *at))
}

fn is_moment(bytes: &[u8], width: usize) -> bool {
    let is_one = |order: Order| {
        let number = match width {
            4 => order.u32_at(bytes, 0).map(u64::from),
            _ => order.u64_at(bytes, 0),
        };
        // A length in front of a pickle is something else: see the search for further pickles.
        let rest = (bytes.len() - width) as u64;
        let float = number.filter(|_| width == 8).map(f64::from_bits).filter(|float| float.is_finite());
        number.is_some_and(|number| number == 0 || MOMENTS.contains(&number) && number != rest)
            || float.is_some_and(|float| (MOMENTS.start as f64..MOMENTS.end as f64).contains(&float))
    };
    is_one(Order::Little) || is_one(Order::Big)
}

/// Behind `{"ct": 1700000000.0, "v": 1}|`.
fn behind_metadata(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(b"{\"") {
        return None;
    }
    let head = &bytes[..bytes.len().min(METADATA)];
    let start = memchr::memmem::find(head, b"}|")? + 2;
    is_pickle_value(&bytes[start..]).then_some(start)
}

/// Behind a digest in hexadecimal digits and a colon.
fn behind_digest(bytes: &[u8]) -> Option<usize> {
    let digits = bytes.iter().take(129).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let colon = DIGESTS.contains(&digits) && bytes.get(digits) == Some(&b':');
    (colon && is_pickle_value(&bytes[digits + 1..])).then_some(digits + 1)
}
