//! Pages, the b-trees that they make, and payloads that go on in overflow pages (sections 1.3 and 1.6 of the format's
//! description). No page is visited twice, so that trees without end come to one.

use std::collections::HashSet;

use super::log::Log;
use super::record::varint;
use crate::bytes::Order;
use crate::fault::{Fault, FaultKind};
use crate::values::Values;

/// Length of the header of the database, which page 1 begins with.
const HEADER: usize = 100;

// Types of b-tree pages.
const INDEX_INTERIOR: u8 = 2;
const TABLE_INTERIOR: u8 = 5;
const INDEX_LEAF: u8 = 10;
const TABLE_LEAF: u8 = 13;

/// A database as pages.
pub(super) struct Pages<'a> {
    bytes: &'a [u8],
    /// Pages that go before those of the file, and those of the first before those of the next.
    logs: Vec<&'a Log<'a>>,
    /// Bytes of a page.
    size: usize,
    /// Bytes of a page that SQLite itself uses.
    usable: usize,
    /// Of UTF-16 text; `None`: text is UTF-8.
    utf16: Option<Order>,
    visited: HashSet<u32>,
}

/// A row, or an entry of a table without rowids.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell<'a> {
    /// The number of the row.
    pub(super) rowid: Option<i64>,
    /// What of its record is in the page.
    pub(super) local: &'a [u8],
    /// Where that begins in the file; `None`: it is in a log.
    pub(super) at: Option<usize>,
    /// Length of the record.
    len: usize,
    /// The page where it goes on; 0: nowhere.
    overflow: u32,
}

/// A page, and where it is.
struct Page<'a> {
    number: u32,
    bytes: &'a [u8],
    /// Where it begins in the file; `None`: it is in a log.
    at: Option<usize>,
}

impl Page<'_> {
    /// Something that is wrong at `offset` of it.
    fn fault(&self, offset: usize, message: String) -> Fault {
        Fault::new(FaultKind::Damaged, self.at.map_or(0, |at| at + offset), message)
    }
}

/// Takes a row; `false`: a limit was reached.
pub(super) type Visit<'v, 'a> = &'v mut dyn FnMut(&Pages<'a>, &Cell<'a>, &mut Values<'_, 'a, '_>) -> bool;

