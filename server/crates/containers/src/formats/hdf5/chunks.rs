//! Where the chunks of a data set are: the indices that HDF5 has for them (HDF5 File Format Specification, III.A.1, III.A.2, VII).
//! Every entry of an index takes bytes of the file, so that there are less of them than the file is long, unless an index leads into
//! itself: then their number ends it.

use super::file::{File, number};
use super::tree::Tree;
use crate::bytes::{span, u16_at, u32_at};

/// Numbers that are kept of the chunks of one index, and of a chunk besides where it begins in each dimension.
const NUMBERS: usize = 1 << 25;
const OF_CHUNK: usize = 8;

/// Levels of a tree of version 1.
const LEVELS: usize = 16;

/// A piece of the data.
pub(super) struct Chunk {
    /// Where it begins, in elements; one number a dimension.
    pub(super) start: Vec<u64>,
    /// Where it is in the file.
    pub(super) at: usize,
    /// Bytes that it takes there.
    pub(super) len: usize,
    /// Filters that were not used on it, a bit each.
    pub(super) mask: u32,
}

/// The shape of the data, and of the chunks that it is cut into.
pub(super) struct Grid<'g> {
    pub(super) dimensions: &'g [u64],
    /// As large as it may become.
    pub(super) most: &'g [u64],
    pub(super) chunk: &'g [u64],
    /// Bytes of a chunk that no filter changed.
    pub(super) bytes: usize,
    pub(super) is_filtered: bool,
}

/// Which index it is; numbers are those of a data layout message of version 4.
#[derive(Clone, Copy)]
pub(super) enum Index {
    /// A B-tree of version 1.
    Tree,
    /// One chunk, of so many bytes if a filter changed it.
    Single(Option<(usize, u32)>),
    /// One behind the other.
    Implicit,
    FixedArray,
    ExtensibleArray,
    /// A B-tree of version 2.
    NewTree,
}

/// What an index leads to.
pub(super) struct Found {
    /// The chunks, in no order.
    pub(super) chunks: Vec<Chunk>,
    /// How many entries were looked at.
    pub(super) entries: usize,
    /// Whether that were all that there are.
    pub(super) is_all: bool,
}

/// All chunks of the index at `at`.
pub(super) fn chunks(file: &File<'_>, index: Index, at: usize, grid: &Grid<'_>) -> Found {
    let most = (file.bytes.len() / 4).min(NUMBERS / (OF_CHUNK + grid.dimensions.len()));
    let mut reading = Reading { file, grid, found: Vec::new(), left: most, is_all: true };
    // What is damaged ends it, and what was found before counts.
    let _ = match index {
        Index::Tree => reading.tree(at, LEVELS),
        Index::Single(packed) => {
            let (len, mask) = packed.unwrap_or((grid.bytes, 0));
            reading.found.push(Chunk { start: vec![0; grid.dimensions.len()], at, len, mask });
            Some(())
        }
        Index::Implicit => reading.implicit(at),
        Index::FixedArray => reading.fixed(at),
        Index::ExtensibleArray => reading.extensible(at),
        Index::NewTree => reading.new_tree(at),
    };
    Found { chunks: reading.found, entries: most - reading.left, is_all: reading.is_all }
}

struct Reading<'r, 'a> {
    file: &'r File<'a>,
    grid: &'r Grid<'r>,
    found: Vec<Chunk>,
    /// Entries that may still be looked at.
    left: usize,
    is_all: bool,
}

impl Reading<'_, '_> {
    /// Takes note of an entry; `None`: there were too many.
    fn step(&mut self) -> Option<()> {
        let left = self.left.checked_sub(1);
        self.is_all &= left.is_some();
        self.left = left?;
        Some(())
    }

    fn tree(&mut self, at: usize, levels: usize) -> Option<()> {
        let bytes = self.file.bytes;
        let levels = levels.checked_sub(1)?;
        let [b'T', b'R', b'E', b'E', 1, level, ..] = *span(bytes, at, 8)? else { return None };
        let (entries, rank) = (u16_at(bytes, at + 6)?, self.grid.dimensions.len());
        let key = at + 8 + 2 * self.file.address;
        let key_len = 8 + 8 * (rank + 1);
        for entry in 0..usize::from(entries) {
            self.step()?;
            let key = key + entry * (key_len + self.file.address);
            let Some(child) = self.file.place(bytes, key + key_len) else { continue };
            if level > 0 {
                self.tree(child, levels);
                continue;
            }
            let start =
                (0..rank).map(|index| number(bytes, key + 8 + 8 * index, 8)).collect::<Option<_>>()?;
            let (len, mask) = (u32_at(bytes, key)? as usize, u32_at(bytes, key + 4)?);
            self.found.push(Chunk { start, at: child, len, mask });
        }
        Some(())
    }

