//! Berkeley DB (`src/dbinc/db_page.h` of release 5.3): hash and b-tree databases, as Python's `dbm.ndbm` writes them on many
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

/// `DB_HASHMAGIC` and `DB_BTREEMAGIC`.
const MAGIC: [u32; 2] = [0x0006_1561, 0x0005_3162];

/// Length of a page's header (`SIZEOF_PAGE`).
const PAGE: usize = 26;

// Types of pages.
const HASH_UNSORTED: u8 = 2;
const BTREE_LEAF: u8 = 5;
const OVERFLOW: u8 = 7;
const HASH: u8 = 13;

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
}

/// What stands at one place of a page.
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
        is_sane.then_some(Self { bytes, order, page_len, encrypted })
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
            let is_leaf = matches!(page[25], HASH_UNSORTED | HASH | BTREE_LEAF);
            if is_leaf && !self.pairs(page, number * self.page_len, values) {
                break;
            }
        }
    }

    /// Takes the values of a page, which is at `base`; whether to go on.
    fn pairs(self, page: &'a [u8], base: usize, values: &mut Values<'_, 'a, '_>) -> bool {
        let count = usize::from(self.order.u16_at(page, 20).unwrap_or(0)).min((page.len() - PAGE) / 2);
        if !values.spend(page.len()) {
            return false;
        }
        (0..count / 2).all(|pair| {
            let key = self.item(page, 2 * pair);
            let name = || match key {
                Some(Item::Here(key)) => key_name(key),
                _ => format!("@{base}/{pair}"),
            };
            match self.item(page, 2 * pair + 1) {
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
        })
    }

    fn item(self, page: &'a [u8], index: usize) -> Option<Item<'a>> {
        let at = usize::from(self.order.u16_at(page, PAGE + 2 * index)?);
        if page[25] == BTREE_LEAF {
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
            _ => usize::from(self.order.u16_at(page, PAGE + 2 * (index - 1))?),
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
            let Some(part) = span(page, PAGE, here).filter(|part| !part.is_empty()) else { break };
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