impl<'a> Pages<'a> {
    /// Of the bytes of a database, if its header makes sense.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let size = match Order::Big.u16_at(bytes, 16)? {
            1 => 65536,
            size => usize::from(size),
        };
        let reserved = usize::from(*bytes.get(20)?);
        let utf16 = match Order::Big.u32_at(bytes, 56)? {
            // An empty database has none yet.
            0 | 1 => None,
            2 => Some(Order::Little),
            3 => Some(Order::Big),
            _ => return None,
        };
        let is_sane = size.is_power_of_two() && size >= 512 && size - reserved >= 480;
        is_sane.then(|| Self {
            bytes,
            logs: Vec::new(),
            size,
            usable: size - reserved,
            utf16,
            visited: HashSet::new(),
        })
    }

    /// Of a database with these logs, if the header that it has with them makes sense.
    pub(super) fn with(bytes: &'a [u8], logs: Vec<&'a Log<'a>>) -> Option<Self> {
        let header = logs.iter().find_map(|log| log.page(1)).unwrap_or(bytes);
        let fits = |size| logs.iter().all(|log| log.page_size() == size);
        Self::new(header).filter(|pages| fits(pages.size)).map(|pages| Self { bytes, logs, ..pages })
    }

    /// The same, of which nothing is visited yet.
    pub(super) fn afresh(&self) -> Self {
        Self { logs: self.logs.clone(), visited: HashSet::new(), ..*self }
    }

    /// How text is kept that is UTF-16.
    pub(super) fn utf16(&self) -> Option<Order> {
        self.utf16
    }

    /// Bytes of the database, its logs included.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + self.logs.iter().map(|log| log.len()).sum::<usize>()
    }

    /// Bytes of a page.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// A page, counted from 1.
    fn page(&self, number: u32) -> Option<Page<'a>> {
        for log in &self.logs {
            if let Some(bytes) = log.page(number) {
                return Some(Page { number, bytes: &bytes[..self.usable], at: None });
            }
            if log.cuts(number) {
                return None;
            }
        }
        let at = usize::try_from(number).ok()?.checked_sub(1)?.checked_mul(self.size)?;
        let bytes = self.bytes.get(at..)?;
        let bytes = &bytes[..bytes.len().min(self.usable)];
        (!bytes.is_empty()).then_some(Page { number, bytes, at: Some(at) })
    }

    /// Visits the cells of a tree in the order of their keys; `false`: a visit said so.
    pub(super) fn walk(&mut self, root: u32, values: &mut Values<'_, 'a, '_>, visit: Visit<'_, 'a>) -> bool {
        let mut pending = vec![root];
        while let Some(number) = pending.pop() {
            if !self.visited.insert(number) {
                let message = format!("page {number} is in the tables of the database twice");
                values.fault(Fault::new(FaultKind::Damaged, 0, message));
                continue;
            }
            let Some(page) = self.page(number) else {
                let message = format!("expected page {number}, which is outside of the file");
                values.fault(Fault::new(FaultKind::Truncated, self.bytes.len(), message));
                continue;
            };
            if !values.spend(page.bytes.len()) || !self.tree_page(&page, &mut pending, values, visit) {
                return false;
            }
        }
        true
    }

    fn tree_page(
        &self,
        page: &Page<'a>,
        pending: &mut Vec<u32>,
        values: &mut Values<'_, 'a, '_>,
        visit: Visit<'_, 'a>,
    ) -> bool {
        let header = if page.number == 1 { HEADER } else { 0 };
        let kind = page.bytes.get(header).copied().unwrap_or(0);
        let count = Order::Big.u16_at(page.bytes, header + 3).map_or(0, usize::from);
        let is_interior = matches!(kind, INDEX_INTERIOR | TABLE_INTERIOR);
        if !is_interior && !matches!(kind, INDEX_LEAF | TABLE_LEAF) {
            let message = format!("expected a page of a table, found one of type {kind}");
            values.fault(page.fault(header, message));
            return true;
        }
        let pointers = header + if is_interior { 12 } else { 8 };
        let first_child = pending.len();
        for index in 0..count {
            let cell = Order::Big.u16_at(page.bytes, pointers + 2 * index).map(usize::from);
            let Some(mut at) = cell.filter(|at| *at < page.bytes.len()) else {
                let message = format!("expected {count} cells in a page, found {index}");
                values.fault(page.fault(header, message));
                break;
            };
            if is_interior {
                pending.extend(Order::Big.u32_at(page.bytes, at));
                at += 4;
            }
            if kind == TABLE_INTERIOR {
                continue;
            }
            let Some(cell) = self.cell(page, at, kind == TABLE_LEAF) else { continue };
            if !values.spend(cell.local.len()) || !visit(self, &cell, values) {
                return false;
            }
        }
        if is_interior {
            pending.extend(Order::Big.u32_at(page.bytes, header + 8));
        }
        // What is pushed last comes first.
        pending[first_child..].reverse();
        true
    }

    /// The cell at `at` of a page.
    fn cell(&self, page: &Page<'a>, at: usize, has_rowid: bool) -> Option<Cell<'a>> {
        let Page { bytes: page, at: base, .. } = *page;
        let (len, read) = varint(page.get(at..)?)?;
        let mut at = at + read;
        let mut rowid = None;
        if has_rowid {
            let (number, read) = varint(page.get(at..)?)?;
            rowid = Some(number as i64);
            at += read;
        }
        let len = usize::try_from(len).ok()?;
        let here = self.local_len(len, has_rowid);
        let local = crate::bytes::clamped(page, at, here as u64);
        let overflow = if here < len { Order::Big.u32_at(page, at + here).unwrap_or(0) } else { 0 };
        Some(Cell { rowid, local, at: base.map(|base| base + at), len, overflow })
    }

    /// How many bytes of a record of `len` bytes are in its page (section 1.6).
    fn local_len(&self, len: usize, has_rowid: bool) -> usize {
        let usable = self.usable;
        let most = if has_rowid { usable - 35 } else { (usable - 12) * 64 / 255 - 23 };
        if len <= most {
            return len;
        }
        let least = (usable - 12) * 32 / 255 - 23;
        let here = least + (len - least) % (usable - 4);
        if here <= most { here } else { least }
    }

    /// All of a record, overflow pages included, as far as it is there. `None`: a limit was reached.
    pub(super) fn assemble(&self, cell: &Cell<'a>, values: &mut Values<'_, 'a, '_>) -> Option<Vec<u8>> {
        let room = usize::try_from(values.room()).unwrap_or(usize::MAX);
        let mut record = cell.local.to_vec();
        let mut next = cell.overflow;
        while next != 0 && record.len() < cell.len.min(room) {
            let Some(page) = self.page(next) else { break };
            let wanted = cell.len - record.len();
            let Some(part) = page.bytes.get(4..) else { break };
            record.extend_from_slice(&part[..part.len().min(wanted)]);
            next = Order::Big.u32_at(page.bytes, 0).unwrap_or(0);
        }
        if record.len() < cell.len {
            let (kind, why) = match record.len() < room {
                true => (FaultKind::Truncated, "of a row, found"),
                false => (FaultKind::LimitReached, "of a row, of which the limit allows"),
            };
            let message =
                format!("expected {} {why} {}", pickle_ops::counted(cell.len, "byte"), record.len());
            values.fault(Fault::new(kind, cell.at.unwrap_or(0), message));
        }
        values.spend(record.len()).then_some(record)
    }

    /// Text of the database in UTF-8, if it is kept in UTF-16.
    pub(super) fn utf8(&self, text: &[u8]) -> Option<Vec<u8>> {
        let order = self.utf16?;
        let units = (0..text.len() / 2).filter_map(|index| order.u16_at(text, 2 * index));
        let text: String =
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Some(text.into_bytes())
    }
}
