//! Berkeley DB (`src/dbinc/db_page.h` of release 5.3): hash and b-tree databases, arrays and queues, as Python's `dbm.ndbm` writes them on many
//! Linux systems, Python 2's `bsddb`, and with it `shelve`, on all. Pages are taken as they come, whatever the tables that
//! lead to them say: every key and value that is in use stands on one of them. The format of release 1.85 is recognised by its
//! own magic number.

mod old;

use std::borrow::Cow;

use super::Format;
use crate::budget::Budget;
use crate::bytes::{Order, span};
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::unwrap::Input;
use crate::values::{Value, Values, key_name};

/// The name of the format.
pub(crate) const NAME: &str = "Berkeley DB";

/// `DB_HASHMAGIC`, `DB_BTREEMAGIC`, which arrays have as well, `DB_QAMMAGIC` and `DB_HEAPMAGIC`.
const MAGIC: [u32; 4] = [0x0006_1561, 0x0005_3162, 0x0004_2253, 0x0007_4582];

/// Length of a page's header (`SIZEOF_PAGE`), without a checksum, and with one (`PG_CHKSUM`); those of pages of a queue.
const PAGE: [usize; 2] = [26, 32];
const QUEUE_PAGE: [usize; 2] = [28, 48];

// Types of pages.
const HASH_UNSORTED: u8 = 2;
const BTREE_LEAF: u8 = 5;
const ARRAY_LEAF: u8 = 6;
const OVERFLOW: u8 = 7;
const QUEUE: u8 = 11;
const DUPLICATES: u8 = 12;
const HASH: u8 = 13;
const HEAP: u8 = 15;

/// See the module.
pub(crate) struct Berkeley;

impl Format for Berkeley {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["db", "bdb", "dbm"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        is_berkeley(input.bytes)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let mut values = Values::of_shelf(input.bytes.len(), &mut opened, budget);
        if let Some(database) = Database::new(input.bytes) {
            database.pages(&mut values);
        } else if let Some(old) = old::Database::new(input.bytes) {
            old.pages(&mut values);
        }
        opened
    }
}

/// Whether bytes are a database of either format.
pub(crate) fn is_berkeley(bytes: &[u8]) -> bool {
    Database::new(bytes).is_some() || old::Database::new(bytes).is_some()
}

#[derive(Clone, Copy)]
struct Database<'a> {
    bytes: &'a [u8],
    order: Order,
    page_len: usize,
    encrypted: bool,
    /// Length of a page's header.
    overhead: usize,
    /// Where the records of a queue begin on a page, and the length of one.
    queue: (usize, usize),
}

