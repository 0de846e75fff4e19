//! GNU dbm (`gdbmconst.h`, `gdbmdefs.h` of gdbm 1.23), which Python's `dbm.gnu` and `shelve` use where it is installed: a
//! header, a directory of offsets of buckets, and in each bucket where the key and the value of an entry stand. Reads what the
//! directory leads to; what was deleted is not looked for.

use std::collections::HashSet;

use super::Format;
use crate::budget::Budget;
use crate::bytes::{Order, span};
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::unwrap::Input;
use crate::values::{Value, Values, key_name};

/// The name of the format.
pub(crate) const NAME: &str = "gdbm";

/// See the module.
pub(crate) struct Gdbm;

/// How numbers are written: the file is an image of C structures of the machine that wrote it.
#[derive(Clone, Copy)]
struct Layout {
    order: Order,
    /// Offsets have eight bytes, and are aligned to eight.
    wide: bool,
}

/// What the header says.
struct Header {
    layout: Layout,
    /// Where the directory is, and its length in bytes.
    directory: usize,
    directory_len: usize,
    bucket_len: usize,
}

impl Format for Gdbm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["gdbm"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        is_gdbm(input.bytes)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let mut values = Values::of_shelf(input.bytes.len(), &mut opened, budget);
        match header(input.bytes) {
            Some(header) => entries(input.bytes, &header, &mut values),
            None => values.fault(Fault::new(
                FaultKind::Truncated,
                input.bytes.len(),
                "the file ends inside the header of the database",
            )),
        }
        opened
    }
}

/// Whether bytes begin with one of the magic numbers (`GDBM_OMAGIC` and so on), in either order.
pub(crate) fn is_gdbm(bytes: &[u8]) -> bool {
    magic(bytes).is_some() && bytes.len() >= 64
}

fn magic(bytes: &[u8]) -> Option<Layout> {
    [Order::Little, Order::Big].into_iter().find_map(|order| {
        let wide = match order.u32_at(bytes, 0)? {
            0x1357_9ACF | 0x1357_9AD1 => true,
            0x1357_9ACD | 0x1357_9AD0 => false,
            // The first magic number says nothing of the size of offsets. The directory is the second block of a new
            // database, and stays below 4 GB: with eight bytes, half of them are zeros.
            0x1357_9ACE => order.u32_at(bytes, if order == Order::Little { 12 } else { 8 })? == 0,
            _ => return None,
        };
        Some(Layout { order, wide })
    })
}

fn header(bytes: &[u8]) -> Option<Header> {
    let layout = magic(bytes)?;
    // Behind the magic number and the block size: dir, dir_size, dir_bits, bucket_size.
    let behind = 8 + layout.offset_len();
    Some(Header {
        layout,
        directory: layout.offset_at(bytes, 8)?,
        directory_len: layout.order.usize32_at(bytes, behind)?,
        bucket_len: layout.order.usize32_at(bytes, behind + 8)?,
    })
}

impl Layout {
    fn offset_len(self) -> usize {
        if self.wide { 8 } else { 4 }
    }

    fn offset_at(self, bytes: &[u8], at: usize) -> Option<usize> {
        if self.wide {
            self.order.u64_at(bytes, at).and_then(|offset| usize::try_from(offset).ok())
        } else {
            self.order.usize32_at(bytes, at)
        }
    }

    /// Where the number of entries stands in a bucket: behind the six blocks of free space and `bucket_bits`.
    fn count_at(self) -> usize {
        if self.wide { 108 } else { 56 }
    }

    /// Where the entries begin in a bucket.
    fn table_at(self) -> usize {
        self.count_at() + 4
    }

    /// Length of an entry: hash, four bytes of the key, offset of key and value, their lengths.
    fn entry_len(self) -> usize {
        if self.wide { 24 } else { 20 }
    }
}

fn entries<'a>(bytes: &'a [u8], header: &Header, values: &mut Values<'_, 'a, '_>) {
    let Header { layout, directory, directory_len, bucket_len } = *header;
    let stated = bytes.get(directory..).unwrap_or_default();
    let present = &stated[..stated.len().min(directory_len)];
    if present.len() < directory_len {
        let message = format!("expected a directory of {directory_len} bytes, found {}", present.len());
        values.fault(Fault::new(FaultKind::Truncated, directory.min(bytes.len()), message));
    }
    // Several entries of the directory lead to one bucket.
    let mut seen = HashSet::new();
    for at in (0..present.len()).step_by(layout.offset_len()) {
        let Some(offset) = layout.offset_at(present, at) else { break };
        if !seen.insert(offset) {
            continue;
        }
        match span(bytes, offset, bucket_len).filter(|_| offset > 0) {
            Some(bucket) if bucket_entries(bytes, bucket, offset, layout, values) => {}
            Some(_) => break,
            None => {
                let message = format!("expected a bucket at {offset}, which is outside of the file");
                values.fault(Fault::new(FaultKind::Damaged, directory + at, message));
            }
        }
    }
}

/// Takes the values of a bucket, which is at `base`; whether to go on.
fn bucket_entries<'a>(
    bytes: &'a [u8],
    bucket: &[u8],
    base: usize,
    layout: Layout,
    values: &mut Values<'_, 'a, '_>,
) -> bool {
    if !values.spend(bucket.len()) {
        return false;
    }
    let table = bucket.get(layout.table_at()..).unwrap_or_default();
    for (index, entry) in table.chunks_exact(layout.entry_len()).enumerate() {
        // A hash of -1 marks a place that is free.
        let used = layout.order.u32_at(entry, 0).is_some_and(|hash| hash != u32::MAX);
        let place = layout.offset_at(entry, 8);
        let lens = 8 + layout.offset_len();
        let (key, value) = (layout.order.usize32_at(entry, lens), layout.order.usize32_at(entry, lens + 4));
        let (Some(place), Some(key), Some(value), true) = (place, key, value, used) else { continue };
        let found = span(bytes, place, key).zip(Value::at(bytes, place.saturating_add(key), value));
        let Some((key, value)) = found else {
            let at = base + layout.table_at() + index * layout.entry_len();
            let message =
                format!("expected {key} and {value} bytes at {place}, which is outside of the file");
            values.fault(Fault::new(FaultKind::Damaged, at, message));
            continue;
        };
        if !values.take(|| key_name(key), value) {
            return false;
        }
    }
    true
}
