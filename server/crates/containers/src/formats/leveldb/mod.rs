//! LevelDB and RocksDB (`table_format.md` and `log_format.md` of the one, `table/format.h` and `db/log_format.h` of the other): a folder of tables
//! that are sorted by keys, and logs of what is in no table yet. Each file is read by itself, whatever the others say is deleted.

mod log;
mod table;

use super::Format;
use crate::budget::Budget;
use crate::member::Opened;
use crate::sniff::Kind;
use crate::unwrap::Input;
use crate::values::Values;
pub(crate) use log::{is_log, may_be_log};
pub(crate) use table::{is_table, may_be_table};

/// The name of a table.
pub(crate) const TABLE: &str = "LevelDB table";

/// The name of a log.
pub(crate) const LOG: &str = "LevelDB log";

/// A table.
pub(crate) struct Table;

/// A log.
pub(crate) struct Log;

impl Format for Table {
    fn name(&self) -> &'static str {
        TABLE
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        is_table(input.bytes) && input.kind() == Kind::Container(TABLE)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(TABLE);
        table::read(input.bytes, &mut Values::new(input.bytes.len(), &mut opened, budget));
        opened
    }
}

impl Format for Log {
    fn name(&self) -> &'static str {
        LOG
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        may_be_log(input.bytes) && input.kind() == Kind::Container(LOG)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(LOG);
        log::read(input.bytes, &mut Values::new(input.bytes.len(), &mut opened, budget));
        opened
    }
}

/// The number of up to ten bytes of seven bits at `at`, which is moved behind it.
fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Some(number);
        }
    }
    None
}

/// The same, of a length.
fn length(bytes: &[u8], at: &mut usize) -> Option<usize> {
    usize::try_from(varint(bytes, at)?).ok()
}
