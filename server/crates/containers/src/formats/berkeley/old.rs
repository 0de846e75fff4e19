//! Release 1.85 (`hash.h`, `page.h` and `hash_bigkey.c` of 4.4BSD), which macOS and the BSDs call ndbm. A page is a list of numbers
//! from its start, and bytes from its end: the count of numbers, then two for each pair, where its key and its value begin.
//! Where the second number of a pair is below [`REAL_KEY`], the first one is the place of a part of a large pair, or the address of
//! the page that goes on.

use std::collections::HashSet;

use super::{Fault, FaultKind, Order, Value, Values, key_name, span};

/// The numbers that are no offset of a value: another page follows in the chain, a part of a key, the end of a key or a part of a
/// value, the end of both. Numbers from this on are offsets (`REAL_KEY`).
const REAL_KEY: usize = 4;
const OVERFLOW_PAGE: usize = 0;
const PARTIAL_KEY: usize = 1;
const FULL_KEY: usize = 2;
const FULL_KEY_DATA: usize = 3;

/// Where the header counts the overflow pages before each doubling of the buckets (`spares`), and how many doublings there are.
const SPARES: usize = 68;
const DOUBLINGS: u32 = 32;

/// A database.
#[derive(Clone, Copy)]
pub(super) struct Database<'a> {
    bytes: &'a [u8],
    /// Of the numbers in pages.
    order: Order,
    /// Of those in the header.
    header: Order,
    page_len: usize,
    header_pages: usize,
}

/// A pair that does not fit in a page.
#[derive(Default)]
struct Large {
    key: Vec<u8>,
    value: Vec<u8>,
    /// The page that follows it in the chain.
    next: Option<usize>,
}

