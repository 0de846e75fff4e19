//! LMDB (`mdb.c` of OpenLDAP, version 1 of the format, as machines of 64 bits with the lowest byte first write it): data sets keep
//! pickles in it. Two pages that describe the database, of which the later one holds, and trees of pages, whose leaves have keys with
//! their values, or say on which pages a value is that is too long. Reads what the tree leads to; what was deleted is not looked for.

use std::collections::HashSet;

use super::Format;
use crate::budget::Budget;
use crate::bytes::{span, u16_at, u32_at, u64_at};
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::unwrap::Input;
use crate::values::{Value, Values, key_name};

/// The name of the format.
pub(crate) const NAME: &str = "LMDB";

/// `MDB_MAGIC`.
const MAGIC: &[u8] = b"\xde\xc0\xef\xbe";

/// Length of the header of a page.
const PAGE: usize = 16;

/// Length of the header of a node.
const NODE: usize = 8;

/// Length of the description of a tree (`MDB_db`), and where in it its root is.
const TREE: usize = 48;
const ROOT: usize = 40;

/// The root of a tree that is empty.
const NOWHERE: u64 = u64::MAX;

/// Flags of pages: inner ones and leaves, and those that have nothing but keys of one length.
const BRANCH: u16 = 1;
const LEAF: u16 = 2;
const KEYS: u16 = 0x20;

/// Flags of nodes: the value is on pages of its own, is a tree, or several values.
const BIG: u16 = 1;
const SUB: u16 = 2;
const SEVERAL: u16 = 4;

/// See the module.
pub(crate) struct Lmdb;

impl Format for Lmdb {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["mdb", "lmdb"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        is_lmdb(input.bytes)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let mut values = Values::new(input.bytes.len(), &mut opened, budget);
        match database(input.bytes) {
            Some((page, root)) => {
                Walk { bytes: input.bytes, page, seen: HashSet::new() }.tree(root, &mut values);
            }
            None => {
                let message = "expected a page that describes an LMDB database, found none that can be read";
                values.fault(Fault::new(FaultKind::Damaged, 0, message));
            }
        }
        opened
    }
}

/// Whether it begins with a page that describes a database.
pub(crate) fn is_lmdb(bytes: &[u8]) -> bool {
    span(bytes, PAGE, MAGIC.len()) == Some(MAGIC)
}

/// The length of a page, and the root of the database: by the later of two descriptions.
fn database(bytes: &[u8]) -> Option<(usize, u64)> {
    // Behind magic, version, address and length of the map are two trees; the first one's pages have the length of all.
    let page = usize::try_from(u32_at(bytes, PAGE + 24)?).ok()?;
    if !page.is_power_of_two() || !(256..=1 << 16).contains(&page) {
        return None;
    }
    let described = |at: usize| {
        let meta = span(bytes, at + PAGE, 24 + 2 * TREE + 16).filter(|meta| meta.starts_with(MAGIC))?;
        Some((u64_at(meta, 24 + 2 * TREE + 8)?, u64_at(meta, 24 + TREE + ROOT)?))
    };
    let (_, root) =
        [0, page].into_iter().filter_map(described).max_by_key(|(transaction, _)| *transaction)?;
    Some((page, root))
}

/// What is read of a tree.
struct Walk<'a> {
    bytes: &'a [u8],
    page: usize,
    /// Pages that were read: a tree may lead back into itself.
    seen: HashSet<u64>,
}

/// A page that is still to be read.
struct Below {
    number: u64,
    /// The keys are what is kept.
    are_keys: bool,
}

/// What stands in a node.
struct Node {
    flags: u16,
    /// The two halves of the length of the value, or of the number of a page.
    low: u32,
    /// Where the key begins, and its length.
    key: (usize, usize),
}

impl<'a> Walk<'a> {
    /// Takes the values of the tree with this root, and of those that its values are.
    fn tree(&mut self, root: u64, values: &mut Values<'_, 'a, '_>) {
        let mut left = vec![Below { number: root, are_keys: false }];
        while let Some(below) = left.pop() {
            let number = below.number;
            if number == NOWHERE || !self.seen.insert(number) {
                continue;
            }
            let start = usize::try_from(number).ok().and_then(|number| number.checked_mul(self.page));
            let Some(start) = start.filter(|start| span(self.bytes, *start, PAGE).is_some()) else {
                let message = format!("expected page {number} of the database, found the end of the file");
                values.fault(Fault::new(FaultKind::Truncated, self.bytes.len(), message));
                continue;
            };
            if !self.nodes(start, below.are_keys, &mut left, values) {
                return;
            }
        }
    }