    /// How many chunks there may be in each dimension.
    fn counts(&self) -> Vec<u64> {
        let both = self.grid.most.iter().zip(self.grid.chunk);
        both.map(|(most, chunk)| most.div_ceil((*chunk).max(1)).max(1)).collect()
    }

    /// Takes the chunk with this number; of `order`, the last dimension is that which counts fastest.
    fn numbered(&mut self, mut index: u64, order: &[usize], at: usize, len: usize, mask: u32) -> Option<()> {
        let counts = self.counts();
        let mut start = vec![0; order.len()];
        for (place, dimension) in order.iter().enumerate().rev() {
            let count = if place == 0 { u64::MAX } else { *counts.get(*dimension)? };
            start[*dimension] = (index % count).checked_mul(self.grid.chunk[*dimension])?;
            index /= count;
        }
        self.found.push(Chunk { start, at, len, mask });
        Some(())
    }

    /// The dimensions as they are.
    fn in_order(&self) -> Vec<usize> {
        (0..self.grid.dimensions.len()).collect()
    }

    fn implicit(&mut self, at: usize) -> Option<()> {
        let order = self.in_order();
        let count = self.counts().iter().try_fold(1u64, |all, count| all.checked_mul(*count))?;
        for index in 0..count {
            self.step()?;
            let at = at.checked_add(usize::try_from(index).ok()?.checked_mul(self.grid.bytes)?)?;
            span(self.file.bytes, at, self.grid.bytes)?;
            self.numbered(index, &order, at, self.grid.bytes, 0)?;
        }
        Some(())
    }

    /// Takes `count` entries of an array, the first of which is that of chunk `first`; `width` bytes each.
    fn entries(&mut self, at: usize, first: u64, count: u64, width: usize, order: &[usize]) -> Option<()> {
        let bytes = self.file.bytes;
        for index in 0..count {
            self.step()?;
            let entry = at.checked_add(usize::try_from(index).ok()?.checked_mul(width)?)?;
            span(bytes, entry, width)?;
            let Some(place) = self.file.place(bytes, entry) else { continue };
            let (len, mask) = match self.grid.is_filtered {
                true => {
                    let len_width = width.checked_sub(self.file.address + 4)?;
                    let len = number(bytes, entry + self.file.address, len_width)?;
                    (usize::try_from(len).ok()?, u32_at(bytes, entry + width - 4)?)
                }
                false => (self.grid.bytes, 0),
            };
            self.numbered(first.checked_add(index)?, order, place, len, mask)?;
        }
        Some(())
    }

    /// The same of entries in pages, each of which ends with a checksum.
    fn pages(
        &mut self,
        at: usize,
        first: u64,
        count: u64,
        width: usize,
        order: &[usize],
        page: u64,
    ) -> Option<()> {
        let mut at = at;
        for start in (0..count).step_by(usize::try_from(page).ok()?.max(1)) {
            self.entries(at, first.checked_add(start)?, page.min(count - start), width, order)?;
            at = at.checked_add(usize::try_from(page).ok()?.checked_mul(width)? + 4)?;
        }
        Some(())
    }

    fn fixed(&mut self, at: usize) -> Option<()> {
        let bytes = self.file.bytes;
        let [b'F', b'A', b'H', b'D', _, _, width, page_bits] = *span(bytes, at, 8)? else { return None };
        let count = number(bytes, at + 8, self.file.length)?;
        let block = self.file.place(bytes, at + 8 + self.file.length)?;
        if !bytes[block..].starts_with(b"FADB") {
            return None;
        }
        let page = 1u64.checked_shl(u32::from(page_bits))?;
        let start = block + 6 + self.file.address;
        let order = self.in_order();
        if count <= page {
            return self.entries(start, 0, count, usize::from(width), &order);
        }
        // Which pages were written to, a bit each, and a checksum.
        let written = usize::try_from(count.div_ceil(page).div_ceil(8)).ok()?;
        self.pages(start.checked_add(written)?.checked_add(4)?, 0, count, usize::from(width), &order, page)
    }