impl<'a> Database<'a> {
    /// Of bytes that begin with the header of a hash database.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let header = [Order::Little, Order::Big]
            .into_iter()
            .find(|order| order.u32_at(bytes, 0) == Some(super::MAGIC[0]))?;
        let order = match header.u32_at(bytes, 8)? {
            1234 => Order::Little,
            4321 => Order::Big,
            _ => return None,
        };
        let page_len = header.usize32_at(bytes, 12)?;
        let header_pages = header.usize32_at(bytes, 60)?;
        let is_sane = page_len.is_power_of_two() && (64..=65536).contains(&page_len);
        is_sane.then_some(Self { bytes, order, header, page_len, header_pages })
    }

    /// Takes all values: small pairs of all pages, whatever leads to them; large ones by way of the buckets, because a page does
    /// not say whether a pair begins on it.
    pub(super) fn pages(self, values: &mut Values<'_, 'a, '_>) {
        let start = self.header_pages.saturating_mul(self.page_len);
        let pages = self.bytes.get(start..).unwrap_or_default();
        let mut large = HashSet::new();
        for (number, page) in pages.chunks_exact(self.page_len).enumerate() {
            match self.pairs(page, start + number * self.page_len, values) {
                Some(true) => drop(large.insert(self.header_pages + number)),
                Some(false) => {}
                None => return,
            }
        }
        if large.is_empty() || !self.buckets(&mut large, values) {
            return;
        }
        if !large.is_empty() {
            let message = format!(
                "{} pages of pairs that do not fit in a page of the database were not read: nothing leads to them",
                large.len()
            );
            values.fault(Fault::new(FaultKind::Damaged, 0, message));
        }
    }

    /// Takes the small pairs of a page; whether a part of a large one is there. `None`: a limit was reached.
    fn pairs(self, page: &'a [u8], base: usize, values: &mut Values<'_, 'a, '_>) -> Option<bool> {
        let count = self.number(page, 0).unwrap_or(0).min(page.len() / 2);
        let mut end = page.len();
        for index in (1..count).step_by(2) {
            let (Some(key), Some(value)) = (self.number(page, index), self.number(page, index + 1)) else {
                break;
            };
            if value < REAL_KEY {
                return Some(value > OVERFLOW_PAGE && index == 1);
            }
            if !(value <= key && key <= end) {
                break;
            }
            let name = || key_name(span(page, key, end - key).unwrap_or_default());
            let found = Value::at(self.bytes, base + value, key - value)?;
            if !values.take(name, found) {
                return None;
            }
            end = value;
        }
        Some(false)
    }

    /// Takes the large pairs of all buckets, whose pages are taken out of `large`; whether to go on.
    fn buckets(self, large: &mut HashSet<usize>, values: &mut Values<'_, 'a, '_>) -> bool {
        let last = self.header.u32_at(self.bytes, 40).unwrap_or(0);
        for bucket in 0..=last {
            let Some(first) = self.bucket_page(bucket).filter(|page| self.page(*page).is_some()) else {
                break;
            };
            if !values.spend(0) || !self.chain(first, large, values) {
                return false;
            }
        }
        true
    }

    /// Takes the large pairs of the chain of pages that begins with `first`. No page of one is read twice, and a chain has no more
    /// pages than the file.
    fn chain(self, first: usize, large: &mut HashSet<usize>, values: &mut Values<'_, 'a, '_>) -> bool {
        let mut next = Some(first);
        for _ in 0..=self.bytes.len() / self.page_len {
            let Some((number, page)) = next.and_then(|number| Some((number, self.page(number)?))) else {
                return true;
            };
            if !values.spend(0) {
                return false;
            }
            if !large.contains(&number) {
                next = self.behind(page);
                continue;
            }
            let pair = self.large(number, large, values);
            next = pair.next;
            if !values.take(|| key_name(&pair.key), Value::made(pair.value)) {
                return false;
            }
        }
        true
    }

    /// The large pair that begins on a page. Every page of it is taken out of `large`; what is missing is said.
    fn large(self, first: usize, large: &mut HashSet<usize>, values: &mut Values<'_, 'a, '_>) -> Large {
        let room = usize::try_from(values.room()).unwrap_or(usize::MAX);
        let mut pair = Large::default();
        let (mut next, mut in_key) = (Some(first), true);
        let mut complete = false;
        while let Some((number, page)) = next.and_then(|number| Some((number, self.page(number)?))) {
            let (Some(at), Some(tag)) = (self.number(page, 1), self.number(page, 2)) else { break };
            if !large.remove(&number) || pair.value.len() > room {
                break;
            }
            let part = page.get(at..).unwrap_or_default();
            let count = self.number(page, 0).unwrap_or(0);
            next = self.link(page, count.saturating_sub(1));
            if in_key {
                pair.key.extend_from_slice(part);
                in_key = tag == PARTIAL_KEY;
                if tag != FULL_KEY_DATA {
                    continue;
                }
                // The value begins in what is left of the page. It is all there if any room is left.
                let from = self.number(page, count).unwrap_or(at);
                pair.value.extend_from_slice(page.get(from..at).unwrap_or_default());
                complete = self.number(page, count + 1).is_some_and(|free| free > 0);
            } else {
                pair.value.extend_from_slice(part);
                complete = tag == FULL_KEY_DATA;
                if !complete && tag != FULL_KEY {
                    break;
                }
            }
            if complete {
                pair.next = (count > 2).then(|| self.link(page, 3)).flatten();
                break;
            }
        }
        if !complete {
            let got = pair.value.len();
            let kind = if got > room { FaultKind::LimitReached } else { FaultKind::Damaged };
            let message = format!(
                "expected the pages of a value, found only {} of it",
                pickle_ops::counted(got, "byte")
            );
            values.fault(Fault::new(kind, 0, message).of(&key_name(&pair.key)));
        }
        pair
    }

    /// The page that follows one of small pairs: the last two numbers say so.
    fn behind(self, page: &[u8]) -> Option<usize> {
        let count = self.number(page, 0).filter(|count| *count >= 2)?;
        let follows = self.number(page, count) == Some(OVERFLOW_PAGE);
        follows.then(|| self.link(page, count - 1)).flatten()
    }

    /// The page whose address is at an index of another one.
    fn link(self, page: &[u8], index: usize) -> Option<usize> {
        let address = u32::try_from(self.number(page, index)?).ok()?;
        // The doubling before which the page was added, and its number among those (`OADDR_TO_PAGE`).
        let (doubling, number) = (address >> 11, (address & 0x7ff) as usize);
        self.bucket_page((1u32 << doubling) - 1)?.checked_add(number)
    }

    /// The page of a bucket (`BUCKET_TO_PAGE`).
    fn bucket_page(self, bucket: u32) -> Option<usize> {
        let doublings = bucket.checked_add(1)?.next_power_of_two().trailing_zeros();
        let spares = match doublings {
            0 => 0,
            1..=DOUBLINGS => self.header.usize32_at(self.bytes, SPARES + 4 * (doublings as usize - 1))?,
            _ => return None,
        };
        usize::try_from(bucket).ok()?.checked_add(self.header_pages)?.checked_add(spares)
    }

    fn page(self, number: usize) -> Option<&'a [u8]> {
        span(self.bytes, number.checked_mul(self.page_len)?, self.page_len)
    }

    fn number(self, page: &[u8], index: usize) -> Option<usize> {
        self.order.u16_at(page, 2 * index).map(usize::from)
    }
}