/// What stands at one place of a page.
#[derive(Clone, Copy)]
enum Item<'a> {
    /// The bytes.
    Here(&'a [u8]),
    /// So many bytes on overflow pages, from this one on.
    Elsewhere(u32, usize),
    /// Several values of one key.
    Several(&'a [u8]),
    /// Something that holds no bytes.
    Nothing,
}

impl<'a> Database<'a> {
    /// Of bytes that begin with the page of a database's metadata (`DBMETA`).
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let order = [Order::Little, Order::Big]
            .into_iter()
            .find(|order| order.u32_at(bytes, 12).is_some_and(|magic| MAGIC.contains(&magic)))?;
        let page_len = order.usize32_at(bytes, 20)?;
        let is_sane = page_len.is_power_of_two() && (512..=65536).contains(&page_len);
        let encrypted = *bytes.get(24)? != 0;
        let has_checksums = usize::from(*bytes.get(26)? & 1);
        let queue = (QUEUE_PAGE[has_checksums], order.usize32_at(bytes, 80).unwrap_or(0));
        let overhead = PAGE[has_checksums];
        is_sane.then_some(Self { bytes, order, page_len, encrypted, overhead, queue })
    }

    fn page(self, number: usize) -> Option<&'a [u8]> {
        let at = number.checked_mul(self.page_len)?;
        span(self.bytes, at, self.page_len)
    }

    fn pages(self, values: &mut Values<'_, 'a, '_>) {
        if self.encrypted {
            return values.fault(Fault::new(FaultKind::Encrypted, 24, "the database is encrypted"));
        }
        let rest = self.bytes.len() % self.page_len;
        if rest > 0 {
            let message = format!(
                "expected pages of {} bytes, found {} at the end",
                self.page_len,
                pickle_ops::counted(rest, "byte")
            );
            values.fault(Fault::new(FaultKind::Truncated, self.bytes.len() - rest, message));
        }
        for (number, page) in self.bytes.chunks_exact(self.page_len).enumerate() {
            let base = number * self.page_len;
            let goes_on = match page[25] {
                HASH_UNSORTED | HASH | BTREE_LEAF => self.pairs(page, base, values),
                ARRAY_LEAF | DUPLICATES => self.items(page, base, values),
                QUEUE => self.records(page, base, values),
                HEAP => {
                    let message = "the database is a heap, whose records are not read";
                    values.fault(Fault::new(FaultKind::Unsupported, base, message));
                    false
                }
                _ => true,
            };
            if !goes_on {
                break;
            }
        }
    }

    /// How many items a page has.
    fn count(self, page: &[u8]) -> usize {
        usize::from(self.order.u16_at(page, 20).unwrap_or(0)).min((page.len() - self.overhead) / 2)
    }

    /// Takes the values of a page that has no keys: of an array, or of many of one key.
    fn items(self, page: &'a [u8], base: usize, values: &mut Values<'_, 'a, '_>) -> bool {
        values.spend(page.len())
            && (0..self.count(page)).all(|index| {
                let item = self.item(page, index);
                self.value(item, page, base, || format!("@{base}/{index}"), values)
            })
    }

    /// Takes the records of a page of a queue: each behind a byte that says whether it is there, and all of one length.
    fn records(self, page: &'a [u8], base: usize, values: &mut Values<'_, 'a, '_>) -> bool {
        let (start, len) = self.queue;
        let each = len.saturating_add(1).saturating_add(3) / 4 * 4;
        let places = page.get(start..).unwrap_or_default().chunks_exact(each).enumerate();
        values.spend(page.len())
            && places.filter(|(_, record)| record[0] & 1 != 0 && len > 0).all(|(index, _)| {
                let value = Value::at(self.bytes, base + start + index * each + 1, len);
                value.is_none_or(|value| values.take(|| format!("@{base}/{index}"), value))
            })
    }

    /// Takes the values of a page, which is at `base`; whether to go on.
    fn pairs(self, page: &'a [u8], base: usize, values: &mut Values<'_, 'a, '_>) -> bool {
        if !values.spend(page.len()) {
            return false;
        }
        (0..self.count(page) / 2).all(|pair| {
            let key = self.item(page, 2 * pair);
            let name = || match key {
                Some(Item::Here(key)) => key_name(key),
                _ => format!("@{base}/{pair}"),
            };
            self.value(self.item(page, 2 * pair + 1), page, base, name, values)
        })
    }

    /// Takes the value that is an item of a page; whether to go on.
    fn value(
        self,
        item: Option<Item<'a>>,
        page: &'a [u8],
        base: usize,
        name: impl Fn() -> String,
        values: &mut Values<'_, 'a, '_>,
    ) -> bool {
        match item {
            Some(Item::Here(value)) => {
                let offset = offset_in(page, value).map(|at| base + at);
                values.take(name, Value { bytes: Cow::Borrowed(value), offset })
            }
            Some(Item::Elsewhere(number, len)) => self.overflow(number, len, name, values),
            Some(Item::Several(all)) => self.several(all, name, values),
            Some(Item::Nothing) => true,
            None => {
                let message = "expected the value of a key, found an offset outside of its page";
                values.fault(Fault::new(FaultKind::Damaged, base, message).of(&name()));
                true
            }
        }
    }

    fn item(self, page: &'a [u8], index: usize) -> Option<Item<'a>> {
        let at = usize::from(self.order.u16_at(page, self.overhead + 2 * index)?);
        if matches!(page[25], BTREE_LEAF | ARRAY_LEAF | DUPLICATES) {
            let len = usize::from(self.order.u16_at(page, at)?);
            return Some(match page.get(at + 2)? {
                1 => Item::Here(span(page, at + 3, len)?),
                3 => Item::Elsewhere(self.order.u32_at(page, at + 4)?, self.order.usize32_at(page, at + 8)?),
                // Deleted (0x80), or the root of a tree of duplicates, whose pages come by themselves.
                _ => Item::Nothing,
            });
        }
        // An item of a hash page ends where the one before it begins.
        let end = match index {
            0 => page.len(),
            _ => usize::from(self.order.u16_at(page, self.overhead + 2 * (index - 1))?),
        };
        let item = page.get(at..end)?;
        Some(match item.first()? {
            1 => Item::Here(&item[1..]),
            2 => Item::Several(&item[1..]),
            3 => Item::Elsewhere(self.order.u32_at(item, 4)?, self.order.usize32_at(item, 8)?),
            _ => Item::Nothing,
        })
    }

    /// Takes a value that is on pages of its own.
    fn overflow(
        self,
        first: u32,
        len: usize,
        name: impl Fn() -> String,
        values: &mut Values<'_, 'a, '_>,
    ) -> bool {
        let room = usize::try_from(values.room()).unwrap_or(usize::MAX);
        let (mut number, mut value) = (first, Vec::new());
        while value.len() < len.min(room) {
            let page = usize::try_from(number).ok().and_then(|number| self.page(number));
            let Some(page) = page.filter(|page| page[25] == OVERFLOW) else { break };
            let here = usize::from(self.order.u16_at(page, 22).unwrap_or(0));
            let Some(part) = span(page, self.overhead, here).filter(|part| !part.is_empty()) else { break };
            value.extend_from_slice(part);
            number = self.order.u32_at(page, 16).unwrap_or(0);
        }
        if value.len() < len {
            let kind = if value.len() < room { FaultKind::Damaged } else { FaultKind::LimitReached };
            let message = format!(
                "expected a value of {} on overflow pages, found {}",
                pickle_ops::counted(len, "byte"),
                value.len()
            );
            values.fault(Fault::new(kind, 0, message).of(&name()));
        }
        value.truncate(len);
        values.take(name, Value::made(value))
    }

    /// Takes the values of one key: each between two copies of its length.
    fn several(self, all: &'a [u8], name: impl Fn() -> String, values: &mut Values<'_, 'a, '_>) -> bool {
        let mut rest = all;
        while let Some(len) = self.order.u16_at(rest, 0).map(usize::from) {
            let Some(value) = span(rest, 2, len) else { break };
            let offset = offset_in(self.bytes, value);
            if !values.take(&name, Value { bytes: Cow::Borrowed(value), offset }) {
                return false;
            }
            rest = rest.get(len + 4..).unwrap_or_default();
        }
        true
    }
}

/// Where `part`, a slice of `whole`, begins in it.
fn offset_in(whole: &[u8], part: &[u8]) -> Option<usize> {
    let at = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    (at + part.len() <= whole.len()).then_some(at)
}