    fn extensible(&mut self, at: usize) -> Option<()> {
        let bytes = self.file.bytes;
        let [b'E', b'A', b'H', b'D', _, _, width, most_bits, direct, least, pointers, page_bits] =
            *span(bytes, at, 12)?
        else {
            return None;
        };
        let index = self.file.place(bytes, at + 12 + 6 * self.file.length)?;
        if !bytes[index..].starts_with(b"EAIB")
            || most_bits > 64
            || page_bits > 32
            || pointers == 0
            || least == 0
        {
            return None;
        }
        let array = Extensible {
            width: usize::from(width),
            offset: usize::from(most_bits).div_ceil(8),
            page: 1 << page_bits,
            order: {
                // The dimension without an end counts slowest.
                let order = self.in_order();
                let endless = order.iter().copied().find(|at| self.grid.most[*at] == u64::MAX).unwrap_or(0);
                std::iter::once(endless).chain(order.into_iter().filter(|at| *at != endless)).collect()
            },
        };
        let mut place = index + 6 + self.file.address;
        self.entries(place, 0, u64::from(direct), array.width, &array.order);
        place += usize::from(direct) * array.width;
        let mut first = u64::from(direct);
        let supers = 1 + u32::from(most_bits).checked_sub(u32::from(least).ilog2())?;
        let in_index = 2 * u32::from(pointers).ilog2();
        for number in 0..supers {
            let blocks = 1u64.checked_shl(number / 2)?;
            let each = u64::from(least).checked_shl(number.div_ceil(2))?;
            // The blocks of the first few are named here, those of the others in a block of their own.
            if number < in_index {
                for _ in 0..blocks {
                    self.block(place, first, each, &array);
                    first += each;
                    place += self.file.address;
                }
                continue;
            }
            if let Some(above) = self.file.place(bytes, place) {
                self.blocks_above(above, first, blocks, each, &array);
            }
            first = first.checked_add(blocks.checked_mul(each)?)?;
            place += self.file.address;
        }
        Some(())
    }

    /// The block of entries whose address is at `place`.
    fn block(&mut self, place: usize, first: u64, count: u64, array: &Extensible) -> Option<()> {
        let block = self.file.place(self.file.bytes, place)?;
        if !self.file.bytes[block..].starts_with(b"EADB") {
            return None;
        }
        let start = block + 6 + self.file.address + array.offset;
        if count <= array.page {
            return self.entries(start, first, count, array.width, &array.order);
        }
        self.pages(start + 4, first, count, array.width, &array.order, array.page)
    }

    fn blocks_above(
        &mut self,
        at: usize,
        first: u64,
        blocks: u64,
        each: u64,
        array: &Extensible,
    ) -> Option<()> {
        if !self.file.bytes[at..].starts_with(b"EASB") {
            return None;
        }
        let written = if each > array.page { each.div_ceil(array.page).div_ceil(8) } else { 0 };
        let mut place = at + 6 + self.file.address + array.offset;
        place = place.checked_add(usize::try_from(blocks.checked_mul(written)?).ok()?)?;
        for block in 0..blocks {
            self.step()?;
            span(self.file.bytes, place, self.file.address)?;
            self.block(place, first.checked_add(block.checked_mul(each)?)?, each, array);
            place += self.file.address;
        }
        Some(())
    }

    fn new_tree(&mut self, at: usize) -> Option<()> {
        let tree = Tree::new(self.file, at).filter(|tree| matches!(tree.kind, 10 | 11))?;
        let mut records = Vec::new();
        let (file, mut left) = (self.file, self.left);
        let mut step = || {
            left = left.checked_sub(1)?;
            Some(())
        };
        let end = tree.records(file, &mut step, &mut |record| records.push(record));
        self.is_all &= end.is_some() || left > 0;
        self.left = left;
        for record in records {
            self.record(span(file.bytes, record, tree.record)?)?;
        }
        Some(())
    }

    /// Takes the chunk of a record of a tree of version 2.
    fn record(&mut self, record: &[u8]) -> Option<()> {
        let rank = self.grid.dimensions.len();
        let Some(place) = self.file.place(record, 0) else { return Some(()) };
        let scaled = record.len().checked_sub(8 * rank)?;
        let (len, mask) = match self.grid.is_filtered {
            true => {
                let width = scaled.checked_sub(self.file.address + 4)?;
                let len = number(record, self.file.address, width)?;
                (usize::try_from(len).ok()?, u32_at(record, scaled - 4)?)
            }
            false => (self.grid.bytes, 0),
        };
        let start = |dimension: usize| {
            number(record, scaled + 8 * dimension, 8)?.checked_mul(self.grid.chunk[dimension])
        };
        let start = (0..rank).map(start).collect::<Option<_>>()?;
        self.found.push(Chunk { start, at: place, len, mask });
        Some(())
    }
}

/// What the header of an extensible array says.
struct Extensible {
    width: usize,
    /// Width of the place of a block in the array.
    offset: usize,
    page: u64,
    order: Vec<usize>,
}
