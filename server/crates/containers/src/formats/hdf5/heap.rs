//! Fractal heaps: where attributes are that an object has many of or that are long, links of large groups, and what several objects
//! share (HDF5 File Format Specification, III.G). Their blocks double in length from row to row; an identifier says where in the heap
//! something begins.

use std::collections::HashMap;

use super::file::{File, number};
use super::tree::Tree;
use crate::bytes::{span, u16_at, u32_at};

/// Heaps of blocks in blocks that are followed.
const DEPTH: usize = 64;

/// What an identifier stands for, by its first byte.
const MANAGED: u8 = 0;
const HUGE: u8 = 1;

/// A heap, as its header says.
pub(super) struct Heap {
    /// Width of the place of something in the heap, and of its length.
    offset: usize,
    len: usize,
    /// Bytes of a block of the first row, and of the longest that is no table of blocks; blocks in a row.
    start: u64,
    most: u64,
    width: u64,
    /// The first block, and how many rows of blocks it has: none if it is one itself.
    root: Option<usize>,
    rows: u64,
    /// Where objects are that fit into no block, and how long, by their numbers; of identifiers that do not say so themselves.
    huge: HashMap<u64, (usize, usize)>,
    is_direct: bool,
}

impl Heap {
    /// The heap whose header is at `at`; `None`: there is none, or it is packed.
    pub(super) fn new(file: &File<'_>, at: usize) -> Option<Self> {
        let bytes = file.bytes.get(at..).filter(|bytes| bytes.starts_with(b"FRHP"))?;
        let (of_id, packed) = (usize::from(u16_at(bytes, 5)?), u16_at(bytes, 7)?);
        let largest = u32_at(bytes, 10)?;
        let (address, length) = (file.address, file.length);
        // The number of the next large object, and the tree of all of them.
        let huge = file.place(bytes, 14 + length);
        // Behind these are the free space and eight numbers of how much there is.
        let table = 14 + length + address + length + address + 8 * length;
        let most = number(bytes, table + 2 + length, length)?;
        let bits = u16_at(bytes, table + 2 + 2 * length)?;
        let root = table + 2 + 2 * length + 4;
        if packed != 0 || !most.is_power_of_two() || largest == 0 {
            return None;
        }
        let len = (most.ilog2() as usize).div_ceil(8).min(largest.ilog2() as usize / 8 + 1);
        Some(Self {
            offset: usize::from(bits).div_ceil(8),
            len,
            start: number(bytes, table + 2, length).filter(|start| start.is_power_of_two())?,
            most,
            width: u64::from(u16_at(bytes, table)?),
            root: file.place(bytes, root),
            rows: u64::from(u16_at(bytes, root + address)?),
            huge: huge.map(|at| huge_objects(file, at)).unwrap_or_default(),
            is_direct: of_id > address + length,
        })
    }

    /// Where the object of this identifier is in the file, and its length.
    pub(super) fn object(&self, file: &File<'_>, id: &[u8]) -> Option<(usize, usize)> {
        match *id.first()? >> 4 & 3 {
            MANAGED => {
                let offset = number(id, 1, self.offset)?;
                let len = usize::try_from(number(id, 1 + self.offset, self.len)?).ok()?;
                let (block, inside) = self.block(file, offset)?;
                Some((block.checked_add(inside)?, len))
            }
            HUGE if self.is_direct => Some((file.place(id, 1)?, file.len(id, 1 + file.address)?)),
            HUGE => self.huge.get(&number(id, 1, (id.len() - 1).min(file.length))?).copied(),
            // What an identifier has room for is no attribute.
            _ => None,
        }
    }

    /// The block with what is at `offset` of the heap, and where in it that is.
    fn block(&self, file: &File<'_>, offset: u64) -> Option<(usize, usize)> {
        let (mut at, mut rows, mut offset) = (self.root?, self.rows, offset);
        for _ in 0..DEPTH {
            if rows == 0 {
                return Some((at, usize::try_from(offset).ok()?));
            }
            let first = self.start.checked_mul(self.width).filter(|first| *first > 0)?;
            let (row, start) = match offset / first {
                0 => (0, 0),
                times => (u64::from(times.ilog2()) + 1, first.checked_shl(times.ilog2())?),
            };
            let each = self.start.checked_shl(u32::try_from(row.saturating_sub(1)).ok()?)?;
            let column = (offset - start) / each;
            if row >= rows {
                return None;
            }
            let entry = usize::try_from(row * self.width + column).ok()?.checked_mul(file.address)?;
            let entries = at.checked_add(5 + file.address + self.offset)?;
            at = file.place(file.bytes, entries.checked_add(entry)?)?;
            offset = (offset - start) % each;
            // A block that is longer than any may be is a table of blocks itself.
            rows = if each <= self.most { 0 } else { u64::from((each / first).checked_ilog2()?) + 1 };
        }
        None
    }
}

/// Where large objects are, and how long, by their numbers.
fn huge_objects(file: &File<'_>, at: usize) -> HashMap<u64, (usize, usize)> {
    let mut found = HashMap::new();
    let Some(tree) = Tree::new(file, at).filter(|tree| tree.kind == 1) else { return found };
    let mut step = || file.step();
    let mut each = |record: usize| {
        let Some(record) = span(file.bytes, record, tree.record) else { return };
        let place = (file.place(record, 0), file.len(record, file.address));
        if let (Some(at), Some(len), Some(id)) =
            (place.0, place.1, file.len(record, file.address + file.length))
        {
            found.insert(id as u64, (at, len));
        }
    };
    let _ = tree.records(file, &mut step, &mut each);
    found
}
