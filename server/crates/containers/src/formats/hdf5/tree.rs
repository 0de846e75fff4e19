//! B-trees of version 2, which lead to chunks, attributes, links and large objects of heaps: what stands in their records is for who
//! asks (HDF5 File Format Specification, III.A.2).

use super::file::{File, number};
use crate::bytes::{u16_at, u32_at};

/// Levels of a tree.
const LEVELS: usize = 16;

/// A tree, as its header says.
pub(super) struct Tree {
    /// What its records are.
    pub(super) kind: u8,
    /// Bytes of a record.
    pub(super) record: usize,
    root: usize,
    /// Records in the root.
    count: usize,
    depth: usize,
    /// For nodes with children of each depth: width of the number of records in such a child, and below it.
    widths: Vec<(usize, usize)>,
}

impl Tree {
    /// The tree whose header is at `at`; `None`: there is none, or it is empty.
    pub(super) fn new(file: &File<'_>, at: usize) -> Option<Self> {
        let bytes = file.bytes.get(at..)?;
        let kind = *bytes.get(5).filter(|_| bytes.starts_with(b"BTHD"))?;
        let (node, record) = (u32_at(bytes, 6)? as usize, usize::from(u16_at(bytes, 10)?));
        let depth = usize::from(u16_at(bytes, 12)?);
        let (root, count) = (file.place(bytes, 16)?, usize::from(u16_at(bytes, 16 + file.address)?));
        if depth > LEVELS || record == 0 {
            return None;
        }
        // Signature, version, type and checksum.
        let room = node.checked_sub(10)?;
        let width = |number: usize| number.max(1).ilog2() as usize / 8 + 1;
        let leaf = room / record;
        let mut all = leaf;
        let mut widths = Vec::new();
        for level in 0..depth {
            let total = if level == 0 { 0 } else { width(all) };
            let count = width(leaf);
            widths.push((count, total));
            let pointer = file.address + count + total;
            let most = room.checked_sub(pointer)? / (record + pointer);
            all = all.checked_mul(most + 1)?.checked_add(most)?;
        }
        Some(Self { kind, record, root, count, depth, widths })
    }

    /// Hands out where each record is. `step` is called for each of them and for each node; when it gives `None`, or something is
    /// damaged, that is the end.
    pub(super) fn records(
        &self,
        file: &File<'_>,
        step: &mut dyn FnMut() -> Option<()>,
        each: &mut dyn FnMut(usize),
    ) -> Option<()> {
        self.node(file, (self.root, self.count), self.depth, step, each)
    }

    fn node(
        &self,
        file: &File<'_>,
        (at, records): (usize, usize),
        depth: usize,
        step: &mut dyn FnMut() -> Option<()>,
        each: &mut dyn FnMut(usize),
    ) -> Option<()> {
        let signature: &[u8] = if depth == 0 { b"BTLF" } else { b"BTIN" };
        step()?;
        if !file.bytes[at..].starts_with(signature) {
            return None;
        }
        for index in 0..records {
            step()?;
            let record = at + 6 + index * self.record;
            file.bytes.get(record..record.checked_add(self.record)?)?;
            each(record);
        }
        let Some(below) = depth.checked_sub(1) else { return Some(()) };
        let (count, total) = *self.widths.get(below)?;
        let mut pointer = at + 6 + records * self.record;
        for _ in 0..=records {
            let child = file.place(file.bytes, pointer)?;
            let inside = usize::try_from(number(file.bytes, pointer + file.address, count)?).ok()?;
            self.node(file, (child, inside), below, step, each)?;
            pointer += file.address + count + total;
        }
        Some(())
    }
}