    /// Takes the values of the page at `start`, whose keys they are in the tree of several values of one key; the pages below it are put
    /// to those that are `left`. Whether to go on.
    fn nodes(
        &self,
        start: usize,
        are_keys: bool,
        left: &mut Vec<Below>,
        values: &mut Values<'_, 'a, '_>,
    ) -> bool {
        let flags = u16_at(self.bytes, start + 10).unwrap_or(0);
        if flags & (BRANCH | LEAF) == 0 {
            return true;
        }
        if flags & LEAF != 0 && (are_keys || flags & KEYS != 0) {
            return self.keys(start, || format!("@{start}"), values);
        }
        let first_below = left.len();
        for node in (0..self.count(start)).filter_map(|index| self.node(start, index)) {
            if flags & BRANCH != 0 {
                left.push(Below { number: u64::from(node.low) | u64::from(node.flags) << 32, are_keys });
            } else if !self.value(&node, left, values) {
                return false;
            }
        }
        // The first one is read first.
        left[first_below..].reverse();
        true
    }

    /// Takes the keys of the page at `start` as values: those of nodes, or, if all have one length, one behind the other.
    fn keys(&self, start: usize, name: impl Fn() -> String, values: &mut Values<'_, 'a, '_>) -> bool {
        let (each, flags) = (u16_at(self.bytes, start + 8), u16_at(self.bytes, start + 10));
        let is_row = flags.is_some_and(|flags| flags & KEYS != 0);
        (0..self.count(start)).all(|index| {
            let (at, len) = match is_row {
                true => {
                    let each = usize::from(each.unwrap_or(0));
                    (start + PAGE + index * each, each)
                }
                false => self.node(start, index).map_or((usize::MAX, 0), |node| node.key),
            };
            match Value::at(self.bytes, at, len) {
                Some(value) => values.take(&name, value),
                None => values.spend(0),
            }
        })
    }

    /// How many nodes the page at `start` has: their places stand behind the header.
    fn count(&self, start: usize) -> usize {
        usize::from(u16_at(self.bytes, start + 12).unwrap_or(0)).min(self.page).saturating_sub(PAGE) / 2
    }

    fn node(&self, start: usize, index: usize) -> Option<Node> {
        let at = start + usize::from(u16_at(self.bytes, start + PAGE + 2 * index)?);
        let low = u32_at(self.bytes, at)?;
        let key = (at + NODE, usize::from(u16_at(self.bytes, at + 6)?));
        Some(Node { flags: u16_at(self.bytes, at + 4)?, low, key })
    }

    /// Takes the value of a node.
    fn value(&self, node: &Node, left: &mut Vec<Below>, values: &mut Values<'_, 'a, '_>) -> bool {
        let (start, len) = (node.key.0 + node.key.1, usize::try_from(node.low).unwrap_or(usize::MAX));
        let name = || key_name(span(self.bytes, node.key.0, node.key.1).unwrap_or_default());
        if node.flags & SUB != 0 {
            let root = u64_at(self.bytes, start + ROOT);
            let are_keys = node.flags & SEVERAL != 0;
            left.extend(root.map(|number| Below { number, are_keys }));
            return true;
        }
        if node.flags & SEVERAL != 0 {
            // A page in a page, whose keys are the values.
            return self.keys(start, name, values);
        }
        let start = if node.flags & BIG == 0 {
            Some(start)
        } else {
            let number = u64_at(self.bytes, start).and_then(|number| usize::try_from(number).ok());
            number.and_then(|number| number.checked_mul(self.page)?.checked_add(PAGE))
        };
        match start.and_then(|start| Value::at(self.bytes, start, len)) {
            Some(value) => values.take(name, value),
            None => {
                let message = format!(
                    "expected a value of {}, found the end of the file",
                    pickle_ops::counted(len, "byte")
                );
                values.fault(Fault::new(FaultKind::Truncated, self.bytes.len(), message).of(&name()));
                true
            }
        }
    }
}
